#ifndef FORMATS_BIN_COLUMN_H
#define FORMATS_BIN_COLUMN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/vec.h"
#include "formats/trace.h"

/*
 * The bins of a chunk, sorted by event, slice, series and range, as columns and back:
 *
 *	runs     those of one series in one slice: how many runs there are, then their
 *	         events, slices, series (the latter two as steps of ids, formats/id_steps.h)
 *	         and how many bins each has, less 1
 *	bins     the first of a run as it is, the others as steps, less 1
 *	counts   less 1
 *	sums     how far from the middle of what they can be (zigzag); nothing where they can be
 *	         one thing only, as those of values that have a bin for themselves
 *
 * A sum lies within count times the least and the greatest value of its bin, both ends cut at
 * 64 bits, and so a bin takes 3 to 6 bytes.
 *
 * Its event is that of its series, and is here for the case that the series is in a chunk that
 * is damaged.
 */
struct event_bin {
	uint32_t event;
	struct trace_bin bin;
};

struct bin_column {
	VEC(struct event_bin);
};

int bin_column_compare(const struct event_bin *a, const struct event_bin *b);

/* Brings the sum to what it can be with that count. */
void bin_settle(struct trace_bin *bin);

/* Bins in that order, settled, none twice. */
void bin_column_put(struct buf *out, const struct event_bin *v, size_t cnt);

/* Appends. Sums fit their counts; ids are not checked. False: not in this form. */
bool bin_column_take(struct bytes *b, struct bin_column *out);

#endif
