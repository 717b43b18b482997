#include "formats/latency_entries.h"

void entry_put_series(struct buf *out, const struct trace_series *s)
{
	buf_varint(out, s->event);
	entry_put_text(out, s->process);
	for (unsigned i = 0; i < TRACE_LABELS_MAX; i++)
		entry_put_text(out, s->labels[i]);
}

bool entry_take_series(struct bytes *b, struct trace_series *out, struct series_texts *texts)
{
	*out = (struct trace_series){ .event =
					      (uint32_t)bytes_varint_max(b, TRACE_EVENTS_MAX - 1) };
	texts->process = entry_take_text(b);
	for (unsigned i = 0; i < TRACE_LABELS_MAX; i++)
		texts->labels[i] = entry_take_text(b);
	return !b->failed;
}

static bool has_labels(const struct trace_event *e)
{
	for (unsigned i = 0; i < TRACE_LABELS_MAX; i++)
		if (e->labels[i] && *e->labels[i])
			return true;
	return false;
}

void entry_put_labels(struct buf *out, uint32_t event, const struct trace_event *e)
{
	if (!has_labels(e))
		return;
	buf_varint(out, event);
	for (unsigned i = 0; i < TRACE_LABELS_MAX; i++)
		entry_put_text(out, e->labels[i]);
}

bool entry_take_labels(struct bytes *b, uint32_t *out_event,
		       struct entry_text out[TRACE_LABELS_MAX])
{
	*out_event = (uint32_t)bytes_varint_max(b, TRACE_EVENTS_MAX - 1);
	for (unsigned i = 0; i < TRACE_LABELS_MAX; i++)
		out[i] = entry_take_text(b);
	return !b->failed;
}

void entry_put_latency_totals(struct buf *out, const struct trace_totals *t)
{
	buf_varint(out, t->latency_cnt);
	buf_varint(out, t->single_cnt);
}

bool entry_take_latency_totals(struct bytes *b, struct trace_totals *out)
{
	uint64_t cnt = bytes_varint(b), single_cnt = bytes_varint(b);

	if (b->failed || bytes_left(b))
		return false;
	out->latency_cnt = cnt;
	out->single_cnt = single_cnt;
	return true;
}
