#include "collector/sample_log.h"

#include <stdlib.h>

#include "base/idmap.h"
#include "base/mem.h"

#define NO_GROUP UINT32_MAX

struct sample_log {
	struct sample_log_parts parts;
	uint32_t group;
	struct idmap user_leaves;     /* (stack, version of mappings and names) to node */
	struct idmap kernel_leaves;   /* (stack, node below) to node */
	struct resolved_stack frames; /* of the stack that is being put */
};

struct sample_log *sample_log_new(const struct sample_log_parts *parts)
{
	struct sample_log *log = mem_alloc(1, sizeof(*log));

	*log = (struct sample_log){ *parts, .group = NO_GROUP };
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
	resolved_stack_release(&log->frames);
	free(log);
}

static uint32_t put(struct sample_log *log, uint32_t process, uint32_t parent)
{
	return resolved_stack_put(&log->frames, &log->parts.copies->to, process, parent);
}

static uint32_t copy_leaf(struct sample_log *log, struct process *p,
			  const struct sample_log_sample *sample)
{
	copy_log_want_names(log->parts.resolver, p, sample->copy);
	return copy_log_put(log->parts.copies, &(struct copy_log_entry){
						       .copy = sample->copy,
						       .why = sample->copy_why,
						       .mappings = &p->mappings,
						       .maps_version = p->maps_version,
						       .tgid = p->tgid,
						       .process = p->id,
					       });
}

static uint32_t user_leaf(struct sample_log *log, struct process *p,
			  const struct sample_log_sample *sample)
{
	struct stack_resolver *r = log->parts.resolver;
	uint32_t stack = stack_resolver_user_side(r, p, sample->kernel_stack, sample->user_stack,
						  sample->copy);
	uint64_t version;
	uint32_t leaf;

	if (stack == STACK_ABSENT)
		return TRACE_NONE;
	if (sample->copy && !stack_is_lost(stack))
		return copy_leaf(log, p, sample);
	version = stack_resolver_version(r, p);
	leaf = idmap_find(&log->user_leaves, stack, version);
	if (leaf != IDMAP_NONE)
		return leaf;
	resolved_stack_clear(&log->frames);
	stack_resolver_user(r, p, stack, &log->frames);
	leaf = put(log, p->id, TRACE_NONE);
	idmap_set(&log->user_leaves, stack, version, leaf);
	return leaf;
}

static void resolve_kernel(struct sample_log *log, const struct sample_log_sample *sample)
{
	struct stack_resolver *r = log->parts.resolver;

	if (sample->foreign)
		stack_resolver_kernel_of_softirq(r, sample->kernel_stack, &log->frames);
	else if (sample->by_program)
		stack_resolver_kernel_below_programs(r, sample->kernel_stack, &log->frames);
	else
		stack_resolver_kernel(r, sample->kernel_stack, &log->frames);
}

static uint32_t kernel_leaf(struct sample_log *log, uint32_t parent,
			    const struct sample_log_sample *sample)
{
	uint32_t leaf;

	if (sample->kernel_stack == STACK_ABSENT)
		return parent;
	leaf = idmap_find(&log->kernel_leaves, sample->kernel_stack, parent);
	if (leaf != IDMAP_NONE)
		return leaf;
	resolved_stack_clear(&log->frames);
	resolve_kernel(log, sample);
	leaf = put(log, TRACE_NONE, parent);
	idmap_set(&log->kernel_leaves, sample->kernel_stack, parent, leaf);
	return leaf;
}

static void enter_group(struct sample_log *log)
{
	log->group = trace_writer_group(log->parts.ids->writer);
	idmap_clear(&log->user_leaves);
	idmap_clear(&log->kernel_leaves);
}

void sample_log_add(struct sample_log *log, const struct sample_log_sample *sample)
{
	struct trace_writer *writer = log->parts.ids->writer;
	struct trace_sample record = {
		.time_ns = sample->time_ns,
		.weight = sample->weight,
		.cpu = sample->cpu,
		.event = sample->event,
	};
	struct process *p;

	if (log->group != trace_writer_group(writer))
		enter_group(log);
	p = stack_resolver_reach(log->parts.resolver, sample->tgid, sample->time_ns);
	record.thread = task_ids_thread(log->parts.ids, p, sample->tid);
	record.stack = user_leaf(log, p, sample);
	record.stack = kernel_leaf(log, record.stack, sample);
	trace_writer_sample(writer, &record);
}
