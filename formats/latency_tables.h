#ifndef FORMATS_LATENCY_TABLES_H
#define FORMATS_LATENCY_TABLES_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/vec.h"
#include "formats/trace.h"

struct trace_tables;

/*
 * The reader's series of the current group: a part of struct trace_tables, by whose rules ids
 * that damage took become placeholders. A series like that has the process "[damaged]" and no
 * labels; its event is that of the first bin or latency that refers to it.
 */
struct latency_tables {
	struct {
		VEC(struct trace_series);
	} series;
	struct {
		VEC(bool);
	} is_open; /* a placeholder without an event, by id */
};

void latency_tables_release(struct latency_tables *l);
void latency_tables_restart(struct latency_tables *l);
/* Back to so many series. */
void latency_tables_rollback(struct latency_tables *l, size_t series_cnt);

/* The contents of two sections. False: they make no sense. */
bool latency_tables_take_labels(struct trace_tables *t, struct bytes *b);
bool latency_tables_take_series(struct trace_tables *t, struct bytes *b);

/* As trace_tables_has_node(); and whether it is a series of that event. */
bool latency_tables_has_series(struct trace_tables *t, uint32_t id, uint32_t event);

#endif
