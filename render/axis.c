#include "render/axis.h"

#include <stdio.h>

#define MINUTE 60u
#define HOUR 3600u

uint64_t axis_time_step(uint64_t seconds, uint64_t most)
{
	static const uint32_t steps[] = { 1,	      2,	   5,		10,
					  15,	      30,	   MINUTE,	2 * MINUTE,
					  5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
					  HOUR,	      2 * HOUR,	   6 * HOUR,	12 * HOUR,
					  24 * HOUR };
	size_t cnt = sizeof(steps) / sizeof(steps[0]);

	if (!most)
		most = 1;
	for (size_t i = 0; i < cnt; i++)
		if (seconds / steps[i] <= most)
			return steps[i];
	/* Beyond days there is nothing round any more but more days. */
	uint64_t days = seconds / steps[cnt - 1] / most + 1;
	return days * steps[cnt - 1];
}

const char *axis_time_text(char out[UNITS_TEXT_MAX], uint64_t seconds)
{
	unsigned long long hours = seconds / HOUR;
	unsigned minutes = (unsigned)(seconds % HOUR / MINUTE);
	unsigned rest = (unsigned)(seconds % MINUTE);

	if (hours)
		snprintf(out, UNITS_TEXT_MAX, "%llu:%02u:%02u", hours, minutes, rest);
	else if (minutes)
		snprintf(out, UNITS_TEXT_MAX, "%u:%02u", minutes, rest);
	else
		snprintf(out, UNITS_TEXT_MAX, "%u s", rest);
	return out;
}
