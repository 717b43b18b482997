#include <ctype.h>
#include <string.h>

#include "base/sum.h"
#include "base/text.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "render/caption.h"
#include "render/picture_source.h"
#include "render/report.h"
#include "render/report_page.h"
#include "render/selection.h"
#include "render/wait_caption.h"
#include "render/wait_report.h"
#include "render/wait_wall.h"
#include "render/wait_words.h"

#define SITE_COLUMNS 50	    /* of a table's row, before its words */
#define LONG_COLUMNS 31	    /* the same of the longest waits */
#define CONVOY_COLUMNS 30   /* of convoys */
#define KNOT_COLUMNS 30	    /* of knots */
#define RUNNABLE_COLUMNS 31 /* of who was kept from a CPU */
#define MEMBERS_TOLD 4	    /* of a knot */

/* The same on a line of its own below those words. */
static void put_below(const struct page *p, struct buf *line, size_t indent)
{
	buf_printf(p->out, "%*s", (int)indent + 2, "");
	page_put_rest(p, line, indent + 2);
}

static size_t shown(const struct page *p, size_t cnt)
{
	return cnt < p->rows ? cnt : p->rows;
}

static struct caption caption_of(const struct wait_report *r)
{
	static const struct wall_samples no_samples;
	struct wait_request request = r->request;
	struct wait_caption what = { .reader = r->source->trace,
				     .selection = r->selection,
				     .request = &request,
				     .totals = &r->totals,
				     .samples = &no_samples,
				     .drawn_ns = r->totals.kept_blocked_ns };
	struct caption caption = { 0 };
	const struct trace_event *event = trace_reader_event(r->source->trace, r->totals.event);

	sum_clipped(&what.drawn_ns, r->totals.kept_runnable_ns);
	/* What it says of wakers, if there are any; nothing of how pictures weigh them. */
	request.drawing = wait_way_of_event(event->name) == WAIT_WAY_OFFCPU ? WAIT_DRAWING_OFFCPU
									    : WAIT_DRAWING_OFFWAKE;
	wait_caption_write(&caption, &what);
	return caption;
}

static void put_about(const struct page *p, const struct wait_report *r,
		      const struct caption *caption)
{
	struct buf text = { 0 };

	text_visible(&text, r->source->path, strlen(r->source->path));
	buf_puts(&text, ": ");
	for (size_t i = 0; i < caption->about.cnt; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", caption->about.v[i]);
	page_put_wrapped(p, buf_text(&text), 0, 2);
	buf_release(&text);
}

/* The sum of all processes, in a sentence. */
static void put_split(const struct page *p, const struct wait_report *r)
{
	const struct wait_split *s = &r->processes.all;
	char threads[UNITS_TEXT_MAX], processes[UNITS_TEXT_MAX], wall[UNITS_TEXT_MAX];
	char on[UNITS_TEXT_MAX], runnable[UNITS_TEXT_MAX], blocked[UNITS_TEXT_MAX];
	char gap[UNITS_TEXT_MAX];
	struct buf text = { 0 };

	if (!r->totals.has_accounts && r->totals.kept_cnt)
		page_put_wrapped(p,
				 "Where the time of threads went is not known: there are no "
				 "accounts of them.",
				 0, 2);
	if (!s->wall_ns)
		return;
	buf_printf(&text,
		   "%s thread%s of %s process%s, %s of their time: %s on a CPU, %s runnable, "
		   "%s blocked",
		   units_count(threads, s->thread_cnt), s->thread_cnt == 1 ? "" : "s",
		   units_count(processes, s->process_cnt), s->process_cnt == 1 ? "" : "es",
		   units_duration(wall, s->wall_ns), units_percent(on, s->on_ns, s->wall_ns),
		   units_percent(runnable, s->runnable_ns, s->wall_ns),
		   units_percent(blocked, s->blocked_ns, s->wall_ns));
	if (s->gap_ns)
		buf_printf(&text, ", %s unknown", units_percent(gap, s->gap_ns, s->wall_ns));
	buf_puts(&text, ".");
	page_put_wrapped(p, buf_text(&text), 0, 2);
	buf_release(&text);
}

/* A column is there only if it says something of somebody. */
static void put_share(const struct page *p, uint64_t part, uint64_t of_all, uint64_t wall_ns)
{
	char share[UNITS_TEXT_MAX];

	if (of_all)
		buf_printf(p->out, " %7s", units_percent(share, part, wall_ns));
}

static void put_process(const struct page *p, const struct wait_report *r,
			const struct wait_process *row)
{
	const struct wait_split *s = &row->split, *all = &r->processes.all;
	char held[UNITS_TEXT_MAX], on[UNITS_TEXT_MAX], count[UNITS_TEXT_MAX];
	char runnable[UNITS_TEXT_MAX], blocked[UNITS_TEXT_MAX];
	struct buf line = { 0 };
	size_t start = p->out->len;

	buf_printf(p->out, "%9s %7s %8s %7s", units_duration(held, row->held_ns),
		   units_percent(on, s->on_ns, s->wall_ns),
		   units_percent(runnable, s->runnable_ns, s->wall_ns),
		   units_percent(blocked, s->blocked_ns, s->wall_ns));
	put_share(p, s->short_ns, all->short_ns, s->wall_ns);
	put_share(p, s->gap_ns, all->gap_ns, s->wall_ns);
	buf_printf(p->out, " %7s  ", units_count(count, s->thread_cnt));
	wait_words_put_name(&line, r, row->comm);
	if (s->process_cnt > 1)
		buf_printf(&line, " (%s processes)", units_count(count, s->process_cnt));
	page_put_rest(p, &line, p->out->len - start);
}

static void put_processes(const struct page *p, const struct wait_report *r)
{
	const struct wait_processes *all = &r->processes;
	size_t cnt = shown(p, all->v.cnt);
	bool has_short = all->all.short_ns, has_gap = all->all.gap_ns;
	bool is_part = !selection_range_is_all(r->selection->time);

	if (!cnt)
		return;
	page_put_title(p, "%9s %7s %8s %7s%s%s %7s  PROCESS%s", "HELD UP", "ON CPU", "RUNNABLE",
		       "BLOCKED", has_short ? "   SHORT" : "", has_gap ? "     GAP" : "", "THREADS",
		       is_part ? ", in the whole recording" : "");
	for (size_t i = 0; i < cnt; i++)
		put_process(p, r, &all->v.v[i]);
	if (all->v.cnt > cnt)
		page_put_more(p, all->v.cnt - cnt, 44 + (has_short ? 8 : 0) + (has_gap ? 8 : 0));
}

/* "interruptible; 98.1 % ended by producer at pthread_cond_signal <- produce" */
static void put_site_end(const struct page *p, const struct wait_report *r,
			 const struct wait_site *site)
{
	char share[UNITS_TEXT_MAX];
	struct buf line = { 0 };

	buf_puts(&line, trace_wait_state_text(site->state));
	if (site->main.cnt) {
		buf_printf(&line, "; %s ended by ",
			   units_percent(share, site->main.blocked_ns, site->blocked_ns));
		wait_words_put_end(&line, r, &site->main);
	} else if (site->unknown_ns) {
		buf_puts(&line, "; nobody was seen to end it");
	}
	put_below(p, &line, SITE_COLUMNS);
}

static void put_site(const struct page *p, const struct wait_report *r,
		     const struct wait_site *site)
{
	char blocked[UNITS_TEXT_MAX], waits[UNITS_TEXT_MAX], mean[UNITS_TEXT_MAX];
	char longest[UNITS_TEXT_MAX], runnable[UNITS_TEXT_MAX];
	struct buf line = { 0 };

	buf_printf(p->out, "%9s %9s %9s %9s %8s  ", units_duration(blocked, site->blocked_ns),
		   units_count(waits, site->cnt),
		   units_duration(mean, site->blocked_ns / (site->cnt ? site->cnt : 1)),
		   units_duration(longest, site->longest_ns),
		   units_duration(runnable, site->runnable_ns));
	wait_words_put_name(&line, r, site->comm);
	buf_puts(&line, ": ");
	wait_words_put_place(&line, r, site->gist);
	page_put_rest(p, &line, SITE_COLUMNS);
	put_site_end(p, r, site);
}

static void put_sites(const struct page *p, const struct wait_report *r)
{
	size_t cnt = shown(p, r->by_blocked.cnt);

	if (!cnt)
		return;
	page_put_title(p, "%9s %9s %9s %9s %8s  WHERE THREADS WAITED, and who ended it", "BLOCKED",
		       "WAITS", "MEAN", "LONGEST", "RUNNABLE");
	for (size_t i = 0; i < cnt; i++)
		put_site(p, r, &r->sites.v.v[r->by_blocked.v[i]]);
	if (r->by_blocked.cnt > cnt)
		page_put_more(p, r->by_blocked.cnt - cnt, SITE_COLUMNS);
}

static void put_clause(struct buf *line, const char *text)
{
	buf_printf(line, "%s%s", line->len ? "; " : "", text);
}

/* "ended by producer/12 <- [hardirq] nvme_irq" */
static void put_long_end(const struct page *p, const struct wait_report *r,
			 const struct long_wait *wait)
{
	struct buf line = { 0 };
	bool is_open = wait->flags & TRACE_WAIT_OPEN_END;

	if (wait->flags & TRACE_WAIT_OPEN_START)
		put_clause(&line, "since before the recording");
	if (wait->link_cnt) {
		put_clause(&line, is_open ? "woken by " : "ended by ");
		wait_words_put_chain(&line, r, wait);
	} else if (wait->flags & TRACE_WAIT_WAKER_UNKNOWN) {
		put_clause(&line, "nobody was seen to end it");
	}
	if (is_open)
		put_clause(&line, "still waiting at the end");
	if (line.len)
		put_below(p, &line, LONG_COLUMNS);
	buf_release(&line);
}

static void put_long(const struct page *p, const struct wait_report *r,
		     const struct long_wait *wait)
{
	const struct wait_site *site = &r->sites.v.v[wait->site];
	char start[UNITS_TEXT_MAX], took[UNITS_TEXT_MAX], runnable[UNITS_TEXT_MAX];
	struct buf line = { 0 };

	buf_printf(p->out, "%9s %9s %9s  ", units_duration(start, wait->start_ns),
		   units_duration(took, long_wait_ns(wait)),
		   units_duration(runnable, wait->runnable_ns));
	wait_words_put_thread(&line, r, wait->thread);
	buf_printf(&line, ", %s: ", trace_wait_state_text(site->state));
	wait_words_put_place(&line, r, site->gist);
	page_put_rest(p, &line, LONG_COLUMNS);
	put_long_end(p, r, wait);
}

static void put_longest(const struct page *p, const struct wait_report *r)
{
	size_t cnt = shown(p, r->longest.v.cnt);

	if (!cnt)
		return;
	page_put_title(p, "%9s %9s %9s  LONGEST WAITS, and who ended them", "START", "TOOK",
		       "RUNNABLE");
	for (size_t i = 0; i < cnt; i++)
		put_long(p, r, &r->longest.v.v[i]);
}

static void put_convoy_end(const struct page *p, const struct wait_report *r,
			   const struct wait_convoy *c)
{
	char share[UNITS_TEXT_MAX], holder[UNITS_TEXT_MAX];
	struct buf line = { 0 };

	buf_printf(&line, "%s at ",
		   c->kind == WAIT_CONVOY_FED ? "ended" : wait_convoy_text(c->kind));
	wait_words_put_leaving(&line, r, c->gist);
	buf_printf(&line, " (%s), most by ", units_percent(share, c->gist_ns, c->lost_ns));
	wait_words_put_thread(&line, r, c->holder);
	buf_printf(&line, " (%s)", units_percent(holder, c->holder_ns, c->lost_ns));
	put_below(p, &line, CONVOY_COLUMNS);
}

static void put_convoy(const struct page *p, const struct wait_report *r,
		       const struct wait_convoy *c)
{
	const struct wait_site *site = &r->sites.v.v[c->site];
	char lost[UNITS_TEXT_MAX], waits[UNITS_TEXT_MAX], threads[UNITS_TEXT_MAX];
	struct buf line = { 0 };

	buf_printf(p->out, "%9s %9s %8s  ", units_duration(lost, c->lost_ns),
		   units_count(waits, c->cnt), units_count(threads, c->waiter_cnt));
	wait_words_put_name(&line, r, site->comm);
	buf_puts(&line, ": ");
	wait_words_put_place(&line, r, site->gist);
	page_put_rest(p, &line, CONVOY_COLUMNS);
	put_convoy_end(p, r, c);
}

static void put_convoys(const struct page *p, const struct wait_report *r, bool is_convoy)
{
	size_t told = 0, cnt = 0;

	for (size_t i = 0; i < r->convoys.cnt; i++) {
		if (wait_convoy_is_one(&r->convoys.v[i]) != is_convoy || ++cnt > p->rows)
			continue;
		if (!told++)
			page_put_title(
				p, "%9s %9s %8s  %s", is_convoy ? "LOST" : "WAITED", "WAITS",
				"THREADS",
				is_convoy ? "CONVOYS: threads that wait for each other at one place"
					  : "FED BY ONE: many threads wait for one");
		put_convoy(p, r, &r->convoys.v[i]);
	}
	if (cnt > told)
		page_put_more(p, cnt - told, CONVOY_COLUMNS);
}

static void put_members(const struct page *p, const struct wait_report *r,
			const struct wait_knot *knot)
{
	const uint32_t *members = wait_report_members(r, knot);
	char count[UNITS_TEXT_MAX];
	struct buf line = { 0 };

	for (size_t i = 0; i < knot->cnt && i < MEMBERS_TOLD; i++) {
		buf_puts(&line, i ? ", " : "");
		wait_words_put_thread(&line, r, members[i]);
	}
	if (knot->cnt > MEMBERS_TOLD)
		buf_printf(&line, " and %s more", units_count(count, knot->cnt - MEMBERS_TOLD));
	page_put_rest(p, &line, KNOT_COLUMNS);
}

static void put_knots(const struct page *p, const struct wait_report *r)
{
	size_t cnt = shown(p, r->knots.v.cnt);
	char blocked[UNITS_TEXT_MAX], inside[UNITS_TEXT_MAX], threads[UNITS_TEXT_MAX];

	if (!cnt)
		return;
	page_put_title(p, "%9s %9s %8s  KNOTS: threads that wait nearly only for one another",
		       "BLOCKED", "INSIDE", "THREADS");
	for (size_t i = 0; i < cnt; i++) {
		const struct wait_knot *knot = &r->knots.v.v[i];

		buf_printf(p->out, "%9s %9s %8s  ",
			   units_duration(blocked, wait_report_knot_ns(r, knot)),
			   units_percent(inside, knot->inside_ns, knot->blocked_ns),
			   units_count(threads, knot->cnt));
		put_members(p, r, knot);
	}
	if (r->knots.v.cnt > cnt)
		page_put_more(p, r->knots.v.cnt - cnt, KNOT_COLUMNS);
}

static void put_kept_from_cpu(const struct page *p, const struct wait_report *r,
			      const struct wait_process *row)
{
	char all[UNITS_TEXT_MAX], share[UNITS_TEXT_MAX], worst[UNITS_TEXT_MAX];
	struct buf line = { 0 };

	buf_printf(p->out, "%9s %9s %9s  ", units_duration(all, row->split.runnable_ns),
		   units_percent(share, row->split.runnable_ns, row->split.wall_ns),
		   row->worst_thread == TRACE_NONE ? "" : units_duration(worst, row->worst_ns));
	wait_words_put_name(&line, r, row->comm);
	if (row->worst_thread != TRACE_NONE) {
		buf_puts(&line, ", the worst ");
		wait_words_put_thread(&line, r, row->worst_thread);
	}
	page_put_rest(p, &line, RUNNABLE_COLUMNS);
}

static void put_runnable(const struct page *p, const struct wait_report *r)
{
	const struct wait_processes *all = &r->processes;
	size_t cnt = shown(p, all->by_runnable.cnt);

	if (!cnt)
		return;
	page_put_title(p, "%9s %9s %9s  KEPT FROM A CPU", "RUNNABLE", "SHARE", "WORST");
	for (size_t i = 0; i < cnt; i++)
		put_kept_from_cpu(p, r, &all->v.v[all->by_runnable.v[i]]);
	if (all->by_runnable.cnt > cnt)
		page_put_more(p, all->by_runnable.cnt - cnt, RUNNABLE_COLUMNS);
}

/* What pictures of it say at their foot, as sentences. */
static void put_notes(const struct page *p, const struct wait_report *r,
		      const struct caption *caption)
{
	buf_u8(p->out, '\n');
	for (size_t i = 0; i < caption->notes.cnt; i++) {
		struct buf text = { 0 };

		buf_puts(&text, caption->notes.v[i]);
		text.v[0] = (uint8_t)toupper(text.v[0]);
		buf_u8(&text, '.');
		page_put_wrapped(p, buf_text(&text), 0, 2);
		buf_release(&text);
	}
	if (trace_reader_totals(r->source->trace)->lost[TRACE_LOSS_WAITS]) {
		struct buf text = { 0 };

		buf_printf(&text, "Lost waits: %s.", report_loss_meaning(TRACE_LOSS_WAITS));
		page_put_wrapped(p, buf_text(&text), 0, 2);
		buf_release(&text);
	}
}

void wait_report_put_text(const struct page *p, const struct wait_report *r)
{
	struct caption caption = caption_of(r);

	put_about(p, r, &caption);
	put_split(p, r);
	if (!r->totals.kept_cnt)
		buf_puts(p->out, "\nNo waits.\n");
	put_processes(p, r);
	put_sites(p, r);
	put_longest(p, r);
	put_convoys(p, r, true);
	put_convoys(p, r, false);
	put_knots(p, r);
	put_runnable(p, r);
	put_notes(p, r, &caption);
	caption_release(&caption);
}
