/*
 * System calls that are counted, and some that take their time.
 *
 *	calls COUNT             getppid(2), so often, as fast as they go
 *	calls sleep MS COUNT    clock_nanosleep(2)
 *
 *	REF times sleep 101 512345678 5061234 5123456 6123456
 *	REF calls 1000000
 */
#include <string.h>

#include "ref.h"

static void sleep_often(uint64_t ms, uint64_t cnt)
{
	struct timespec t = { .tv_sec = (time_t)(ms / 1000),
			      .tv_nsec = (long)(ms % 1000) * 1000000 };
	struct ref_times times = { 0 };

	for (uint64_t i = 0; i < cnt; i++) {
		uint64_t begin_ns = ref_now_ns();

		syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, NULL);
		ref_times_add(&times, ref_now_ns() - begin_ns);
	}
	ref_times_say("sleep", &times);
}

int main(int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "sleep")) {
		sleep_often(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
		return 0;
	}
	if (argc < 2)
		return 2;
	for (uint64_t i = strtoull(argv[1], NULL, 10); i; i--)
		syscall(SYS_getppid);
	ref_say("calls", strtoull(argv[1], NULL, 10));
	return 0;
}
