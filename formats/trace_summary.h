#ifndef FORMATS_TRACE_SUMMARY_H
#define FORMATS_TRACE_SUMMARY_H

#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"
#include "formats/latency_summary.h"
#include "formats/stack_quality.h"
#include "formats/trace.h"
#include "formats/wait_summary.h"

struct trace_reader;

/*
 * What a trace holds, in numbers: one pass over its records. Processes, threads,
 * modules and stacks count once each, however many groups they are in. A copied stack is
 * one frame here; whether it is whole, the trace's names tell.
 */
struct event_summary {
	uint64_t sample_cnt;
	uint64_t wait_cnt;
	uint64_t latency_cnt;
	uint64_t single_cnt; /* of latencies, those kept one by one */
	uint64_t weight;     /* of waits: how long they were; of latencies: their values */
};

struct trace_summary {
	struct {
		VEC(struct event_summary);
	} events; /* by id */
	struct trace_totals totals;
	bool is_clean;
	uint64_t process_cnt;
	uint64_t thread_cnt;
	uint64_t module_cnt;
	uint64_t stack_cnt;  /* different ones */
	uint64_t stack_uses; /* samples, waits and single latencies that have one */
	uint64_t frame_uses; /* frames of all of those, for the mean depth */
	uint64_t deepest;
	uint64_t cut[TRACE_REASON_CNT]; /* of those, whose stack misses a part, by reason */
	struct stack_quality quality;	/* of the user stacks of all events */
	struct wait_summary waits;
	struct latency_summary latencies;
	uint64_t copy_cnt;
	uint64_t copy_bytes;
	uint64_t kernel_symbol_cnt;
	uint64_t jit_map_bytes;
};

/* Reads r to its end and rewinds it. */
int trace_summary_take(struct trace_summary *out, struct trace_reader *r, struct err *err);
void trace_summary_release(struct trace_summary *s);

#endif
