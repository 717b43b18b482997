#ifndef FORMATS_LATENCY_COLUMN_H
#define FORMATS_LATENCY_COLUMN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/vec.h"
#include "formats/trace.h"

/*
 * Single latencies of a chunk, sorted by event, series and time, as columns and back:
 *
 *	runs     how many, then | event, series, count | ...
 *	marks    a byte each: why, + 8 if it was queued, + 16 if it moved bytes, + 32 if it
 *	         has a text
 *	ends     microseconds since the one before of the run, or since first_us
 *	values   as they are
 *	threads  steps of ids (formats/id_steps.h)
 *	stacks   likewise
 *	cpus     likewise
 *	queued   nanoseconds; of those that were queued, as the following of theirs
 *	bytes
 *	texts    blobs
 *
 * Its event is that of its series, as with bins.
 */
struct event_latency {
	uint32_t event;
	uint32_t text_len;
	struct trace_latency latency; /* its text has no NUL behind it where it was read */
};

struct latency_column {
	VEC(struct event_latency);
};

int latency_column_compare(const struct event_latency *a, const struct event_latency *b);

/* Latencies in that order; none ended before first_us, none was queued for longer than it
 * took, and texts are within TRACE_LATENCY_TEXT_MAX. */
void latency_column_put(struct buf *out, uint64_t first_us, const struct event_latency *v,
			size_t cnt);

/* Appends; texts point into b. Numbers fit together; ids are not checked. False: not in this
 * form. */
bool latency_column_take(struct bytes *b, uint64_t first_us, struct latency_column *out);

#endif
