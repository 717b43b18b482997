/*
 * Walks all 2^14 ways down two functions that call each other: one stack for each way,
 * 14 levels deep, so that a store of stacks has to hold them all. At the end of each
 * way it works for a while and makes one page fault.
 *
 *	call_paths [ROUNDS [MICROSECONDS]]	1 round, 100 us of work at each end
 *
 * Prints what it did:
 *	REF paths 16384
 *	REF faults 16384
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define LEVELS 14

static volatile uint64_t sink;
static volatile char *page;
static uint64_t work_ns = 100000;
static unsigned long faults;

static void left(unsigned path, int level);
static void right(unsigned path, int level);

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void touch_page(void)
{
	madvise((void *)page, 4096, MADV_DONTNEED);
	*page = 1;
	faults++;
}

static void end_of_way(void)
{
	uint64_t until = cpu_ns() + work_ns;

	touch_page();
	while (work_ns && cpu_ns() < until)
		for (int i = 0; i < 1000; i++)
			sink = sink * 6364136223846793005u + 1;
}

static void down(unsigned path, int level)
{
	if (!level)
		end_of_way();
	else if (path & 1)
		right(path >> 1, level - 1);
	else
		left(path >> 1, level - 1);
}

static void left(unsigned path, int level)
{
	down(path, level);
	sink++; /* not a tail call: this frame stays below the others */
}

static void right(unsigned path, int level)
{
	down(path, level);
	sink--;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 1;

	if (argc > 2)
		work_ns = (uint64_t)atoi(argv[2]) * 1000;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return 1;
	for (unsigned round = 0; round < rounds; round++)
		for (unsigned path = 0; path < 1u << LEVELS; path++)
			down(path, LEVELS);
	printf("REF paths %u\nREF faults %lu\n", 1u << LEVELS, faults);
	return 0;
}
