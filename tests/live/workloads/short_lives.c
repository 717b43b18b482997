/*
 * Many processes that live for a moment: each burns CPU time, sleeps 5 ms and burns
 * again, so that each lives for at least 5 ms and is as likely to be sampled young
 * as old.
 *
 *	short_lives RATE SECONDS [BURN_US]    RATE fork+exec per second
 *
 * Prints how many there were: REF started 1000
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile uint64_t sink;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void burn_short(uint64_t ns)
{
	uint64_t until = clock_ns(CLOCK_THREAD_CPUTIME_ID) + ns;

	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < until)
		for (int i = 0; i < 1000; i++)
			sink = sink * 6364136223846793005u + 1;
}

static int live(uint64_t burn_ns)
{
	burn_short(burn_ns / 2);
	usleep(5000);
	burn_short(burn_ns / 2);
	return 0;
}

static void wait_until(uint64_t ns)
{
	struct timespec when = { .tv_sec = (time_t)(ns / 1000000000u),
				 .tv_nsec = (long)(ns % 1000000000u) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL))
		;
}

int main(int argc, char **argv)
{
	uint64_t rate, seconds, start, started = 0;
	char self[4096] = { 0 };

	if (argc > 2 && !strcmp(argv[1], "child"))
		return live(strtoull(argv[2], NULL, 10) * 1000);
	rate = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
	seconds = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	start = clock_ns(CLOCK_MONOTONIC);
	for (; started < rate * seconds; started++) {
		wait_until(start + started * 1000000000u / rate);
		if (fork() == 0) {
			execl(self, "short_lives", "child", argc > 3 ? argv[3] : "600",
			      (char *)NULL);
			_exit(127);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	while (wait(NULL) > 0)
		;
	printf("REF started %llu\n", (unsigned long long)started);
	printf("REF seconds %.2f\n", (double)(clock_ns(CLOCK_MONOTONIC) - start) / 1e9);
	return 0;
}
