/*
 * System calls that are counted, as fast as they go, and some that take their time.
 *
 *	calls getppid COUNT
 *	calls open COUNT        of /proc/self/stat
 *	calls exec COUNT        of a program that is not there
 *	calls sleep COUNT MS    clock_nanosleep(2)
 *
 *	REF calls 1000000
 *	REF times sleep 101 512345678 5061234 5123456 6123456
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "ref.h"

static void sleep_often(uint64_t cnt, uint64_t ms)
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

static void call_getppid(void)
{
	syscall(SYS_getppid);
}

static void call_open(void)
{
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		ref_die("open");
	close(fd);
}

static void call_exec(void)
{
	if (execl("/missing/program", "program", (char *)NULL) != -1 || errno != ENOENT)
		ref_die("exec");
}

static const struct {
	const char *name;
	void (*call)(void);
} kinds[] = {
	{ "getppid", call_getppid },
	{ "open", call_open },
	{ "exec", call_exec },
};

int main(int argc, char **argv)
{
	uint64_t cnt = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

	if (argc > 3 && !strcmp(argv[1], "sleep"))
		sleep_often(cnt, strtoull(argv[3], NULL, 10));
	for (size_t k = 0; argc > 2 && k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (uint64_t i = 0; i < cnt && !strcmp(argv[1], kinds[k].name); i++)
			kinds[k].call();
	ref_say("calls", cnt);
	return argc < 3;
}
