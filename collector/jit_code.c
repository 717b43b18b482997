#include "collector/jit_code.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "collector/jit_pieces.h"

#define RECENT_MIN 256	    /* reached pieces that may be looked through one by one */
#define TEXT_COST 64	    /* bytes that an interned text costs beyond its own */
#define NAMELESS UINT32_MAX /* a place that its code was moved away from */

struct jit_line {
	uint32_t offset; /* from the start of the code */
	uint32_t line;
	uint32_t file; /* of the texts */
};

struct jit_code {
	struct jit_pieces settled; /* by address */
	struct jit_pieces recent;  /* by time, in order of coming where equal */
	size_t reached;		   /* of the recent ones */
	uint64_t reached_ns;
	uint64_t epoch;
	struct {
		VEC(struct jit_line);
	} lines;
	uint64_t lines_start; /* the code that lines from lines_first on wait for */
	uint32_t lines_first;
	struct strtab *texts;
	size_t text_bytes;
};

struct jit_code *jit_code_new(void)
{
	struct jit_code *c = mem_alloc(1, sizeof(*c));

	c->texts = strtab_new();
	return c;
}

void jit_code_free(struct jit_code *c)
{
	if (!c)
		return;
	vec_release(&c->settled);
	vec_release(&c->recent);
	vec_release(&c->lines);
	strtab_free(c->texts);
	free(c);
}

size_t jit_code_bytes(const struct jit_code *c)
{
	return (c->settled.cap + c->recent.cap) * sizeof(*c->recent.v) +
	       c->lines.cap * sizeof(*c->lines.v) + c->text_bytes;
}

uint64_t jit_code_epoch(const struct jit_code *c)
{
	return c->epoch;
}

static uint32_t intern(struct jit_code *c, const char *text, size_t len)
{
	uint32_t before = strtab_cnt(c->texts), id;

	len = strnlen(text, len < JIT_NAME_MAX ? len : JIT_NAME_MAX);
	id = strtab_intern(c->texts, text, len);
	if (id == before)
		c->text_bytes += len + TEXT_COST;
	return id;
}

/* Lines that no code came for make room for others. */
void jit_code_lines_begin(struct jit_code *c, uint64_t code_start)
{
	c->lines.cnt = c->lines_first;
	c->lines_start = code_start;
}

void jit_code_line(struct jit_code *c, uint64_t address, uint32_t line, const char *file,
		   size_t file_len)
{
	uint64_t offset = address - c->lines_start;

	if (offset > UINT32_MAX || c->lines.cnt >= UINT32_MAX)
		return;
	*vec_push(&c->lines) =
		(struct jit_line){ (uint32_t)offset, line, intern(c, file, file_len) };
}

/* Nearly always at the end: what comes in order of time is never moved. */
static void insert(struct jit_code *c, const struct jit_piece *piece)
{
	size_t at = c->recent.cnt;

	vec_push(&c->recent);
	for (; at && c->recent.v[at - 1].time_ns > piece->time_ns; at--)
		c->recent.v[at] = c->recent.v[at - 1];
	c->recent.v[at] = *piece;
	if (at < c->reached)
		c->reached++;
	c->epoch++;
}

void jit_code_add(struct jit_code *c, const struct jit_load *load)
{
	struct jit_piece piece = {
		.start = load->start,
		.end = load->start + load->size,
		.code = load->start,
		.time_ns = load->time_ns,
		.early = load->early,
	};

	if (piece.end < piece.start)
		piece.end = UINT64_MAX;
	if (!load->size || !load->name_len || !*load->name)
		return;
	piece.name = intern(c, load->name, load->name_len);
	if (c->lines_first < c->lines.cnt && c->lines_start == load->start) {
		piece.line_first = c->lines_first;
		piece.line_cnt = (uint32_t)c->lines.cnt - c->lines_first;
		c->lines_first = (uint32_t)c->lines.cnt;
	}
	insert(c, &piece);
}

/* The last of pieces[first..last) that holds the address. */
static const struct jit_piece *last_with(const struct jit_pieces *pieces, size_t first, size_t last,
					 uint64_t address)
{
	while (last-- > first)
		if (address - pieces->v[last].start < pieces->v[last].end - pieces->v[last].start)
			return &pieces->v[last];
	return NULL;
}

void jit_code_move(struct jit_code *c, uint64_t from, uint64_t to, uint64_t size, uint64_t time_ns)
{
	const struct jit_piece *old = last_with(&c->recent, 0, c->recent.cnt, from);
	struct jit_piece here;

	if (!old)
		old = jit_pieces_find(&c->settled, from);
	if (!old || old->name == NAMELESS || !size || size > UINT64_MAX - to ||
	    size > UINT64_MAX - from)
		return;
	here = *old;
	here.code = to - (from - old->code);
	here.start = to;
	here.end = to + size;
	here.time_ns = time_ns;
	here.early = false;
	insert(c,
	       &(struct jit_piece){
		       .start = from, .end = from + size, .time_ns = time_ns, .name = NAMELESS });
	insert(c, &here);
}

/* A constant factor of what is settled, so that each piece is settled a few times at most. */
static bool wants_settling(const struct jit_code *c)
{
	return c->reached > RECENT_MIN + c->settled.cnt / 8;
}

static void settle(struct jit_code *c)
{
	size_t kept = 0;

	jit_pieces_paint(&c->settled, c->recent.v, c->reached);
	for (size_t i = 0; i < c->settled.cnt; i++)
		if (c->settled.v[i].name != NAMELESS)
			c->settled.v[kept++] = c->settled.v[i];
	c->settled.cnt = kept;
	c->recent.cnt -= c->reached;
	memmove(c->recent.v, c->recent.v + c->reached, c->recent.cnt * sizeof(*c->recent.v));
	c->reached = 0;
}

void jit_code_reach(struct jit_code *c, uint64_t time_ns)
{
	size_t before = c->reached;

	if (time_ns > c->reached_ns)
		c->reached_ns = time_ns;
	while (c->reached < c->recent.cnt && c->recent.v[c->reached].time_ns <= c->reached_ns)
		c->reached++;
	c->epoch += c->reached - before;
	if (wants_settling(c))
		settle(c);
}

void jit_code_rewind(struct jit_code *c)
{
	c->reached = 0;
	c->reached_ns = 0;
	c->epoch++;
}

/* Code that is first heard of after the moment, but may have been there: of what was heard
 * at that time the last. */
static const struct jit_piece *find_early(const struct jit_code *c, uint64_t address)
{
	const struct jit_piece *found = NULL;

	for (size_t i = c->reached; i < c->recent.cnt; i++) {
		const struct jit_piece *p = &c->recent.v[i];

		if (found && p->time_ns != found->time_ns)
			break;
		if (p->early && address - p->start < p->end - p->start)
			found = p;
	}
	return found;
}

static void find_line(const struct jit_code *c, const struct jit_piece *p, uint64_t address,
		      struct jit_place *out)
{
	const struct jit_line *best = NULL;

	for (size_t i = p->line_first; i < (size_t)p->line_first + p->line_cnt; i++) {
		const struct jit_line *l = &c->lines.v[i];

		if (l->offset <= address - p->code && (!best || l->offset >= best->offset))
			best = l;
	}
	out->file = strtab_get(c->texts, best ? best->file : 0, NULL);
	out->line = best ? best->line : 0;
}

bool jit_code_find(const struct jit_code *c, uint64_t address, struct jit_place *out)
{
	const struct jit_piece *p = last_with(&c->recent, 0, c->reached, address);

	if (!p)
		p = jit_pieces_find(&c->settled, address);
	if (!p)
		p = find_early(c, address);
	if (!p || p->name == NAMELESS)
		return false;
	out->name = strtab_get(c->texts, p->name, &out->name_len);
	find_line(c, p, address, out);
	return true;
}
