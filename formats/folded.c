#include "formats/folded.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/byte_marks.h"
#include "formats/trace.h"

#define FRAMES_START_CAP 256

void folded_reader_start(struct folded_reader *r, const char *text, size_t len)
{
	*r = (struct folded_reader){ .p = text, .end = text + len };
	r->frame_cap = FRAMES_START_CAP;
	r->line.frames = mem_resize(NULL, r->frame_cap, sizeof(*r->line.frames));
}

void folded_reader_release(struct folded_reader *r)
{
	free(r->line.frames);
	*r = (struct folded_reader){ 0 };
}

enum trace_frame_kind folded_kind(const char *name, uint32_t *len)
{
	const char *mark = name + *len - 4;
	enum trace_frame_kind kind = TRACE_FRAME_USER;

	if (*len <= 4 || mark[3] != ']' || mark[0] != '_' || mark[1] != '[')
		return kind;
	switch (mark[2]) {
	case 'k':
		kind = TRACE_FRAME_KERNEL;
		break;
	case 'j':
		kind = TRACE_FRAME_JIT;
		break;
	case 'i':
		kind = TRACE_FRAME_INLINED;
		break;
	case 'w':
		kind = TRACE_FRAME_WAKER;
		break;
	default:
		return kind;
	}
	*len -= 4;
	return kind;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A frame beyond the limit is left out; the line before it was cut there. */
static void push_frame(struct folded_line *line, uint32_t *cap, const char *from, const char *to)
{
	if (line->frame_cnt == TRACE_DEPTH_MAX)
		return;
	if (line->frame_cnt == *cap) {
		*cap *= 2;
		line->frames = mem_resize(line->frames, *cap, sizeof(*line->frames));
	}
	line->frames[line->frame_cnt++] = (struct folded_frame){
		.at = (uint32_t)(from - line->text),
		.len = (uint32_t)(to - from),
	};
}

/*
 * Pushes the frames that end with ';', from `frame` on. Returns the end of the
 * line; *out_leaf is where its last frame begins.
 */
static const char *split(struct folded_reader *r, const char *frame, const char **out_leaf)
{
	const char *p = frame;

	for (; r->end - p >= BYTE_MARKS; p += BYTE_MARKS) {
		uint32_t separators = byte_marks(p, ';'), ends = byte_marks(p, '\n');

		if (ends)
			separators &= (ends & -ends) - 1;
		for (; separators; separators &= separators - 1) {
			const char *at = p + __builtin_ctz(separators);

			push_frame(&r->line, &r->frame_cap, frame, at);
			frame = at + 1;
		}
		if (ends) {
			*out_leaf = frame;
			return p + __builtin_ctz(ends);
		}
	}
	for (; p < r->end && *p != '\n'; p++)
		if (*p == ';') {
			push_frame(&r->line, &r->frame_cap, frame, p);
			frame = p + 1;
		}
	*out_leaf = frame;
	return p;
}

/*
 * The number "12" or "12.5" that ends the text from..to behind a blank: where it begins,
 * or NULL. A fraction is no more than its whole part.
 */
static const char *number_before(const char *from, const char *to)
{
	const char *p = to, *whole_end = NULL;

	while (p > from && (is_digit(p[-1]) || (p[-1] == '.' && !whole_end)))
		if (*--p == '.')
			whole_end = p;
	if (p == to || p == whole_end || p == from || !is_blank(p[-1]))
		return NULL;
	return p;
}

static uint64_t number_value(struct folded_reader *r, const char *p, const char *end)
{
	uint64_t value = 0;

	for (; p < end && is_digit(*p); p++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value)) {
			r->clipped_cnt++;
			return UINT64_MAX;
		}
	return value;
}

static const char *without_blanks(const char *from, const char *to)
{
	while (to > from && (is_blank(to[-1]) || to[-1] == '\r'))
		to--;
	return to;
}

/* Takes the number or numbers behind the last frame, and pushes that frame. */
static bool take_leaf(struct folded_reader *r, const char *leaf, const char *end)
{
	const char *number, *first, *leaf_end;

	end = without_blanks(leaf, end);
	number = number_before(leaf, end);
	if (!number)
		return false;
	leaf_end = without_blanks(leaf, number);
	first = number_before(leaf, leaf_end);
	if (first)
		leaf_end = without_blanks(leaf, first);
	if (leaf == leaf_end && !r->line.frame_cnt)
		return false;
	r->pair_cnt += first != NULL;
	r->cut_cnt += r->line.frame_cnt == TRACE_DEPTH_MAX;
	r->line.value = number_value(r, number, end);
	push_frame(&r->line, &r->frame_cap, leaf, leaf_end);
	return true;
}

/*
 * Keeps the frames that the line at p has in common with the line before: those that
 * end, with their separator, inside the bytes that are the same. Returns the number of
 * those bytes.
 */
static size_t share(struct folded_reader *r)
{
	struct folded_line *line = &r->line;
	size_t left = (size_t)(r->end - r->p);
	size_t max = left < r->before_len ? left : r->before_len;
	size_t same = max ? bytes_shared(line->text, r->p, max) : 0;
	uint32_t n = line->frame_cnt;

	while (n && (size_t)line->frames[n - 1].at + line->frames[n - 1].len >= same)
		n--;
	line->frame_cnt = line->shared_cnt = n;
	return same;
}

/* The leaf of the line before may be an inner frame of this one, or its leaf again. */
static void share_leaf(struct folded_line *line, struct folded_frame before, size_t same)
{
	struct folded_frame now = line->frames[line->shared_cnt];

	if (now.at == before.at && now.len == before.len && now.at + (size_t)now.len <= same)
		line->shared_cnt++;
}

static uint32_t end_of(const struct folded_frame *frame)
{
	return frame->at + frame->len;
}

/* Where the first frame begins that the line before does not have. */
static uint32_t behind_shared(const struct folded_line *line)
{
	return line->shared_cnt ? end_of(&line->frames[line->shared_cnt - 1]) + 1 : 0;
}

static bool take_line(struct folded_reader *r)
{
	struct folded_line *line = &r->line;
	uint32_t before_cnt = line->frame_cnt;
	size_t same = share(r);
	struct folded_frame before = line->frames[line->shared_cnt];
	const char *text = r->p, *leaf, *end;

	line->text = text;
	end = split(r, text + behind_shared(line), &leaf);
	r->p = end < r->end ? end + 1 : end;
	if ((size_t)(end - text) > UINT32_MAX || !take_leaf(r, leaf, end)) {
		line->frame_cnt = 0;
		r->before_len = 0;
		return false;
	}
	r->before_len = end_of(&line->frames[line->frame_cnt - 1]);
	if (line->shared_cnt < before_cnt)
		share_leaf(line, before, same);
	return true;
}

/* Blank lines, and before the first stack lines that begin with "# ", say nothing. */
static bool pass_over(struct folded_reader *r)
{
	const char *end;

	if (!r->begun && r->end - r->p > 1 && r->p[0] == '#' && r->p[1] == ' ')
		end = memchr(r->p, '\n', (size_t)(r->end - r->p));
	else if (*r->p == '\n' || (*r->p == '\r' && r->end - r->p > 1 && r->p[1] == '\n'))
		end = r->p + (*r->p == '\r');
	else
		return false;
	r->p = end ? end + 1 : r->end;
	return true;
}

const char *folded_header_end(const char *text, size_t len)
{
	struct folded_reader r = { .p = text, .end = text + len };

	while (r.p < r.end && pass_over(&r))
		;
	return r.p;
}

/* NULL: there is no stack in this line. */
static const struct folded_line *read_line(struct folded_reader *r)
{
	const char *text = r->p;

	r->line_cnt++;
	if (pass_over(r))
		return NULL;
	r->begun = true;
	if (take_line(r))
		return &r->line;
	if (!r->bad_cnt++)
		r->bad_line = r->line_cnt;
	if (!r->bad_text || text < r->bad_text)
		r->bad_text = text;
	return NULL;
}

const struct folded_line *folded_reader_next(struct folded_reader *r)
{
	const struct folded_line *line = NULL;

	while (!line && r->p < r->end)
		line = read_line(r);
	return line;
}

const struct folded_line *folded_reader_line(struct folded_reader *r, const char *at)
{
	r->p = at;
	return at < r->end ? read_line(r) : NULL;
}
