#include "base/json.h"
#include "base/strtab.h"
#include "formats/trace_reader.h"
#include "render/picture_source.h"
#include "render/wait_report.h"

/* formats/TEXT.md says what each field is. Fields are added, never renamed. */

static void put_name(struct json *j, const char *key, const struct wait_report *r, uint32_t id)
{
	size_t len;
	const char *text = strtab_get(r->texts, id, &len);

	json_bytes(j, key, text, len);
}

static void put_place(struct json *j, const char *key, const struct wait_report *r, uint32_t gist)
{
	struct stack_gist g = stack_gists_get(&r->gists, gist);

	json_object(j, key);
	put_name(j, "kernel", r, g.kernel);
	put_name(j, "entry", r, g.entry);
	put_name(j, "caller", r, g.caller);
	json_end(j, '}');
}

static void put_thread(struct json *j, const char *key, const struct wait_report *r,
		       uint32_t number)
{
	const struct wait_thread *thread;

	if (number == TRACE_NONE) {
		json_null(j, key);
		return;
	}
	thread = &r->threads.v.v[number];
	json_object(j, key);
	put_name(j, "name", r, thread->comm);
	json_count(j, "pid", thread->tgid);
	json_count(j, "tid", thread->tid);
	json_end(j, '}');
}

static void put_split(struct json *j, const struct wait_split *s)
{
	json_count(j, "processes", s->process_cnt);
	json_count(j, "threads", s->thread_cnt);
	json_count(j, "wall_ns", s->wall_ns);
	json_count(j, "on_ns", s->on_ns);
	json_count(j, "runnable_ns", s->runnable_ns);
	json_count(j, "blocked_ns", s->blocked_ns);
	json_count(j, "gap_ns", s->gap_ns);
	json_count(j, "short_waits", s->short_cnt);
	json_count(j, "short_ns", s->short_ns);
}

static void put_processes(struct json *j, const struct wait_report *r, size_t rows)
{
	json_object(j, "accounts");
	put_split(j, &r->processes.all);
	json_end(j, '}');
	json_array(j, "processes");
	for (size_t i = 0; i < r->processes.v.cnt && i < rows; i++) {
		const struct wait_process *row = &r->processes.v.v[i];

		json_object(j, NULL);
		put_name(j, "name", r, row->comm);
		put_split(j, &row->split);
		json_count(j, "held_up_ns", row->held_ns);
		json_count(j, "uninterruptible_ns", row->uninterruptible_ns);
		json_count(j, "convoy_ns", row->convoy_ns);
		json_count(j, "worst_runnable_ns", row->worst_ns);
		put_thread(j, "worst_thread", r, row->worst_thread);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void put_ending(struct json *j, const struct wait_report *r, const struct wait_site *site)
{
	if (!site->main.cnt) {
		json_null(j, "ended_by");
		return;
	}
	json_object(j, "ended_by");
	put_name(j, "name", r, site->main.comm);
	json_text(j, "context", trace_context_text(site->main.context));
	put_place(j, "place", r, site->main.gist);
	json_count(j, "waits", site->main.cnt);
	json_count(j, "blocked_ns", site->main.blocked_ns);
	json_end(j, '}');
}

static void put_sites(struct json *j, const struct wait_report *r, size_t rows)
{
	json_array(j, "stacks");
	for (size_t i = 0; i < r->by_blocked.cnt && i < rows; i++) {
		const struct wait_site *site = &r->sites.v.v[r->by_blocked.v[i]];

		json_object(j, NULL);
		put_name(j, "name", r, site->comm);
		json_text(j, "state", trace_wait_state_text(site->state));
		put_place(j, "place", r, site->gist);
		json_count(j, "waits", site->cnt);
		json_count(j, "blocked_ns", site->blocked_ns);
		json_count(j, "runnable_ns", site->runnable_ns);
		json_count(j, "longest_ns", site->longest_ns);
		json_count(j, "unknown_ns", site->unknown_ns);
		put_ending(j, r, site);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void put_links(struct json *j, const struct wait_report *r, const struct long_wait *wait)
{
	json_array(j, "ended_by");
	for (uint32_t i = 0; i < wait->link_cnt; i++) {
		json_object(j, NULL);
		put_thread(j, "thread", r, wait->links[i].thread);
		json_text(j, "context", trace_context_text(wait->links[i].context));
		put_place(j, "place", r, wait->links[i].gist);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void put_longest(struct json *j, const struct wait_report *r, size_t rows)
{
	json_array(j, "longest");
	for (size_t i = 0; i < r->longest.v.cnt && i < rows; i++) {
		const struct long_wait *wait = &r->longest.v.v[i];
		const struct wait_site *site = &r->sites.v.v[wait->site];

		json_object(j, NULL);
		json_count(j, "start_ns", wait->start_ns);
		put_thread(j, "thread", r, wait->thread);
		json_text(j, "state", trace_wait_state_text(site->state));
		put_place(j, "place", r, site->gist);
		json_count(j, "blocked_ns", wait->blocked_ns);
		json_count(j, "runnable_ns", wait->runnable_ns);
		json_flag(j, "open_start", wait->flags & TRACE_WAIT_OPEN_START);
		json_flag(j, "open_end", wait->flags & TRACE_WAIT_OPEN_END);
		put_links(j, r, wait);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void put_convoys(struct json *j, const struct wait_report *r, size_t rows)
{
	json_array(j, "convoys");
	for (size_t i = 0; i < r->convoys.cnt && i < rows; i++) {
		const struct wait_convoy *c = &r->convoys.v[i];
		const struct wait_site *site = &r->sites.v.v[c->site];

		json_object(j, NULL);
		json_text(j, "kind", wait_convoy_text(c->kind));
		put_name(j, "name", r, site->comm);
		json_text(j, "state", trace_wait_state_text(site->state));
		put_place(j, "place", r, site->gist);
		json_count(j, "threads", c->waiter_cnt);
		json_count(j, "waits", c->cnt);
		json_count(j, "lost_ns", c->lost_ns);
		put_place(j, "left_at", r, c->gist);
		json_count(j, "left_at_ns", c->gist_ns);
		put_thread(j, "holder", r, c->holder);
		json_count(j, "holder_ns", c->holder_ns);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void put_knots(struct json *j, const struct wait_report *r, size_t rows)
{
	json_array(j, "knots");
	for (size_t i = 0; i < r->knots.v.cnt && i < rows; i++) {
		const struct wait_knot *knot = &r->knots.v.v[i];
		const uint32_t *members = wait_report_members(r, knot);

		json_object(j, NULL);
		json_count(j, "threads", knot->cnt);
		json_count(j, "blocked_ns", wait_report_knot_ns(r, knot));
		json_count(j, "single_blocked_ns", knot->blocked_ns);
		json_count(j, "single_inside_ns", knot->inside_ns);
		json_array(j, "members");
		for (size_t k = 0; k < knot->cnt; k++)
			put_thread(j, NULL, r, members[k]);
		json_end(j, ']');
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void put_totals(struct json *j, const struct wait_report *r)
{
	const struct trace_reader *trace = r->source->trace;
	const struct trace_totals *all = trace_reader_totals(trace);
	const struct wait_totals *t = &r->totals;

	json_text(j, "event", trace_reader_event(trace, t->event)->name);
	json_count(j, "min_block_ns", trace_reader_fact_number(trace, TRACE_FACT_MIN_BLOCK_NS));
	json_count(j, "max_block_ns", trace_reader_fact_number(trace, TRACE_FACT_MAX_BLOCK_NS));
	json_count(j, "raised_min_block_ns", t->threshold.most_ns);
	json_count(j, "waits", t->kept_cnt);
	json_count(j, "blocked_ns", t->kept_blocked_ns);
	json_count(j, "runnable_ns", t->kept_runnable_ns);
	json_count(j, "idle_left_out_ns", t->idle_ns);
	json_count(j, "kernel_left_out_ns", t->kernel_ns);
	json_count(j, "unrecorded_ns", t->rest_ns);
	json_count(j, "outside", t->outside_cnt);
	json_count(j, "waits_lost", all->lost[TRACE_LOSS_WAITS]);
	json_count(j, "wait_ns_lost", all->lost[TRACE_LOSS_WAIT_NS]);
	json_count(j, "wakers_lost", all->lost[TRACE_LOSS_WAKERS]);
	json_flag(j, "single", t->is_single);
}

void wait_report_put_json(struct json *j, const struct wait_report *r, size_t rows)
{
	json_object(j, "waits");
	put_totals(j, r);
	put_processes(j, r, rows);
	put_sites(j, r, rows);
	put_longest(j, r, rows);
	put_convoys(j, r, rows);
	put_knots(j, r, rows);
	json_end(j, '}');
}
