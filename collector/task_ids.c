#include "collector/task_ids.h"

#include <string.h>

/* What is remembered of a process becomes a record; the texts are those of `m`. */
static struct trace_process process_record(const struct task_ids *ids, const struct task_memory *m)
{
	return (struct trace_process){
		.tgid = m->tgid,
		.parent_tgid = m->parent_tgid,
		.namespace_tgid = m->namespace_tgid,
		.generation = m->generation,
		.start_ns = m->start_ns,
		.uid = m->uid,
		.comm = m->comm,
		.executable = task_log_text(ids->tasks, m->executable),
		.cgroup = task_log_text(ids->tasks, m->cgroup),
	};
}

static void remember_process(const struct process *p, struct task_memory *out)
{
	*out = (struct task_memory){
		.tgid = p->tgid,
		.parent_tgid = p->parent_tgid,
		.namespace_tgid = p->namespace_tgid,
		.generation = p->generation,
		.uid = p->uid,
		.executable = p->executable,
		.cgroup = p->cgroup,
		.start_ns = p->start_ns,
		.group = UINT32_MAX,
	};
	memcpy(out->comm, p->comm, sizeof(out->comm));
}

uint32_t task_ids_process(const struct task_ids *ids, struct process *p)
{
	struct trace_process record;
	struct task_memory now;

	if (p->group == trace_writer_group(ids->writer))
		return p->id;
	remember_process(p, &now);
	record = process_record(ids, &now);
	p->group = trace_writer_group(ids->writer);
	p->id = trace_writer_process(ids->writer, &record);
	return p->id;
}

uint32_t task_ids_thread(const struct task_ids *ids, struct process *p, uint32_t tid)
{
	uint32_t process = task_ids_process(ids, p);
	struct thread *t = task_log_thread(ids->tasks, p, tid);
	struct trace_thread record = { .process = process, .tid = tid, .comm = t->comm };

	if (t->group != p->group || t->process_id != process) {
		t->group = p->group;
		t->process_id = process;
		t->id = trace_writer_thread(ids->writer, &record);
	}
	return t->id;
}

void task_ids_remember(const struct task_ids *ids, struct process *p, uint32_t tid,
		       struct task_memory *out)
{
	remember_process(p, out);
	out->tid = tid;
	if (tid)
		memcpy(out->thread_comm, task_log_thread(ids->tasks, p, tid)->comm,
		       sizeof(out->thread_comm));
}

void task_ids_put(const struct task_ids *ids, struct task_memory *m)
{
	struct trace_process process;
	struct trace_thread thread = { .tid = m->tid, .comm = m->thread_comm };

	if (m->group == trace_writer_group(ids->writer))
		return;
	process = process_record(ids, m);
	m->group = trace_writer_group(ids->writer);
	m->process_id = thread.process = trace_writer_process(ids->writer, &process);
	m->thread_id = m->tid ? trace_writer_thread(ids->writer, &thread) : TRACE_NONE;
}
