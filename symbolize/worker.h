#ifndef SYMBOLIZE_WORKER_H
#define SYMBOLIZE_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

/*
 * Work on strangers' bytes, each piece in a child of its own that can lose
 * nothing but itself (symbolize/sandbox.h). A child inherits its work in memory and
 * its files as open descriptors, and says one string of bytes through a pipe:
 *
 *	prepare(i)  ->  fork  ->  [ sandbox, run(work), write, exit ]
 *	   parent      done(i) <-  bytes, or why there are none
 *
 * As many children run at once as there are CPUs. A child that crashes, is killed by
 * a wall, says too much or takes too long is one piece of work without a result.
 */

#define WORKER_SAID_MAX ((size_t)256 << 20) /* bytes that one child may say */
#define WORKER_DEADLINE_MS 30000	    /* from fork to end ... */
/* ... and more for each second of CPU time that large files are allowed more. */
#define WORKER_DEADLINE_PER_CPU_SECOND_MS 3000

struct worker_task {
	/* In the child: puts what there is to say into out. */
	void (*run)(const void *work, struct buf *out);
	const void *work;
	struct {
		VEC(int);
	} fds;		       /* stay open in the child, closed in the parent */
	uint64_t mapped_bytes; /* address space that the files will take */
};

/* One more file of len bytes; fd -1 is none. Takes it over. */
void worker_task_add_file(struct worker_task *task, int fd, uint64_t len);

/* What became of a piece of work; `err` is clear if it was done. */
struct worker_result {
	struct buf said;
	struct err err;
	bool was_tried; /* false: no child, or no walls around it, so the work is not to blame */
};

struct worker_crew {
	void *owner;
	unsigned children_max; /* at once; 0: as many as there are CPUs */
	uint64_t deadline_ms;  /* 0: WORKER_DEADLINE_MS */
	size_t said_max;       /* 0: WORKER_SAID_MAX */
	/* Fills in the task; false: there is nothing to do for this one. */
	bool (*prepare)(void *owner, size_t index, struct worker_task *out);
	/* Once for each that was prepared, in any order; may take `said` away. */
	void (*done)(void *owner, size_t index, struct worker_result *result);
};

unsigned worker_cpu_cnt(void);

/* Runs the pieces 0 ... cnt-1. What goes wrong goes wrong for a piece. */
void worker_run_all(const struct worker_crew *crew, size_t cnt);

#endif
