/*
 * A shop shows each customer the orders of the month, sorted, and now and then those of
 * the year. The symptom is "sorting takes 1 ms, but sometimes 25"; the picture shows when.
 *
 *	orders [REQUESTS]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MONTH_ORDERS 3000
#define YEAR_ORDERS 18000

static uint32_t random_state = 1;

static uint32_t next_random(void)
{
	random_state = random_state * 1664525u + 1013904223u;
	return random_state >> 8;
}

/* Not into its callers: a function that has no place of its own cannot be probed. */
static __attribute__((noipa)) void sort_orders(uint32_t *v, int cnt)
{
	for (int i = 1; i < cnt; i++) {
		uint32_t order = v[i];
		int at = i;

		for (; at > 0 && v[at - 1] > order; at--) /* cnt * cnt / 4 of them: the mistake */
			v[at] = v[at - 1];
		v[at] = order;
	}
}

static uint32_t sorted_orders(int cnt)
{
	static uint32_t v[YEAR_ORDERS];

	for (int i = 0; i < cnt; i++)
		v[i] = next_random();
	sort_orders(v, cnt);
	return v[cnt / 2];
}

static __attribute__((noipa)) uint32_t show_month(void)
{
	return sorted_orders(MONTH_ORDERS) + 1;
}

static __attribute__((noipa)) uint32_t show_year(void)
{
	return sorted_orders(YEAR_ORDERS) + 1;
}

/* The next customer is not there at once. */
static void wait_for_request(void)
{
	struct timespec pause = {.tv_nsec = 3000000};

	nanosleep(&pause, NULL);
}

int main(int argc, char **argv)
{
	int requests = argc > 1 ? atoi(argv[1]) : 4000;
	uint32_t sum = 0;

	for (int i = 0; i < requests; i++) {
		wait_for_request();
		sum += next_random() % 40 == 0 ? show_year() : show_month();
	}
	printf("%d requests, %u\n", requests, sum);
	return 0;
}
