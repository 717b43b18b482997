#include "collector/comm_pattern.h"

#include <stddef.h>
#include <string.h>

#define ELEMENTS_MAX 31
#define COMM_MAX 15

/* The set that begins behind '[': its end, or NULL if it is not closed. As in
 * text_glob(), an unclosed '[' is an ordinary character. */
static const unsigned char *set_end(const unsigned char *p)
{
	if (*p == '!' || *p == '^')
		p++;
	if (*p == ']')
		p++;
	while (*p && *p != ']')
		p++;
	return *p ? p : NULL;
}

static void accept_set(struct comm_pattern *out, const unsigned char *p, const unsigned char *end,
		       uint32_t bit)
{
	bool chosen[256] = { false };
	bool negated = *p == '!' || *p == '^';

	for (p += negated; p < end; p++) {
		unsigned last = *p;

		if (p + 2 < end && p[1] == '-')
			last = p[2];
		for (unsigned c = *p; c <= last; c++)
			chosen[c] = true;
		if (p + 2 < end && p[1] == '-')
			p += 2;
	}
	for (unsigned c = 1; c < 256; c++)
		out->accept[c] |= chosen[c] != negated ? bit : 0;
}

static void accept_any(struct comm_pattern *out, uint32_t bit)
{
	for (unsigned c = 1; c < 256; c++)
		out->accept[c] |= bit;
}

bool comm_pattern_compile(struct comm_pattern *out, const char *glob)
{
	const unsigned char *p = (const unsigned char *)glob;
	unsigned cnt = 0;

	memset(out, 0, sizeof(*out));
	for (; *p; p++) {
		const unsigned char *end = *p == '[' ? set_end(p + 1) : NULL;
		uint32_t bit = (uint32_t)1 << cnt;

		if (*p == '*' && cnt && (out->stars & (bit >> 1)))
			continue;
		if (cnt == ELEMENTS_MAX)
			return false;
		if (*p == '*')
			out->stars |= bit;
		else if (*p == '?')
			accept_any(out, bit);
		else if (end)
			accept_set(out, p + 1, end, bit);
		else
			out->accept[*p] |= bit;
		if (end)
			p = end;
		cnt++;
	}
	out->start = out->stars & 1 ? 3 : 1;
	out->end = (uint32_t)1 << cnt;
	return true;
}

bool comm_pattern_matches(const struct comm_pattern *p, const char *comm)
{
	uint32_t state = p->start;

	for (size_t i = 0; i < COMM_MAX && comm[i]; i++) {
		state = ((state & p->accept[(unsigned char)comm[i]]) << 1) | (state & p->stars);
		state |= (state & p->stars) << 1;
	}
	return (state & p->end) != 0;
}
