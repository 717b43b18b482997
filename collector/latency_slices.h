#ifndef COLLECTOR_LATENCY_SLICES_H
#define COLLECTOR_LATENCY_SLICES_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/latency.h"
#include "formats/trace.h"

/*
 * The slices of time that latencies are counted in: as numbers in the programs' cells, and as
 * the stretches of the recording that they are. They get longer with it, so that there are
 * 1,524 in the first hour and 120 in each one after it; each length is a multiple of those
 * before, so that columns of a picture can hold whole ones of several:
 *
 *	from      0 s     1 min   3 min  8 min  20 min  1 h   6 h    24 h
 *	length    100 ms  500 ms  1 s    5 s    10 s    30 s  1 min  5 min
 *
 * A machine that compiles fills 1,600 bins of all measures in 100 ms, 6,700 in a second and
 * some 14,000 in 5 s, of 3.2 bytes each: an hour of it takes 35 MB.
 *
 * Where the length changes, the last slice before is over early and the first one after begins
 * late; so does the last one of all.
 */
struct latency_slices {
	uint64_t start_ns;
	uint32_t scale; /* of now; index of ABI_LATENCY_SCALES */
	struct {
		uint64_t since_ns, until_ns; /* until 0: it goes on */
	} scales[ABI_LATENCY_SCALE_CNT];
};

void latency_slices_start(struct latency_slices *s, uint64_t start_ns);

/* The length that holds from now_ns on. */
uint32_t latency_slices_advance(struct latency_slices *s, uint64_t now_ns);
void latency_slices_end(struct latency_slices *s, uint64_t end_ns);

uint64_t latency_slices_length(uint32_t scale);

/* Its times, within those of its scale. */
struct trace_slice latency_slices_get(const struct latency_slices *s, uint32_t scale,
				      uint32_t slice);

#endif
