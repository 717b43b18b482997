#include "formats/sample_column.h"

#include "formats/entries.h"

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int sample_column_compare(const struct trace_sample *a, const struct trace_sample *b)
{
	int by = order(a->event, b->event);

	if (!by)
		by = order(a->cpu, b->cpu);
	return by ? by : order(a->time_ns, b->time_ns);
}

static bool is_same_run(const struct trace_sample *a, const struct trace_sample *b)
{
	return a->event == b->event && a->cpu == b->cpu;
}

static void put_runs(struct buf *out, const struct trace_sample *v, size_t cnt)
{
	struct buf runs = { 0 };
	size_t run_cnt = 0;

	for (size_t at = 0, end; at < cnt; at = end, run_cnt++) {
		for (end = at + 1; end < cnt && is_same_run(&v[at], &v[end]); end++)
			;
		buf_varint(&runs, v[at].event);
		buf_varint(&runs, v[at].cpu);
		buf_varint(&runs, end - at);
	}
	buf_varint(out, run_cnt);
	buf_put(out, runs.v, runs.len);
	buf_release(&runs);
}

static uint64_t us(const struct trace_sample *s)
{
	return s->time_ns / 1000;
}

/* The smallest distance between neighbours of a run: what a sampler never goes below. */
static uint64_t smallest_step(const struct trace_sample *v, size_t cnt)
{
	uint64_t step = UINT64_MAX;

	for (size_t i = 1; i < cnt; i++)
		if (is_same_run(&v[i - 1], &v[i]) && us(&v[i]) - us(&v[i - 1]) < step)
			step = us(&v[i]) - us(&v[i - 1]);
	return step == UINT64_MAX ? 0 : step;
}

/*
 * What a step has beyond the smallest is noise in its low byte and nearly nothing above
 * it. Apart from one another the two compress better: noise spoils what stands
 * beside it, because a block of zstd has one code for all its literals.
 */
static void put_times(struct buf *out, uint64_t first_us, const struct trace_sample *v, size_t cnt)
{
	uint64_t step = smallest_step(v, cnt);
	struct buf high = { 0 };

	buf_varint(out, step);
	for (size_t i = 0; i < cnt; i++) {
		bool is_first = !i || !is_same_run(&v[i - 1], &v[i]);
		uint64_t before_us = is_first ? first_us : us(&v[i - 1]) + step;

		buf_u8(out, (uint8_t)(us(&v[i]) - before_us));
		buf_varint(&high, (us(&v[i]) - before_us) >> 8);
	}
	buf_put(out, high.v, high.len);
	buf_release(&high);
}

/* Counted down from the highest: new stacks are the frequent ones, and have high ids. */
static void put_stacks(struct buf *out, const struct trace_sample *v, size_t cnt)
{
	uint64_t above = 0; /* one more than the highest id */

	for (size_t i = 0; i < cnt; i++)
		if (v[i].stack != TRACE_NONE && v[i].stack >= above)
			above = (uint64_t)v[i].stack + 1;
	buf_varint(out, above);
	for (size_t i = 0; i < cnt; i++)
		buf_varint(out, v[i].stack == TRACE_NONE ? 0 : above - v[i].stack);
}

static void put_weights(struct buf *out, const struct trace_sample *v, size_t cnt)
{
	for (size_t at = 0, end; at < cnt; at = end) {
		for (end = at + 1; end < cnt && v[end].weight == v[at].weight; end++)
			;
		buf_varint(out, v[at].weight);
		buf_varint(out, end - at);
	}
}

void sample_column_put(struct buf *out, uint64_t first_us, const struct trace_sample *v, size_t cnt)
{
	put_runs(out, v, cnt);
	put_times(out, first_us, v, cnt);
	for (size_t i = 0; i < cnt; i++)
		buf_varint(out, v[i].thread);
	put_stacks(out, v, cnt);
	put_weights(out, v, cnt);
}

/* Makes the samples of all runs, with event and CPU. */
static bool take_runs(struct bytes *b, struct sample_column *out)
{
	uint64_t run_cnt = bytes_varint_max(b, bytes_left(b));

	for (uint64_t i = 0; i < run_cnt; i++) {
		struct trace_sample sample = { 0 };
		uint64_t cnt;

		sample.event = (uint32_t)bytes_varint_max(b, TRACE_IDS_MAX);
		sample.cpu = (uint32_t)bytes_varint_max(b, TRACE_CPUS_MAX - 1);
		cnt = bytes_varint_max(b, bytes_left(b));
		if (b->failed || out->cnt + cnt > TRACE_CHUNK_RAW_MAX)
			return false;
		for (; cnt; cnt--)
			*vec_push(out) = sample;
	}
	return !b->failed;
}

static bool take_times(struct bytes *b, uint64_t first_us, struct trace_sample *v, size_t cnt)
{
	uint64_t step = bytes_varint(b), offset_us = 0;
	const uint8_t *low = bytes_take(b, cnt);

	for (size_t i = 0; i < cnt && !b->failed; i++) {
		uint64_t high = bytes_varint_max(b, UINT64_MAX >> 8);
		bool is_first = !i || !is_same_run(&v[i - 1], &v[i]);

		if (is_first)
			offset_us = 0;
		if (__builtin_add_overflow(offset_us, is_first ? 0 : step, &offset_us) ||
		    __builtin_add_overflow(offset_us, high << 8 | low[i], &offset_us) ||
		    !entry_time_ns(first_us, offset_us, &v[i].time_ns))
			return false;
	}
	return !b->failed;
}

static bool take_stacks(struct bytes *b, struct trace_sample *v, size_t cnt)
{
	uint64_t above = bytes_varint_max(b, TRACE_IDS_MAX);

	for (size_t i = 0; i < cnt && !b->failed; i++) {
		uint64_t below = bytes_varint_max(b, above);

		v[i].stack = below ? (uint32_t)(above - below) : TRACE_NONE;
	}
	return !b->failed;
}

static bool take_weights(struct bytes *b, struct trace_sample *v, size_t cnt)
{
	size_t at = 0;

	while (at < cnt && !b->failed) {
		uint64_t weight = bytes_varint(b);
		uint64_t run = bytes_varint_max(b, cnt - at);

		if (!run)
			return false;
		for (; run; run--)
			v[at++].weight = weight;
	}
	return !b->failed && !bytes_left(b);
}

bool sample_column_take(struct bytes *b, uint64_t first_us, struct sample_column *out)
{
	size_t before = out->cnt, cnt;
	struct trace_sample *v;

	if (!take_runs(b, out))
		return false;
	v = out->v + before;
	cnt = out->cnt - before;
	if (!take_times(b, first_us, v, cnt))
		return false;
	for (size_t i = 0; i < cnt; i++)
		v[i].thread = (uint32_t)bytes_varint_max(b, TRACE_IDS_MAX);
	return take_stacks(b, v, cnt) && take_weights(b, v, cnt);
}
