#include "formats/info_waits.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/term.h"
#include "base/text.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "formats/trace_summary.h"

#define LABEL_COLUMNS 11

void info_put_label(struct buf *out, const char *label)
{
	buf_printf(out, "%s%-*s%s", term_style(stdout, TERM_DIM), LABEL_COLUMNS, label,
		   term_style(stdout, TERM_PLAIN));
}

static void put_duration(struct buf *out, const char *before, uint64_t ns, const char *after)
{
	char text[UNITS_TEXT_MAX];

	buf_printf(out, "%s%s%s", before, units_duration(text, ns), after);
}

static void put_counted(struct buf *out, uint64_t cnt, const char *one, const char *many)
{
	char text[UNITS_TEXT_MAX];

	buf_printf(out, "%s %s", units_count(text, cnt), cnt == 1 ? one : many);
}

static void put_parts(struct buf *out, const struct wait_summary *w)
{
	info_put_label(out, "Waits");
	put_duration(out, "blocked ", w->blocked_ns, "");
	put_duration(out, ", runnable ", w->runnable_ns, "");
	put_duration(out, ", the longest ", w->longest_ns, ", in ");
	put_counted(out, w->sum_cnt, "sum", "sums");
	buf_puts(out, "; ");
	put_counted(out, w->single_cnt, "wait", "waits");
	buf_puts(out, " kept one by one\n");
}

/* Which waits were asked for, and when keeping those would have cost too much. */
static void put_thresholds(struct buf *out, const struct trace_reader *r,
			   const struct wait_summary *w)
{
	uint64_t min_ns = trace_reader_fact_number(r, TRACE_FACT_MIN_BLOCK_NS);
	uint64_t max_ns = trace_reader_fact_number(r, TRACE_FACT_MAX_BLOCK_NS);
	const char *states = trace_reader_fact(r, TRACE_FACT_WAIT_STATES);

	if (!min_ns && !max_ns && !w->highest_block_ns && !*states)
		return;
	info_put_label(out, "");
	if (min_ns)
		put_duration(out, "of ", min_ns, " or longer");
	else
		buf_puts(out, "of any length");
	if (max_ns)
		put_duration(out, ", up to ", max_ns, "");
	if (w->highest_block_ns > min_ns)
		put_duration(out, "; to bound the cost, at times only of ", w->highest_block_ns,
			     " or longer");
	if (*states) {
		buf_puts(out, "; only ");
		text_visible(out, states, strlen(states));
	}
	buf_puts(out, "\n");
}

static void put_wakers(struct buf *out, const struct wait_summary *w)
{
	uint64_t known = 0, all = w->by_depth[0];
	char share[UNITS_TEXT_MAX];

	for (unsigned depth = 1; depth <= TRACE_CHAIN_MAX; depth++)
		known += w->by_depth[depth];
	all += known;
	if (!known)
		return;
	info_put_label(out, "Wakers");
	buf_printf(out, "known for %s of blocked waits, in chains of up to ",
		   units_percent(share, known, all));
	put_counted(out, w->deepest, "link", "links");
	buf_puts(out, "\n");
}

static void put_accounts(struct buf *out, const struct wait_summary *w)
{
	const struct trace_account *a = &w->accounts;
	char share[UNITS_TEXT_MAX];

	if (!w->account_cnt)
		return;
	info_put_label(out, "Accounts");
	put_counted(out, w->account_cnt, "account", "accounts");
	put_duration(out, " of ", a->to_ns, ": ");
	put_duration(out, "on CPU ", a->on_ns, "");
	put_duration(out, ", runnable ", a->runnable_ns, "");
	put_duration(out, ", blocked ", a->blocked_ns, "");
	buf_printf(out, ", not known %s\n", units_percent(share, a->gap_ns, a->to_ns));
}

void info_put_waits(struct buf *out, const struct trace_reader *r, const struct wait_summary *w)
{
	if (w->sum_cnt || w->single_cnt) {
		put_parts(out, w);
		put_thresholds(out, r, w);
		put_wakers(out, w);
	}
	put_accounts(out, w);
}

void info_put_lost_waits(struct buf *out, const struct trace_totals *t)
{
	put_counted(out, t->lost[TRACE_LOSS_WAITS], "wait", "waits");
	put_duration(out, ", ", t->lost[TRACE_LOSS_WAIT_NS], ": ");
	buf_puts(out, trace_loss_text(TRACE_LOSS_WAITS));
}

static void put_account_json(struct json *j, const struct wait_summary *w)
{
	const struct trace_account *a = &w->accounts;

	json_object(j, "accounts");
	json_count(j, "count", w->account_cnt);
	json_count(j, "time_ns", a->to_ns);
	json_count(j, "on_ns", a->on_ns);
	json_count(j, "runnable_ns", a->runnable_ns);
	json_count(j, "blocked_ns", a->blocked_ns);
	json_count(j, "gap_ns", a->gap_ns);
	json_count(j, "switches", a->switch_cnt);
	json_count(j, "short_waits", a->short_cnt);
	json_count(j, "short_ns", a->short_ns);
	json_end(j, '}');
}

void info_put_waits_json(struct json *j, const struct trace_reader *r,
			 const struct trace_summary *s)
{
	const struct wait_summary *w = &s->waits;

	if (!w->sum_cnt && !w->single_cnt && !w->account_cnt)
		return;
	json_object(j, "waits");
	json_count(j, "count", s->totals.wait_cnt);
	json_count(j, "sums", w->sum_cnt);
	json_count(j, "kept", w->single_cnt);
	json_count(j, "blocked_ns", w->blocked_ns);
	json_count(j, "runnable_ns", w->runnable_ns);
	json_count(j, "longest_ns", w->longest_ns);
	json_count(j, "min_block_ns", trace_reader_fact_number(r, TRACE_FACT_MIN_BLOCK_NS));
	json_count(j, "max_block_ns", trace_reader_fact_number(r, TRACE_FACT_MAX_BLOCK_NS));
	json_count(j, "highest_block_ns", w->highest_block_ns);
	json_array(j, "by_links");
	for (unsigned depth = 0; depth <= TRACE_CHAIN_MAX; depth++)
		json_count(j, NULL, w->by_depth[depth]);
	json_end(j, ']');
	json_count(j, "waker_unknown", w->unknown_cnt);
	put_account_json(j, w);
	json_end(j, '}');
}
