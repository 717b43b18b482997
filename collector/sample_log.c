#include "collector/sample_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "base/vec.h"
#include "collector/jit_log.h"
#include "collector/unwind_end.h"

#define NO_GROUP UINT32_MAX

struct sample_log {
	struct trace_writer *writer;
	struct task_log *tasks;
	struct module_log *modules;
	struct kernel_log *kernel;
	const struct stack_table *stacks;
	struct unwind_tables *tables; /* or NULL */
	uint32_t frame_max;	      /* that the kernel takes of a stack */
	struct jit_log *jit;
	uint64_t time_ns; /* of the sample that is being put */
	uint32_t group;
	struct idmap user_leaves;   /* (stack, version of mappings and names) to node */
	struct idmap kernel_leaves; /* (stack, node below) to node */
	struct idmap mappings;	    /* (process, version of the mappings) to the writer's id */
	struct {
		VEC(struct trace_mapping);
	} rows;		  /* of the mappings that are being written */
	uint64_t copy_id; /* of the last one, over the whole trace */
};

struct sample_log *sample_log_new(struct trace_writer *writer, struct task_log *tasks,
				  struct module_log *modules, struct kernel_log *kernel,
				  const struct stack_table *stacks, struct unwind_tables *tables,
				  uint32_t frame_max)
{
	struct sample_log *log = mem_alloc(1, sizeof(*log));

	*log = (struct sample_log){ writer, tasks,  modules,   kernel,
				    stacks, tables, frame_max, .group = NO_GROUP };
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
	idmap_release(&log->mappings);
	vec_release(&log->rows);
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
	p->jit_id = p->unmapped_id = p->copy_id = TRACE_NONE;
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

/* The module of kind JIT, UNMAPPED or COPY of a process. */
static uint32_t raw_module(struct sample_log *log, struct process *p, enum trace_module_kind kind)
{
	uint32_t *id = kind == TRACE_MODULE_JIT	   ? &p->jit_id
		       : kind == TRACE_MODULE_COPY ? &p->copy_id
						   : &p->unmapped_id;
	struct trace_module record = {
		.kind = kind,
		.path = kind == TRACE_MODULE_JIT    ? "[jit]"
			: kind == TRACE_MODULE_COPY ? "[copies]"
						    : "[unmapped]",
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

/* Why a stack that the kernel walked is cut behind `whole` of its frames; 0: it is not. */
static enum trace_reason kernel_walk_end(struct sample_log *log, struct process *p,
					 const uint64_t *frames, uint32_t cnt, uint32_t whole)
{
	if (whole < cnt)
		return TRACE_REASON_NO_FRAME_POINTER;
	if (cnt >= log->frame_max)
		return TRACE_REASON_TOO_DEEP;
	if (!cnt || !log->tables ||
	    unwind_tables_outermost(log->tables, p, frames[cnt - 1] - (cnt > 1)))
		return 0;
	return TRACE_REASON_NO_FRAME_POINTER;
}

static uint32_t make_user_leaf(struct sample_log *log, struct process *p, uint32_t stack)
{
	uint32_t end = stack_table_end(log->stacks, stack), cnt, whole, node;
	const uint64_t *frames = stack_table_get(log->stacks, stack, &cnt);
	bool by_kernel = end == UNWIND_END_NONE;
	enum trace_reason cut;

	whole = by_kernel ? believable(log, p, frames, cnt) : cnt;
	cut = by_kernel ? kernel_walk_end(log, p, frames, cnt, whole) : unwind_end_reason(end);
	node = cut ? lost_node(log, TRACE_NONE, cut) : TRACE_NONE;
	while (whole--)
		node = trace_writer_node(
			log->writer, node,
			user_frame(log, p, frames[whole] - (by_kernel && whole > 0)));
	return node;
}

/* The writer's id of the mappings as they are now. */
static uint32_t mappings_id(struct sample_log *log, struct process *p)
{
	uint32_t id = idmap_find(&log->mappings, p->tgid, p->maps_version);
	struct trace_mappings record = { .process = p->id };

	if (id != IDMAP_NONE)
		return id;
	log->rows.cnt = 0;
	for (size_t i = 0; i < p->mappings.cnt; i++) {
		const struct mapping *m = &p->mappings.v[i];
		struct module_place place = { p->tgid, m->start, m->end };

		*vec_push(&log->rows) = (struct trace_mapping){
			.start = m->start,
			.end = m->end,
			.file_offset = m->file_offset,
			.module = m->module == MODULE_JIT ? raw_module(log, p, TRACE_MODULE_JIT)
							  : module_log_id(log->modules, m->module,
									  &place, log->writer),
		};
	}
	record.v = log->rows.v;
	record.cnt = (uint32_t)log->rows.cnt;
	id = trace_writer_mappings(log->writer, &record);
	idmap_set(&log->mappings, p->tgid, p->maps_version, id);
	return id;
}

struct code_range {
	uint64_t low, high;
};

/* From the first to the last byte of a runtime's code; empty without any. */
static struct code_range jit_range(const struct process *p)
{
	struct code_range range = { .low = UINT64_MAX };

	for (size_t i = 0; i < p->mappings.cnt; i++) {
		const struct mapping *m = &p->mappings.v[i];

		if (m->module != MODULE_JIT)
			continue;
		range.low = range.low == UINT64_MAX ? m->start : range.low;
		range.high = m->end;
	}
	return range;
}

static void want_jit_name(struct sample_log *log, struct process *p, const struct code_range *range,
			  uint64_t address)
{
	const struct mapping *m;

	if (address < range->low || address >= range->high)
		return;
	m = task_log_mapping(log->tasks, p, address);
	if (m && m->module == MODULE_JIT)
		jit_log_want(log->jit, p, address, log->time_ns);
}

/* Which words of a copy are return addresses, only symbolize finds out; by then the runtime's
 * names may be gone. So each that leads into its code is taken for one. */
static void want_jit_names(struct sample_log *log, struct process *p, const struct abi_copy *copy)
{
	struct code_range range = jit_range(p);
	uint64_t word;

	want_jit_name(log, p, &range, copy->regs[UNWIND_RIP]);
	for (uint64_t at = -copy->regs[UNWIND_RSP] % sizeof(word);
	     range.high && at + sizeof(word) <= copy->len; at += sizeof(word)) {
		memcpy(&word, copy->bytes + at, sizeof(word));
		want_jit_name(log, p, &range, word - 1);
	}
}

/* A frame that stands for all the user frames that a copy holds. */
static uint32_t copy_leaf(struct sample_log *log, struct process *p, const struct abi_copy *copy,
			  enum trace_reason why)
{
	struct trace_frame frame = { .kind = TRACE_FRAME_USER, .name = "", .file = "" };
	struct trace_copy record = {
		.mappings = mappings_id(log, p),
		.module = raw_module(log, p, TRACE_MODULE_COPY),
		.id = ++log->copy_id,
		.why = why,
		.register_cnt = UNWIND_REGISTER_CNT,
		.registers = (const uint64_t *)copy->regs,
		.bytes = copy->bytes,
		.len = copy->len,
	};

	trace_writer_copy(log->writer, &record);
	want_jit_names(log, p, copy);
	frame.module = record.module;
	frame.offset = record.id;
	return trace_writer_node(log->writer, TRACE_NONE, trace_writer_frame(log->writer, &frame));
}

/*
 * In the middle of an exec the old program's registers are still there while its
 * mappings are gone: the thread has no user side until the new program starts, which
 * its first sample in user code or in a mapping shows.
 */
static bool is_leaving_program(struct sample_log *log, struct process *p,
			       const struct sample_log_sample *sample)
{
	bool in_kernel = sample->kernel_stack != STACK_ABSENT;
	uint32_t cnt = 1;
	const uint64_t *leaf;

	if (!p->exec_goes_on)
		return false;
	leaf = sample->copy ? (const uint64_t *)&sample->copy->regs[UNWIND_RIP]
			    : stack_table_get(log->stacks, sample->user_stack, &cnt);
	p->exec_goes_on = in_kernel && cnt && !task_log_mapping(log->tasks, p, *leaf);
	return p->exec_goes_on;
}

/* Of the mappings, whose versions are no process's twice, and of the names of JIT code. */
static uint64_t names_version(const struct sample_log *log, const struct process *p)
{
	return p->maps_version + (jit_log_epoch(log->jit, p->tgid) << 40);
}

static uint32_t user_leaf(struct sample_log *log, struct process *p,
			  const struct sample_log_sample *sample)
{
	uint32_t stack = sample->user_stack;
	uint64_t version;
	uint32_t leaf;

	if (stack == STACK_ABSENT)
		return TRACE_NONE;
	if (stack_is_lost(stack))
		return lost_node(log, TRACE_NONE, stack_lost_reason(stack));
	if (!p->maps_known)
		task_log_mapping(log->tasks, p, 0);
	if (is_leaving_program(log, p, sample))
		return TRACE_NONE;
	if (sample->copy)
		return copy_leaf(log, p, sample->copy, sample->copy_why);
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
	idmap_clear(&log->mappings);
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
	record.stack = user_leaf(log, p, sample);
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
