#include "base/text.h"

#include <string.h>

#include "base/mem.h"

struct code_range {
	uint32_t first;
	uint32_t last;
};

/* Code points that have no look of their own, or that change the look of others. */
static const struct code_range hidden[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad }, { 0x061c, 0x061c },
	{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
	{ 0xfdd0, 0xfdef }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
};

static bool is_hidden(uint32_t code)
{
	if (code >= ' ' && code <= '~')
		return false;
	if ((code & 0xfffe) == 0xfffe)
		return true; /* the last two of each plane are non-characters */
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (code >= hidden[i].first && code <= hidden[i].last)
			return true;
	return false;
}

/* Bytes that follow a first byte, and the least code point that needs so many. */
static size_t sequence_len(uint8_t first, uint32_t *out_bits, uint32_t *out_least)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

	*out_bits = len ? first & (0x7fu >> len) : 0;
	*out_least = least[len];
	return len;
}

uint32_t text_code_point(const char *s, size_t len, size_t *out_len)
{
	const uint8_t *p = (const uint8_t *)s;
	uint32_t code, least;
	size_t need;

	*out_len = 1;
	if (p[0] < 0x80)
		return p[0];
	need = sequence_len(p[0], &code, &least);
	if (!need || need > len)
		return TEXT_INVALID;
	for (size_t i = 1; i < need; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return TEXT_INVALID;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return TEXT_INVALID;
	*out_len = need;
	return code;
}

/* Where one thing to show begins, how long it is, and its code point. */
struct glyph {
	const char *s;
	size_t len;
	uint32_t code;
	bool hidden;
};

static bool next_glyph(const char **s, size_t *left, struct glyph *out)
{
	if (!*left)
		return false;
	out->s = *s;
	out->code = text_code_point(*s, *left, &out->len);
	out->hidden = out->code == TEXT_INVALID || is_hidden(out->code);
	*s += out->len;
	*left -= out->len;
	return true;
}

/* A hidden glyph without its backslash. */
static void put_escape(struct buf *out, const struct glyph *g)
{
	if (g->len == 1)
		buf_printf(out, "x%02x", (uint8_t)g->s[0]);
	else
		buf_printf(out, "u{%04x}", g->code);
}

static void put_visible(struct buf *out, const struct glyph *g)
{
	if (g->hidden) {
		buf_u8(out, '\\');
		put_escape(out, g);
	} else {
		buf_put(out, g->s, g->len);
	}
}

static const char *xml_entity(uint32_t code)
{
	switch (code) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* How many bytes s begins with that stand for themselves everywhere: most names are no more. */
static size_t plain_len(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= ' ' && s[n] <= '~' && !xml_entity((uint8_t)s[n]))
		n++;
	return n;
}

/* Adds those bytes, and passes them. */
static void put_plain(struct buf *out, const char **s, size_t *len)
{
	size_t plain = plain_len(*s, *len);

	buf_put(out, *s, plain);
	*s += plain;
	*len -= plain;
}

void text_visible(struct buf *out, const char *s, size_t len)
{
	struct glyph g;

	put_plain(out, &s, &len);
	while (next_glyph(&s, &len, &g))
		put_visible(out, &g);
}

char *text_visible_dup(const char *s, size_t len)
{
	struct buf shown = { 0 };
	char *copy;

	text_visible(&shown, s, len);
	copy = mem_dup((const char *)shown.v, shown.len);
	buf_release(&shown);
	return copy;
}

void text_xml(struct buf *out, const char *s, size_t len)
{
	struct glyph g;

	put_plain(out, &s, &len);
	while (next_glyph(&s, &len, &g)) {
		const char *entity = xml_entity(g.code);

		if (entity)
			buf_puts(out, entity);
		else
			put_visible(out, &g);
	}
}

void text_json(struct buf *out, const char *s, size_t len)
{
	struct glyph g;

	while (next_glyph(&s, &len, &g)) {
		if (g.code == '"' || g.code == '\\') {
			buf_u8(out, '\\');
			buf_u8(out, (uint8_t)g.code);
		} else if (g.code == '<' || g.code == '>' || g.code == '&' || g.code == 0x2028 ||
			   g.code == 0x2029) {
			buf_printf(out, "\\u%04x", g.code);
		} else if (g.hidden) {
			buf_puts(out, "\\\\");
			put_escape(out, &g);
		} else {
			buf_put(out, g.s, g.len);
		}
	}
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The blank that would make readers take the end of the name for a value, or len. They do
 * not see blanks at the very end. */
static size_t blank_before_number(const char *s, size_t len)
{
	size_t end = len, at;

	while (end && s[end - 1] == ' ')
		end--;
	at = end;
	while (at && (is_digit(s[at - 1]) || s[at - 1] == '.'))
		at--;
	return at < end && at && s[at - 1] == ' ' ? at - 1 : len;
}

void text_folded(struct buf *out, const char *s, size_t len, bool leaf)
{
	const char *blank = s + (leaf ? blank_before_number(s, len) : len);
	struct glyph g;

	while (next_glyph(&s, &len, &g)) {
		if (g.s >= blank && g.code == ' ')
			buf_u8(out, '_');
		else if (g.code == ';')
			buf_u8(out, ':');
		else if (g.code == '\n')
			buf_puts(out, "\\n");
		else if (g.code == '\r')
			buf_puts(out, "\\r");
		else
			put_visible(out, &g);
	}
}

static size_t escape_columns(const struct glyph *g)
{
	if (g->len == 1)
		return 4;
	return g->code > 0xfffff ? 10 : g->code > 0xffff ? 9 : 8;
}

size_t text_columns(const char *s, size_t len)
{
	size_t columns = 0;
	struct glyph g;

	while (next_glyph(&s, &len, &g))
		columns += g.hidden ? escape_columns(&g) : 1;
	return columns;
}

/* Matches one byte against the set behind '['; NULL if the set never closes. */
static const char *match_set(const char *p, uint8_t c, bool *out_matches)
{
	bool inverted = *p == '!' || *p == '^', found = false;
	const char *first = inverted ? p + 1 : p;

	for (p = first; *p && (*p != ']' || p == first); p++) {
		uint8_t low = (uint8_t)*p, high = low;

		if (p[1] == '-' && p[2] && p[2] != ']') {
			high = (uint8_t)p[2];
			p += 2;
		}
		found = found || (c >= low && c <= high);
	}
	*out_matches = found != inverted;
	return *p ? p + 1 : NULL;
}

/* Matches one step of a pattern (not '*') at s; the rest of the pattern, or NULL. */
static const char *match_step(const char *pattern, const char *s, size_t len, size_t *out_len)
{
	const char *rest;
	bool matches;

	*out_len = 1;
	switch (*pattern) {
	case '\0':
		return NULL;
	case '?':
		text_code_point(s, len, out_len);
		return pattern + 1;
	case '[':
		rest = match_set(pattern + 1, (uint8_t)*s, &matches);
		if (rest)
			return matches ? rest : NULL;
		break; /* an open bracket alone stands for itself */
	case '\\':
		if (pattern[1])
			pattern++;
		break;
	}
	return *pattern == *s ? pattern + 1 : NULL;
}

/*
 * Only the last '*' is ever tried again, one byte further on each time: what an
 * earlier star took can stay, as the later one takes any bytes. So the cost is
 * at most the product of the lengths.
 */
bool text_glob(const char *pattern, const char *s, size_t len)
{
	const char *star = NULL, *star_s = NULL, *end = s + len;

	while (s < end) {
		const char *rest;
		size_t step;

		if (*pattern == '*') {
			star = ++pattern;
			star_s = s;
			continue;
		}
		rest = match_step(pattern, s, (size_t)(end - s), &step);
		if (rest) {
			pattern = rest;
			s += step;
		} else if (star) {
			pattern = star;
			s = ++star_s;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
