#ifndef FORMATS_WAIT_PARTS_H
#define FORMATS_WAIT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/trace.h"
#include "formats/wait_event.h"

struct trace_reader;

/* What is to be shown: the same fields of a sum, or of a wait and its thread's process. */
struct wait_place {
	uint32_t process; /* id */
	uint32_t stack;
	uint32_t chain;
	uint32_t flags; /* enum trace_wait_flag */
};

struct wait_place wait_place_of_sum(const struct trace_wait_sum *sum);

/*
 * How a wait's time is given to who had part in it. The parts of one wait are shown one by one;
 * a picture adds up those with equal frames.
 */
enum wait_weight {
	WAIT_WEIGHT_FULL = 1,  /* the last link, with all others below it, has all of it */
	WAIT_WEIGHT_SPLIT = 2, /* each link has what it has to answer for (link_ns) */
};

struct wait_part {
	uint64_t ns;	   /* not 0 */
	uint32_t link_max; /* links that are shown, at most */
	bool is_runnable;
	bool is_preempted; /* runnable, and did not wait for anything */
};

#define WAIT_PARTS_MAX (TRACE_CHAIN_MAX + 1)

/*
 * The parts of a sum, those that are 0 left out; they add up to blocked_ns + runnable_ns. Only
 * in the way `chain` do weights differ. Returns how many there are.
 */
size_t wait_parts(const struct trace_wait_sum *sum, enum wait_way way, enum wait_weight weight,
		  struct wait_part out[WAIT_PARTS_MAX]);

/* A wait as a sum of one, in slice 0. */
struct trace_wait_sum wait_as_sum(const struct trace_reader *r, const struct trace_wait *wait);

/* Links of a chain; 0: TRACE_NONE. */
uint32_t wait_chain_depth(const struct trace_reader *r, uint32_t chain);
/* Its links, nearest first; returns how many. */
uint32_t wait_chain_links(const struct trace_reader *r, uint32_t chain,
			  const struct trace_link *out[TRACE_CHAIN_MAX]);

#endif
