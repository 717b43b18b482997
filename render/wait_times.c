#include "render/wait_times.h"

#include <stdlib.h>

#include "base/sum.h"
#include "formats/trace_reader.h"
#include "render/selection.h"
#include "render/wait_drawing.h"

#define KTHREADD 2 /* the pid of the parent of all kernel threads */

bool process_is_kernel(const struct trace_process *p)
{
	return !*p->executable && (p->tgid == KTHREADD || p->parent_tgid == KTHREADD);
}

bool process_times_is_idle(const struct process_times *p)
{
	uint64_t lived_ns = p->to_ns > p->from_ns ? p->to_ns - p->from_ns : 0;

	return p->on_ns < lived_ns / WAIT_IDLE_CPU_PART;
}

uint64_t process_times_rest_ns(const struct process_times *p)
{
	uint64_t all_ns = p->blocked_ns, known_ns = p->short_ns;

	sum_clipped(&all_ns, p->runnable_ns);
	sum_clipped(&known_ns, p->sums_ns);
	return all_ns > known_ns ? all_ns - known_ns : 0;
}

/* The kernel says when a process was born in ticks of 10 ms where it is asked, and exactly
 * where it tells by itself: births of one pid that are no farther apart are one. */
#define BIRTH_SLACK_NS 20000000ull

#define ANY_BIRTH UINT64_MAX /* the last place of a pid is filed under this, too */

/* A place is filed under its birth in steps of the slack, so it lies in one of three; or its
 * birth is not known. */
uint32_t wait_times_find(const struct wait_times *t, const struct trace_process *p)
{
	uint64_t step = p->start_ns / BIRTH_SLACK_NS;

	if (!p->start_ns)
		return idmap_find(&t->places, p->tgid, ANY_BIRTH);

	for (uint64_t at = step ? step - 1 : 0; at <= step + 1; at++) {
		uint32_t place = idmap_find(&t->places, p->tgid, at);

		if (place != IDMAP_NONE &&
		    llabs((long long)(t->processes.v[place].born_ns - p->start_ns)) <=
			    (long long)BIRTH_SLACK_NS)
			return place;
	}
	return idmap_find(&t->places, p->tgid, 0);
}

static uint32_t make_place(struct wait_times *t, const struct trace_process *p)
{
	uint32_t made = (uint32_t)t->processes.cnt;

	idmap_set(&t->places, p->tgid, p->start_ns / BIRTH_SLACK_NS, made);
	idmap_set(&t->places, p->tgid, ANY_BIRTH, made);
	*vec_push(&t->processes) = (struct process_times){ .born_ns = p->start_ns };
	return made;
}

static void add(struct process_times *p, const struct trace_account *a)
{
	uint64_t wall_ns = a->to_ns > a->from_ns ? a->to_ns - a->from_ns : 0;

	if (!p->account_cnt || a->from_ns < p->from_ns)
		p->from_ns = a->from_ns;
	if (a->to_ns > p->to_ns)
		p->to_ns = a->to_ns;
	sum_clipped(&p->wall_ns, wall_ns);
	sum_clipped(&p->on_ns, a->on_ns);
	sum_clipped(&p->runnable_ns, a->runnable_ns);
	sum_clipped(&p->blocked_ns, a->blocked_ns);
	sum_clipped(&p->gap_ns, a->gap_ns);
	sum_clipped(&p->short_cnt, a->short_cnt);
	sum_clipped(&p->short_ns, a->short_ns);
	p->account_cnt++;
}

static void add_account(struct wait_times *t, const struct trace_reader *r,
			const struct selection *s, const struct trace_account *a)
{
	const struct trace_thread *thread = trace_reader_thread(r, a->thread);
	const struct trace_process *process = trace_reader_process(r, thread->process);
	size_t known = t->threads.cnt;
	uint32_t place;

	if (!selection_holds_thread(s, thread->tid, process->comm))
		return;
	place = wait_times_find(t, process);
	if (place == IDMAP_NONE)
		place = make_place(t, process);
	if (*process->comm)
		t->processes.v[place].comm = strtab_intern_text(t->comms, process->comm);
	t->processes.v[place].is_kernel = process_is_kernel(process);
	add(&t->processes.v[place], a);
	idmap_set(&t->threads, (uint64_t)place << 32 | thread->tid, 0, place);
	t->processes.v[place].thread_cnt += t->threads.cnt - known;
}

int wait_times_read(struct wait_times *out, struct trace_reader *r, const struct selection *s,
		    struct err *err)
{
	struct wait_times t = { .comms = strtab_new() };
	struct trace_record record;
	int got;

	trace_reader_rewind(r);
	while ((got = trace_reader_next(r, &record, err)) > 0)
		if (record.kind == TRACE_RECORD_ACCOUNT)
			add_account(&t, r, s, &record.account);
	if (got < 0) {
		wait_times_release(&t);
		return got;
	}
	*out = t;
	return 0;
}

void wait_times_release(struct wait_times *t)
{
	if (t->comms)
		strtab_free(t->comms);
	idmap_release(&t->places);
	idmap_release(&t->threads);
	vec_release(&t->processes);
}
