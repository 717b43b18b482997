#ifndef FORMATS_WAIT_THRESHOLD_H
#define FORMATS_WAIT_THRESHOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/units.h"

struct buf;
struct trace_reader;
struct trace_slice;

/*
 * From which length on waits were kept. It may have been another one in each slice of time,
 * as keeping waits has a bound on its cost.
 */
struct wait_threshold {
	uint64_t least_ns, most_ns; /* of the slices taken */
	bool has_slices;
};

void wait_threshold_take(struct wait_threshold *t, const struct trace_slice *slice);

/* What is shown for the time of all waits that nothing was kept of: "[waits below 1 ms]",
 * "[waits below 1 ms to 4 ms]", "[waits below a threshold of up to 4 ms]" where it was 0 at
 * times, "[waits below 1 ms or above 2 s]", "[waits below 1 ms or of other states]". */
void wait_threshold_put_name(const struct wait_threshold *t, const struct trace_reader *r,
			     struct buf *out);

/* A threshold: what somebody chose is "1 ms", not "1.00 ms". Returns out. */
const char *wait_threshold_text(char out[UNITS_TEXT_MAX], uint64_t ns);

#endif
