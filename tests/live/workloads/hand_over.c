/*
 * A producer on one CPU that wakes a consumer on another one, which is idle or busy with
 * a third thread.
 *
 *	hand_over idle|busy ROUNDS
 *
 *	REF producer 4243
 *	REF consumer 4244
 *	REF wait consume 211 1234567890 211 3
 */
#include <string.h>

#include "ref.h"

static int ends[2];
static size_t rounds;
static volatile uint64_t sink;

static void produce(void)
{
	ref_sleep_ms(5);
	if (write(ends[1], "x", 1) != 1)
		ref_die("write");
}

static void consume(void)
{
	char c;

	if (read(ends[0], &c, 1) != 1)
		ref_die("read");
}

static void *run_producer(void *unused)
{
	ref_pin(0);
	ref_say("producer", (uint64_t)ref_tid());
	for (size_t i = 0; i < rounds; i++)
		produce();
	return unused;
}

static void *run_consumer(void *unused)
{
	struct ref_wait w = { 0 };

	ref_pin(1);
	ref_say("consumer", (uint64_t)ref_tid());
	for (size_t i = 0; i < rounds; i++) {
		ref_wait_begin(&w);
		consume();
		ref_wait_end(&w);
	}
	ref_wait_say("consume", &w);
	return unused;
}

static void *run_burner(void *unused)
{
	ref_pin(1);
	for (;;)
		sink = sink * 6364136223846793005u + 1;
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];

	rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 211;
	if (pipe(ends))
		ref_die("pipe");
	ref_warm();
	if (argc > 1 && !strcmp(argv[1], "busy"))
		ref_thread(run_burner, NULL);
	threads[0] = ref_thread(run_consumer, NULL);
	threads[1] = ref_thread(run_producer, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}
