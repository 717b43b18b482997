#include "formats/wait_sum_column.h"

#include <string.h>

#include "formats/id_steps.h"

#define COLUMNS_LEAST 7 /* columns that have at least a byte of each sum */

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static bool is_same_run(const struct trace_wait_sum *a, const struct trace_wait_sum *b)
{
	return a->event == b->event && a->slice == b->slice;
}

int wait_sum_column_compare(const struct linked_sum *left, const struct linked_sum *right)
{
	const struct trace_wait_sum *a = &left->sum, *b = &right->sum;
	int by = order(a->event, b->event);

	if (!by)
		by = order(a->slice, b->slice);
	if (!by)
		by = order(a->process, b->process);
	if (!by)
		by = order(a->stack, b->stack);
	if (!by)
		by = order(a->chain, b->chain);
	if (!by)
		by = order(a->state, b->state);
	return by ? by : order(a->flags, b->flags);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void linked_sum_settle(struct linked_sum *s)
{
	struct trace_wait_sum *sum = &s->sum;
	uint64_t rest;

	sum->runnable_ns = least(sum->runnable_ns, UINT64_MAX - sum->blocked_ns);
	sum->longest_ns = least(sum->longest_ns, sum->blocked_ns + sum->runnable_ns);
	if (sum->cnt == 1)
		sum->longest_ns = sum->blocked_ns + sum->runnable_ns;
	rest = sum->blocked_ns;
	for (uint32_t i = 1; i < TRACE_CHAIN_MAX; i++) {
		sum->link_ns[i] = i < s->link_cnt ? least(sum->link_ns[i], rest) : 0;
		rest -= sum->link_ns[i];
	}
	sum->link_ns[0] = s->link_cnt ? rest : 0;
}

static void put_runs(struct buf *out, const struct linked_sum *v, size_t cnt)
{
	struct buf runs = { 0 };
	size_t run_cnt = 0;

	for (size_t at = 0, end; at < cnt; at = end, run_cnt++) {
		for (end = at + 1; end < cnt && is_same_run(&v[at].sum, &v[end].sum); end++)
			;
		buf_varint(&runs, v[at].sum.event);
		buf_varint(&runs, v[at].sum.slice);
		buf_varint(&runs, end - at);
	}
	buf_varint(out, run_cnt);
	buf_put(out, runs.v, runs.len);
	buf_release(&runs);
}

static uint64_t mark_of(const struct linked_sum *s)
{
	return s->sum.state + 8 * (s->sum.flags + 16 * (uint64_t)s->link_cnt);
}

static void put_keys(struct buf *out, const struct linked_sum *v, size_t cnt)
{
	struct id_steps processes = { 0 }, stacks = { 0 }, chains = { 0 };

	for (size_t i = 0; i < cnt; i++)
		buf_varint(out, mark_of(&v[i]));
	for (size_t i = 0; i < cnt; i++)
		id_steps_put(&processes, out, v[i].sum.process);
	for (size_t i = 0; i < cnt; i++)
		id_steps_put(&stacks, out, v[i].sum.stack);
	for (size_t i = 0; i < cnt; i++)
		id_steps_put(&chains, out, v[i].sum.chain);
}

static void put_links(struct buf *out, const struct linked_sum *v, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++)
		for (uint32_t link = 1; link < v[i].link_cnt; link++)
			buf_varint(out, v[i].sum.link_ns[link]);
}

void wait_sum_column_put(struct buf *out, const struct linked_sum *v, size_t cnt)
{
	put_runs(out, v, cnt);
	put_keys(out, v, cnt);
	for (size_t i = 0; i < cnt; i++)
		buf_varint(out, v[i].sum.cnt - 1);
	for (size_t i = 0; i < cnt; i++)
		buf_varint(out, v[i].sum.blocked_ns);
	for (size_t i = 0; i < cnt; i++)
		buf_varint(out, v[i].sum.runnable_ns);
	for (size_t i = 0; i < cnt; i++)
		if (v[i].sum.cnt > 1)
			buf_varint(out, v[i].sum.longest_ns);
	put_links(out, v, cnt);
}

/* Makes the sums of all runs, with event and slice. */
static bool take_runs(struct bytes *b, struct wait_sum_column *out)
{
	uint64_t run_cnt = bytes_varint_max(b, bytes_left(b));
	size_t before = out->cnt;

	for (uint64_t i = 0; i < run_cnt; i++) {
		struct linked_sum s = { 0 };
		uint64_t cnt;

		s.sum.event = (uint32_t)bytes_varint_max(b, TRACE_EVENTS_MAX - 1);
		s.sum.slice = (uint32_t)bytes_varint_max(b, TRACE_ENTRIES_MAX - 1);
		cnt = bytes_varint_max(b, bytes_left(b) / COLUMNS_LEAST);
		if (b->failed || out->cnt - before + cnt > TRACE_CHUNK_RAW_MAX / COLUMNS_LEAST)
			return false;
		for (; cnt; cnt--)
			*vec_push(out) = s;
	}
	return !b->failed;
}

static bool take_mark(struct bytes *b, struct linked_sum *s)
{
	uint64_t mark = bytes_varint_max(b, 8 * (16 * TRACE_CHAIN_MAX + TRACE_WAIT_FLAGS) + 7);

	s->sum.state = (enum trace_wait_state)(mark & 7);
	s->sum.flags = mark >> 3 & TRACE_WAIT_FLAGS;
	s->link_cnt = (uint32_t)(mark >> 7);
	return !b->failed && s->sum.state > 0 && s->sum.state < TRACE_WAIT_STATE_CNT;
}

static bool take_keys(struct bytes *b, struct linked_sum *v, size_t cnt)
{
	struct id_steps processes = { 0 }, stacks = { 0 }, chains = { 0 };

	for (size_t i = 0; i < cnt; i++)
		if (!take_mark(b, &v[i]))
			return false;
	for (size_t i = 0; i < cnt; i++)
		v[i].sum.process = id_steps_take(&processes, b);
	for (size_t i = 0; i < cnt; i++)
		v[i].sum.stack = id_steps_take(&stacks, b);
	for (size_t i = 0; i < cnt; i++)
		v[i].sum.chain = id_steps_take(&chains, b);
	return !b->failed;
}

/* The links further away; the nearest one has the rest. */
static bool take_links(struct bytes *b, struct linked_sum *s)
{
	uint64_t rest = s->sum.blocked_ns;

	for (uint32_t i = 1; i < s->link_cnt; i++) {
		s->sum.link_ns[i] = bytes_varint_max(b, rest);
		rest -= s->sum.link_ns[i];
	}
	s->sum.link_ns[0] = s->link_cnt ? rest : 0;
	return !b->failed;
}

static bool take_times(struct bytes *b, struct linked_sum *v, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++)
		v[i].sum.blocked_ns = bytes_varint(b);
	for (size_t i = 0; i < cnt; i++) {
		struct trace_wait_sum *sum = &v[i].sum;

		sum->runnable_ns = bytes_varint_max(b, UINT64_MAX - sum->blocked_ns);
		sum->longest_ns = sum->blocked_ns + sum->runnable_ns;
	}
	for (size_t i = 0; i < cnt; i++)
		if (v[i].sum.cnt > 1)
			v[i].sum.longest_ns = bytes_varint_max(b, v[i].sum.longest_ns);
	for (size_t i = 0; i < cnt; i++)
		if (!take_links(b, &v[i]))
			return false;
	return !b->failed;
}

bool wait_sum_column_take(struct bytes *b, struct wait_sum_column *out)
{
	size_t before = out->cnt, cnt;
	struct linked_sum *v;

	if (!take_runs(b, out))
		return false;
	v = out->v + before;
	cnt = out->cnt - before;
	if (!take_keys(b, v, cnt))
		return false;
	for (size_t i = 0; i < cnt; i++)
		v[i].sum.cnt = bytes_varint_max(b, UINT64_MAX - 1) + 1;
	return take_times(b, v, cnt) && !bytes_left(b);
}
