/*
 * Runs a command whose name server is this program: in name spaces of its own, so that
 * nobody else's look-ups change. It answers every name with 127.0.0.1, and at once, but
 *
 *	*.partner.test	after 80 ms
 *	every 50th question of all, never
 *
 *	with_names COMMAND ARG...	needs root
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HEADER_BYTES 12
#define QUESTION_MAX 512
#define ANSWER_BYTES 16
#define UNANSWERED 50
#define SLOW_NS 80000000
#define SLOW_NAME "\7partner\4test"

struct question {
	struct sockaddr_in from;
	size_t len;
	uint8_t message[QUESTION_MAX + ANSWER_BYTES];
};

static int question_fd;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Up to the end of the name, its type and its class; 0: it is no question. */
static size_t question_end(const struct question *q)
{
	size_t at = HEADER_BYTES;

	while (at < q->len && q->message[at])
		at += 1u + q->message[at];
	return at + 5 <= q->len ? at + 5 : 0;
}

static void answer(struct question *q)
{
	static const uint8_t address[ANSWER_BYTES] = {
		0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1,
	};
	size_t end = question_end(q);
	bool has_address = end && q->message[end - 3] == 1; /* a question for IPv4 */

	if (!end)
		return;
	q->message[2] = 0x84; /* an answer, by who should know */
	q->message[3] = 0;
	memset(q->message + 4, 0, 8);
	q->message[5] = 1;
	q->message[7] = has_address;
	memcpy(q->message + end, address, sizeof(address));
	sendto(question_fd, q->message, end + (has_address ? sizeof(address) : 0), 0,
	       (struct sockaddr *)&q->from, sizeof(q->from));
}

/* Each question is answered by a process of its own: a slow name holds up no other. */
static void serve(void)
{
	struct question q;
	socklen_t from_len;
	struct timespec slow = {.tv_nsec = SLOW_NS};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	for (unsigned long i = 1;; i++) {
		from_len = sizeof(q.from);
		q.len = (size_t)recvfrom(question_fd, q.message, QUESTION_MAX, 0,
					 (struct sockaddr *)&q.from, &from_len);
		if (q.len <= HEADER_BYTES || q.len > QUESTION_MAX || i % UNANSWERED == 0)
			continue;
		if (!memmem(q.message, q.len, SLOW_NAME, strlen(SLOW_NAME))) {
			answer(&q);
		} else if (!fork()) {
			nanosleep(&slow, NULL);
			answer(&q);
			_exit(0);
		}
	}
}

static void set_loopback_up(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (ioctl(fd, SIOCSIFFLAGS, &lo))
		die("lo");
	close(fd);
}

/* The file is gone from its folder as soon as it stands in for the other. */
static void set_name_server(void)
{
	FILE *file = fopen("resolv.conf", "w");

	if (!file || fputs("nameserver 127.0.0.1\n", file) < 0 || fclose(file))
		die("resolv.conf");
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("resolv.conf", "/etc/resolv.conf", NULL, MS_BIND, NULL))
		die("/etc/resolv.conf");
	unlink("resolv.conf");
}

int main(int argc, char **argv)
{
	struct sockaddr_in self = {.sin_family = AF_INET,
				   .sin_port = htons(53),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	if (argc < 2)
		return 2;
	if (unshare(CLONE_NEWNS | CLONE_NEWNET))
		die("unshare");
	set_loopback_up();
	set_name_server();
	question_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (question_fd < 0 || bind(question_fd, (struct sockaddr *)&self, sizeof(self)))
		die("port 53");
	if (!fork())
		serve();
	execv(argv[1], argv + 1);
	die(argv[1]);
}
