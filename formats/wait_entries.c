#include "formats/wait_entries.h"

static uint64_t span(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

void entry_put_slice(struct buf *out, const struct trace_slice *s)
{
	buf_varint(out, s->start_ns);
	buf_varint(out, span(s->start_ns, s->end_ns));
	buf_varint(out, s->min_block_ns);
}

bool entry_take_slice(struct bytes *b, struct trace_slice *out)
{
	out->start_ns = bytes_varint(b);
	out->end_ns = out->start_ns + bytes_varint_max(b, UINT64_MAX - out->start_ns);
	out->min_block_ns = bytes_varint(b);
	return !b->failed;
}

/* Of the whole time, what was not on a CPU; what is left of it is nearly always `on`. */
static uint64_t rest_of(const struct trace_account *a)
{
	return a->to_ns - a->from_ns - a->runnable_ns - a->blocked_ns - a->gap_ns;
}

void entry_put_account(struct buf *out, const struct trace_account *a,
		       const struct trace_account *before)
{
	buf_zigzag(out, (int64_t)(a->thread - (uint64_t)before->thread));
	buf_zigzag(out, (int64_t)(a->from_ns - before->from_ns));
	buf_zigzag(out, (int64_t)(a->to_ns - before->to_ns));
	buf_varint(out, a->runnable_ns);
	buf_varint(out, a->blocked_ns);
	buf_varint(out, a->gap_ns);
	buf_zigzag(out, (int64_t)(a->on_ns - rest_of(a)));
	buf_varint(out, a->switch_cnt);
	buf_varint(out, a->short_cnt);
	buf_varint(out, a->short_ns);
}

/* The parts are no more than 64 bits together. */
static bool has_sum(const struct trace_account *a)
{
	uint64_t sum;

	return !__builtin_add_overflow(a->on_ns, a->runnable_ns, &sum) &&
	       !__builtin_add_overflow(sum, a->blocked_ns, &sum) &&
	       !__builtin_add_overflow(sum, a->gap_ns, &sum);
}

bool entry_take_account(struct bytes *b, const struct trace_account *before,
			struct trace_account *out)
{
	uint64_t thread = before->thread + (uint64_t)bytes_zigzag(b);
	struct trace_account a = { .thread = (uint32_t)thread };

	a.from_ns = before->from_ns + (uint64_t)bytes_zigzag(b);
	a.to_ns = before->to_ns + (uint64_t)bytes_zigzag(b);
	a.runnable_ns = bytes_varint(b);
	a.blocked_ns = bytes_varint(b);
	a.gap_ns = bytes_varint(b);
	a.on_ns = rest_of(&a) + (uint64_t)bytes_zigzag(b);
	a.switch_cnt = bytes_varint(b);
	a.short_cnt = bytes_varint(b);
	a.short_ns = bytes_varint(b);
	if (b->failed || thread >= TRACE_ENTRIES_MAX || a.from_ns > a.to_ns || !has_sum(&a))
		return false;
	*out = a;
	return true;
}

void entry_put_wait_totals(struct buf *out, const struct trace_totals *t)
{
	buf_varint(out, t->wait_cnt);
	buf_varint(out, t->wait_ns);
}

bool entry_take_wait_totals(struct bytes *b, struct trace_totals *out)
{
	uint64_t cnt = bytes_varint(b), ns = bytes_varint(b);

	if (b->failed || bytes_left(b))
		return false;
	out->wait_cnt = cnt;
	out->wait_ns = ns;
	return true;
}
