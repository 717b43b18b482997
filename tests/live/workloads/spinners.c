/*
 * Threads that never wait for anything but a CPU, pinned to two CPUs in turn.
 *
 *	spinners THREADS SECONDS
 *
 * Each prints at its end what the kernel counted for it (ref.h):
 *	REF thread spinner 4243 1001234567 1004567890 271
 */
#include "ref.h"

static uint64_t until_ns;
static volatile uint64_t sink;

static void spin(void)
{
	while (ref_now_ns() < until_ns)
		for (int i = 0; i < 1000; i++)
			sink = sink * 6364136223846793005u + 1;
}

static void *run(void *arg)
{
	ref_pin((unsigned)(uintptr_t)arg);
	spin();
	sched_yield(); /* what is left to do then fits into one turn */
	ref_thread_say("spinner");
	return NULL;
}

int main(int argc, char **argv)
{
	size_t cnt = argc > 1 ? strtoul(argv[1], NULL, 10) : 4;
	uint64_t seconds = argc > 2 ? strtoull(argv[2], NULL, 10) : 2;
	pthread_t *threads = calloc(cnt, sizeof(*threads));

	until_ns = ref_now_ns() + seconds * 1000000000u;
	for (size_t i = 0; i < cnt; i++)
		threads[i] = ref_thread(run, (void *)(uintptr_t)(i % 2));
	for (size_t i = 0; i < cnt; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	return 0;
}
