#include "render/wait_processes.h"

#include <stdlib.h>

#include "base/strtab.h"
#include "base/sum.h"
#include "render/wait_walk.h"

void wait_processes_release(struct wait_processes *p)
{
	idmap_release(&p->places);
	vec_release(&p->v);
	vec_release(&p->by_runnable);
	*p = (struct wait_processes){ 0 };
}

static void add_split(struct wait_split *to, const struct wait_split *from)
{
	sum_clipped(&to->process_cnt, from->process_cnt);
	sum_clipped(&to->thread_cnt, from->thread_cnt);
	sum_clipped(&to->wall_ns, from->wall_ns);
	sum_clipped(&to->on_ns, from->on_ns);
	sum_clipped(&to->runnable_ns, from->runnable_ns);
	sum_clipped(&to->blocked_ns, from->blocked_ns);
	sum_clipped(&to->gap_ns, from->gap_ns);
	sum_clipped(&to->short_cnt, from->short_cnt);
	sum_clipped(&to->short_ns, from->short_ns);
}

static struct wait_split split_of(const struct process_times *times)
{
	return (struct wait_split){
		.process_cnt = 1,
		.thread_cnt = times->thread_cnt,
		.wall_ns = times->wall_ns,
		.on_ns = times->on_ns,
		.runnable_ns = times->runnable_ns,
		.blocked_ns = times->blocked_ns,
		.gap_ns = times->gap_ns,
		.short_cnt = times->short_cnt,
		.short_ns = times->short_ns,
	};
}

static struct wait_process *row_of(struct wait_processes *p, uint32_t comm)
{
	uint32_t made = (uint32_t)p->v.cnt, place = idmap_intern(&p->places, comm, 0, made);

	if (place == made)
		*vec_push(&p->v) =
			(struct wait_process){ .comm = comm, .worst_thread = TRACE_NONE };
	return &p->v.v[place];
}

void wait_processes_take(struct wait_processes *p, const struct wait_walk *walk,
			 struct strtab *texts)
{
	for (size_t i = 0; i < walk->times.processes.cnt; i++) {
		const struct process_times *times = &walk->times.processes.v[i];
		enum wait_verdict verdict = wait_walk_judge(walk, times);
		struct wait_split split = split_of(times);
		struct wait_process *row;
		size_t len;
		const char *comm = strtab_get(walk->times.comms, times->comm, &len);

		if (verdict == WAIT_KERNEL_THREAD)
			continue;
		row = row_of(p, strtab_intern(texts, comm, len));
		add_split(verdict == WAIT_SHOWN ? &row->split : &row->idle, &split);
	}
}

void wait_processes_add_held(struct wait_processes *p, uint32_t comm, uint64_t uninterruptible_ns,
			     uint64_t convoy_ns)
{
	uint32_t place = idmap_find(&p->places, comm, 0);

	if (place == IDMAP_NONE)
		return;
	sum_clipped(&p->v.v[place].uninterruptible_ns, uninterruptible_ns);
	sum_clipped(&p->v.v[place].convoy_ns, convoy_ns);
}

void wait_processes_offer_worst(struct wait_processes *p, uint32_t comm, uint64_t runnable_ns,
				uint32_t thread)
{
	uint32_t place = idmap_find(&p->places, comm, 0);

	if (place == IDMAP_NONE || runnable_ns <= p->v.v[place].worst_ns)
		return;
	p->v.v[place].worst_ns = runnable_ns;
	p->v.v[place].worst_thread = thread;
}

/* Drops the rows of which nothing is to be told. */
static void settle(struct wait_processes *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->v.cnt; i++) {
		struct wait_process row = p->v.v[i];

		if (row.uninterruptible_ns >= row.idle.wall_ns / WAIT_HANGING_PART &&
		    row.uninterruptible_ns)
			add_split(&row.split, &row.idle);
		if (!row.split.process_cnt)
			continue;
		row.held_ns = row.split.runnable_ns;
		sum_clipped(&row.held_ns, row.uninterruptible_ns);
		sum_clipped(&row.held_ns, row.convoy_ns);
		add_split(&p->all, &row.split);
		p->v.v[kept++] = row;
	}
	p->v.cnt = kept;
	idmap_clear(&p->places);
}

static int larger(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

static int compare_held(const void *a, const void *b, void *texts)
{
	const struct wait_process *x = a, *y = b;
	int order = larger(x->held_ns, y->held_ns);

	order = order ? order : larger(x->split.blocked_ns, y->split.blocked_ns);
	order = order ? order : larger(x->split.wall_ns, y->split.wall_ns);
	return order ? order : strtab_compare(texts, x->comm, y->comm);
}

static int compare_runnable(const void *a, const void *b, void *rows)
{
	const struct wait_process *v = rows;
	const uint32_t *x = a, *y = b;
	int order = larger(v[*x].split.runnable_ns, v[*y].split.runnable_ns);

	return order ? order : (*x > *y) - (*x < *y);
}

void wait_processes_finish(struct wait_processes *p, const struct strtab *texts)
{
	settle(p);
	if (p->v.cnt)
		qsort_r(p->v.v, p->v.cnt, sizeof(*p->v.v), compare_held, (void *)texts);
	for (size_t i = 0; i < p->v.cnt; i++)
		if (p->v.v[i].split.runnable_ns)
			*vec_push(&p->by_runnable) = (uint32_t)i;
	if (p->by_runnable.cnt)
		qsort_r(p->by_runnable.v, p->by_runnable.cnt, sizeof(*p->by_runnable.v),
			compare_runnable, p->v.v);
}
