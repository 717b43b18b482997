#ifndef COLLECTOR_LATENCY_DRAW_H
#define COLLECTOR_LATENCY_DRAW_H

#include <stdint.h>

#include "bpf/latency.h"

/*
 * Which part of the events of each measure is drawn to be kept one by one: so that of all
 * measures together about `wanted` are, in a time in which as many events end as in that
 * before. Each has the same share; what a measure does not use up is for the others.
 *
 *	cnt   events of each before
 *	most  of 2^32 events, so many are drawn at most; 0: the measure is not recorded
 *	out   of 2^32 events, so many are to be drawn
 */
void latency_draw_share(double wanted, const uint64_t cnt[ABI_MEASURE_CNT],
			const uint32_t most[ABI_MEASURE_CNT], uint32_t out[ABI_MEASURE_CNT]);

/*
 * How many of the longest of each slice and measure are to be told: so many that those of all
 * measures together, of which `of_slice` events end in a slice, are not above `room`; one at
 * least, and at most ABI_LATENCY_LONGEST_MAX. So what is rare is told whole, where the others
 * leave it room. Its sum over all
 * measures: out_used.
 */
uint32_t latency_draw_longest(double room, const double of_slice[ABI_MEASURE_CNT],
			      double *out_used);

#endif
