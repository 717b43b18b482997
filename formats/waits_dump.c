#include "formats/dump_rows.h"
#include "formats/link_column.h"
#include "formats/wait_column.h"
#include "formats/wait_entries.h"

void dump_links(struct buf *out, struct bytes *b)
{
	struct link_column links = { 0 };
	uint32_t base = 0;

	if (!bytes_left(b))
		return;
	dump_is_bad(b, link_column_take(b, &base, &links));
	for (size_t i = 0; i < links.cnt; i++) {
		const struct trace_link *l = &links.v[i];

		dump_row(out, base + i);
		dump_id(out, "parent", l->parent);
		buf_printf(out, " context %s", trace_context_text(l->context));
		dump_id(out, "thread", l->thread);
		dump_id(out, "stack", l->stack);
		buf_puts(out, "\n");
	}
	vec_release(&links);
}

void dump_slices(struct buf *out, struct bytes *b)
{
	for (uint64_t id = bytes_varint(b); bytes_left(b); id++) {
		struct trace_slice s;

		if (dump_is_bad(b, entry_take_slice(b, &s)))
			return;
		dump_row(out, id);
		dump_number(out, "start_ns", s.start_ns);
		dump_number(out, "end_ns", s.end_ns);
		dump_number(out, "min_block_ns", s.min_block_ns);
		buf_puts(out, "\n");
	}
}

/* " open_start open_end", as they are. */
static void put_flags(struct buf *out, uint32_t flags)
{
	static const struct {
		enum trace_wait_flag flag;
		const char *name;
	} names[] = {
		{ TRACE_WAIT_OPEN_START, "open_start" },
		{ TRACE_WAIT_OPEN_END, "open_end" },
		{ TRACE_WAIT_DEEPER, "deeper" },
		{ TRACE_WAIT_WAKER_UNKNOWN, "waker_unknown" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & names[i].flag)
			buf_printf(out, " %s", names[i].name);
}

static void put_times(struct buf *out, uint64_t blocked_ns, uint64_t runnable_ns,
		      const uint64_t *link_ns, uint32_t link_cnt)
{
	dump_number(out, "blocked_ns", blocked_ns);
	dump_number(out, "runnable_ns", runnable_ns);
	for (uint32_t i = 0; i < link_cnt; i++)
		dump_number(out, i ? "+" : "link_ns", link_ns[i]);
}

void dump_wait_sums(struct buf *out, struct bytes *b)
{
	struct wait_sum_column sums = { 0 };

	dump_is_bad(b, wait_sum_column_take(b, &sums));
	for (size_t i = 0; i < sums.cnt; i++) {
		const struct trace_wait_sum *s = &sums.v[i].sum;

		buf_puts(out, "   ");
		dump_id(out, "event", s->event);
		dump_id(out, "slice", s->slice);
		dump_id(out, "process", s->process);
		dump_id(out, "stack", s->stack);
		dump_id(out, "chain", s->chain);
		buf_printf(out, " %s", trace_wait_state_text(s->state));
		put_flags(out, s->flags);
		dump_number(out, "count", s->cnt);
		put_times(out, s->blocked_ns, s->runnable_ns, s->link_ns, sums.v[i].link_cnt);
		dump_number(out, "longest_ns", s->longest_ns);
		buf_puts(out, "\n");
	}
	vec_release(&sums);
}

static void put_why(struct buf *out, uint32_t why)
{
	buf_printf(out, "%s%s%s", why & TRACE_WAIT_LONGEST ? " longest" : "",
		   why & TRACE_WAIT_DRAWN ? " drawn" : "", why & TRACE_WAIT_ALONE ? " alone" : "");
}

void dump_waits(struct buf *out, struct bytes *b, uint64_t first_us)
{
	struct wait_column waits = { 0 };

	dump_is_bad(b, wait_column_take(b, first_us, &waits));
	for (size_t i = 0; i < waits.cnt; i++) {
		const struct trace_wait *w = &waits.v[i].wait;

		buf_puts(out, "   ");
		dump_id(out, "event", w->event);
		dump_id(out, "thread", w->thread);
		dump_id(out, "stack", w->stack);
		dump_id(out, "chain", w->chain);
		buf_printf(out, " %s", trace_wait_state_text(w->state));
		put_flags(out, w->flags);
		put_why(out, w->why);
		dump_number(out, "start_ns", w->start_ns);
		put_times(out, w->blocked_ns, w->runnable_ns, w->link_ns, waits.v[i].link_cnt);
		buf_puts(out, "\n");
	}
	vec_release(&waits);
}

void dump_accounts(struct buf *out, struct bytes *b)
{
	struct trace_account a = { 0 };

	while (bytes_left(b)) {
		if (dump_is_bad(b, entry_take_account(b, &a, &a)))
			return;
		buf_puts(out, "   ");
		dump_id(out, "thread", a.thread);
		dump_number(out, "from_ns", a.from_ns);
		dump_number(out, "to_ns", a.to_ns);
		dump_number(out, "on_ns", a.on_ns);
		dump_number(out, "runnable_ns", a.runnable_ns);
		dump_number(out, "blocked_ns", a.blocked_ns);
		dump_number(out, "gap_ns", a.gap_ns);
		dump_number(out, "switches", a.switch_cnt);
		dump_number(out, "short", a.short_cnt);
		dump_number(out, "short_ns", a.short_ns);
		buf_puts(out, "\n");
	}
}

void dump_wait_totals(struct buf *out, struct bytes *b)
{
	struct trace_totals t = { 0 };

	if (dump_is_bad(b, entry_take_wait_totals(b, &t)))
		return;
	buf_puts(out, "   ");
	dump_number(out, "waits", t.wait_cnt);
	dump_number(out, "wait_ns", t.wait_ns);
	buf_puts(out, "\n");
}
