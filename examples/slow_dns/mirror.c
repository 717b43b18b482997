/*
 * Asks for the hosts of a mirror, over and over, with some threads. The symptom is "looking
 * for updates hangs now and then"; the pictures show for which host, and for how long.
 *
 *	mirror [SECONDS]
 */
#include <netdb.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define THREADS 4

static time_t end;
static int found_cnt;

static void find_host(const char *name)
{
	struct addrinfo want = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *got;

	if (getaddrinfo(name, NULL, &want, &got))
		return;
	freeaddrinfo(got);
	__atomic_fetch_add(&found_cnt, 1, __ATOMIC_RELAXED);
}

static void look_for_updates(void)
{
	find_host("mirror.test");
	find_host("keys.test");
	find_host("eu.partner.test");
}

static void *work(void *unused)
{
	struct timespec pause = {.tv_nsec = 100000000};

	while (time(NULL) < end) {
		nanosleep(&pause, NULL);
		look_for_updates();
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];

	end = time(NULL) + (argc > 1 ? atol(argv[1]) : 60);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			return 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("%d hosts found\n", found_cnt);
	return 0;
}
