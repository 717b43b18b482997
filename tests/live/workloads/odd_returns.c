/*
 * Calls that end in odd ways, or never:
 *
 *	odd_returns recurse COUNT DEPTH    descend() calls itself so deep, COUNT times
 *	odd_returns jump COUNT             every second leave() goes by longjmp(3)
 *	odd_returns end COUNT              so many threads end in stay(); then it returns 23 times
 *	odd_returns live COUNT             so many threads return from stay(), one after another
 *	odd_returns allocate COUNT BYTES   malloc(3)
 *
 *	REF calls 23
 */
#include <setjmp.h>
#include <string.h>

#include "ref.h"

#define RETURNS 23

static jmp_buf back;

uint64_t descend(uint64_t depth);
void leave(int jumps);
void *stay(void *ends);

uint64_t descend(uint64_t depth)
{
	return depth > 1 ? descend(depth - 1) + 1 : 1;
}

void leave(int jumps)
{
	if (jumps)
		longjmp(back, 1);
}

void *stay(void *ends)
{
	if (ends)
		syscall(SYS_exit, 0);
	return NULL;
}

static void jump(uint64_t cnt)
{
	for (volatile uint64_t i = 0; i < cnt; i++)
		if (!setjmp(back))
			leave(i & 1);
}

static void start_threads(uint64_t cnt, void *ends)
{
	pthread_t thread;

	for (uint64_t i = 0; i < cnt; i++) {
		if (pthread_create(&thread, NULL, stay, ends))
			ref_die("pthread_create");
		pthread_join(thread, NULL);
	}
}

static void end(uint64_t cnt)
{
	start_threads(cnt, back);
	ref_sleep_ms(2000);
	for (int i = 0; i < RETURNS; i++)
		stay(NULL);
}

static void allocate(uint64_t cnt, uint64_t bytes)
{
	for (uint64_t i = 0; i < cnt; i++) {
		void *volatile memory = malloc(bytes);

		free(memory);
	}
}

int main(int argc, char **argv)
{
	uint64_t cnt = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t last = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;

	if (argc > 3 && !strcmp(argv[1], "recurse"))
		for (uint64_t i = 0; i < cnt; i++)
			descend(last);
	else if (argc > 3 && !strcmp(argv[1], "allocate"))
		allocate(cnt, last);
	else if (argc > 2 && !strcmp(argv[1], "jump"))
		jump(cnt);
	else if (argc > 2 && !strcmp(argv[1], "end"))
		end(cnt);
	else if (argc > 2 && !strcmp(argv[1], "live"))
		start_threads(cnt, NULL);
	else
		return 2;
	ref_say("calls", cnt);
	return 0;
}
