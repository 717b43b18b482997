#include "render/latency_values.h"

#include <stdbool.h>

#include "base/sum.h"

void latency_values_add(struct latency_values *v, uint32_t bin, uint64_t cnt, uint64_t sum)
{
	sum_clipped(&v->cnt[bin], cnt);
	sum_clipped(&v->sum[bin], sum);
	sum_clipped(&v->total_cnt, cnt);
	sum_clipped(&v->total_sum, sum);
}

/* How many events lie up to a percentile: one at least, and never a part of one. */
static uint64_t rank_of(const struct latency_values *v, uint32_t percent_thousandths)
{
	unsigned __int128 rank = (unsigned __int128)v->total_cnt * percent_thousandths;
	unsigned __int128 whole = (rank + LATENCY_GREATEST - 1) / LATENCY_GREATEST;

	return whole ? (uint64_t)whole : 1;
}

uint32_t latency_values_bin(const struct latency_values *v, uint32_t percent_thousandths)
{
	uint64_t rank = rank_of(v, percent_thousandths), seen = 0;

	for (uint32_t bin = 0; bin < LATENCY_BINS && v->total_cnt; bin++) {
		sum_clipped(&seen, v->cnt[bin]);
		if (seen >= rank)
			return bin;
	}
	return LATENCY_BINS;
}

/* The mean of what a bin holds; false where the sum is not known, or is not of these. */
static bool mean_of(const struct latency_values *v, uint32_t bin, uint64_t *out)
{
	uint64_t mean = v->sum[bin] / v->cnt[bin];

	if (v->sum[bin] == UINT64_MAX && v->cnt[bin] > 1)
		return false;
	if (mean < latency_bin_first(bin) || mean > latency_bin_last(bin))
		return false;
	*out = mean;
	return true;
}

uint64_t latency_values_percentile(const struct latency_values *v, uint32_t percent_thousandths)
{
	uint32_t bin = latency_values_bin(v, percent_thousandths);
	uint64_t value;

	if (bin == LATENCY_BINS)
		return 0;
	if (mean_of(v, bin, &value))
		return value;
	return latency_bin_first(bin) + (latency_bin_last(bin) - latency_bin_first(bin)) / 2;
}

/* Nothing but the least, or the greatest, value of a bin gives their sum: sizes are like that. */
static bool is_all(const struct latency_values *v, uint32_t bin, uint64_t value)
{
	return (unsigned __int128)v->cnt[bin] * value == v->sum[bin];
}

void latency_values_range(const struct latency_values *v, uint32_t percent_thousandths,
			  uint64_t *out_first, uint64_t *out_last)
{
	uint32_t bin = latency_values_bin(v, percent_thousandths);
	uint64_t value;

	*out_first = *out_last = 0;
	if (bin == LATENCY_BINS)
		return;
	*out_first = latency_bin_first(bin);
	*out_last = latency_bin_last(bin);
	if (!mean_of(v, bin, &value))
		return;
	if (v->cnt[bin] == 1 || is_all(v, bin, *out_first) || is_all(v, bin, *out_last))
		*out_first = *out_last = value;
}

uint64_t latency_values_mean(const struct latency_values *v)
{
	if (!v->total_cnt)
		return 0;
	return v->total_sum == UINT64_MAX ? UINT64_MAX : v->total_sum / v->total_cnt;
}
