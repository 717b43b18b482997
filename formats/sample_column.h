#ifndef FORMATS_SAMPLE_COLUMN_H
#define FORMATS_SAMPLE_COLUMN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/vec.h"
#include "formats/trace.h"

/*
 * The samples of a chunk, sorted by event, CPU and time, as columns and back:
 *
 *	runs     | event, CPU, count | ...     one for each event on each CPU
 *	times    smallest step; low bytes, then the rest, of: microseconds since the
 *	         sample before, less that step; a run's first: since first_us
 *	threads  ids
 *	stacks   one more than the highest id; how far each is below that, 0: none
 *	weights  | weight, count | ...         runs of equal ones
 */
struct sample_column {
	VEC(struct trace_sample);
};

int sample_column_compare(const struct trace_sample *a, const struct trace_sample *b);

/* Samples in that order; none is earlier than first_us. */
void sample_column_put(struct buf *out, uint64_t first_us, const struct trace_sample *v,
		       size_t cnt);

/* Appends. Events, threads and stacks are not checked. False: not in this form. */
bool sample_column_take(struct bytes *b, uint64_t first_us, struct sample_column *out);

#endif
