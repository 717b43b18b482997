/*
 * A store of values answers a customer, and saves all values into a file every ten seconds.
 * The symptom is "an answer takes 50 us, and now and then a twentieth of a second"; the
 * pictures show when, and why.
 *
 *	store [SECONDS [apart]]		apart: values are copied with the lock held, and
 *					written after that
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILE_NAME "values.db"
#define VALUES (10 << 20) /* 80 MiB */
#define SAVE_S 10
#define REQUEST_NS 5000000 /* between two requests */

static pthread_mutex_t values_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t values[VALUES], copy[VALUES];
static bool apart;

static void pause_ns(uint64_t ns)
{
	struct timespec pause = {.tv_sec = (time_t)(ns / 1000000000),
				 .tv_nsec = (long)(ns % 1000000000)};

	nanosleep(&pause, NULL);
}

static void write_file(int fd, const uint64_t *from)
{
	if (pwrite(fd, from, sizeof(values), 0) != (ssize_t)sizeof(values) || fsync(fd))
		exit(1);
}

static void save_values(int fd)
{
	pthread_mutex_lock(&values_lock);
	if (apart)
		memcpy(copy, values, sizeof(values));
	else
		write_file(fd, values); /* with the lock held: this is the mistake */
	pthread_mutex_unlock(&values_lock);
	if (apart)
		write_file(fd, copy);
}

static void *save_now_and_then(void *unused)
{
	int fd = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		exit(1);
	unlink(FILE_NAME);
	for (;;) {
		pause_ns(SAVE_S * 1000000000ull);
		save_values(fd);
	}
	return unused;
}

static uint64_t set_value(uint64_t request)
{
	uint64_t *value = &values[request * 2654435761u % VALUES], old;

	pthread_mutex_lock(&values_lock);
	old = *value;
	*value = request;
	pthread_mutex_unlock(&values_lock);
	return old;
}

static void serve(int fd)
{
	uint64_t request;

	while (read(fd, &request, sizeof(request)) == (ssize_t)sizeof(request)) {
		request = set_value(request);
		if (write(fd, &request, sizeof(request)) != (ssize_t)sizeof(request))
			break;
	}
}

static void ask(int fd, uint64_t request)
{
	if (write(fd, &request, sizeof(request)) != (ssize_t)sizeof(request) ||
	    read(fd, &request, sizeof(request)) != (ssize_t)sizeof(request))
		exit(1);
}

static void be_customer(int fd, long seconds)
{
	time_t end = time(NULL) + seconds;
	uint64_t request = 0;

	prctl(PR_SET_NAME, "customer");
	for (; time(NULL) < end; request++) {
		pause_ns(REQUEST_NS);
		ask(fd, request);
	}
	printf("%llu requests\n", (unsigned long long)request);
}

int main(int argc, char **argv)
{
	long seconds = argc > 1 ? atol(argv[1]) : 60;
	pthread_t saver;
	int fds[2];

	apart = argc > 2 && !strcmp(argv[2], "apart");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		return 1;
	if (!fork()) {
		close(fds[1]);
		be_customer(fds[0], seconds);
		return 0;
	}
	close(fds[0]);
	memset(values, 1, sizeof(values));
	memset(copy, 1, sizeof(copy));
	if (pthread_create(&saver, NULL, save_now_and_then, NULL))
		return 1;
	serve(fds[1]);
	wait(NULL);
	return 0;
}
