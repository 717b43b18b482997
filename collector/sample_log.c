#include "collector/sample_log.h"

#include <stdlib.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "collector/jit_log.h"

#define NO_GROUP UINT32_MAX

struct sample_log {
	struct trace_writer *writer;
	struct task_log *tasks;
	struct module_log *modules;
	struct kernel_log *kernel;
	const struct stack_table *stacks;
	uint32_t frame_max; /* that the kernel takes of a stack */
	struct jit_log *jit;
	uint64_t time_ns; /* of the sample that is being put */
	uint32_t group;
	struct idmap user_leaves;   /* (stack, version of mappings and names) to node */
	struct idmap kernel_leaves; /* (stack, node below) to node */
};

struct sample_log *sample_log_new(struct trace_writer *writer, struct task_log *tasks,
				  struct module_log *modules, struct kernel_log *kernel,
				  const struct stack_table *stacks, uint32_t frame_max)
{
	struct sample_log *log = mem_alloc(1, sizeof(*log));

	*log = (struct sample_log){ writer, tasks,     modules,		 kernel,
				    stacks, frame_max, .group = NO_GROUP };
	log->jit = jit_log_new(modules);
	return log;
}

void sample_log_forget(struct sample_log *log)
{
	idmap_release(&log->user_leaves);
	idmap_release(&log->kernel_leaves);
}

void sample_log_free(struct sample_log *log)
{
	if (!log)
		return;
	sample_log_forget(log);
	jit_log_free(log->jit);
	free(log);
}

static void write_process(struct sample_log *log, struct process *p)
{
	struct trace_process record = {
		.tgid = p->tgid,
		.parent_tgid = p->parent_tgid,
		.namespace_tgid = p->namespace_tgid,
		.generation = p->generation,
		.start_ns = p->start_ns,
		.uid = p->uid,
		.comm = p->comm,
		.executable = task_log_text(log->tasks, p->executable),
		.cgroup = task_log_text(log->tasks, p->cgroup),
	};

	if (p->group == log->group)
		return;
	p->group = log->group;
	p->id = trace_writer_process(log->writer, &record);
	p->jit_id = p->unmapped_id = TRACE_NONE;
}

static uint32_t thread_id(struct sample_log *log, struct process *p, uint32_t tid)
{
	struct thread *t = task_log_thread(log->tasks, p, tid);
	struct trace_thread record = { .process = p->id, .tid = tid, .comm = t->comm };

	if (t->group != log->group || t->process_id != p->id) {
		t->group = log->group;
		t->process_id = p->id;
		t->id = trace_writer_thread(log->writer, &record);
	}
	return t->id;
}

/* The module of kind JIT or UNMAPPED of a process. */
static uint32_t raw_module(struct sample_log *log, struct process *p, enum trace_module_kind kind)
{
	uint32_t *id = kind == TRACE_MODULE_JIT ? &p->jit_id : &p->unmapped_id;
	struct trace_module record = {
		.kind = kind,
		.path = kind == TRACE_MODULE_JIT ? "[jit]" : "[unmapped]",
		.process = p->id,
	};

	if (*id == TRACE_NONE)
		*id = trace_writer_module(log->writer, &record);
	return *id;
}

/* With the name that its runtime gave it, if that is known by now. */
static void jit_frame(struct sample_log *log, struct process *p, uint64_t address,
		      struct trace_frame *out)
{
	struct jit_place place;

	out->kind = TRACE_FRAME_JIT;
	out->module = TRACE_NONE;
	if (jit_log_name(log->jit, p, address, log->time_ns, &place)) {
		out->name = place.name;
		out->name_len = place.name_len;
		out->file = place.file;
		out->line = place.line;
		return;
	}
	out->module = raw_module(log, p, TRACE_MODULE_JIT);
	out->offset = address;
}

static uint32_t user_frame(struct sample_log *log, struct process *p, uint64_t address)
{
	const struct mapping *m = task_log_mapping(log->tasks, p, address);
	struct trace_frame frame = { .kind = TRACE_FRAME_USER, .name = "", .file = "" };

	if (!m) {
		frame.module = raw_module(log, p, TRACE_MODULE_UNMAPPED);
		frame.offset = address;
	} else if (m->module == MODULE_JIT) {
		jit_frame(log, p, address, &frame);
	} else {
		struct module_place place = { p->tgid, m->start, m->end };

		frame.module = module_log_id(log->modules, m->module, &place, log->writer);
		frame.offset = address - m->start + m->file_offset;
	}
	return trace_writer_frame(log->writer, &frame);
}

static uint32_t lost_node(struct sample_log *log, uint32_t parent, enum trace_reason reason)
{
	struct trace_frame frame = {
		.kind = TRACE_FRAME_LOST,
		.reason = reason,
		.module = TRACE_NONE,
		.name = "",
		.file = "",
	};

	return trace_writer_node(log->writer, parent, trace_writer_frame(log->writer, &frame));
}

/* Where the frames of a stack begin: below what was cut off, if anything was. */
static uint32_t stack_root(struct sample_log *log, uint32_t parent, uint32_t cnt)
{
	return cnt < log->frame_max ? parent : lost_node(log, parent, TRACE_REASON_TOO_DEEP);
}

/*
 * The frames up to the first caller that is no code: a function without a frame pointer
 * used that register for something else, and what was found there and beyond means
 * nothing. The leaf is where the thread really stood, so it is kept in any case.
 */
static uint32_t believable(struct sample_log *log, struct process *p, const uint64_t *frames,
			   uint32_t cnt)
{
	for (uint32_t i = 1; i < cnt; i++)
		if (!task_log_mapping(log->tasks, p, frames[i] - 1) && p->mappings.cnt)
			return i;
	return cnt;
}

static uint32_t make_user_leaf(struct sample_log *log, struct process *p, uint32_t stack)
{
	uint32_t cnt, whole, node;
	const uint64_t *frames = stack_table_get(log->stacks, stack, &cnt);

	whole = believable(log, p, frames, cnt);
	if (whole < cnt)
		node = lost_node(log, TRACE_NONE, TRACE_REASON_NO_FRAME_POINTER);
	else
		node = stack_root(log, TRACE_NONE, cnt);
	while (whole--)
		node = trace_writer_node(log->writer, node,
					 user_frame(log, p, frames[whole] - (whole > 0)));
	return node;
}

/*
 * In the middle of an exec the old program's registers are still there while its
 * mappings are gone: the thread has no user side until the new program starts, which
 * its first sample in user code or in a mapping shows.
 */
static bool is_leaving_program(struct sample_log *log, struct process *p, uint32_t stack,
			       bool in_kernel)
{
	uint32_t cnt;
	const uint64_t *frames;

	if (!p->exec_goes_on)
		return false;
	frames = stack_table_get(log->stacks, stack, &cnt);
	p->exec_goes_on = in_kernel && cnt && !task_log_mapping(log->tasks, p, frames[0]);
	return p->exec_goes_on;
}

/* Of the mappings, whose versions are no process's twice, and of the names of JIT code. */
static uint64_t names_version(const struct sample_log *log, const struct process *p)
{
	return p->maps_version + (jit_log_epoch(log->jit, p->tgid) << 40);
}

static uint32_t user_leaf(struct sample_log *log, struct process *p, uint32_t stack, bool in_kernel)
{
	uint64_t version;
	uint32_t leaf;

	if (stack == STACK_ABSENT)
		return TRACE_NONE;
	if (stack_is_lost(stack))
		return lost_node(log, TRACE_NONE, stack_lost_reason(stack));
	if (!p->maps_known)
		task_log_mapping(log->tasks, p, 0);
	if (is_leaving_program(log, p, stack, in_kernel))
		return TRACE_NONE;
	version = names_version(log, p);
	leaf = idmap_find(&log->user_leaves, stack, version);
	if (leaf != IDMAP_NONE)
		return leaf;
	leaf = make_user_leaf(log, p, stack);
	idmap_set(&log->user_leaves, stack, version, leaf);
	return leaf;
}

static uint32_t make_kernel_leaf(struct sample_log *log, uint32_t parent, uint32_t stack)
{
	uint32_t cnt, node;
	const uint64_t *frames = stack_table_get(log->stacks, stack, &cnt);

	node = stack_root(log, parent, cnt);
	while (cnt--)
		node = trace_writer_node(
			log->writer, node,
			kernel_log_frame(log->kernel, frames[cnt], cnt > 0, log->writer));
	return node;
}

static uint32_t kernel_leaf(struct sample_log *log, uint32_t parent, uint32_t stack)
{
	uint32_t leaf;

	if (stack == STACK_ABSENT)
		return parent;
	if (stack_is_lost(stack))
		return lost_node(log, parent, stack_lost_reason(stack));
	leaf = idmap_find(&log->kernel_leaves, stack, parent);
	if (leaf != IDMAP_NONE)
		return leaf;
	leaf = make_kernel_leaf(log, parent, stack);
	idmap_set(&log->kernel_leaves, stack, parent, leaf);
	return leaf;
}

static void enter_group(struct sample_log *log)
{
	log->group = trace_writer_group(log->writer);
	idmap_clear(&log->user_leaves);
	idmap_clear(&log->kernel_leaves);
}

void sample_log_add(struct sample_log *log, const struct sample_log_sample *sample)
{
	struct trace_sample record = {
		.time_ns = sample->time_ns,
		.weight = sample->weight,
		.cpu = sample->cpu,
		.event = sample->event,
	};
	struct process *p;

	if (log->group != trace_writer_group(log->writer))
		enter_group(log);
	log->time_ns = sample->time_ns;
	p = task_log_process(log->tasks, sample->tgid);
	jit_log_reach(log->jit, p, sample->time_ns);
	write_process(log, p);
	record.thread = thread_id(log, p, sample->tid);
	record.stack = user_leaf(log, p, sample->user_stack, sample->kernel_stack != STACK_ABSENT);
	record.stack = kernel_leaf(log, record.stack, sample->kernel_stack);
	trace_writer_sample(log->writer, &record);
}

static void write_jit_map(struct sample_log *log, uint32_t tgid)
{
	struct process *p = task_log_process(log->tasks, tgid);
	struct buf text = { 0 };

	if (log->group != trace_writer_group(log->writer))
		enter_group(log);
	jit_log_take(log->jit, tgid, &text);
	if (text.len) {
		write_process(log, p);
		trace_writer_jit_map(log->writer,
				     &(struct trace_jit_map){
					     .module = raw_module(log, p, TRACE_MODULE_JIT),
					     .text = (const char *)text.v,
					     .len = text.len,
				     });
	}
	buf_release(&text);
}

void sample_log_write_jit_maps(struct sample_log *log, uint32_t tgid)
{
	if (tgid) {
		if (jit_log_has(log->jit, tgid) && task_log_is_over(log->tasks, tgid))
			write_jit_map(log, tgid);
		return;
	}
	while ((tgid = jit_log_next(log->jit)))
		write_jit_map(log, tgid);
}
