#ifndef COLLECTOR_STACK_RESOLVER_H
#define COLLECTOR_STACK_RESOLVER_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "collector/jit_log.h"
#include "collector/kernel_log.h"
#include "collector/resolved_stack.h"
#include "collector/stack_table.h"
#include "collector/task_log.h"
#include "collector/unwind_tables.h"

/*
 * Raw addresses of the stack table into frames, as of the moment that the logs stand at:
 * who asks goes on in order of time, and says so with stack_resolver_reach().
 *
 * A lost stack becomes a LOST frame with its reason in the place of its frames, and a user
 * stack that is not whole has one at its root. Of a stack that the kernel walked along frame
 * pointers that is every one whose last frame is no outermost function, so far as the
 * tables can tell; of a kernel stack, one of frame_max frames, because more may have stood
 * there.
 */
struct stack_resolver {
	struct task_log *tasks;
	struct module_log *modules;
	struct kernel_log *kernel;
	const struct stack_table *stacks;
	struct unwind_tables *tables; /* NULL: whether a stack that the kernel walked is whole,
				       * nobody can tell */
	uint32_t frame_max;	      /* that the kernel takes of a stack */
	struct jit_log *jit;
	uint64_t time_ns;
};

/* The process that something happens to at time_ns: times rise. */
struct process *stack_resolver_reach(struct stack_resolver *r, uint32_t tgid, uint64_t time_ns);

/* What must be equal for a stack of a process to mean the same: its mappings, whose versions are
 * no process's twice, and the names of its JIT code. */
uint64_t stack_resolver_version(const struct stack_resolver *r, const struct process *p);

/*
 * The user stack as it counts: STACK_ABSENT in the middle of an exec, when the old program's
 * registers are still there while its mappings are gone. The thread has no user side until
 * the new program starts, which its first stack in user code or in a mapping shows. `copy`
 * stands in place of the stack, unless it is NULL.
 */
uint32_t stack_resolver_user_side(struct stack_resolver *r, struct process *p,
				  uint32_t kernel_stack, uint32_t user_stack,
				  const struct abi_copy *copy);

/* Add the frames of a stack, or what is known of its loss; none for STACK_ABSENT. */
void stack_resolver_user(struct stack_resolver *r, struct process *p, uint32_t stack,
			 struct resolved_stack *out);
void stack_resolver_kernel(struct stack_resolver *r, uint32_t stack, struct resolved_stack *out);

/* As before, without what our own programs put on top, where they ran in the kernel's midst. */
void stack_resolver_kernel_below_programs(struct stack_resolver *r, uint32_t stack,
					  struct resolved_stack *out);

/* And without whom a softirq interrupted, if it was one. */
void stack_resolver_kernel_of_softirq(struct stack_resolver *r, uint32_t stack,
				      struct resolved_stack *out);

#endif
