#ifndef COLLECTOR_EVENTS_H
#define COLLECTOR_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/options.h"
#include "formats/trace.h"
#include "formats/wait_event.h"

/*
 * The table behind -e: each event by the name that users write, what it
 * measures, where it comes from, and whether this machine has it. `list` prints
 * this table and `record` looks names up in it, so they cannot disagree. Probes are no rows,
 * because they are what a user writes (collector/probe_spec.h).
 */

enum event_source {
	EVENT_SOURCE_CPU = 1,	  /* time on CPU: hardware cycles, else cpu-clock */
	EVENT_SOURCE_PERF = 2,	  /* any perf event by its perf name */
	EVENT_SOURCE_SCHED = 3,	  /* the scheduler's tracepoints; the name is a way to draw waits */
	EVENT_SOURCE_LATENCY = 4, /* a source of latencies of that name */
};

struct event_row {
	const char *name;
	enum event_source source;
	enum trace_event_kind kind;
	enum trace_unit unit;
	uint32_t perf_type; /* PERF: perf_event_attr.type and .config */
	uint64_t perf_config;
	const char *measures; /* one sentence for `profile list` */
	const char *cost;     /* "99 stacks/s a CPU", for `profile list` */
};

size_t event_row_cnt(void);
const struct event_row *event_row_at(size_t index);

/*
 * The row of a name, or NULL with the nearest name in err. Raw perf names that are not
 * rows are refused; the sentence says how to see the list.
 */
const struct event_row *event_row_find(const char *name, struct err *err);

/* The rows of names, each once, in the order given; at most max of them. */
int event_rows_choose(const struct text_list *names, const struct event_row **out, uint32_t max,
		      uint32_t *out_cnt, struct err *err);

/*
 * Parts rows of waits, which are one recording, from the others: these stay in rows[0..*cnt).
 * The widest way among those that went; 0 if there was none.
 */
enum wait_way event_rows_part(const struct event_row **rows, uint32_t *cnt);

/*
 * Whether this machine has the event: 0, or a negative errno with the reason and the
 * remedy in err. For EVENT_SOURCE_CPU out_attr_source gets what will fire ("cycles" or
 * "cpu-clock"). Needs the rights of `record`.
 */
int event_row_probe(const struct event_row *row, const char **out_attr_source, struct err *err);

#endif
