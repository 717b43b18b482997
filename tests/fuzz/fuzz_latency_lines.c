#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/latency_lines.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/*
 * Any text as latencies: what is taken for a line says the same when it is written again, no
 * line is counted twice, and units only multiply.
 */
static void require(bool holds)
{
	if (!holds)
		abort();
}

static uint64_t lines_in(const uint8_t *bytes, size_t len)
{
	uint64_t cnt = 0;

	for (size_t i = 0; i < len; i++)
		cnt += bytes[i] == '\n' || i + 1 == len;
	return cnt;
}

static void check_again(const struct latency_line *line)
{
	struct latency_line again = { 0 };
	struct latency_lines l;
	char text[64];
	int len = snprintf(text, sizeof(text), "%llu %llu\n", (unsigned long long)line->end_ns,
			   (unsigned long long)line->latency_ns);

	l = latency_lines_of(text, (size_t)len, 1, 1);
	require(latency_lines_next(&l, &again));
	require(again.end_ns == line->end_ns && again.latency_ns == line->latency_ns);
}

static uint64_t read_all(const uint8_t *bytes, size_t len, uint64_t unit_ns, uint64_t *out_bad)
{
	struct latency_lines l = latency_lines_of((const char *)bytes, len, unit_ns, unit_ns);
	struct latency_line line;
	uint64_t cnt = 0;

	for (; latency_lines_next(&l, &line); cnt++)
		check_again(&line);
	require(l.line_cnt == lines_in(bytes, len));
	require(cnt + l.bad_cnt <= l.line_cnt && l.bad_line <= l.line_cnt);
	require(!l.bad_cnt == !l.bad_line);
	*out_bad = l.bad_cnt;
	return cnt;
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	uint64_t bad, bad_s, cnt = read_all(bytes, len, 1, &bad);

	require(read_all(bytes, len, 1000000000, &bad_s) <= cnt); /* the others are too large */
	require(bad_s >= bad);
	return 0;
}
