#include "render/wait_report.h"

#include <stdlib.h>

#include "base/strtab.h"
#include "base/sum.h"
#include "formats/trace_reader.h"
#include "formats/wait_parts.h"
#include "render/picture_source.h"
#include "render/selection.h"

static enum gist_of gist_of_link(const struct trace_link *link)
{
	return link->context == TRACE_CONTEXT_TASK || link->context == TRACE_CONTEXT_LOST
		       ? GIST_OF_WAKER
		       : GIST_OF_INTERRUPT;
}

static uint32_t comm_of(struct wait_report *r, uint32_t process)
{
	return strtab_intern_text(r->texts, trace_reader_process(r->source->trace, process)->comm);
}

static uint32_t thread_of_link(struct wait_report *r, const struct trace_link *link)
{
	return link->thread == TRACE_NONE
		       ? TRACE_NONE
		       : wait_threads_number(&r->threads, r->source->trace, link->thread);
}

/* The nearest link ended all of it, whoever had a part in that. */
static void add_ending(struct wait_report *r, uint32_t site, const struct trace_wait_sum *sum)
{
	const struct trace_link *links[TRACE_CHAIN_MAX];
	struct wait_ending ending = { .site = site,
				      .cnt = sum->cnt,
				      .blocked_ns = sum->blocked_ns };

	if (!wait_chain_links(r->source->trace, sum->chain, links))
		return;
	ending.thread = thread_of_link(r, links[0]);
	ending.context = links[0]->context;
	ending.gist = stack_gists_id(&r->gists, links[0]->stack, gist_of_link(links[0]));
	if (ending.thread != TRACE_NONE)
		ending.comm = r->threads.v.v[ending.thread].comm;
	wait_sites_add_ending(&r->sites, &ending);
}

static void add_sum(struct wait_report *r, const struct trace_wait_sum *sum)
{
	uint32_t gist = stack_gists_id(&r->gists, sum->stack, GIST_OF_BLOCKED);
	uint32_t process = wait_threads_process(&r->threads, r->source->trace, sum->process);
	uint32_t site = wait_sites_number(&r->sites, comm_of(r, sum->process), gist,
					  stack_gists_get(&r->gists, gist), sum->state);

	wait_sites_add(&r->sites, site, process, sum);
	add_ending(r, site, sum);
}

static int gather_sums(struct wait_report *r, struct err *err)
{
	struct wait_walk walk;
	struct trace_wait_sum sum;
	uint32_t group = 0;
	int got = wait_walk_start(&walk, r->source->trace, r->source->names, r->selection,
				  &r->request, err);

	if (got < 0)
		return got;
	while ((got = wait_walk_next(&walk, &sum, err)) > 0) {
		if (walk.group_cnt != group)
			stack_gists_restart(&r->gists);
		group = walk.group_cnt;
		add_sum(r, &sum);
	}
	if (!got)
		wait_processes_take(&r->processes, &walk, r->texts);
	wait_walk_end(&walk, &r->totals);
	return got;
}

/* What nobody answers for is an edge to nobody. */
static void add_edges(struct wait_report *r, const struct trace_wait *wait, uint32_t thread,
		      const struct trace_link *const *links, uint32_t link_cnt)
{
	uint64_t left_ns = wait->blocked_ns;

	for (uint32_t i = 0; i < link_cnt; i++) {
		uint64_t ns = wait->link_ns[i] < left_ns ? wait->link_ns[i] : left_ns;

		if (links[i]->context != TRACE_CONTEXT_TASK || links[i]->thread == TRACE_NONE)
			continue;
		left_ns -= ns;
		wait_knots_add(&r->knots, thread, thread_of_link(r, links[i]), ns);
	}
	wait_knots_add(&r->knots, thread, TRACE_NONE, left_ns);
}

static void add_long(struct wait_report *r, const struct trace_wait *wait, uint32_t site,
		     uint32_t thread, const struct trace_link *const *links, uint32_t link_cnt)
{
	uint64_t start_ns = trace_reader_fact_number(r->source->trace, TRACE_FACT_CLOCK_START_NS);
	struct long_wait l = { .blocked_ns = wait->blocked_ns,
			       .runnable_ns = wait->runnable_ns,
			       .thread = thread,
			       .site = site,
			       .flags = wait->flags,
			       .link_cnt = link_cnt };

	if (!wait_longest_wants(&r->longest, long_wait_ns(&l)))
		return;
	l.start_ns = wait->start_ns > start_ns ? wait->start_ns - start_ns : 0;
	for (uint32_t i = 0; i < link_cnt; i++)
		l.links[i] = (struct long_link){
			.thread = thread_of_link(r, links[i]),
			.context = links[i]->context,
			.gist = stack_gists_id(&r->gists, links[i]->stack, gist_of_link(links[i])),
		};
	wait_longest_add(&r->longest, &l);
}

/* The thread that ended a wait; TRACE_NONE: an interrupt, or nobody knows. */
static uint32_t ender_of(struct wait_report *r, const struct trace_link *const *links,
			 uint32_t link_cnt)
{
	return link_cnt && links[0]->context == TRACE_CONTEXT_TASK ? thread_of_link(r, links[0])
								   : TRACE_NONE;
}

static void add_single(struct wait_report *r, const struct trace_wait *wait)
{
	struct trace_reader *trace = r->source->trace;
	uint32_t process_id = trace_reader_thread(trace, wait->thread)->process;
	uint32_t comm = comm_of(r, process_id);
	uint32_t gist = stack_gists_id(&r->gists, wait->stack, GIST_OF_BLOCKED);
	uint32_t process = wait_threads_process(&r->threads, trace, process_id);
	const struct trace_link *links[TRACE_CHAIN_MAX];
	uint32_t link_cnt = wait_chain_links(trace, wait->chain, links), thread, site;
	uint64_t took_ns = wait->blocked_ns;

	sum_clipped(&took_ns, wait->runnable_ns);
	site = wait_sites_find(&r->sites, comm, gist, wait->state, process, took_ns);
	if (site == IDMAP_NONE)
		return;
	r->single_cnt++;
	thread = wait_threads_number(&r->threads, trace, wait->thread);
	wait_sites_add_waiter(&r->sites, site, thread, ender_of(r, links, link_cnt));
	add_edges(r, wait, thread, links, link_cnt);
	wait_processes_offer_worst(&r->processes, comm, wait->runnable_ns, thread);
	add_long(r, wait, site, thread, links, link_cnt);
}

static int gather_singles(struct wait_report *r, struct err *err)
{
	struct trace_record record;
	int got;

	trace_reader_rewind(r->source->trace);
	while ((got = trace_reader_next(r->source->trace, &record, err)) > 0) {
		if (record.kind == TRACE_RECORD_KEY_FRAME)
			stack_gists_restart(&r->gists);
		else if (record.kind == TRACE_RECORD_ACCOUNT)
			wait_threads_account(&r->threads, r->source->trace, &record.account);
		else if (record.kind == TRACE_RECORD_WAIT && record.wait.event == r->totals.event &&
			 wait_is_selected(&record.wait, r->source->trace, r->selection))
			add_single(r, &record.wait);
	}
	return got;
}

static int compare_blocked(const void *a, const void *b, void *sites)
{
	const struct wait_site *v = sites;
	const uint32_t *x = a, *y = b;

	if (v[*x].blocked_ns != v[*y].blocked_ns)
		return v[*x].blocked_ns < v[*y].blocked_ns ? 1 : -1;
	return (*x > *y) - (*x < *y);
}

static void sort_sites(struct wait_report *r)
{
	for (size_t i = 0; i < r->sites.v.cnt; i++)
		if (r->sites.v.v[i].blocked_ns)
			*vec_push(&r->by_blocked) = (uint32_t)i;
	if (r->by_blocked.cnt)
		qsort_r(r->by_blocked.v, r->by_blocked.cnt, sizeof(*r->by_blocked.v),
			compare_blocked, r->sites.v.v);
}

/* What held processes up; a convoy in an uninterruptible state is no second time. Accounts are of
 * the whole recording, so the waits of a part of it are not added to them. */
static void add_held(struct wait_report *r)
{
	if (!selection_range_is_all(r->selection->time))
		return;
	for (size_t i = 0; i < r->sites.v.cnt; i++) {
		const struct wait_site *site = &r->sites.v.v[i];

		if (site->state == TRACE_WAIT_UNINTERRUPTIBLE)
			wait_processes_add_held(&r->processes, site->comm, site->blocked_ns, 0);
	}
	for (size_t i = 0; i < r->convoys.cnt; i++) {
		const struct wait_convoy *convoy = &r->convoys.v[i];
		const struct wait_site *site = &r->sites.v.v[convoy->site];

		if (wait_convoy_is_one(convoy) && site->state != TRACE_WAIT_UNINTERRUPTIBLE)
			wait_processes_add_held(&r->processes, site->comm, 0, convoy->lost_ns);
	}
}

static void sum_up(struct wait_report *r)
{
	wait_sites_finish(&r->sites);
	sort_sites(r);
	wait_longest_finish(&r->longest);
	wait_convoys_find(&r->convoys, &r->sites);
	wait_knots_find(&r->knots, (uint32_t)r->threads.v.cnt);
	add_held(r);
	wait_processes_finish(&r->processes, r->texts);
}

int wait_report_make(struct wait_report *out, const struct picture_source *source,
		     const struct selection *selection, const struct wait_request *request,
		     struct strtab *texts, struct err *err)
{
	int status;

	*out = (struct wait_report){
		.source = source, .selection = selection, .request = *request, .texts = texts
	};
	stack_gists_start(&out->gists, source->trace, source->names, texts);
	wait_threads_start(&out->threads, texts);
	wait_longest_start(&out->longest, WAIT_LONGEST_MAX);
	status = gather_sums(out, err);
	if (status >= 0)
		status = gather_singles(out, err);
	if (status >= 0)
		sum_up(out);
	else
		wait_report_release(out);
	return status < 0 ? status : 0;
}

void wait_report_release(struct wait_report *r)
{
	wait_totals_release(&r->totals);
	stack_gists_release(&r->gists);
	wait_threads_release(&r->threads);
	wait_sites_release(&r->sites);
	vec_release(&r->by_blocked);
	wait_processes_release(&r->processes);
	wait_longest_release(&r->longest);
	wait_convoys_release(&r->convoys);
	wait_knots_release(&r->knots);
	*r = (struct wait_report){ 0 };
}

const uint32_t *wait_report_members(const struct wait_report *r, const struct wait_knot *knot)
{
	return &r->knots.members.v[knot->first];
}

uint64_t wait_report_knot_ns(const struct wait_report *r, const struct wait_knot *knot)
{
	const uint32_t *members = wait_report_members(r, knot);
	uint64_t ns = 0, account_cnt = 0;

	for (size_t i = 0; i < knot->cnt; i++) {
		const struct wait_thread *thread = &r->threads.v.v[members[i]];

		sum_clipped(&ns, thread->blocked_ns);
		sum_clipped(&account_cnt, thread->account_cnt);
	}
	return account_cnt ? ns : knot->blocked_ns;
}
