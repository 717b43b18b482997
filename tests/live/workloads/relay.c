/*
 * A chain of three: the first sleeps and wakes the second, which wakes the third.
 *
 *	relay ROUNDS
 *
 *	REF first 4243
 *	REF second 4244
 *	REF third 4245
 *	REF wait third_stage 101 1234567890 101 0
 */
#include "ref.h"

static int first_to_second[2], second_to_third[2];
static size_t rounds;

static void take(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		ref_die("read");
}

static void give(int fd)
{
	if (write(fd, "x", 1) != 1)
		ref_die("write");
}

static void first_stage(void)
{
	ref_sleep_ms(10);
	give(first_to_second[1]);
}

static void second_stage(void)
{
	take(first_to_second[0]);
	give(second_to_third[1]);
}

static void third_stage(void)
{
	take(second_to_third[0]);
}

static void *run_first(void *unused)
{
	pthread_setname_np(pthread_self(), "first");
	ref_say("first", (uint64_t)ref_tid());
	ref_sleep_ms(100);
	for (size_t i = 0; i < rounds; i++)
		first_stage();
	return unused;
}

static void *run_second(void *unused)
{
	pthread_setname_np(pthread_self(), "second");
	ref_say("second", (uint64_t)ref_tid());
	for (size_t i = 0; i < rounds; i++)
		second_stage();
	return unused;
}

static void *run_third(void *unused)
{
	struct ref_wait w = { 0 };

	pthread_setname_np(pthread_self(), "third");
	ref_say("third", (uint64_t)ref_tid());
	for (size_t i = 0; i < rounds; i++) {
		ref_wait_begin(&w);
		third_stage();
		ref_wait_end(&w);
	}
	ref_wait_say("third_stage", &w);
	return unused;
}

int main(int argc, char **argv)
{
	void *(*const runs[])(void *) = { run_third, run_second, run_first };
	pthread_t threads[3];

	rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 101;
	if (pipe(first_to_second) || pipe(second_to_third))
		ref_die("pipe");
	ref_warm();
	for (size_t i = 0; i < 3; i++)
		threads[i] = ref_thread(runs[i], NULL);
	for (size_t i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
