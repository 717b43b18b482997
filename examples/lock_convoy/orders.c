/*
 * Workers that are no faster together than one of them is alone: each holds the lock of
 * the book while it asks the bank, which takes 2 ms to answer, so that one order is
 * handled at a time. The symptom is "more workers do not help"; the picture shows why.
 *
 *	orders [WORKERS [apart]]	apart: the bank is asked before the lock is taken
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ORDERS 800
#define WORKERS_MAX 64

static pthread_mutex_t book_lock = PTHREAD_MUTEX_INITIALIZER;
static int taken_cnt, booked_cnt;
static uint64_t sum_of_all;
static bool apart;

/* The bank is another machine: nothing runs here until it answers. */
static void ask_bank(void)
{
	struct timespec answer_time = {.tv_nsec = 2000000};

	while (nanosleep(&answer_time, &answer_time))
		;
}

/* Some 0.2 ms of work that needs no lock. */
static uint32_t check_order(uint32_t order)
{
	uint32_t sum = order;

	for (int i = 0; i < 200000; i++)
		sum = sum * 1664525u + 1013904223u;
	return sum;
}

static void book_order(uint32_t sum)
{
	if (apart)
		ask_bank();
	pthread_mutex_lock(&book_lock);
	if (!apart)
		ask_bank(); /* with the lock held: this is the mistake */
	sum_of_all += sum;
	booked_cnt++;
	pthread_mutex_unlock(&book_lock);
	__asm__ volatile(""); /* the call above is not the last: callers stay on the stack */
}

static void *work(void *unused)
{
	int order;

	while ((order = __atomic_fetch_add(&taken_cnt, 1, __ATOMIC_RELAXED)) < ORDERS)
		book_order(check_order((uint32_t)order));
	return unused;
}

int main(int argc, char **argv)
{
	int workers = argc > 1 ? atoi(argv[1]) : 4;
	pthread_t threads[WORKERS_MAX];

	if (workers < 1 || workers > WORKERS_MAX)
		return 2;
	apart = argc > 2 && !strcmp(argv[2], "apart");
	for (int i = 0; i < workers; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			return 1;
	for (int i = 0; i < workers; i++)
		pthread_join(threads[i], NULL);
	printf("%d orders, %llu\n", booked_cnt, (unsigned long long)sum_of_all);
	return 0;
}
