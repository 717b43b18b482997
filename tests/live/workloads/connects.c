/*
 * Connections over loopback, one after another: each is made, carries so many bytes to the
 * server and twice as many back, and is closed by the client first.
 *
 *	connects COUNT BYTES
 *
 *	REF port 43210
 *	REF times connect 1009 23123456 21234 43210 98765
 *	REF bytes 3027000          of one end, both ways
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "ref.h"

#define BYTES_MAX 65536

static char room[2 * BYTES_MAX];
static size_t bytes;
static int listener;

static void move_all(ssize_t (*move)(int fd, size_t len), int fd, size_t len)
{
	while (len) {
		ssize_t moved = move(fd, len);

		if (moved <= 0)
			ref_die("connection");
		len -= (size_t)moved;
	}
}

static ssize_t take(int fd, size_t len)
{
	return read(fd, room, len);
}

static ssize_t give(int fd, size_t len)
{
	return write(fd, room, len);
}

static void *serve(void *unused)
{
	char end;
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		move_all(take, fd, bytes);
		move_all(give, fd, 2 * bytes);
		if (read(fd, &end, 1))
			ref_die("end of a connection");
		close(fd);
	}
	return unused;
}

static uint64_t connect_once(const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t begin_ns = ref_now_ns(), ns;

	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		ref_die("connect");
	ns = ref_now_ns() - begin_ns;
	move_all(give, fd, bytes);
	move_all(take, fd, 2 * bytes);
	close(fd);
	return ns;
}

int main(int argc, char **argv)
{
	struct sockaddr_in self = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(self);
	struct ref_times times = { 0 };
	uint64_t cnt;

	if (argc < 3)
		return 2;
	cnt = strtoull(argv[1], NULL, 10);
	bytes = strtoull(argv[2], NULL, 10);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bytes > BYTES_MAX || bind(listener, (struct sockaddr *)&self, sizeof(self)) ||
	    listen(listener, 16) || getsockname(listener, (struct sockaddr *)&self, &len))
		ref_die("listen");
	ref_say("port", ntohs(self.sin_port));
	ref_thread(serve, NULL);
	for (uint64_t i = 0; i < cnt; i++)
		ref_times_add(&times, connect_once(&self));
	ref_times_say("connect", &times);
	ref_say("bytes", cnt * 3 * bytes);
	/* The last one is closed by the server a moment later. */
	ref_sleep_ms(100);
	return 0;
}
