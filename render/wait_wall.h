#ifndef RENDER_WAIT_WALL_H
#define RENDER_WAIT_WALL_H

#include "base/err.h"
#include "render/call_tree.h"
#include "render/wait_walk.h"

struct name_table;
struct selection;
struct trace_reader;

/*
 * Where the whole time of the threads went, process by process, as a tree to draw:
 *
 *	main, compute       schedule
 *	[on CPU]            [blocked]   [runnable]   [waits below 1 ms]   [gap ...]
 *	worker
 *
 * Each part is what the accounts say, to the nanosecond. Time on a CPU has no stacks of its
 * own: where the trace has CPU samples, theirs share it out, for each name of a process, in
 * the proportion in which they were taken. What the kept waits lack of the accounts is one
 * frame more: they were lost.
 *
 * Invariant: the sum of the tree is the wall time of all threads that are not left out, less
 * the waits of idle sleepers among them.
 */
struct wall_samples {
	uint64_t cnt; /* that shared out the time on CPUs; 0: there were none */
	const char *event;
};

int wait_wall_gather(struct call_tree *tree, struct trace_reader *r, const struct name_table *names,
		     const struct selection *s, const struct wait_request *request,
		     struct wait_totals *out, struct wall_samples *out_samples, struct err *err);

#endif
