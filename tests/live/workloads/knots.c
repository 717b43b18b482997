/*
 * What threads that wait for one another look like.
 *
 *	knots pair SECONDS       two threads that wait only for each other
 *	knots convoy SECONDS     seven threads that wait for a lock that an eighth mostly holds
 *
 *	REF ping 4243            or: REF holder 4243
 *	REF pong 4244
 *	REF rounds 123456
 */
#include <stdatomic.h>
#include <string.h>

#include "ref.h"

#define QUEUE 7

static uint64_t until_ns;
static int there[2], back[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic uint64_t rounds;

static void take(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		_exit(0);
}

static void give(int fd)
{
	if (write(fd, "x", 1) != 1)
		_exit(0);
}

static void *run_ping(void *unused)
{
	pthread_setname_np(pthread_self(), "ping");
	ref_say("ping", (uint64_t)ref_tid());
	while (ref_now_ns() < until_ns) {
		give(there[1]);
		take(back[0]);
		rounds++;
	}
	close(there[1]);
	return unused;
}

static void *run_pong(void *unused)
{
	char c;

	pthread_setname_np(pthread_self(), "pong");
	ref_say("pong", (uint64_t)ref_tid());
	while (read(there[0], &c, 1) == 1)
		give(back[1]);
	return unused;
}

static void hold_lock(void)
{
	pthread_mutex_lock(&lock);
	ref_sleep_ms(5);
	pthread_mutex_unlock(&lock);
}

static void want_lock(void)
{
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
}

static void *run_holder(void *unused)
{
	pthread_setname_np(pthread_self(), "holder");
	ref_say("holder", (uint64_t)ref_tid());
	while (ref_now_ns() < until_ns)
		hold_lock();
	return unused;
}

static void *run_queue(void *unused)
{
	pthread_setname_np(pthread_self(), "queue");
	while (ref_now_ns() < until_ns) {
		want_lock();
		rounds++;
	}
	return unused;
}

int main(int argc, char **argv)
{
	int is_pair = argc < 2 || !strcmp(argv[1], "pair");
	size_t cnt = is_pair ? 2 : QUEUE + 1;
	pthread_t threads[QUEUE + 1];

	until_ns = ref_now_ns() + (argc > 2 ? strtoull(argv[2], NULL, 10) : 2) * 1000000000u;
	if (pipe(there) || pipe(back))
		ref_die("pipe");
	threads[0] = ref_thread(is_pair ? run_pong : run_holder, NULL);
	for (size_t i = 1; i < cnt; i++)
		threads[i] = ref_thread(is_pair ? run_ping : run_queue, NULL);
	for (size_t i = 0; i < cnt; i++)
		pthread_join(threads[i], NULL);
	ref_say("rounds", rounds);
	return 0;
}
