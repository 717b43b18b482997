#include "collector/latency_draw.h"

#include <stdbool.h>

/* Those who need less than a share leave the rest to the others, until none does. */
static double share_of(double wanted, const uint64_t *cnt, const uint32_t *most)
{
	bool served[ABI_MEASURE_CNT] = { false }, changed = true;
	double share = 0;

	while (changed) {
		uint32_t others = 0;

		changed = false;
		for (int m = 0; m < ABI_MEASURE_CNT; m++)
			others += most[m] && !served[m];
		share = others ? wanted / others : wanted;
		for (int m = 0; m < ABI_MEASURE_CNT && others; m++) {
			if (!most[m] || served[m] || (double)cnt[m] > share)
				continue;
			served[m] = changed = true;
			wanted -= (double)cnt[m];
		}
	}
	return share;
}

void latency_draw_share(double wanted, const uint64_t cnt[ABI_MEASURE_CNT],
			const uint32_t most[ABI_MEASURE_CNT], uint32_t out[ABI_MEASURE_CNT])
{
	double share = share_of(wanted, cnt, most);

	for (int m = 0; m < ABI_MEASURE_CNT; m++) {
		double part = cnt[m] ? share / (double)cnt[m] * UINT32_MAX : UINT32_MAX;

		out[m] = part < most[m] ? (uint32_t)part : most[m];
	}
}
