#include "render/wait_threads.h"

#include "base/sum.h"
#include "formats/trace_reader.h"

void wait_threads_start(struct wait_threads *t, struct strtab *texts)
{
	*t = (struct wait_threads){ .texts = texts };
}

void wait_threads_release(struct wait_threads *t)
{
	idmap_release(&t->processes);
	idmap_release(&t->places);
	vec_release(&t->v);
	*t = (struct wait_threads){ 0 };
}

uint32_t wait_threads_process(struct wait_threads *t, const struct trace_reader *r, uint32_t id)
{
	const struct trace_process *p = trace_reader_process(r, id);

	return idmap_intern(&t->processes, p->tgid, p->start_ns, (uint32_t)t->processes.cnt);
}

uint32_t wait_threads_number(struct wait_threads *t, const struct trace_reader *r, uint32_t id)
{
	const struct trace_thread *thread = trace_reader_thread(r, id);
	uint32_t process = wait_threads_process(t, r, thread->process);
	uint32_t made = (uint32_t)t->v.cnt;
	uint32_t number = idmap_intern(&t->places, (uint64_t)process << 32 | thread->tid, 0, made);

	if (number == made)
		*vec_push(&t->v) = (struct wait_thread){
			.tid = thread->tid,
			.tgid = trace_reader_process(r, thread->process)->tgid,
		};
	t->v.v[number].comm = strtab_intern_text(t->texts, thread->comm);
	return number;
}

void wait_threads_account(struct wait_threads *t, const struct trace_reader *r,
			  const struct trace_account *account)
{
	uint32_t number = wait_threads_number(t, r, account->thread);
	struct wait_thread *thread = &t->v.v[number];

	sum_clipped(&thread->blocked_ns, account->blocked_ns);
	thread->account_cnt++;
}
