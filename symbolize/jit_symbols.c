#include "symbolize/jit_symbols.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sorted.h"

/*
 * Lines are taken from the last to the first, and each address keeps the first name
 * that it gets. `next[i]` leads from an address that has one to the nearest behind it
 * that may have none (with the path halved on each walk), so that an address is
 * visited once, however many lines cover it.
 */

#define JIT_NAME_MAX ((size_t)4096)

struct jit_line {
	uint64_t start;
	uint64_t size;
	struct jit_name name;
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* A number and the blanks behind it; false: none, or more than 64 bits. */
static bool take_hex(const char **p, const char *end, uint64_t *out)
{
	uint64_t value = 0;
	const char *at = *p;
	const char *start;

	if (end - at > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
		at += 2;
	for (start = at; at < end && hex_digit(*at) >= 0; at++) {
		if (value >> 60)
			return false;
		value = value << 4 | (uint64_t)hex_digit(*at);
	}
	if (at == start || at == end || *at != ' ')
		return false;
	while (at < end && *at == ' ')
		at++;
	*p = at;
	*out = value;
	return true;
}

static bool parse_line(const char *p, const char *end, struct jit_line *out)
{
	if (end > p && end[-1] == '\r')
		end--;
	if (!take_hex(&p, end, &out->start) || !take_hex(&p, end, &out->size))
		return false;
	if (p == end || !out->size || memchr(p, '\0', (size_t)(end - p)))
		return false;
	if (out->size > UINT64_MAX - out->start)
		out->size = UINT64_MAX - out->start;
	out->name.v = p;
	out->name.len = (size_t)(end - p);
	if (out->name.len > JIT_NAME_MAX)
		out->name.len = JIT_NAME_MAX;
	return true;
}

static void name_covered(struct jit_names *out, size_t *next, const struct jit_line *line,
			 const uint64_t *addresses, size_t cnt)
{
	size_t i = sorted_not_taken(next, sorted_from(addresses, cnt, line->start));

	for (; i < cnt && addresses[i] - line->start < line->size; i = sorted_not_taken(next, i)) {
		out->v[i] = line->name;
		next[i] = i + 1;
	}
}

/* Where the line that ends at `end` begins. */
static const char *line_start(const char *text, const char *end)
{
	const char *newline = end > text ? memrchr(text, '\n', (size_t)(end - text)) : NULL;

	return newline ? newline + 1 : text;
}

void jit_symbols_find(struct jit_names *out, const char *text, size_t len,
		      const uint64_t *addresses, size_t cnt)
{
	size_t *next = mem_alloc(cnt + 1, sizeof(*next));
	const char *end = text + len;

	*out = (struct jit_names){ 0 };
	vec_reserve(out, cnt);
	for (size_t i = 0; i < cnt; i++)
		*vec_push(out) = (struct jit_name){ 0 };
	for (size_t i = 0; i <= cnt; i++)
		next[i] = i;
	while (cnt && len && end >= text) {
		const char *start = line_start(text, end);
		struct jit_line line;

		if (parse_line(start, end, &line))
			name_covered(out, next, &line, addresses, cnt);
		if (start == text)
			break;
		end = start - 1;
	}
	free(next);
}

void jit_names_release(struct jit_names *names)
{
	vec_release(names);
}
