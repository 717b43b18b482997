#include "collector/latency_draw.h"

#include <stdbool.h>

#define ALL ((double)UINT64_MAX)

/* Those who need less than a share leave the rest to the others, until none does. */
static double share_of(double wanted, const uint64_t *cnt, const uint32_t *most)
{
	bool served[ABI_MEASURE_CNT] = { false };

	for (;;) {
		uint32_t others = 0, served_now = 0;
		double share;

		for (int m = 0; m < ABI_MEASURE_CNT; m++)
			others += most[m] && !served[m];
		if (!others)
			return ALL;
		share = wanted / others;
		for (int m = 0; m < ABI_MEASURE_CNT; m++) {
			if (!most[m] || served[m] || (double)cnt[m] > share)
				continue;
			served[m] = true;
			served_now++;
			wanted -= (double)cnt[m];
		}
		if (!served_now)
			return share;
	}
}

void latency_draw_share(double wanted, const uint64_t cnt[ABI_MEASURE_CNT],
			const uint32_t most[ABI_MEASURE_CNT], uint32_t out[ABI_MEASURE_CNT])
{
	double share = wanted > 0 ? share_of(wanted, cnt, most) : 0;

	for (int m = 0; m < ABI_MEASURE_CNT; m++) {
		double part = share / (double)(cnt[m] ? cnt[m] : 1);

		out[m] = part < 1 ? (uint32_t)(part * UINT32_MAX) : UINT32_MAX;
		if (out[m] > most[m])
			out[m] = most[m];
	}
}

static double used_by(uint32_t longest, const double *of_slice)
{
	double used = 0;

	for (int m = 0; m < ABI_MEASURE_CNT; m++)
		used += of_slice[m] < longest ? of_slice[m] : longest;
	return used;
}

uint32_t latency_draw_longest(double room, const double of_slice[ABI_MEASURE_CNT], double *out_used)
{
	uint32_t longest = ABI_LATENCY_LONGEST_MAX;

	while (longest > 1 && used_by(longest, of_slice) > room)
		longest--;
	*out_used = used_by(longest, of_slice);
	return longest;
}
