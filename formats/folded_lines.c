#include "formats/folded_lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sum.h"
#include "base/text.h"
#include "formats/stack_names.h"

void folded_lines_start(struct folded_lines *l, bool annotate)
{
	*l = (struct folded_lines){ .texts = strtab_new(), .annotate = annotate };
}

void folded_lines_release(struct folded_lines *l)
{
	strtab_free(l->texts);
	vec_release(&l->values);
	buf_release(&l->line);
	*l = (struct folded_lines){ 0 };
}

static const char *annotation(enum trace_frame_kind kind)
{
	switch (kind) {
	case TRACE_FRAME_KERNEL:
		return "_[k]";
	case TRACE_FRAME_JIT:
		return "_[j]";
	case TRACE_FRAME_INLINED:
		return "_[i]";
	case TRACE_FRAME_WAKER:
		return "_[w]";
	case TRACE_FRAME_USER:
	case TRACE_FRAME_INTERPRETED:
	case TRACE_FRAME_CONTEXT:
	case TRACE_FRAME_LOST:
		break;
	}
	return "";
}

static void put_comm(struct buf *out, const char *comm)
{
	size_t start = out->len;

	text_folded(out, *comm ? comm : "[unknown]", strlen(*comm ? comm : "[unknown]"), false);
	for (size_t i = start; i < out->len; i++)
		if (out->v[i] == ' ')
			out->v[i] = '_';
}

/* Printable ASCII without ';' and blanks, as most names are, stands for itself. */
static bool is_plain(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == ';')
			return false;
	return true;
}

static void put_frame(struct buf *out, const char *name, size_t len, bool leaf)
{
	if (is_plain(name, len))
		buf_put(out, name, len);
	else
		text_folded(out, name, len, leaf);
}

uint32_t folded_lines_find(struct folded_lines *l, const char *comm,
			   const struct shown_frame *frames, size_t cnt, const struct strtab *names)
{
	uint32_t id;

	buf_clear(&l->line);
	if (comm)
		put_comm(&l->line, comm);
	for (size_t i = 0; i < cnt; i++) {
		size_t len;
		const char *name = strtab_get(names, frames[i].name, &len);

		if (comm || i)
			buf_u8(&l->line, ';');
		put_frame(&l->line, name, len, i + 1 == cnt);
		if (l->annotate)
			buf_puts(&l->line, annotation(frames[i].kind));
	}
	id = strtab_intern(l->texts, (const char *)l->line.v, l->line.len);
	while (l->values.cnt <= id)
		*vec_push(&l->values) = 0;
	return id;
}

void folded_lines_add(struct folded_lines *l, uint32_t line, uint64_t value)
{
	sum_clipped(&l->values.v[line], value);
}

static int compare(const void *a, const void *b, void *texts)
{
	return strtab_compare(texts, *(const uint32_t *)a, *(const uint32_t *)b);
}

static uint64_t scaled(uint64_t value, uint64_t times, uint64_t per)
{
	unsigned __int128 wide = ((unsigned __int128)value * times + per / 2) / per;

	return wide > UINT64_MAX ? UINT64_MAX : (uint64_t)wide;
}

void folded_lines_put(const struct folded_lines *l, struct buf *out, uint64_t times, uint64_t per)
{
	uint32_t cnt = (uint32_t)l->values.cnt;
	uint32_t *order = mem_resize(NULL, cnt, sizeof(*order));

	/* Id 0 is the empty text, and no line. */
	for (uint32_t i = 1; i < cnt; i++)
		order[i - 1] = i;
	if (cnt > 1)
		qsort_r(order, cnt - 1, sizeof(*order), compare, l->texts);
	for (uint32_t i = 0; i + 1 < cnt; i++) {
		size_t len;
		const char *text = strtab_get(l->texts, order[i], &len);

		buf_put(out, text, len);
		buf_printf(out, " %" PRIu64 "\n", scaled(l->values.v[order[i]], times, per));
	}
	free(order);
}
