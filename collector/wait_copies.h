#ifndef COLLECTOR_WAIT_COPIES_H
#define COLLECTOR_WAIT_COPIES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How much of user stacks waits, wakers and latencies may have copied: those of processes that
 * have no tables yet, which each began some moments ago. Pure arithmetic, once a slice:
 *
 *	allowance   of each CPU: what is not used up is there for the next slice, up to half of
 *	            a ring; WAIT_COPIES_BYTES_PER_S come on top
 *	room        what programs may copy in a slice: all of it
 *
 * The next round makes tables, so while there is enough to go on with, an eighth of what can be
 * saved, it comes soon, and few waits of a new process pass without them. Where a process never
 * gets tables, its copies use up the allowance, and rounds come as they always do.
 */
#define WAIT_COPIES_BYTES_PER_S (2u << 20)

struct wait_copies {
	uint64_t most, allowance; /* bytes */
};

struct wait_copies wait_copies_of(uint64_t ring_bytes);

/* A slice of slice_ns is over, in which the CPU that copied most copied used_bytes. Returns the
 * room of the next one. */
uint32_t wait_copies_next(struct wait_copies *c, uint64_t used_bytes, uint64_t slice_ns);

/* Whether a round should make tables soon for what copied used_bytes in this slice. */
bool wait_copies_want_tables(const struct wait_copies *c, uint64_t used_bytes);

#endif
