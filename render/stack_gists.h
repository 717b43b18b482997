#ifndef RENDER_STACK_GISTS_H
#define RENDER_STACK_GISTS_H

#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"
#include "formats/stack_names.h"

/*
 * What of a stack tells somebody where it is: three of its functions.
 *
 *	schedule                 \
 *	futex_wait_queue          >  kernel: the innermost one that is neither the scheduler's nor
 *	do_syscall_64            /   on the way into every system call or interrupt
 *	__futex_abstimed_wait    \
 *	pthread_mutex_lock       /   entry: how the innermost library (lib*.so*) was entered
 *	worker_take              \   caller: who called that
 *	main                     /
 *
 * A stack whose innermost code is no library's has its innermost function for entry. Kernel
 * threads have the caller of the kernel's function for caller.
 *
 * Of a waker the kernel's function is what asked for the waking, not how that is done; of an
 * interrupt it is its handler, the function that the dispatcher called.
 *
 * Equal gists have equal ids through all groups of a trace: stacks that differ only elsewhere
 * are one place.
 */
struct stack_gist {
	uint32_t kernel; /* names, ids in the texts; 0: none */
	uint32_t entry;
	uint32_t caller;
};

enum gist_of {
	GIST_OF_BLOCKED = 0,
	GIST_OF_WAKER = 1,
	GIST_OF_INTERRUPT = 2,
};

struct stack_gists {
	struct strtab *texts;
	struct stack_names *names;
	struct idmap stacks; /* (stack, whose) of the group to id */
	struct idmap ids;
	struct {
		VEC(struct stack_gist);
	} gists;
};

/* Reads names through r and t; interns into texts. All three outlive it. */
void stack_gists_start(struct stack_gists *g, const struct trace_reader *r,
		       const struct name_table *t, struct strtab *texts);
void stack_gists_release(struct stack_gists *g);

/* Call at TRACE_RECORD_KEY_FRAME: ids of stacks start again, those of gists do not. */
void stack_gists_restart(struct stack_gists *g);

/* The id of a stack's gist; no stack has an empty one. */
uint32_t stack_gists_id(struct stack_gists *g, uint32_t stack, enum gist_of of);
struct stack_gist stack_gists_get(const struct stack_gists *g, uint32_t id);

#endif
