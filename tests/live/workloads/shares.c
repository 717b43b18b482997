/*
 * Two functions that burn CPU time in a known ratio: 30 to 70.
 *
 *	shares random SECONDS        each period has another length, so that no sampler
 *	                             can keep step with it
 *	shares locked SECONDS        every period is 1 ms: a sampler at 997 or 1000 Hz that
 *	                             does not vary its own period sees only one of them
 *
 * Prints the split as it really was, by the thread's own CPU clock:
 *	REF burn_thirty 0.3003
 *	REF burn_seventy 0.6997
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PERIOD_NS 1000000u

static volatile uint64_t sink;

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Between two looks at the clock: some microseconds. */
static inline __attribute__((always_inline)) void spin(void)
{
	for (int i = 0; i < 3000; i++)
		sink = sink * 6364136223846793005u + 1;
}

static uint64_t burn_thirty(uint64_t from, uint64_t until)
{
	uint64_t now = from;

	while (now < until) {
		spin();
		now = cpu_ns();
	}
	return now;
}

static uint64_t burn_seventy(uint64_t from, uint64_t until)
{
	uint64_t now = from;

	while (now < until) {
		spin();
		now = cpu_ns();
	}
	return now;
}

/* 0.2 to 1.8 periods, evenly. */
static uint64_t random_period(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return PERIOD_NS / 5 + (*state >> 33) % (PERIOD_NS * 8 / 5);
}

int main(int argc, char **argv)
{
	int random = argc > 1 && !strcmp(argv[1], "random");
	uint64_t seconds = argc > 2 ? strtoull(argv[2], NULL, 10) : 10;
	uint64_t state = 42, start = cpu_ns(), now = start, due = start;
	uint64_t thirty = 0, seventy = 0;

	while (now - start < seconds * 1000000000u) {
		uint64_t period = random ? random_period(&state) : PERIOD_NS;
		uint64_t middle = burn_thirty(now, due + period * 3 / 10);
		uint64_t end = burn_seventy(middle, due + period);

		thirty += middle - now;
		seventy += end - middle;
		due += period;
		now = end;
	}
	printf("REF burn_thirty %.4f\n", (double)thirty / (double)(thirty + seventy));
	printf("REF burn_seventy %.4f\n", (double)seventy / (double)(thirty + seventy));
	return 0;
}
