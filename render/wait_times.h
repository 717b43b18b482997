#ifndef RENDER_WAIT_TIMES_H
#define RENDER_WAIT_TIMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/idmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "formats/trace.h"

struct selection;
struct trace_reader;

/*
 * Where the time of each process went: the accounts of its threads, added up. Ids of a trace
 * change from group to group; a process is known here by its pid and birth, through all
 * programs that it runs. It has the name of the last one.
 *
 * Invariant: on + runnable + blocked + gap = wall, as far as the accounts themselves say so.
 */
struct process_times {
	uint64_t born_ns; /* 0: unknown */
	uint32_t comm;	  /* id in comms; 0: unknown */
	bool is_kernel;
	uint64_t from_ns, to_ns; /* from the first account's beginning to the last one's end */
	uint64_t wall_ns;	 /* of all threads, one after the other */
	uint64_t on_ns, runnable_ns, blocked_ns, gap_ns;
	uint64_t short_cnt, short_ns; /* waits that are in no sum */
	uint64_t thread_cnt, account_cnt;
	uint64_t sums_ns; /* of waits in sums that were walked (render/wait_walk.h) */
};

struct wait_times {
	struct strtab *comms;
	struct idmap places;  /* (pid, birth) */
	struct idmap threads; /* (place and tid, 0) */
	struct {
		VEC(struct process_times);
	} processes;
};

/* Adds up all accounts of the threads that the selection holds, whatever its times are. */
int wait_times_read(struct wait_times *out, struct trace_reader *r, const struct selection *s,
		    struct err *err);
void wait_times_release(struct wait_times *t);

/* The place of a process in `processes`; IDMAP_NONE: there is no account of it. */
uint32_t wait_times_find(const struct wait_times *t, const struct trace_process *p);

/* Whether it hardly ever ran: see render/wait_drawing.h. False where nothing is known. */
bool process_times_is_idle(const struct process_times *p);

/* Of its waits, what neither the walked sums nor its short waits explain: it was lost. */
uint64_t process_times_rest_ns(const struct process_times *p);

/* kthreadd or a child of it. */
bool process_is_kernel(const struct trace_process *p);

#endif
