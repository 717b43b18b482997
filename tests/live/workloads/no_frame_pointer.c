/*
 * Burns CPU time at the end of a known path of calls, without a frame pointer anywhere:
 *
 *	_start ... main -> first_step -> second_step -> burn_unframed
 *
 *	no_frame_pointer MILLISECONDS		of CPU time, in this process
 *	no_frame_pointer MILLISECONDS COUNT	in each of COUNT processes, one after the other
 *	no_frame_pointer MILLISECONDS kernel	in system calls: read_zeros, not burn_unframed
 *	no_frame_pointer MILLISECONDS deep	below 40,000 bytes of stack: main -> deep_step ->
 *...
 *
 * A walk by frame pointers ends at the leaf.
 *
 * Prints how many processes burned, if it started some: REF lives 100
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile uint64_t sink;

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void burn_unframed(uint64_t ns)
{
	uint64_t until = cpu_ns() + ns;

	while (cpu_ns() < until)
		for (int i = 0; i < 20000; i++)
			sink = sink * 6364136223846793005u + 1;
}

/* Nearly all of its time is the kernel's, which clears what is asked for. */
static void read_zeros(uint64_t ns)
{
	static char zeros[1 << 20];
	uint64_t until = cpu_ns() + ns;
	int fd = open("/dev/zero", O_RDONLY);

	while (cpu_ns() < until)
		for (int i = 0; i < 100; i++)
			if (read(fd, zeros, sizeof(zeros)) < 0)
				exit(1);
	close(fd);
}

static void second_step(uint64_t ns, int in_kernel)
{
	volatile char room[200];

	room[0] = 1;
	if (in_kernel)
		read_zeros(ns);
	else
		burn_unframed(ns);
	sink += (uint64_t)room[0]; /* not a tail call: this frame stays below */
}

static void first_step(uint64_t ns, int in_kernel)
{
	volatile char room[3000];

	room[0] = 1;
	second_step(ns, in_kernel);
	sink += (uint64_t)room[0];
}

static void deep_step(uint64_t ns)
{
	volatile char room[40000];

	for (size_t i = 0; i < sizeof(room); i += 1000) /* there is no copy of untouched pages */
		room[i] = 1;
	first_step(ns, 0);
	sink += (uint64_t)room[0];
}

static int burn_elsewhere(const char *ms)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execl("/proc/self/exe", "no_frame_pointer", ms, (char *)NULL);
		_exit(127);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

int main(int argc, char **argv)
{
	int in_kernel = argc > 2 && !strcmp(argv[2], "kernel");
	int lives = argc > 2 ? atoi(argv[2]) : 0;

	if (argc < 2)
		return 2;
	if (argc > 2 && !strcmp(argv[2], "deep"))
		deep_step(strtoull(argv[1], NULL, 10) * 1000000u);
	else if (!lives)
		first_step(strtoull(argv[1], NULL, 10) * 1000000u, in_kernel);
	for (int i = 0; i < lives; i++)
		if (burn_elsewhere(argv[1]))
			return 1;
	if (lives)
		printf("REF lives %d\n", lives);
	return 0;
}
