#include "formats/latency_column.h"

#include "formats/entries.h"
#include "formats/id_steps.h"

#define COLUMNS_LEAST 6 /* columns that have at least a byte of each */

enum latency_mark {
	MARK_QUEUED = 8,
	MARK_BYTES = 16,
	MARK_TEXT = 32,
};
#define MARKS_MAX 63

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static bool is_same_run(const struct event_latency *a, const struct event_latency *b)
{
	return a->event == b->event && a->latency.series == b->latency.series;
}

int latency_column_compare(const struct event_latency *a, const struct event_latency *b)
{
	const struct trace_latency *left = &a->latency, *right = &b->latency;
	int by = order(a->event, b->event);

	if (!by)
		by = order(left->series, right->series);
	if (!by)
		by = order(left->end_ns, right->end_ns);
	if (!by)
		by = order(left->value, right->value);
	return by ? by : order(left->thread, right->thread);
}

static void put_runs(struct buf *out, const struct event_latency *v, size_t cnt)
{
	struct buf runs = { 0 };
	size_t run_cnt = 0;

	for (size_t at = 0, end; at < cnt; at = end, run_cnt++) {
		for (end = at + 1; end < cnt && is_same_run(&v[at], &v[end]); end++)
			;
		buf_varint(&runs, v[at].event);
		buf_varint(&runs, v[at].latency.series);
		buf_varint(&runs, end - at);
	}
	buf_varint(out, run_cnt);
	buf_put(out, runs.v, runs.len);
	buf_release(&runs);
}

static uint8_t mark_of(const struct event_latency *e)
{
	unsigned mark = e->latency.why;

	if (e->latency.queued_ns)
		mark |= MARK_QUEUED;
	if (e->latency.bytes)
		mark |= MARK_BYTES;
	if (e->text_len)
		mark |= MARK_TEXT;
	return (uint8_t)mark;
}

static void put_ends(struct buf *out, uint64_t first_us, const struct event_latency *v, size_t cnt)
{
	uint64_t before_us = first_us;

	for (size_t i = 0; i < cnt; i++) {
		uint64_t end_us = v[i].latency.end_ns / 1000;

		if (i && !is_same_run(&v[i - 1], &v[i]))
			before_us = first_us;
		buf_varint(out, end_us - before_us);
		before_us = end_us;
	}
}

static void put_places(struct buf *out, const struct event_latency *v, size_t cnt)
{
	struct id_steps threads = { 0 }, stacks = { 0 }, cpus = { 0 };

	for (size_t i = 0; i < cnt; i++)
		id_steps_put(&threads, out, v[i].latency.thread);
	for (size_t i = 0; i < cnt; i++)
		id_steps_put(&stacks, out, v[i].latency.stack);
	for (size_t i = 0; i < cnt; i++)
		id_steps_put(&cpus, out, v[i].latency.cpu);
}

void latency_column_put(struct buf *out, uint64_t first_us, const struct event_latency *v,
			size_t cnt)
{
	put_runs(out, v, cnt);
	for (size_t i = 0; i < cnt; i++)
		buf_u8(out, mark_of(&v[i]));
	put_ends(out, first_us, v, cnt);
	for (size_t i = 0; i < cnt; i++)
		buf_varint(out, v[i].latency.value);
	put_places(out, v, cnt);
	for (size_t i = 0; i < cnt; i++)
		if (v[i].latency.queued_ns)
			buf_varint(out, v[i].latency.queued_ns);
	for (size_t i = 0; i < cnt; i++)
		if (v[i].latency.bytes)
			buf_varint(out, v[i].latency.bytes);
	for (size_t i = 0; i < cnt; i++)
		if (v[i].text_len)
			buf_blob(out, v[i].latency.text, v[i].text_len);
}

/* Makes the latencies of all runs, with event and series. */
static bool take_runs(struct bytes *b, struct latency_column *out)
{
	uint64_t run_cnt = bytes_varint_max(b, bytes_left(b));
	size_t before = out->cnt;

	for (uint64_t i = 0; i < run_cnt; i++) {
		struct event_latency e = { 0 };
		uint64_t cnt;

		e.event = (uint32_t)bytes_varint_max(b, TRACE_EVENTS_MAX - 1);
		e.latency.series = (uint32_t)bytes_varint_max(b, TRACE_SERIES_MAX - 1);
		e.latency.text = "";
		cnt = bytes_varint_max(b, bytes_left(b) / COLUMNS_LEAST);
		if (b->failed || out->cnt - before + cnt > TRACE_CHUNK_RAW_MAX / COLUMNS_LEAST)
			return false;
		for (; cnt; cnt--)
			*vec_push(out) = e;
	}
	return !b->failed;
}

static bool take_ends(struct bytes *b, uint64_t first_us, struct event_latency *v, size_t cnt)
{
	uint64_t offset_us = 0;

	for (size_t i = 0; i < cnt; i++) {
		if (i && !is_same_run(&v[i - 1], &v[i]))
			offset_us = 0;
		if (__builtin_add_overflow(offset_us, bytes_varint(b), &offset_us) || b->failed ||
		    !entry_time_ns(first_us, offset_us, &v[i].latency.end_ns))
			return false;
	}
	return true;
}

static bool take_places(struct bytes *b, struct event_latency *v, size_t cnt)
{
	struct id_steps threads = { 0 }, stacks = { 0 }, cpus = { 0 };

	for (size_t i = 0; i < cnt; i++)
		v[i].latency.thread = id_steps_take(&threads, b);
	for (size_t i = 0; i < cnt; i++)
		v[i].latency.stack = id_steps_take(&stacks, b);
	for (size_t i = 0; i < cnt; i++) {
		v[i].latency.cpu = id_steps_take(&cpus, b);
		if (v[i].latency.cpu != TRACE_NONE && v[i].latency.cpu >= TRACE_CPUS_MAX)
			return false;
	}
	return !b->failed;
}

/* What not all of them have. marks: one for each, as taken. */
static bool take_rest(struct bytes *b, const uint8_t *marks, struct event_latency *v, size_t cnt)
{
	const uint8_t *text;
	size_t len;

	for (size_t i = 0; i < cnt; i++)
		if (marks[i] & MARK_QUEUED)
			v[i].latency.queued_ns = bytes_varint_max(b, v[i].latency.value);
	for (size_t i = 0; i < cnt; i++)
		if (marks[i] & MARK_BYTES)
			v[i].latency.bytes = bytes_varint(b);
	for (size_t i = 0; i < cnt && !b->failed; i++) {
		if (!(marks[i] & MARK_TEXT))
			continue;
		text = bytes_blob(b, TRACE_LATENCY_TEXT_MAX, &len);
		v[i].latency.text = text ? (const char *)text : "";
		v[i].text_len = (uint32_t)len;
	}
	return !b->failed && !bytes_left(b);
}

bool latency_column_take(struct bytes *b, uint64_t first_us, struct latency_column *out)
{
	size_t before = out->cnt, cnt;
	struct event_latency *v;
	const uint8_t *marks;

	if (!take_runs(b, out))
		return false;
	v = out->v + before;
	cnt = out->cnt - before;
	marks = bytes_take(b, cnt);
	for (size_t i = 0; i < cnt && marks; i++) {
		v[i].latency.why = marks[i] & TRACE_LATENCY_WHYS;
		if (!v[i].latency.why || marks[i] > MARKS_MAX)
			return false;
	}
	if (!marks || !take_ends(b, first_us, v, cnt))
		return false;
	for (size_t i = 0; i < cnt; i++)
		v[i].latency.value = bytes_varint(b);
	return take_places(b, v, cnt) && take_rest(b, marks, v, cnt);
}
