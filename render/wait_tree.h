#ifndef RENDER_WAIT_TREE_H
#define RENDER_WAIT_TREE_H

#include <stdint.h>

#include "base/err.h"
#include "base/idmap.h"
#include "formats/wait_stack.h"
#include "render/call_tree.h"
#include "render/wait_walk.h"

struct name_table;
struct selection;
struct trace_reader;

/*
 * Waits as a tree to draw, in the order of formats/wait_stack.h: values are time.
 *
 *	offcpu            the blocked stack; a [runnable] or [preempted] frame on it holds the
 *			  time that lacked a CPU, its own value is what was blocked. Beside the
 *			  stacks of a process, the time of its waits that were not kept
 *	offwake, chain    the same, and upwards who ended the wait: full, or split
 *	wakeup            the waker, root to leaf, and on top who it woke: blocked time that was
 *			  kept, and nothing else
 *
 * The first level are processes, or wakers.
 *
 *	wall              where all the time of a process's threads went: [on CPU], [runnable],
 *			  [blocked] and on that its stacks; render/wait_wall.h
 */
int wait_tree_gather(struct call_tree *tree, struct trace_reader *r, const struct name_table *names,
		     const struct selection *s, const struct wait_request *request,
		     struct wait_totals *out, struct err *err);

/*
 * How large a tree becomes: chains multiply stacks, so that a file of 16 KB can ask for 36
 * million frames. About 1 GB, and half a minute; the time of all parts that come behind stands
 * on one frame of their process, as it is.
 */
#define WAIT_TREE_NODES_MAX ((uint32_t)1 << 23)
#define WAIT_TREE_FRAMES_MAX ((uint64_t)1 << 28) /* looked at, of whatever became a node */

/*
 * The same, one sum after the other, for who makes another tree of them. A part of a wait gets
 * its place once in each group of the trace.
 */
struct wait_tree {
	struct call_tree *tree;
	const struct trace_reader *reader;
	struct stack_names *names;
	struct wait_stack *stacks;
	enum wait_drawing drawing;
	enum wait_weight weight;
	struct idmap places; /* (process, stack), (chain and what else makes a path) */
	uint32_t group_cnt;  /* of the walk, when the places were made */
	uint32_t node_max;
	uint64_t frames_left;
};

void wait_tree_start(struct wait_tree *t, struct call_tree *tree, const struct trace_reader *r,
		     const struct name_table *names, const struct wait_request *request);
void wait_tree_add(struct wait_tree *t, const struct wait_walk *w,
		   const struct trace_wait_sum *sum);
void wait_tree_end(struct wait_tree *t);

/* What is known of a process, but has no stack. */
enum wait_own {
	WAIT_OWN_ON_CPU = 1,
	WAIT_OWN_GAP = 2,
	WAIT_OWN_SHORT = 3, /* waits that nothing was kept of: "[waits below 1 ms]" */
	WAIT_OWN_REST = 4,  /* waits that are in no sum, or none of the single ones */
};

/* The node of a process on the first level, and below it the one that an own time goes to. */
uint32_t wait_tree_process(struct wait_tree *t, const char *comm);
uint32_t wait_tree_own(struct wait_tree *t, const struct wait_walk *w, uint32_t process,
		       enum wait_own own);

#endif
