#include "collector/seen_waits.h"

#include <inttypes.h>

#include "formats/trace.h"
#include "formats/trace_reader.h"

#define EACH_NS 100000ull
#define SWITCH_NS 15000ull
#define SPINNER_BLOCKED_NS 1000000ull
#define END_NS 10000000ull
#define GAP_WAITS 2 /* that may begin or end while a thread's time is unknown */

/* Whether a link is the waker that was expected; an interrupt is nobody's. */
static bool link_is(const struct trace_reader *r, const struct trace_link *link, uint32_t tid)
{
	if (!tid)
		return link->context != TRACE_CONTEXT_TASK;
	return link->context == TRACE_CONTEXT_TASK && link->thread != TRACE_NONE &&
	       trace_reader_thread(r, link->thread)->tid == tid;
}

/* How many of the wakers a chain has, in order, nearest first. */
static uint32_t wakers_in(const struct trace_reader *r, uint32_t chain,
			  const struct known_thread *known)
{
	const struct trace_link *links[TRACE_CHAIN_MAX];
	uint32_t cnt = 0, same = 0;

	for (; chain != TRACE_NONE && cnt < TRACE_CHAIN_MAX; chain = links[cnt++]->parent)
		links[cnt] = trace_reader_link(r, chain);
	while (same < known->waker_cnt && same < cnt &&
	       link_is(r, links[cnt - 1 - same], known->wakers[same]))
		same++;
	return same;
}

static void add_wait(struct seen_thread *t, const struct trace_reader *r,
		     const struct trace_wait_sum *sum)
{
	uint32_t wakers = wakers_in(r, sum->chain, &t->known);

	if (sum->state != TRACE_WAIT_INTERRUPTIBLE || !wakers)
		return;
	t->cnt += sum->cnt;
	t->ns += sum->blocked_ns + sum->runnable_ns;
	if (wakers == t->known.waker_cnt)
		t->chained += sum->cnt;
}

static void add_sum(struct seen_thread *t, const struct trace_reader *r,
		    const struct trace_wait_sum *sum)
{
	if (trace_reader_process(r, sum->process)->tgid != t->known.tgid)
		return;
	if (sum->state == TRACE_WAIT_PREEMPTED)
		t->preempted_ns += sum->runnable_ns;
	else if (t->known.kind == KNOWN_WAITS)
		add_wait(t, r, sum);
	else if (t->known.kind == KNOWN_STAYS && sum->flags & TRACE_WAIT_OPEN_END) {
		t->cnt += sum->cnt;
		t->ns += sum->blocked_ns;
	}
}

static void add_account(struct seen_thread *t, const struct trace_reader *r,
			const struct trace_account *a)
{
	if (trace_reader_thread(r, a->thread)->tid != t->known.tid)
		return;
	t->has_account = true;
	t->life_ns += a->to_ns - a->from_ns;
	t->on_ns += a->on_ns;
	t->runnable_ns += a->runnable_ns;
	t->blocked_ns += a->blocked_ns;
	t->gap_ns += a->gap_ns;
}

static void take(struct seen_waits *s, const struct trace_reader *r,
		 const struct trace_record *record)
{
	for (size_t i = 0; i < s->cnt; i++) {
		if (record->kind == TRACE_RECORD_WAIT_SUM)
			add_sum(&s->v[i], r, &record->wait_sum);
		if (record->kind == TRACE_RECORD_ACCOUNT)
			add_account(&s->v[i], r, &record->account);
	}
	if (record->kind == TRACE_RECORD_WAIT_SUM) {
		uint64_t least = trace_reader_slice(r, record->wait_sum.slice)->min_block_ns;

		s->min_block_ns = least > s->min_block_ns ? least : s->min_block_ns;
	}
}

static void take_totals(struct seen_waits *s, const struct trace_totals *totals)
{
	s->lost = totals->lost[TRACE_LOSS_WAITS] + totals->lost[TRACE_LOSS_WAKERS] +
		  totals->lost[TRACE_LOSS_ACCOUNTS];
	s->end_ns = totals->end_ns;
}

int seen_waits_read(struct seen_waits *s, const struct known_threads *known, const char *path,
		    struct err *err)
{
	struct trace_reader *r;
	struct trace_record record;
	int got = trace_reader_open(&r, path, err);

	if (got)
		return got;
	for (size_t i = 0; i < known->cnt; i++)
		*vec_push(s) = (struct seen_thread){ .known = known->v[i] };
	while ((got = trace_reader_next(r, &record, err)) > 0)
		take(s, r, &record);
	take_totals(s, trace_reader_totals(r));
	trace_reader_close(r);
	return got;
}

void seen_waits_release(struct seen_waits *s)
{
	vec_release(s);
}

static bool near(uint64_t a, uint64_t b, uint64_t most)
{
	return (a > b ? a - b : b - a) <= most;
}

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static bool say(struct buf *out, bool ok)
{
	buf_puts(out, ok ? "  ok\n" : "  NOT TRUE\n");
	return ok;
}

/*
 * A thread that lost its CPU within its waits was off it for longer than they lasted. What is
 * unknown of a thread, because the kernel did not show a switch, is no mistake of its waits:
 * it is judged with the accounts.
 */
static bool judge_waits(const struct seen_thread *t, struct buf *out)
{
	const struct known_thread *k = &t->known;
	uint64_t most =
		k->ns / 100 + k->cnt * EACH_NS + (k->preempted ? t->preempted_ns : 0) + t->gap_ns;
	bool ok = k->cnt && near(t->cnt, k->cnt, t->gap_ns ? GAP_WAITS : 0) &&
		  near(t->ns, k->ns, most);

	buf_printf(out,
		   "%s: saw %" PRIu64 " waits, %.1f ms (true: %" PRIu64 ", %.1f ms), ended by ",
		   k->name, t->cnt, ms(t->ns), k->cnt, ms(k->ns));
	if (k->wakers[0])
		buf_printf(out, "thread %" PRIu32, k->wakers[0]);
	else
		buf_puts(out, "the timer");
	if (k->waker_cnt > 1) {
		buf_printf(out, ", and before it %" PRIu32 " in %" PRIu64 " (true: %" PRIu64 ")",
			   k->wakers[1], t->chained, k->chained);
		ok = ok && t->chained + (t->gap_ns ? GAP_WAITS : 0) >= k->chained;
	}
	return say(out, ok);
}

/* What the thread has lived on after it had looked for the last time is unknown to it. */
static bool judge_spins(const struct seen_thread *t, struct buf *out)
{
	const struct known_thread *k = &t->known;
	uint64_t known_ns = k->on_ns + k->ns;
	uint64_t later_ns = t->life_ns > known_ns ? t->life_ns - known_ns : 0;

	if (!k->cnt) {
		buf_printf(out,
			   "%s: not judged: this kernel does not count how long threads wait for "
			   "a CPU (no /proc/TID/schedstat)\n",
			   k->name);
		return true;
	}
	buf_printf(out,
		   "%s: saw %.1f ms runnable (true %.1f ms, %" PRIu64
		   " turns), %.1f ms on a CPU (true %.1f ms), %.3f ms blocked (true 0)",
		   k->name, ms(t->runnable_ns), ms(k->ns), k->cnt, ms(t->on_ns), ms(k->on_ns),
		   ms(t->blocked_ns));
	return say(out, near(t->runnable_ns, k->ns,
			     k->ns / 100 + k->cnt * SWITCH_NS + later_ns + t->gap_ns) &&
				t->blocked_ns < SPINNER_BLOCKED_NS);
}

/* What the thread has lived on until it was blocked is in its account. */
static bool judge_stays(const struct seen_waits *s, const struct seen_thread *t, struct buf *out)
{
	const struct known_thread *k = &t->known;
	uint64_t later_ns = t->on_ns > k->on_ns ? t->on_ns - k->on_ns : 0;
	uint64_t truly = s->end_ns - k->ns - later_ns;

	buf_printf(out, "%s: saw %.1f ms (true %.1f ms)", k->name, ms(t->ns), ms(truly));
	return say(out, t->cnt == 1 && near(t->ns, truly, END_NS + t->preempted_ns));
}

/* What the recording says to be unknown is no mistake of it, whoever shows too few switches. */
static bool judge_accounts(const struct seen_waits *s, struct buf *out)
{
	uint64_t life = 0, gap = 0;
	size_t whole = 0, known = 0;

	for (size_t i = 0; i < s->cnt; i++) {
		const struct seen_thread *t = &s->v[i];

		if (t->has_account &&
		    t->on_ns + t->runnable_ns + t->blocked_ns + t->gap_ns == t->life_ns) {
			whole++;
			known += t->gap_ns <= t->life_ns / 1000;
		}
		life += t->life_ns;
		gap += t->gap_ns;
	}
	buf_printf(out,
		   "accounts: on CPU + runnable + blocked is the whole life of %zu threads "
		   "(true: %zu), %.1f ms",
		   known, s->cnt, ms(life));
	if (gap)
		buf_printf(out, "; %.3f ms unknown, because the kernel did not show a switch",
			   ms(gap));
	if (known == s->cnt || whole < s->cnt)
		return say(out, s->cnt && whole == s->cnt);
	buf_puts(out, "  UNKNOWN IN PART\n");
	return true;
}

static bool judge_losses(const struct seen_waits *s, struct buf *out)
{
	buf_printf(out, "losses: %" PRIu64 " waits, wakers and threads (true: 0)", s->lost);
	if (s->min_block_ns)
		buf_printf(out, "; waits below %.3f ms were left out", ms(s->min_block_ns));
	return say(out, !s->lost && !s->min_block_ns);
}

bool seen_waits_judge(const struct seen_waits *s, struct buf *out)
{
	bool ok = true;

	for (size_t i = 0; i < s->cnt; i++) {
		const struct seen_thread *t = &s->v[i];

		if (t->known.kind == KNOWN_WAITS)
			ok &= judge_waits(t, out);
		else if (t->known.kind == KNOWN_SPINS)
			ok &= judge_spins(t, out);
		else
			ok &= judge_stays(s, t, out);
	}
	ok &= judge_accounts(s, out);
	ok &= judge_losses(s, out);
	return ok;
}
