#ifndef COLLECTOR_LATENCY_SINGLES_H
#define COLLECTOR_LATENCY_SINGLES_H

#include <stdint.h>

#include "base/vec.h"
#include "bpf/latency.h"
#include "collector/held_stack.h"
#include "collector/latency_series.h"
#include "collector/latency_slices.h"
#include "collector/latency_starts.h"
#include "collector/stack_resolver.h"
#include "collector/task_ids.h"

/*
 * Single latencies as they come through the rings, in order of time. Each becomes what its
 * thread and its stacks are at that moment, or were at its start; then it waits:
 *
 *	drawn, or slow enough	  written at the next round
 *	among the longest	  of each CPU; of those of all, the longest `longest_max` of
 *				  each measure and slice stay, until the slice is over
 *	first of a name		  tells it, and is gone unless it is of those above
 *
 * So what is held is bound by the measures and slices that go on, and by what comes in a round.
 */
struct latency_single {
	enum abi_measure measure;
	uint32_t why; /* enum abi_latency_why */
	uint32_t scale, slice;
	uint32_t cpu;
	uint64_t what, end_ns, value, bytes, queued_ns;
	char comm[ABI_COMM_LEN];
	struct task_memory who;	   /* tgid 0: nobody's that is known */
	struct task_memory caller; /* whose stack it is, where that is another: tgid not 0 */
	struct held_stack *stack;  /* NULL: none is known */
	char *text;
};

struct latency_singles {
	const struct task_ids *ids;
	struct stack_resolver *resolver;
	struct held_stacks *stacks;
	struct latency_series *series;
	const struct latency_slices *slices;
	struct latency_starts starts;
	uint32_t longest_max;
	struct {
		VEC(struct latency_single);
	} held;
};

/* At the moment when it was told. Its text, of text_len bytes, stands behind it. */
void latency_singles_add(struct latency_singles *s, const struct abi_latency *latency,
			 uint64_t time_ns, const struct held_source *stacks);

/* At the end of a round: slices that end before until_ns are over; UINT64_MAX for all. */
void latency_singles_write(struct latency_singles *s, uint64_t until_ns);

/* Before the stacks are. */
void latency_singles_release(struct latency_singles *s);

#endif
