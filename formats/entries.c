#include "formats/entries.h"

#include <string.h>

void entry_put_id(struct buf *out, uint32_t id)
{
	buf_varint(out, id == TRACE_NONE ? 0 : (uint64_t)id + 1);
}

uint32_t entry_take_id(struct bytes *b)
{
	uint64_t value = bytes_varint_max(b, UINT32_MAX);

	return value ? (uint32_t)(value - 1) : TRACE_NONE;
}

static uint32_t take_u32(struct bytes *b)
{
	return (uint32_t)bytes_varint_max(b, UINT32_MAX);
}

/* What is longer than the limit is cut when it is written: a reader would refuse it. */
static void put_text(struct buf *out, const char *text, size_t len)
{
	buf_blob(out, text, len < TRACE_TEXT_MAX ? len : TRACE_TEXT_MAX);
}

void entry_put_text(struct buf *out, const char *text)
{
	put_text(out, text, text ? strlen(text) : 0);
}

struct entry_text entry_take_text(struct bytes *b)
{
	struct entry_text text;

	text.s = (const char *)bytes_blob(b, TRACE_TEXT_MAX, &text.len);
	return text;
}

bool entry_time_ns(uint64_t first_us, uint64_t offset_us, uint64_t *out_ns)
{
	uint64_t us;

	return !__builtin_add_overflow(first_us, offset_us, &us) &&
	       !__builtin_mul_overflow(us, (uint64_t)1000, out_ns);
}

void entry_put_event(struct buf *out, const struct trace_event *e)
{
	entry_put_text(out, e->name);
	entry_put_text(out, e->source);
	buf_varint(out, e->kind);
	buf_varint(out, e->unit);
	buf_varint(out, e->frequency_hz);
	buf_varint(out, e->period_ns);
}

bool entry_take_event(struct bytes *b, struct trace_event *out, struct event_texts *texts)
{
	texts->name = entry_take_text(b);
	texts->source = entry_take_text(b);
	*out = (struct trace_event){ 0 };
	out->kind = (enum trace_event_kind)bytes_varint_max(b, TRACE_EVENT_LATENCY);
	out->unit = (enum trace_unit)bytes_varint_max(b, TRACE_UNIT_EVENTS);
	out->frequency_hz = bytes_varint(b);
	out->period_ns = bytes_varint(b);
	return !b->failed && out->kind && out->unit;
}

void entry_put_process(struct buf *out, const struct trace_process *p)
{
	buf_varint(out, p->tgid);
	buf_varint(out, p->parent_tgid);
	buf_varint(out, p->namespace_tgid);
	buf_varint(out, p->generation);
	buf_varint(out, p->start_ns);
	entry_put_id(out, p->uid);
	entry_put_text(out, p->comm);
	entry_put_text(out, p->executable);
	entry_put_text(out, p->cgroup);
}

bool entry_take_process(struct bytes *b, struct trace_process *out, struct process_texts *texts)
{
	*out = (struct trace_process){ .tgid = take_u32(b) };
	out->parent_tgid = take_u32(b);
	out->namespace_tgid = take_u32(b);
	out->generation = take_u32(b);
	out->start_ns = bytes_varint(b);
	out->uid = entry_take_id(b);
	texts->comm = entry_take_text(b);
	texts->executable = entry_take_text(b);
	texts->cgroup = entry_take_text(b);
	return !b->failed;
}

void entry_put_thread(struct buf *out, const struct trace_thread *t)
{
	buf_varint(out, t->process);
	buf_varint(out, t->tid);
	entry_put_text(out, t->comm);
}

bool entry_take_thread(struct bytes *b, struct trace_thread *out, struct entry_text *comm)
{
	*out = (struct trace_thread){ .process = take_u32(b) };
	out->tid = take_u32(b);
	*comm = entry_take_text(b);
	return !b->failed;
}

void entry_put_module(struct buf *out, const struct trace_module *m)
{
	buf_varint(out, m->kind);
	entry_put_text(out, m->path);
	buf_blob(out, m->build_id, m->build_id_len);
	entry_put_id(out, m->process);
}

bool entry_take_module(struct bytes *b, struct trace_module *out, struct entry_text *path)
{
	const uint8_t *build_id;
	size_t len;

	*out = (struct trace_module){
		.kind = (enum trace_module_kind)bytes_varint_max(b, TRACE_MODULE_COPY),
	};
	*path = entry_take_text(b);
	build_id = bytes_blob(b, TRACE_BUILD_ID_MAX, &len);
	out->process = entry_take_id(b);
	if (b->failed || !out->kind)
		return false;
	memcpy(out->build_id, build_id, len);
	out->build_id_len = (uint8_t)len;
	return true;
}

void entry_put_kernel_symbol(struct buf *out, const struct trace_kernel_symbol *s)
{
	buf_varint(out, s->module);
	buf_varint(out, s->offset);
	buf_varint(out, s->size);
	entry_put_text(out, s->name);
}

bool entry_take_kernel_symbol(struct bytes *b, struct trace_kernel_symbol *out,
			      struct entry_text *name)
{
	*out = (struct trace_kernel_symbol){ .module = take_u32(b) };
	out->offset = bytes_varint(b);
	out->size = bytes_varint(b);
	*name = entry_take_text(b);
	return !b->failed;
}

void entry_put_cpu_change(struct buf *out, const struct trace_cpu_change *c, uint64_t first_us)
{
	buf_varint(out, c->time_ns / 1000 - first_us);
	buf_varint(out, (uint64_t)c->cpu << 1 | (c->online != 0));
}

bool entry_take_cpu_change(struct bytes *b, struct trace_cpu_change *out, uint64_t first_us)
{
	uint64_t offset_us = bytes_varint(b);
	uint64_t cpu = bytes_varint_max(b, 2 * TRACE_CPUS_MAX - 1);

	out->cpu = (uint32_t)(cpu >> 1);
	out->online = cpu & 1;
	return !b->failed && entry_time_ns(first_us, offset_us, &out->time_ns);
}

void entry_put_loss(struct buf *out, const struct trace_loss_count *l)
{
	entry_put_id(out, l->event);
	buf_varint(out, l->loss);
	buf_varint(out, l->count);
}

bool entry_take_loss(struct bytes *b, struct trace_loss_count *out)
{
	out->event = entry_take_id(b);
	out->loss = (enum trace_loss)bytes_varint_max(b, TRACE_LOSS_CNT - 1);
	out->count = bytes_varint(b);
	return !b->failed && out->loss;
}

void entry_put_totals(struct buf *out, const struct trace_totals *t)
{
	buf_varint(out, t->stop);
	buf_varint(out, t->sample_cnt);
	buf_varint(out, t->sample_weight);
	buf_varint(out, t->first_ns);
	buf_varint(out, t->last_ns);
	buf_varint(out, t->end_ns);
	for (unsigned loss = 1; loss < TRACE_LOSS_CNT; loss++) {
		if (!t->lost[loss])
			continue;
		buf_varint(out, loss);
		buf_varint(out, t->lost[loss]);
	}
}

bool entry_take_totals(struct bytes *b, struct trace_totals *out)
{
	struct trace_totals t = {
		.stop = (enum trace_stop)bytes_varint_max(b, TRACE_STOP_ERROR),
	};

	t.sample_cnt = bytes_varint(b);
	t.sample_weight = bytes_varint(b);
	t.first_ns = bytes_varint(b);
	t.last_ns = bytes_varint(b);
	t.end_ns = bytes_varint(b);
	while (bytes_left(b)) {
		uint64_t loss = bytes_varint_max(b, TRACE_LOSS_CNT - 1);

		t.lost[loss] = bytes_varint(b);
	}
	if (b->failed || !t.stop || t.lost[0])
		return false;
	*out = t;
	return true;
}
