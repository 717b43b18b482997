#include "collector/stack_resolver.h"

#include <string.h>

#include "collector/unwind_end.h"

struct process *stack_resolver_reach(struct stack_resolver *r, uint32_t tgid, uint64_t time_ns)
{
	struct process *p = task_log_process(r->tasks, tgid);

	r->time_ns = time_ns;
	jit_log_reach(r->jit, p, time_ns);
	return p;
}

uint64_t stack_resolver_version(const struct stack_resolver *r, const struct process *p)
{
	return p->maps_version + (jit_log_epoch(r->jit, p->tgid) << 40);
}

uint32_t stack_resolver_user_side(struct stack_resolver *r, struct process *p,
				  uint32_t kernel_stack, uint32_t user_stack,
				  const struct abi_copy *copy)
{
	bool in_kernel = kernel_stack != STACK_ABSENT;
	uint32_t cnt = 1;
	const uint64_t *leaf;

	if (user_stack == STACK_ABSENT || stack_is_lost(user_stack))
		return user_stack;
	if (!p->maps_known)
		task_log_mapping(r->tasks, p, 0);
	if (!p->exec_goes_on)
		return user_stack;
	leaf = copy ? (const uint64_t *)&copy->regs[UNWIND_RIP]
		    : stack_table_get(r->stacks, user_stack, &cnt);
	p->exec_goes_on = in_kernel && cnt && !task_log_mapping(r->tasks, p, *leaf);
	return p->exec_goes_on ? STACK_ABSENT : user_stack;
}

/* With the name that its runtime gave it, if that is known by now. */
static void add_jit_frame(struct stack_resolver *r, struct process *p, uint64_t address,
			  struct resolved_stack *out)
{
	struct jit_place place;

	if (jit_log_name(r->jit, p, address, r->time_ns, &place))
		resolved_stack_add_named(out, &(struct trace_frame){
						      .name = place.name,
						      .name_len = place.name_len,
						      .file = place.file,
						      .line = place.line,
					      });
	else
		resolved_stack_add(
			out, &(struct resolved_frame){ .kind = RESOLVED_JIT, .offset = address });
}

static void add_user_frame(struct stack_resolver *r, struct process *p, uint64_t address,
			   struct resolved_stack *out)
{
	const struct mapping *m = task_log_mapping(r->tasks, p, address);
	struct resolved_frame frame = { .kind = RESOLVED_UNMAPPED, .offset = address };
	size_t len;

	if (m && m->module == MODULE_JIT) {
		add_jit_frame(r, p, address, out);
		return;
	}
	if (m) {
		struct module_place place = { p->tgid, m->start, m->end };

		/* While the process may still be there to be asked. */
		module_log_build_id(r->modules, m->module, &place, &len);
		frame.kind = RESOLVED_FILE;
		frame.module = m->module;
		frame.offset = address - m->start + m->file_offset;
	}
	resolved_stack_add(out, &frame);
}

/*
 * The frames up to the first caller that is no code: a function without a frame pointer
 * used that register for something else, and what was found there and beyond means
 * nothing. The leaf is where the thread really stood, so it is kept in any case.
 */
static uint32_t believable(struct stack_resolver *r, struct process *p, const uint64_t *frames,
			   uint32_t cnt)
{
	for (uint32_t i = 1; i < cnt; i++)
		if (!task_log_mapping(r->tasks, p, frames[i] - 1) && p->mappings.cnt)
			return i;
	return cnt;
}

/* Why a stack that the kernel walked is cut behind `whole` of its frames; 0: it is not. */
static enum trace_reason kernel_walk_end(struct stack_resolver *r, struct process *p,
					 const uint64_t *frames, uint32_t cnt, uint32_t whole)
{
	if (whole < cnt)
		return TRACE_REASON_NO_FRAME_POINTER;
	if (cnt >= r->frame_max)
		return TRACE_REASON_TOO_DEEP;
	if (!cnt || !r->tables ||
	    unwind_tables_outermost(r->tables, p, frames[cnt - 1] - (cnt > 1)))
		return 0;
	return TRACE_REASON_NO_FRAME_POINTER;
}

/* Adds what stands for a stack without frames; false if it has some. */
static bool add_without_frames(uint32_t stack, struct resolved_stack *out)
{
	if (stack == STACK_ABSENT)
		return true;
	if (!stack_is_lost(stack))
		return false;
	resolved_stack_add_lost(out, stack_lost_reason(stack));
	return true;
}

void stack_resolver_user(struct stack_resolver *r, struct process *p, uint32_t stack,
			 struct resolved_stack *out)
{
	uint32_t end, cnt, whole;
	const uint64_t *frames;
	enum trace_reason cut;
	bool by_kernel;

	if (add_without_frames(stack, out))
		return;
	end = stack_table_end(r->stacks, stack);
	frames = stack_table_get(r->stacks, stack, &cnt);
	by_kernel = end == UNWIND_END_NONE;
	whole = by_kernel ? believable(r, p, frames, cnt) : cnt;
	cut = by_kernel ? kernel_walk_end(r, p, frames, cnt, whole) : unwind_end_reason(end);
	if (cut)
		resolved_stack_add_lost(out, cut);
	while (whole--)
		add_user_frame(r, p, frames[whole] - (by_kernel && whole > 0), out);
}

/* How many frames from the leaf on are not of who was interrupted: up to the softirq, if there
 * is one. */
static uint32_t softirq_cnt(struct stack_resolver *r, const uint64_t *frames, uint32_t cnt)
{
	for (uint32_t i = 0; i < cnt; i++)
		if (kernel_log_is_softirq(r->kernel, frames[i], i))
			return i + 1;
	return cnt;
}

static void add_kernel(struct stack_resolver *r, uint32_t stack, bool below_programs,
		       bool of_softirq, struct resolved_stack *out)
{
	const uint64_t *frames;
	uint32_t cnt, leaf = 0;

	if (add_without_frames(stack, out))
		return;
	frames = stack_table_get(r->stacks, stack, &cnt);
	while (below_programs && leaf < cnt && kernel_log_is_program(r->kernel, frames[leaf], leaf))
		leaf++;
	if (of_softirq)
		cnt = softirq_cnt(r, frames, cnt);
	if (cnt >= r->frame_max)
		resolved_stack_add_lost(out, TRACE_REASON_TOO_DEEP);
	while (cnt-- > leaf)
		resolved_stack_add(out, &(struct resolved_frame){
						.kind = RESOLVED_KERNEL,
						.is_caller = cnt > 0,
						.offset = frames[cnt],
					});
}

void stack_resolver_kernel(struct stack_resolver *r, uint32_t stack, struct resolved_stack *out)
{
	add_kernel(r, stack, false, false, out);
}

void stack_resolver_kernel_below_programs(struct stack_resolver *r, uint32_t stack,
					  struct resolved_stack *out)
{
	add_kernel(r, stack, true, false, out);
}

void stack_resolver_kernel_of_softirq(struct stack_resolver *r, uint32_t stack,
				      struct resolved_stack *out)
{
	add_kernel(r, stack, true, true, out);
}
