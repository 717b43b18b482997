#include "formats/frame_column.h"

#include <string.h>

#include "formats/entries.h"

/* The head of a run is its length and kind in one number. */
#define KIND_BITS 4
#define KIND_MASK ((1u << KIND_BITS) - 1)

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int frame_column_compare(const struct trace_frame *a, const struct trace_frame *b)
{
	int by = order(a->module == TRACE_NONE, b->module == TRACE_NONE);

	if (!by)
		by = order(a->kind, b->kind);
	if (!by)
		by = order(a->module, b->module);
	return by ? by : order(a->offset, b->offset);
}

static bool is_same_run(const struct trace_frame *a, const struct trace_frame *b)
{
	return a->kind == b->kind && a->module == b->module;
}

static void put_offsets(struct buf *out, const struct trace_frame *run, size_t cnt)
{
	uint64_t before = 0;

	for (size_t i = 0; i < cnt; i++) {
		buf_varint(out, run[i].offset - before);
		before = run[i].offset;
	}
}

static void put_named(struct buf *out, const struct trace_frame *f)
{
	buf_varint(out, f->reason);
	buf_varint(out, f->offset);
	buf_blob(out, f->name, f->name_len < TRACE_TEXT_MAX ? f->name_len : TRACE_TEXT_MAX);
	entry_put_text(out, f->file);
	buf_varint(out, f->line);
}

void frame_column_put(struct buf *out, uint32_t base, const struct trace_frame *v, size_t cnt)
{
	buf_varint(out, base);
	for (size_t at = 0, end; at < cnt; at = end) {
		for (end = at + 1; end < cnt && is_same_run(&v[at], &v[end]); end++)
			;
		buf_varint(out, (uint64_t)(end - at) << KIND_BITS | v[at].kind);
		entry_put_id(out, v[at].module);
		if (v[at].module != TRACE_NONE)
			put_offsets(out, v + at, end - at);
		for (size_t i = at; v[at].module == TRACE_NONE && i < end; i++)
			put_named(out, &v[i]);
	}
}

static const char *take_text(struct bytes *b, struct strtab *texts, size_t *out_len)
{
	struct entry_text text = entry_take_text(b);

	*out_len = text.len;
	return b->failed ? "" : strtab_get(texts, strtab_intern(texts, text.s, text.len), NULL);
}

static void take_named(struct bytes *b, struct strtab *texts, struct trace_frame *f)
{
	size_t file_len;

	f->reason = (enum trace_reason)bytes_varint_max(b, TRACE_REASON_CNT - 1);
	f->offset = bytes_varint(b);
	f->name = take_text(b, texts, &f->name_len);
	f->file = take_text(b, texts, &file_len);
	f->line = (uint32_t)bytes_varint_max(b, UINT32_MAX);
}

static void take_run(struct bytes *b, struct strtab *texts, struct frame_column *out)
{
	uint64_t head = bytes_varint(b);
	size_t cnt = (size_t)(head >> KIND_BITS);
	struct trace_frame frame = { .kind = (enum trace_frame_kind)(head & KIND_MASK),
				     .module = entry_take_id(b),
				     .name = "",
				     .file = "" };

	if (!frame.kind || frame.kind > TRACE_FRAME_LOST || !cnt || cnt > bytes_left(b)) {
		b->failed = true;
		return;
	}
	vec_reserve(out, cnt);
	for (size_t i = 0; i < cnt && !b->failed; i++) {
		if (frame.module == TRACE_NONE)
			take_named(b, texts, &frame);
		else
			frame.offset += bytes_varint(b);
		out->v[out->cnt++] = frame;
	}
}

bool frame_column_take(struct bytes *b, struct strtab *texts, uint32_t *out_base,
		       struct frame_column *out)
{
	*out_base = (uint32_t)bytes_varint_max(b, TRACE_IDS_MAX);
	while (bytes_left(b) && !b->failed)
		take_run(b, texts, out);
	return !b->failed;
}
