#include "formats/frame_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/frame_column.h"

void frame_table_start(struct frame_table *t)
{
	*t = (struct frame_table){ .known = strtab_new() };
}

void frame_table_release(struct frame_table *t)
{
	idmap_release(&t->by_offset);
	idmap_release(&t->by_name);
	strtab_free(t->known);
	vec_release(&t->fresh);
	vec_release(&t->file_ids);
	*t = (struct frame_table){ 0 };
}

void frame_table_restart(struct frame_table *t)
{
	frame_table_release(t);
	frame_table_start(t);
}

uint32_t frame_table_cnt(const struct frame_table *t)
{
	return (uint32_t)(t->file_ids.cnt + t->fresh.cnt);
}

static const char *keep_text(struct frame_table *t, const char *text, size_t len)
{
	return strtab_get(t->known, strtab_intern(t->known, text, len), NULL);
}

/* A named frame is known by all its fields in one row of bytes. */
static uint32_t key_of(struct frame_table *t, const struct trace_frame *f)
{
	struct buf key = { 0 };
	uint32_t id;

	buf_u8(&key, (uint8_t)f->kind);
	buf_u8(&key, (uint8_t)f->reason);
	buf_varint(&key, f->offset);
	buf_varint(&key, f->line);
	buf_blob(&key, f->name, f->name_len);
	buf_puts(&key, f->file ? f->file : "");
	id = strtab_intern(t->known, (const char *)key.v, key.len);
	buf_release(&key);
	return id;
}

static uint32_t intern_named(struct frame_table *t, const struct trace_frame *frame)
{
	uint32_t next = frame_table_cnt(t);
	uint32_t id = idmap_intern(&t->by_name, key_of(t, frame), 0, next);
	struct trace_frame kept = *frame;

	if (id != next)
		return id;
	kept.name = keep_text(t, frame->name, frame->name_len);
	kept.file = frame->file ? keep_text(t, frame->file, strlen(frame->file)) : "";
	*vec_push(&t->fresh) = kept;
	return id;
}

uint32_t frame_table_intern(struct frame_table *t, const struct trace_frame *frame)
{
	uint32_t next = frame_table_cnt(t), id;

	if (frame->module == TRACE_NONE)
		return intern_named(t, frame);
	id = idmap_intern(&t->by_offset, (uint64_t)frame->module << 8 | frame->kind, frame->offset,
			  next);
	if (id == next)
		*vec_push(&t->fresh) = (struct trace_frame){ .kind = frame->kind,
							     .module = frame->module,
							     .offset = frame->offset };
	return id;
}

static int compare(const void *a, const void *b, void *frames)
{
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	const struct trace_frame *v = frames;
	int by = frame_column_compare(&v[i], &v[k]);

	return by ? by : (i > k) - (i < k); /* named ones stay in the order they came */
}

void frame_table_put(struct frame_table *t, struct buf *out)
{
	size_t cnt = t->fresh.cnt;
	uint32_t base = (uint32_t)t->file_ids.cnt;
	uint32_t *sorted = mem_resize(NULL, cnt, sizeof(*sorted));
	struct trace_frame *v = mem_resize(NULL, cnt, sizeof(*v));

	for (uint32_t i = 0; i < cnt; i++)
		sorted[i] = i;
	qsort_r(sorted, cnt, sizeof(*sorted), compare, t->fresh.v);
	vec_reserve(&t->file_ids, cnt);
	for (uint32_t i = 0; i < cnt; i++) {
		v[i] = t->fresh.v[sorted[i]];
		t->file_ids.v[base + sorted[i]] = base + i;
	}
	t->file_ids.cnt += cnt;
	t->fresh.cnt = 0;
	frame_column_put(out, base, v, cnt);
	free(sorted);
	free(v);
}
