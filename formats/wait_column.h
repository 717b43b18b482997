#ifndef FORMATS_WAIT_COLUMN_H
#define FORMATS_WAIT_COLUMN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/vec.h"
#include "formats/trace.h"
#include "formats/wait_sum_column.h"

/*
 * Single waits of a chunk, sorted by event, why, thread and time, as columns and back. But for
 * its time, a wait is written as a sum of one wait is (wait_sum_column.h), with its thread in
 * place of a process and its why in place of a slice:
 *
 *	sums   blob: the columns of the sums
 *	ends   when each ended: microseconds since the wait of the same thread before, or
 *	       since first_us
 */
struct linked_wait {
	struct trace_wait wait;
	uint32_t link_cnt;
};

struct wait_column {
	VEC(struct linked_wait);
};

int wait_column_compare(const struct linked_wait *a, const struct linked_wait *b);

/* Its numbers fit together then, as those of a sum. */
void linked_wait_settle(struct linked_wait *w);

/* When a wait ended. Waits are told by that, as sums are; UINT64_MAX where it is later. */
uint64_t wait_end_ns(const struct trace_wait *wait);

/* Waits in that order, settled; none ended before first_us. */
void wait_column_put(struct buf *out, uint64_t first_us, const struct linked_wait *v, size_t cnt);

/* Appends. Numbers fit together; ids are not checked. False: not in this form. */
bool wait_column_take(struct bytes *b, uint64_t first_us, struct wait_column *out);

#endif
