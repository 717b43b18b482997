#include "formats/latency_lines.h"

#include <string.h>

struct latency_lines latency_lines_of(const char *text, size_t len, uint64_t time_unit_ns,
				      uint64_t latency_unit_ns)
{
	return (struct latency_lines){ .p = text,
				       .end = text + len,
				       .time_unit_ns = time_unit_ns,
				       .latency_unit_ns = latency_unit_ns };
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

static bool is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

/* Behind the point; what is finer than a nanosecond is left out. */
static bool add_fraction(const char **p, const char *end, uint64_t unit_ns, uint64_t *ns)
{
	for (; is_digit(*p, end); (*p)++) {
		unit_ns /= 10;
		if (__builtin_add_overflow(*ns, (uint64_t)(**p - '0') * unit_ns, ns))
			return false;
	}
	return true;
}

/* "12", "12.5", "12." with a blank or nothing behind; *p is then there. */
static bool take_number(const char **p, const char *end, uint64_t unit_ns, uint64_t *out_ns)
{
	uint64_t ns = 0;

	if (!is_digit(*p, end))
		return false;
	for (; is_digit(*p, end); (*p)++)
		if (__builtin_mul_overflow(ns, (uint64_t)10, &ns) ||
		    __builtin_add_overflow(ns, (uint64_t)(**p - '0'), &ns))
			return false;
	if (__builtin_mul_overflow(ns, unit_ns, &ns))
		return false;
	if (*p < end && **p == '.') {
		(*p)++;
		if (!add_fraction(p, end, unit_ns, &ns))
			return false;
	}
	*out_ns = ns;
	return *p == end || skip_blanks(*p, end) > *p;
}

static bool take_line(const struct latency_lines *l, const char *p, const char *end,
		      struct latency_line *out)
{
	if (!take_number(&p, end, l->time_unit_ns, &out->end_ns))
		return false;
	p = skip_blanks(p, end);
	return take_number(&p, end, l->latency_unit_ns, &out->latency_ns) &&
	       skip_blanks(p, end) == end;
}

/* A digit, e, a sign and a digit. */
static bool is_rounded(const char *p, const char *end)
{
	for (; end - p >= 4; p++)
		if (is_digit(p, end) && (p[1] == 'e' || p[1] == 'E') && p[2] == '+' &&
		    is_digit(p + 3, end))
			return true;
	return false;
}

static void count_bad(struct latency_lines *l, const char *p, const char *end)
{
	struct latency_text text = { .s = p, .len = (size_t)(end - p) };

	if (!l->bad_cnt++) {
		l->bad_line = l->line_cnt;
		l->bad = text;
	}
	if (!l->rounded.s && is_rounded(p, end))
		l->rounded = text;
}

bool latency_lines_next(struct latency_lines *l, struct latency_line *out)
{
	while (l->p < l->end) {
		const char *end = memchr(l->p, '\n', (size_t)(l->end - l->p));
		const char *p;

		if (!end)
			end = l->end;
		p = skip_blanks(l->p, end);
		l->p = end < l->end ? end + 1 : end;
		l->line_cnt++;
		if (p == end || *p == '#')
			continue;
		if (take_line(l, p, end, out))
			return true;
		count_bad(l, p, end);
	}
	return false;
}
