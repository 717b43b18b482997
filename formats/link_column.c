#include "formats/link_column.h"

#include "formats/id_steps.h"

void link_column_put(struct buf *out, uint32_t base, const struct trace_link *v, size_t cnt)
{
	struct id_steps threads = { 0 }, stacks = { 0 };

	buf_varint(out, base);
	buf_varint(out, cnt);
	for (size_t i = 0; i < cnt; i++)
		buf_varint(out, v[i].parent == TRACE_NONE ? 0 : base + i - v[i].parent);
	for (size_t i = 0; i < cnt; i++)
		buf_varint(out, v[i].context);
	for (size_t i = 0; i < cnt; i++)
		id_steps_put(&threads, out, v[i].thread);
	for (size_t i = 0; i < cnt; i++)
		id_steps_put(&stacks, out, v[i].stack);
}

static bool take_parents(struct bytes *b, uint64_t base, struct trace_link *v, size_t cnt)
{
	for (size_t i = 0; i < cnt && !b->failed; i++) {
		uint64_t distance = bytes_varint_max(b, base + i);

		v[i].parent = distance ? (uint32_t)(base + i - distance) : TRACE_NONE;
	}
	return !b->failed;
}

static bool take_contexts(struct bytes *b, struct trace_link *v, size_t cnt)
{
	for (size_t i = 0; i < cnt && !b->failed; i++) {
		v[i].context = (enum trace_context)bytes_varint_max(b, TRACE_CONTEXT_CNT - 1);
		b->failed |= !v[i].context;
	}
	return !b->failed;
}

bool link_column_take(struct bytes *b, uint32_t *out_base, struct link_column *out)
{
	struct id_steps threads = { 0 }, stacks = { 0 };
	uint32_t base = (uint32_t)bytes_varint_max(b, TRACE_LINKS_MAX);
	size_t cnt = (size_t)bytes_varint_max(b, bytes_left(b));
	struct trace_link *v;

	if (b->failed)
		return false;
	vec_reserve(out, cnt);
	v = out->v + out->cnt;
	if (!take_parents(b, base, v, cnt) || !take_contexts(b, v, cnt))
		return false;
	for (size_t i = 0; i < cnt; i++)
		v[i].thread = id_steps_take(&threads, b);
	for (size_t i = 0; i < cnt; i++)
		v[i].stack = id_steps_take(&stacks, b);
	if (b->failed || bytes_left(b))
		return false;
	out->cnt += cnt;
	*out_base = base;
	return true;
}
