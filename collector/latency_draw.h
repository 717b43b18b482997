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

#endif
