/*
 * A process whose first thread ends at once, while another one burns CPU time: /proc shows a
 * zombie without mappings, and yet the program runs on.
 *
 *	last_thread SECONDS      of CPU time
 *
 * Prints when only that thread is left: REF process 4242
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static volatile uint64_t sink;
static pthread_t first;
static uint64_t seconds;

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void burn_last(void)
{
	uint64_t until = cpu_ns() + seconds * 1000000000u;

	while (cpu_ns() < until)
		for (int i = 0; i < 10000; i++)
			sink = sink * 6364136223846793005u + 1;
}

static void *run_last(void *unused)
{
	pthread_join(first, NULL);
	printf("REF process %d\n", (int)getpid());
	fflush(stdout);
	burn_last();
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t last;

	seconds = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	first = pthread_self();
	if (pthread_create(&last, NULL, run_last, NULL))
		return 1;
	pthread_exit(NULL);
}
