#include "formats/wait_summary.h"

#include "base/sum.h"
#include "formats/trace_reader.h"
#include "formats/wait_parts.h"

static void raise(uint64_t *to, uint64_t value)
{
	if (value > *to)
		*to = value;
}

void wait_summary_add_sum(struct wait_summary *w, const struct trace_reader *r,
			  const struct trace_wait_sum *sum)
{
	uint32_t depth = wait_chain_depth(r, sum->chain);

	w->sum_cnt++;
	sum_clipped(&w->blocked_ns, sum->blocked_ns);
	sum_clipped(&w->runnable_ns, sum->runnable_ns);
	raise(&w->longest_ns, sum->longest_ns);
	raise(&w->deepest, depth);
	if (sum->blocked_ns)
		sum_clipped(&w->by_depth[depth], sum->cnt);
	if (sum->flags & TRACE_WAIT_WAKER_UNKNOWN)
		sum_clipped(&w->unknown_cnt, sum->cnt);
}

void wait_summary_add_slice(struct wait_summary *w, const struct trace_slice *slice)
{
	raise(&w->highest_block_ns, slice->min_block_ns);
}

void wait_summary_add_account(struct wait_summary *w, const struct trace_account *account)
{
	struct trace_account *all = &w->accounts;

	w->account_cnt++;
	sum_clipped(&all->to_ns, account->to_ns - account->from_ns);
	sum_clipped(&all->on_ns, account->on_ns);
	sum_clipped(&all->runnable_ns, account->runnable_ns);
	sum_clipped(&all->blocked_ns, account->blocked_ns);
	sum_clipped(&all->gap_ns, account->gap_ns);
	sum_clipped(&all->switch_cnt, account->switch_cnt);
	sum_clipped(&all->short_cnt, account->short_cnt);
	sum_clipped(&all->short_ns, account->short_ns);
}
