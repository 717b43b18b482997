/*
 * So many pairs of threads that those who wake are more than are known at once: in each, the
 * first one sleeps and then asks, the second one answers.
 *
 *	pairs PAIRS SECONDS
 *
 * Whoever waits in wait_for_other() is woken by the other one of its pair.
 */
#include <sys/socket.h>

#include "ref.h"

#define STACK_BYTES 65536
#define QUIT 'q'

struct pair {
	int ends[2]; /* of who asks, and of who answers */
	uint64_t sleep_ns;
};

static volatile int over;

static __attribute__((noinline)) char wait_for_other(int fd)
{
	char c = QUIT;

	if (read(fd, &c, 1) != 1)
		return QUIT;
	return c;
}

static void tell_other(int fd, char c)
{
	if (write(fd, &c, 1) != 1)
		abort();
}

static void *answer(void *arg)
{
	struct pair *p = arg;
	char c;

	while ((c = wait_for_other(p->ends[1])) != QUIT)
		tell_other(p->ends[1], c);
	return NULL;
}

static void *ask(void *arg)
{
	struct pair *p = arg;
	struct timespec t = { .tv_nsec = (long)p->sleep_ns };

	while (!over) {
		nanosleep(&t, NULL);
		tell_other(p->ends[0], 'x');
		wait_for_other(p->ends[0]);
	}
	tell_other(p->ends[0], QUIT);
	return NULL;
}

int main(int argc, char **argv)
{
	size_t cnt = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
	unsigned seconds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 2;
	struct pair *pairs = calloc(cnt, sizeof(*pairs));
	pthread_t *threads = calloc(cnt, 2 * sizeof(*threads));
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (size_t i = 0; i < cnt; i++) {
		pairs[i].sleep_ns = 900000000 + i % 50 * 1000000;
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i].ends) ||
		    pthread_create(&threads[2 * i], &attr, answer, &pairs[i]) ||
		    pthread_create(&threads[2 * i + 1], &attr, ask, &pairs[i]))
			return 3;
	}
	sleep(seconds);
	over = 1;
	for (size_t i = 0; i < 2 * cnt; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
