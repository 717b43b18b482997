#ifndef FORMATS_LATENCY_ENTRIES_H
#define FORMATS_LATENCY_ENTRIES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "formats/entries.h"
#include "formats/trace.h"

/*
 * Series and the labels of events as bytes and back, one by one, as formats/TRACE.md lists
 * them, and what a trailer says of latencies. Reading checks form and limits; ids are for the
 * tables to check.
 */
struct series_texts {
	struct entry_text process;
	struct entry_text labels[TRACE_LABELS_MAX];
};

void entry_put_series(struct buf *out, const struct trace_series *s);
bool entry_take_series(struct bytes *b, struct trace_series *out, struct series_texts *texts);

/* Nothing, if the event has no labels. */
void entry_put_labels(struct buf *out, uint32_t event, const struct trace_event *e);
bool entry_take_labels(struct bytes *b, uint32_t *out_event,
		       struct entry_text out[TRACE_LABELS_MAX]);

void entry_put_latency_totals(struct buf *out, const struct trace_totals *t);
bool entry_take_latency_totals(struct bytes *b, struct trace_totals *out);

#endif
