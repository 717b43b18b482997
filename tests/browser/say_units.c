#include <inttypes.h>
#include <stdio.h>

#include "base/units.h"

/*
 * Lines of WHAT, its VALUES and the TEXT, with tabs between them, as base/units.c writes
 * durations, sizes and percents, for flame_words.js to be held against: what lies around
 * each limit and each half, and many others. All values fit into a script's numbers.
 */
static const uint64_t limits[] = { 1,		1000,	      1024,	     10240,
				   102400,	1048576,      1288490,	     1000000,
				   59950000000, 60000000000,  3599500000000, 3600000000000,
				   1073741824,	1099511627776 };

static void say(uint64_t value)
{
	char text[UNITS_TEXT_MAX];

	printf("duration\t%" PRIu64 "\t%s\n", value, units_duration(text, value));
	printf("size\t%" PRIu64 "\t%s\n", value, units_size(text, value));
}

static void say_share(uint64_t part, uint64_t whole)
{
	char text[UNITS_TEXT_MAX];

	if (part <= whole)
		printf("percent\t%" PRIu64 " %" PRIu64 "\t%s\n", part, whole,
		       units_percent(text, part, whole));
}

int main(void)
{
	uint64_t state = 1;

	say(0);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		for (uint64_t times = 1; times < 2000; times = times * 3 / 2 + 1)
			for (uint64_t off = 0; off < 3; off++) {
				say(limits[i] * times + off - 1);
				say(limits[i] * times / 2 + off);
				say(limits[i] * times / 2000 * 1999 + off);
			}
	for (uint64_t part = 0; part <= 20000; part++)
		say_share(part, 20000);
	for (int i = 0; i < 2000; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		say(state >> (11 + i % 50));
		say_share(state >> (24 + i % 30), state >> 24);
	}
	say_share(7, 0);
	return 0;
}
