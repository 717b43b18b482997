/*
 * Many threads that sleep between 1 and 100 ms, again and again.
 *
 *	crowd THREADS SECONDS
 *
 * Prints how often and how long they slept, all together, without what that took on CPUs:
 *	REF sleeps 1980123
 *	REF slept_ns 99812345678901
 */
#include <stdatomic.h>

#include "ref.h"

static uint64_t until_ns;
static _Atomic uint64_t sleeps, slept_ns;

static void sleep_some(unsigned *seed)
{
	ref_sleep_ms(1 + (uint64_t)rand_r(seed) % 100);
}

static void *run(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;
	uint64_t cnt = 0, ns = 0;

	while (ref_now_ns() < until_ns) {
		uint64_t began = ref_off_ns();

		sleep_some(&seed);
		ns += ref_off_ns() - began;
		cnt++;
	}
	sleeps += cnt;
	slept_ns += ns;
	return NULL;
}

int main(int argc, char **argv)
{
	size_t cnt = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	uint64_t seconds = argc > 2 ? strtoull(argv[2], NULL, 10) : 5;
	pthread_t *threads = calloc(cnt, sizeof(*threads));

	until_ns = ref_now_ns() + seconds * 1000000000u;
	for (size_t i = 0; i < cnt; i++)
		threads[i] = ref_thread(run, (void *)(uintptr_t)(i + 1));
	for (size_t i = 0; i < cnt; i++)
		pthread_join(threads[i], NULL);
	ref_say("sleeps", sleeps);
	ref_say("slept_ns", slept_ns);
	free(threads);
	return 0;
}
