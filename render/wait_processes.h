#ifndef RENDER_WAIT_PROCESSES_H
#define RENDER_WAIT_PROCESSES_H

#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"
#include "formats/trace.h"

struct strtab;
struct wait_walk;

/*
 * How the time of processes was spent, those of one name together as in pictures:
 *
 *	wall = on + runnable + blocked + gap       of all threads, by their accounts
 *
 * What people look for first is who was held up: by what no thread chooses. Sleeping for work,
 * for a timer or for a peer is no harm, and looks the same as being interruptible for a lock;
 * so held up is
 *
 *	runnable           it could have run, and had no CPU
 *	uninterruptible    of the waits that were kept: for a disk, for memory, in the kernel
 *	convoys            likewise, of render/wait_convoys.h, in other states
 *
 * Left out are the processes that pictures leave out, but for idle ones that are idle because
 * they hang: uninterruptible for a hundredth of their time or more.
 */
#define WAIT_HANGING_PART 100

struct wait_split {
	uint64_t process_cnt, thread_cnt;
	uint64_t wall_ns;
	uint64_t on_ns, runnable_ns, blocked_ns, gap_ns;
	uint64_t short_cnt, short_ns; /* waits of which nothing was kept; in the others */
};

struct wait_process {
	uint32_t comm; /* id in the texts */
	struct wait_split split;
	struct wait_split idle; /* of those that are to be left out, until finished */
	uint64_t uninterruptible_ns;
	uint64_t convoy_ns;
	uint64_t held_ns;
	uint64_t worst_ns;     /* the longest that one wait kept it from a CPU */
	uint32_t worst_thread; /* whose that was, by its number; TRACE_NONE: unknown */
};

struct wait_processes {
	struct idmap places; /* (comm, 0) */
	struct {
		VEC(struct wait_process); /* once finished, the most held up first */
	} v;
	struct {
		VEC(uint32_t); /* places in v: the most runnable first, those without any not */
	} by_runnable;
	struct wait_split all;
};

void wait_processes_release(struct wait_processes *p);

/* All that the walk knows accounts of; names go to texts. */
void wait_processes_take(struct wait_processes *p, const struct wait_walk *walk,
			 struct strtab *texts);

/* Of processes of this name; nothing, if there is no account of any. */
void wait_processes_add_held(struct wait_processes *p, uint32_t comm, uint64_t uninterruptible_ns,
			     uint64_t convoy_ns);
void wait_processes_offer_worst(struct wait_processes *p, uint32_t comm, uint64_t runnable_ns,
				uint32_t thread);

/* Sorts and sums up; equal ones are in the order of their names. */
void wait_processes_finish(struct wait_processes *p, const struct strtab *texts);

#endif
