/*
 * Threads, signals on an alternate stack, call-backs through libc and recursion, until it
 * is ended.
 */
#include <pthread.h>
#include <regex.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define THREADS 2

static volatile uint64_t sink;

static void burn(unsigned rounds)
{
	while (rounds--)
		sink = sink * 6364136223846793005u + 1;
}

static int by_value(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

static uint64_t climb(unsigned depth, const uint32_t *values)
{
	uint32_t key = values[depth];
	const uint32_t *found;

	if (!depth)
		return 1;
	burn(16000);
	found = bsearch(&key, values, 64, sizeof(*values), by_value);
	return climb(depth - 1, values) + (uint64_t)(found - values);
}

/* Interrupts whatever runs, on a stack of its own; calls nothing that takes a lock. */
static void handle(int number)
{
	uint32_t values[64];

	(void)number;
	for (uint32_t i = 0; i < 64; i++)
		values[i] = i * 3;
	sink += climb(50, values);
}

static uint64_t recurse(unsigned depth, uint64_t seed)
{
	uint32_t values[16];

	if (!depth)
		return seed;
	for (unsigned i = 0; i < 16; i++)
		values[i] = (uint32_t)(seed = seed * 1664525u + 1013904223u);
	qsort(values, 16, sizeof(*values), by_value);
	return recurse(depth - 1, seed ^ values[3]) + values[7];
}

static void match(const char *text)
{
	regmatch_t found[3];
	regex_t pattern;

	if (regcomp(&pattern, "([a-z]+)=(.*[0-9])", REG_EXTENDED))
		exit(1);
	for (int i = 0; i < 20; i++)
		regexec(&pattern, text, 3, found, 0);
	regfree(&pattern);
}

/* From here on the handler may interrupt: whatever it stands on stands on this. */
static void *work(void *arg)
{
	stack_t stack = { .ss_sp = malloc(1 << 16), .ss_size = 1 << 16 };
	sigset_t signals;
	char text[256];

	sigemptyset(&signals);
	sigaddset(&signals, SIGPROF);
	if (!stack.ss_sp || sigaltstack(&stack, NULL) ||
	    pthread_sigmask(SIG_UNBLOCK, &signals, NULL))
		exit(1);
	for (uint64_t seed = (uint64_t)(uintptr_t)arg;; seed++) {
		snprintf(text, sizeof(text), "key=%llu, value=%.9f, %s",
			 (unsigned long long)recurse(60, seed), (double)seed / 3, "and so on");
		match(text);
		burn(2000);
	}
	return NULL;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_ONSTACK | SA_RESTART };
	struct itimerval every = { { 0, 2000 }, { 0, 2000 } };
	sigset_t signals;
	pthread_t thread;

	sigemptyset(&signals);
	sigaddset(&signals, SIGPROF);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	sigaction(SIGPROF, &action, NULL);
	setitimer(ITIMER_PROF, &every, NULL);
	for (uintptr_t i = 1; i < THREADS; i++)
		pthread_create(&thread, NULL, work, (void *)i);
	work(NULL);
	return 0;
}
