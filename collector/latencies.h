#ifndef COLLECTOR_LATENCIES_H
#define COLLECTOR_LATENCIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "bpf/latency.h"
#include "collector/held_stack.h"
#include "collector/latency_options.h"
#include "collector/task_ids.h"

/*
 * The latencies of a recording, from what their sources count to the trace. Probes of samples
 * begin and end with them, also where there are no latencies.
 *
 *	start   programs count from now on
 *	add     records of the rings, in order of time
 *	flip    how many are drawn from here on, and how long slices are
 *	round   cells of the idle epoch come out, slices that are over are written
 *	end     nothing counts any more
 *
 * What each part does: latency_slices (stretches of time), latency_cells (maps),
 * latency_singles (records), latency_series and latency_labels (words), latency_draw (shares),
 * latency_loss (what did not come through).
 */
struct latencies;
struct programs;
struct rings;

struct latencies_parts {
	const struct latency_options *options;
	const uint32_t *events; /* of the writer, by measure; TRACE_NONE: not recorded */
	struct programs *programs;
	const struct task_ids *ids;
	struct stack_resolver *resolver;
	struct copy_log *copies;
	uint32_t online_cnt;	   /* CPUs */
	const struct rings *rings; /* open when latencies_start() is called */
	bool shares_copies;	   /* waits say how much of stacks may be copied */
};

/* For -v and the last line of `record`. */
struct latencies_summary {
	bool recorded;
	uint64_t generated;
};

struct latencies *latencies_new(const struct latencies_parts *parts);
void latencies_free(struct latencies *l);

void latencies_start(struct latencies *l, uint64_t start_ns);

/* Its text stands behind it. */
void latencies_add(struct latencies *l, const struct abi_latency *latency, uint64_t time_ns,
		   const struct held_source *stacks);

/* `epoch` was filled up to now_ns, and is idle from here on. */
void latencies_flip(struct latencies *l, uint32_t epoch, uint64_t now_ns);

/* Whenever rings were read: a burst that began since the flip is drawn of at once as its rate
 * allows, before it fills the rings. */
void latencies_brake(struct latencies *l, uint64_t now_ns);

/* True when the cells that are filled now have little room left; and when that may be soon, or
 * processes without tables run, so that it should be looked at often. */
bool latencies_filling(const struct latencies *l, uint32_t live_epoch);
bool latencies_busy(const struct latencies *l, uint32_t live_epoch);

/* True when processes without tables ran, whose stacks a round soon would make whole. */
bool latencies_want_tables(const struct latencies *l, uint32_t live_epoch);

/* At the end of a round of the idle epoch; last: nothing more can come. */
void latencies_round(struct latencies *l, uint32_t epoch, bool last);

void latencies_end(struct latencies *l, uint64_t end_ns);

/* The ids of the stack table have become void. */
void latencies_forget(struct latencies *l);

/* Writes what was lost; last: for the last time. */
void latencies_write_losses(struct latencies *l, bool last);

/* Records that rings refused. */
uint64_t latencies_refused(const struct latencies *l);

void latencies_summarize(const struct latencies *l, struct latencies_summary *out);

#endif
