#ifndef COLLECTOR_HELD_STACK_H
#define COLLECTOR_HELD_STACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"
#include "collector/copy_log.h"
#include "collector/stack_resolver.h"

/*
 * Stacks of waits and of those who ended them: resolved when they come, put into the
 * trace when something that has them does, which may be long after, and in many groups.
 *
 *	user frames from the root to the leaf, then kernel frames without our own programs
 *
 * Equal ones of a process are one, for as long as somebody holds it. A copy that is to be
 * unwound later is held with the mappings of its moment; what they may take together is
 * bound, and beyond it a stack has the frames that were found.
 */
#define HELD_COPY_BYTES_MAX ((size_t)4 << 20)

struct held_stack;

struct held_stacks {
	struct stack_resolver *resolver;
	struct copy_log *copies;
	struct idmap known; /* (kernel and user stack, version) to slot */
	struct {
		VEC(struct held_stack *);
	} slots;
	struct {
		VEC(uint32_t);
	} vacant;	   /* slots that may be taken */
	uint32_t era;	   /* of the ids of the stack table */
	size_t copy_bytes; /* held now */
};

/* Stacks as the backlog has them. */
struct held_source {
	uint32_t kernel_stack, user_stack; /* of the stack table */
	const struct abi_copy *copy;	   /* in place of user_stack; NULL: there is none */
	enum trace_reason copy_why;	   /* as of struct trace_copy */
};

/* Both stacks of a thread of a process as it is now; p NULL: there is no user side. Each one
 * that is taken is dropped some time. */
struct held_stack *held_stacks_take(struct held_stacks *h, struct process *p,
				    const struct held_source *source);
void held_stacks_drop(struct held_stacks *h, struct held_stack *s);

/* The same one, taken once more. */
struct held_stack *held_stacks_share(struct held_stack *s);

/* The writer's leaf node in its present group; TRACE_NONE if there are no frames. `process` is
 * the writer's id of the one it was taken of. */
uint32_t held_stacks_put(struct held_stacks *h, struct held_stack *s, uint32_t process);

/* The ids of the stack table have become void. What is held stays as it is. */
void held_stacks_forget(struct held_stacks *h);

/* Everything was dropped. */
void held_stacks_release(struct held_stacks *h);

#endif
