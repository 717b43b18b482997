#include "render/wait_times.h"

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

uint32_t wait_times_find(const struct wait_times *t, const struct trace_process *p)
{
	return idmap_find(&t->places, p->tgid, p->start_ns);
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
	uint32_t made = (uint32_t)t->processes.cnt, place;
	size_t known;

	if (!selection_holds_thread(s, thread->tid, process->comm))
		return;
	place = idmap_intern(&t->places, process->tgid, process->start_ns, made);
	if (place == made)
		*vec_push(&t->processes) = (struct process_times){ 0 };
	t->processes.v[place].comm = strtab_intern_text(t->comms, process->comm);
	t->processes.v[place].is_kernel = process_is_kernel(process);
	add(&t->processes.v[place], a);
	known = t->threads.cnt;
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
