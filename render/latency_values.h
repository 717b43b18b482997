#ifndef RENDER_LATENCY_VALUES_H
#define RENDER_LATENCY_VALUES_H

#include <stdint.h>

#include "formats/latency_bin.h"

/*
 * How values are distributed: counts and sums by bin, without times. What percentiles,
 * histograms and the lines across a heat map are made of. Pure.
 */
struct latency_values {
	uint64_t cnt[LATENCY_BINS];
	uint64_t sum[LATENCY_BINS]; /* UINT64_MAX: that or more */
	uint64_t total_cnt, total_sum;
};

#define LATENCY_PERCENT 1000u /* thousandths of a percent in one */
#define LATENCY_MEDIAN (50 * LATENCY_PERCENT)
#define LATENCY_GREATEST (100 * LATENCY_PERCENT)

void latency_values_add(struct latency_values *v, uint32_t bin, uint64_t cnt, uint64_t sum);

/* The bin that holds a percentile in thousandths of a percent (50,000: the median; 100,000: the
 * greatest value): the lowest bin up to which so many events lie. LATENCY_BINS: there are none. */
uint32_t latency_values_bin(const struct latency_values *v, uint32_t percent_thousandths);

/* A value within that bin: its middle, or the mean of what is in it, whichever is known better. */
uint64_t latency_values_percentile(const struct latency_values *v, uint32_t percent_thousandths);

/* What is certain of a percentile: it is from first to last, which is its bin, or one value where
 * the bin's sum says that it holds no other. Of no events both are 0. */
void latency_values_range(const struct latency_values *v, uint32_t percent_thousandths,
			  uint64_t *out_first, uint64_t *out_last);

/* Of all of them; 0 of none. UINT64_MAX: that or more. */
uint64_t latency_values_mean(const struct latency_values *v);

#endif
