/*
 * Prints pages. The printer takes 3 ms for one, but is asked only every 20 ms whether it
 * is done. The symptom is "printing is slow, and no CPU is busy"; the picture shows what
 * the time goes to.
 *
 *	pages [PAGES [POLL_MS]]
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PRINTER_NS 3000000

static uint64_t done_at_ns; /* the printer: it is done at this time */
static uint32_t pixels;

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Takes 2 ms of CPU, whatever the machine. */
static void draw_page(void)
{
	uint64_t until_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) + 2000000;

	do
		for (int i = 0; i < 20000; i++)
			pixels = pixels * 1664525u + 1013904223u;
	while (now_ns(CLOCK_THREAD_CPUTIME_ID) < until_ns);
}

static void start_printer(void)
{
	done_at_ns = now_ns(CLOCK_MONOTONIC) + PRINTER_NS;
}

static bool printer_is_done(void)
{
	return now_ns(CLOCK_MONOTONIC) >= done_at_ns;
}

static void wait_for_printer(long poll_ms)
{
	struct timespec pause = {.tv_sec = poll_ms / 1000, .tv_nsec = poll_ms % 1000 * 1000000};

	while (!printer_is_done())
		nanosleep(&pause, NULL); /* 20 ms for what is done in 3: this is the mistake */
}

static void print_page(long poll_ms)
{
	draw_page();
	start_printer();
	wait_for_printer(poll_ms);
}

int main(int argc, char **argv)
{
	long pages = argc > 1 ? atol(argv[1]) : 100;
	long poll_ms = argc > 2 ? atol(argv[2]) : 20;

	for (long i = 0; i < pages; i++)
		print_page(poll_ms);
	printf("%ld pages\n", pages);
	return 0;
}
