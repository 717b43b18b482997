#ifndef FORMATS_WAIT_SUM_COLUMN_H
#define FORMATS_WAIT_SUM_COLUMN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/vec.h"
#include "formats/trace.h"

/*
 * The sums of waits of a chunk, sorted by what they are sums of, as columns and back:
 *
 *	runs       count, then | event, slice, count | ...
 *	marks      state + 8 * (flags + 16 * links)
 *	processes  steps of ids (formats/id_steps.h)
 *	stacks     likewise
 *	chains     likewise
 *	counts     less 1
 *	blocked    nanoseconds
 *	runnable   likewise
 *	longest    likewise; of those with a count above 1, for the others it is all there is
 *	links      link_ns[1] and on; link_ns[0] is what these leave of blocked
 *
 * How many links a sum has times of is said here and not left to its chain, because that may
 * be in a chunk that is damaged.
 */
struct linked_sum {
	struct trace_wait_sum sum;
	uint32_t link_cnt;
};

struct wait_sum_column {
	VEC(struct linked_sum);
};

int wait_sum_column_compare(const struct linked_sum *a, const struct linked_sum *b);

/* Makes the numbers of a sum fit together: its longest wait is not longer than all, and its
 * links add up to what was blocked. What is counted while it goes on may be out by one wait. */
void linked_sum_settle(struct linked_sum *s);

/* Sums in that order, settled. */
void wait_sum_column_put(struct buf *out, const struct linked_sum *v, size_t cnt);

/* Appends. Numbers fit together; ids are not checked. False: not in this form. */
bool wait_sum_column_take(struct bytes *b, struct wait_sum_column *out);

#endif
