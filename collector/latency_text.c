#include "collector/latency_text.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

static void put_end(struct buf *out, uint16_t family, const uint8_t *address, uint16_t port)
{
	char text[INET6_ADDRSTRLEN] = "?";

	inet_ntop(family, address, text, sizeof(text));
	buf_printf(out, family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, port);
}

static void put_connection(struct buf *out, const void *bytes, size_t len)
{
	struct abi_tcp_text t;

	if (len < sizeof(t))
		return;
	memcpy(&t, bytes, sizeof(t));
	put_end(out, t.family, t.local, t.local_port);
	buf_puts(out, " -> ");
	put_end(out, t.family, t.remote, t.remote_port);
}

static bool is_of_tcp(enum abi_measure measure)
{
	return measure == ABI_MEASURE_TCP_CONNECT || measure == ABI_MEASURE_TCP_LIFE ||
	       measure == ABI_MEASURE_TCP_BYTES;
}

void latency_text_put(struct buf *out, enum abi_measure measure, const void *bytes, size_t len)
{
	const char *text = bytes;

	if (is_of_tcp(measure)) {
		put_connection(out, bytes, len);
		return;
	}
	while (len && !text[len - 1])
		len--;
	for (size_t i = 0; i < len; i++)
		buf_u8(out, text[i] ? (uint8_t)text[i] : ' ');
}
