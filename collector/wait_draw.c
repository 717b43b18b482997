#include "collector/wait_draw.h"

#define NS_PER_S 1e9

uint32_t wait_draw(uint64_t keep_hz, uint64_t wait_cnt, uint64_t slice_ns)
{
	double wanted = (double)keep_hz * (double)slice_ns / NS_PER_S;

	if (wanted >= (double)wait_cnt)
		return keep_hz ? UINT32_MAX : 0;
	return (uint32_t)(wanted / (double)wait_cnt * UINT32_MAX);
}
