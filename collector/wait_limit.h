#ifndef COLLECTOR_WAIT_LIMIT_H
#define COLLECTOR_WAIT_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The bound on what recording waits may cost: waits that are kept cost stacks, and the
 * threshold says which are kept. Pure arithmetic, once a slice:
 *
 *	cost      busy + switches * WAIT_SWITCH_NS + wakings * WAIT_WAKING_NS
 *	allowed   most_ppm of the time of all CPUs, less the stamps of switches and wakings,
 *	          which no threshold avoids; half of it at least
 *	credit    what was allowed and not spent, of WAIT_CREDIT_NS at most; below 0 it is a debt,
 *	          of WAIT_DEBT_NS at most
 *
 *	busy > allowed, in debt        the threshold rises: 0 -> 1 us -> 2 us ... -> 1 s; the
 *	                               farther beyond, the more steps at once
 *	busy < allowed / 3, no debt    it sinks step by step, down to what was asked for
 *
 * So a burst, such as the copies of stacks of processes that have no tables yet, is no reason to
 * keep less; and where waits are of two kinds, many short ones and few long ones, so that a step
 * down costs many times too much, it is paid back before the next try.
 */
#define WAIT_SWITCH_NS 200 /* of mere stamps, by BPF's own statistics on a virtual machine */
#define WAIT_WAKING_NS 130
#define WAIT_CREDIT_NS 2000000000ull
#define WAIT_DEBT_NS 10000000000ull

struct wait_limit {
	uint64_t asked_ns;	   /* the threshold never sinks below it */
	uint64_t most_ppm;	   /* 0: there is no bound */
	uint64_t threshold_ns;	   /* that holds now; asked_ns at first */
	uint64_t highest_ns;	   /* that ever held */
	int64_t credit_ns;	   /* below 0: a debt */
	bool was_used;		   /* the credit is full at first */
	uint64_t cost_ns, time_ns; /* of all slices */
};

/* What happened in a slice, summed over CPUs. */
struct wait_load {
	uint64_t busy_ns;
	uint64_t switches, wakings;
	uint64_t wall_ns;
	uint64_t cpu_cnt;
};

struct wait_limit wait_limit_of(uint64_t asked_ns, uint64_t most_ppm);

/* The threshold for the next slice. */
uint64_t wait_limit_next(struct wait_limit *l, const struct wait_load *load);

#endif
