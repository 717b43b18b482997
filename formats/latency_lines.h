#ifndef FORMATS_LATENCY_LINES_H
#define FORMATS_LATENCY_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Latencies as text (formats/TEXT.md): when something ended and how long it took, a line each.
 *
 *	103250000 4211
 *
 * The reader walks bytes that are in memory and copies nothing: texts point into them.
 */
struct latency_text {
	const char *s; /* NULL: there is none */
	size_t len;
};

struct latency_lines {
	const char *p;
	const char *end;
	uint64_t time_unit_ns;	  /* of the first column */
	uint64_t latency_unit_ns; /* of the second one */
	uint64_t line_cnt;	  /* lines read, good, bad or passed over */
	uint64_t bad_cnt;	  /* lines that are not two numbers, or too large ones */
	uint64_t bad_line;	  /* the first of them, counted from 1 */
	struct latency_text bad;  /* its text */
	/* The first of them with a number such as 2.14748e+09, which lacks its last digits. */
	struct latency_text rounded;
};

struct latency_line {
	uint64_t end_ns;
	uint64_t latency_ns;
};

/* Units are powers of ten. */
struct latency_lines latency_lines_of(const char *text, size_t len, uint64_t time_unit_ns,
				      uint64_t latency_unit_ns);

/* The next good line; false: there is none. Bad ones are counted and passed over, comments and
 * empty ones only passed over. */
bool latency_lines_next(struct latency_lines *l, struct latency_line *out);

#endif
