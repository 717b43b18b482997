#include "formats/draft_totals.h"

#include "base/sum.h"

void draft_totals_saw_time(struct trace_totals *t, uint64_t time_ns)
{
	uint64_t kept_ns = time_ns / 1000 * 1000;

	/* 0 is no time, and stays so whichever comes first. */
	if (kept_ns && (!t->first_ns || kept_ns < t->first_ns))
		t->first_ns = kept_ns;
	if (kept_ns > t->last_ns)
		t->last_ns = kept_ns;
}

/* A total that was clipped stays. */
static void take_off(uint64_t *total, uint64_t value)
{
	if (*total < UINT64_MAX)
		*total -= value;
}

/* Of waits only the sums count. */
static void drop_waits(const struct wait_draft *d, struct trace_totals *t)
{
	for (size_t i = 0; i < d->sums.cnt; i++) {
		const struct trace_wait_sum *sum = &d->sums.v[i].sum;
		uint64_t ns = sum->blocked_ns + sum->runnable_ns;

		t->wait_cnt -= sum->cnt;
		t->lost[TRACE_LOSS_WAITS] += sum->cnt;
		take_off(&t->wait_ns, ns);
		sum_clipped(&t->lost[TRACE_LOSS_WAIT_NS], ns);
	}
	t->lost[TRACE_LOSS_ACCOUNTS] += d->accounts.cnt;
}

static void drop_latencies(const struct latency_draft *d, struct trace_totals *t)
{
	for (size_t i = 0; i < d->bins.cnt; i++) {
		take_off(&t->latency_cnt, d->bins.v[i].bin.cnt);
		sum_clipped(&t->lost[TRACE_LOSS_LATENCIES], d->bins.v[i].bin.cnt);
	}
	t->single_cnt -= d->latencies.cnt;
	t->lost[TRACE_LOSS_SINGLES] += d->latencies.cnt;
}

void draft_totals_drop(const struct chunk_draft *d, struct trace_totals *t)
{
	drop_waits(&d->waits, t);
	drop_latencies(&d->latencies, t);
	for (size_t i = 0; i < d->samples.cnt; i++) {
		t->sample_cnt--;
		take_off(&t->sample_weight, d->samples.v[i].weight);
		t->lost[TRACE_LOSS_DISK_FULL]++;
	}
}
