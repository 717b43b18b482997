/*
 * A name server on 127.0.0.1 that takes as long as the name says, and the lookups that it
 * answers: `d25.test` after 25 ms. It answers one question after another.
 *
 *	resolver serve PORT          until it is killed
 *	resolver ask COUNT NAME...   getaddrinfo(3) of each, so often
 *
 *	REF ready 1
 *	REF times d25.test 23 579012345 25161234 25323456 26123456
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "ref.h"

#define HEADER_BYTES 12
#define ANSWER_BYTES 16
#define QUESTION_MAX 512

/* The bytes of a question's name and what is asked of it; 0: it is no question. */
static size_t question_bytes(const uint8_t *message, size_t len)
{
	size_t at = HEADER_BYTES;

	while (at < len && message[at])
		at += 1u + message[at];
	return at + 5 <= len ? at + 5 - HEADER_BYTES : 0;
}

/* The first label of a name such as d25.test. */
static uint64_t delay_ms(const uint8_t *question)
{
	char digits[8] = { 0 };

	if (question[0] < 2 || question[0] > sizeof(digits) || question[1] != 'd')
		return 0;
	memcpy(digits, question + 2, question[0] - 1u);
	return strtoull(digits, NULL, 10);
}

/* Turns a question into its answer: 127.0.0.1, or no address of another kind. */
static size_t answer(uint8_t *message, size_t bytes)
{
	static const uint8_t local[ANSWER_BYTES] = {
		0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1,
	};
	size_t end = HEADER_BYTES + bytes;
	uint8_t kind = message[end - 3];

	message[2] = 0x84; /* an answer, by who should know */
	message[3] = 0;
	memset(message + 4, 0, 8);
	message[5] = 1;
	message[7] = kind == 1;
	memcpy(message + end, local, sizeof(local));
	return end + (kind == 1 ? sizeof(local) : 0);
}

static void serve(uint16_t port)
{
	struct sockaddr_in self = { .sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in from;
	uint8_t message[QUESTION_MAX + ANSWER_BYTES];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof(self)))
		ref_die("bind");
	ref_say("ready", 1);
	for (;;) {
		socklen_t from_len = sizeof(from);
		ssize_t len =
			recvfrom(fd, message, QUESTION_MAX, 0, (struct sockaddr *)&from, &from_len);
		size_t bytes = len > HEADER_BYTES ? question_bytes(message, (size_t)len) : 0;

		if (!bytes)
			continue;
		ref_sleep_ms(delay_ms(message + HEADER_BYTES));
		sendto(fd, message, answer(message, bytes), 0, (struct sockaddr *)&from, from_len);
	}
}

static void ask(uint64_t cnt, const char *name)
{
	struct addrinfo want = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *got;
	struct ref_times times = { 0 };
	int code;

	while (cnt--) {
		uint64_t begin_ns = ref_now_ns();

		code = getaddrinfo(name, NULL, &want, &got);
		ref_times_add(&times, ref_now_ns() - begin_ns);
		if (code) {
			fprintf(stderr, "%s: %s\n", name, gai_strerror(code));
			exit(1);
		}
		freeaddrinfo(got);
	}
	ref_times_say(name, &times);
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "serve"))
		serve((uint16_t)strtoul(argv[2], NULL, 10));
	for (int i = 3; i < argc; i++)
		ask(strtoull(argv[2], NULL, 10), argv[i]);
	return argc < 3;
}
