#ifndef RENDER_LATENCY_BY_H
#define RENDER_LATENCY_BY_H

#include <stdint.h>

#include "base/err.h"
#include "formats/trace.h"

struct buf;
struct latency_cell;

/*
 * What the values of an event are told apart by (--by): not at all, by process, or by one of the
 * labels of their series (formats/trace.h).
 */
#define LATENCY_BY_NONE 0u
#define LATENCY_BY_PROCESS 1u
#define LATENCY_BY_LABEL 2u /* the first label; the others follow */
#define LATENCY_BY_CNT (LATENCY_BY_LABEL + TRACE_LABELS_MAX)

/* What a word means for an event; NULL: none. -EINVAL with a sentence on what there is. */
int latency_by_find(const struct trace_event *event, const char *word, uint32_t *out,
		    struct err *err);

/* "process", "device"; a text of the trace. "": the event has no such one. */
const char *latency_by_text(const struct trace_event *event, uint32_t by);

#define LATENCY_BY_UNKNOWN "[none]" /* the trace does not say */

/* Of a cell, raw; or that. */
const char *latency_by_cell(const struct latency_cell *cell, uint32_t by);
/* The same of a series. */
const char *latency_by_name(const char *process, const char *const *labels, uint32_t by);

#endif
