/*
 * Two threads, "alpha" and "beta", that burn CPU time in functions of their own, and a
 * child process that does so in a third.
 *
 *	two_threads SECONDS
 *
 * Prints, before it begins, the numbers to find them by:
 *	REF alpha 4243
 *	REF beta 4244
 *	REF child 4245
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t seconds;
static volatile uint64_t sinks[3];

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline __attribute__((always_inline)) void burn(volatile uint64_t *sink)
{
	uint64_t until = now_ns() + seconds * 1000000000u;

	while (now_ns() < until)
		for (int i = 0; i < 10000; i++)
			*sink = *sink * 6364136223846793005u + 1;
}

static void burn_alpha(void)
{
	burn(&sinks[0]);
}

static void burn_beta(void)
{
	burn(&sinks[1]);
}

static void burn_child(void)
{
	burn(&sinks[2]);
}

static void say(const char *name, long id)
{
	printf("REF %s %ld\n", name, id);
	fflush(stdout);
}

static void *run_alpha(void *unused)
{
	pthread_setname_np(pthread_self(), "alpha");
	say("alpha", syscall(SYS_gettid));
	burn_alpha();
	return unused;
}

static void *run_beta(void *unused)
{
	pthread_setname_np(pthread_self(), "beta");
	say("beta", syscall(SYS_gettid));
	burn_beta();
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	pid_t child;

	seconds = argc > 1 ? strtoull(argv[1], NULL, 10) : 2;
	child = fork();
	if (child == 0) {
		burn_child();
		_exit(0);
	}
	say("child", child);
	pthread_create(&threads[0], NULL, run_alpha, NULL);
	pthread_create(&threads[1], NULL, run_beta, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	waitpid(child, NULL, 0);
	return 0;
}
