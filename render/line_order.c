#include "render/line_order.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "base/hash.h"
#include "formats/byte_marks.h"

#define KEY_BYTES 16
#define INSERTION_MAX 12 /* lines that are sorted by inserting each */
#define AHEAD 8		 /* lines whose bytes are on their way */

static bool has_ended(line_bytes key)
{
	return !(key & 0xff);
}

/* Eight bytes, the first one in the highest place; from a newline on they are zeros. */
static uint64_t word_of(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101ull;
	uint64_t newlines = (word = le64toh(word)) ^ ones * '\n';

	newlines = (newlines - ones) & ~newlines & ones << 7;
	if (newlines)
		word &= ((uint64_t)1 << (__builtin_ctzll(newlines) & ~7)) - 1;
	return __builtin_bswap64(word);
}

/* The next bytes of a line as a number that sorts as they do, from its end on zeros. */
static line_bytes key_at(const char *p, const char *end)
{
	uint64_t words[2] = { 0, 0 };

	if (end - p < KEY_BYTES)
		memcpy(words, p, (size_t)(end - p));
	else
		memcpy(words, p, KEY_BYTES);
	words[0] = word_of(words[0]);
	words[1] = has_ended(words[0]) ? 0 : word_of(words[1]);
	return (line_bytes)words[0] << 64 | words[1];
}

/* Lines that are the same up to `depth`. */
struct group {
	size_t from;
	size_t cnt;
	size_t depth;
	bool has_keys; /* those from there */
};

struct sorting {
	struct line_key *lines;
	const char *end;
	uint64_t drawn; /* for pivots */
	struct {
		VEC(struct group);
	} open;
};

static void open_group(struct sorting *s, struct group g)
{
	if (g.cnt > 1)
		*vec_push(&s->open) = g;
}

/* Fetches the keys of a group; false if they are all the same and the lines go on. */
static bool fetch_keys(const struct sorting *s, const struct group *g)
{
	struct line_key *lines = s->lines + g->from;
	line_bytes differences = 0;

	for (size_t i = 0; i < g->cnt; i++) {
		if (i + AHEAD < g->cnt)
			__builtin_prefetch(lines[i + AHEAD].line + g->depth);
		lines[i].bytes = key_at(lines[i].line + g->depth, s->end);
		differences |= lines[i].bytes ^ lines[0].bytes;
	}
	return differences || has_ended(lines[0].bytes);
}

/* How many bytes from its depth on all lines of a group share. */
static size_t shared_by_all(const struct sorting *s, const struct group *g)
{
	const struct line_key *lines = s->lines + g->from;
	const char *first = lines[0].line + g->depth;
	const char *newline = memchr(first, '\n', (size_t)(s->end - first));
	size_t shared = (size_t)((newline ? newline : s->end) - first);

	for (size_t i = 1; i < g->cnt; i++) {
		const char *line = lines[i].line + g->depth;
		size_t left = (size_t)(s->end - line);

		if (i + AHEAD < g->cnt)
			__builtin_prefetch(lines[i + AHEAD].line + g->depth + 64);
		shared = bytes_shared(first, line, shared < left ? shared : left);
	}
	return shared;
}

static bool comes_before(const char *end, struct line_key a, struct line_key b, size_t depth)
{
	while (a.bytes == b.bytes && !has_ended(a.bytes)) {
		depth += KEY_BYTES;
		a.bytes = key_at(a.line + depth, end);
		b.bytes = key_at(b.line + depth, end);
	}
	return a.bytes < b.bytes;
}

bool line_order_before(const char *a, const char *b, const char *text_end)
{
	struct line_key x = { .bytes = key_at(a, text_end), .line = a };
	struct line_key y = { .bytes = key_at(b, text_end), .line = b };

	return comes_before(text_end, x, y, 0);
}

static void insert_each(const struct sorting *s, struct group g)
{
	struct line_key *lines = s->lines + g.from;

	for (size_t i = 1; i < g.cnt; i++) {
		struct line_key line = lines[i];
		size_t at = i;

		for (; at > 0 && comes_before(s->end, line, lines[at - 1], g.depth); at--)
			lines[at] = lines[at - 1];
		lines[at] = line;
	}
}

static void swap(struct line_key *a, struct line_key *b)
{
	struct line_key kept = *a;

	*a = *b;
	*b = kept;
}

/* Divides a group into lines below a pivot, at it and above it. */
static void divide(struct sorting *s, struct group g)
{
	struct line_key *lines = s->lines + g.from;
	size_t below = 0, at = 0, above = g.cnt;
	line_bytes pivot;

	s->drawn = hash_pair(s->drawn, g.cnt);
	pivot = lines[s->drawn % g.cnt].bytes;
	while (at < above) {
		if (lines[at].bytes == pivot)
			at++;
		else if (lines[at].bytes < pivot)
			swap(&lines[below++], &lines[at++]);
		else
			swap(&lines[at], &lines[--above]);
	}
	open_group(s, (struct group){ g.from, below, g.depth, true });
	open_group(s, (struct group){ g.from + above, g.cnt - above, g.depth, true });
	if (!has_ended(pivot))
		open_group(s, (struct group){ g.from + below, above - below, g.depth + KEY_BYTES,
					      false });
}

void line_order_sort(struct line_order *o, const char *text_end)
{
	struct sorting s = { .lines = o->v, .end = text_end };

	open_group(&s, (struct group){ .cnt = o->cnt });
	while (s.open.cnt) {
		struct group g = s.open.v[--s.open.cnt];

		while (!g.has_keys && !fetch_keys(&s, &g))
			g.depth += shared_by_all(&s, &g);
		if (g.cnt <= INSERTION_MAX)
			insert_each(&s, g);
		else
			divide(&s, g);
	}
	vec_release(&s.open);
}
