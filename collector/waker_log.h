#ifndef COLLECTOR_WAKER_LOG_H
#define COLLECTOR_WAKER_LOG_H

#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"
#include "bpf/wait.h"
#include "collector/held_stack.h"
#include "collector/task_ids.h"

/*
 * Who ended waits, by the id of the link. A link is told once, for as long as its generation
 * stands; then all are told anew. Chains go on with links of the generation before, and the
 * sums of an epoch are written when the next generation may have begun: so three are kept,
 * which bounds the memory.
 *
 * A link that is not known was lost on its way: it stands in its chain as somebody whose
 * record was lost, and is counted.
 */
struct waker;

struct waker_generation {
	struct {
		VEC(struct waker);
	} links;
	struct idmap ids; /* (id, 0) to index */
};

#define WAKER_GENERATIONS (ABI_GENERATIONS_BACK + 2)

struct waker_log {
	const struct task_ids *ids;
	struct held_stacks *stacks;
	uint32_t generation;					/* of the first of: */
	struct waker_generation generations[WAKER_GENERATIONS]; /* the newest first */
	uint64_t unknown_cnt;
};

/* In order of time; p is its process, NULL for an interrupt that is nobody's. */
void waker_log_add(struct waker_log *t, const struct abi_link *link, struct process *p,
		   const struct held_source *stacks);

/* The writer's id of the last link of a chain, nearest link first; TRACE_NONE if there is none. */
uint32_t waker_log_chain(struct waker_log *t, const uint64_t *ids, uint32_t cnt);

/* Before the stacks are. */
void waker_log_release(struct waker_log *t);

#endif
