#ifndef RENDER_WAIT_THREADS_H
#define RENDER_WAIT_THREADS_H

#include <stdint.h>

#include "base/idmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "formats/trace.h"

struct trace_reader;

/*
 * The threads of a trace, by numbers that hold through all of its groups: a thread is known by
 * its tid, its pid and the birth of that, and has the name that it had last.
 */
struct wait_thread {
	uint32_t comm; /* id in the texts */
	uint32_t tid, tgid;
	uint64_t blocked_ns; /* by its accounts */
	uint64_t account_cnt;
};

struct wait_threads {
	struct strtab *texts;
	struct idmap processes; /* (pid, birth) */
	struct idmap places;	/* (process and tid, 0) */
	struct {
		VEC(struct wait_thread);
	} v;
};

void wait_threads_start(struct wait_threads *t, struct strtab *texts);
void wait_threads_release(struct wait_threads *t);

/* The number of a process, and of a thread, both by ids of the reader's group. */
uint32_t wait_threads_process(struct wait_threads *t, const struct trace_reader *r, uint32_t id);
uint32_t wait_threads_number(struct wait_threads *t, const struct trace_reader *r, uint32_t id);

void wait_threads_account(struct wait_threads *t, const struct trace_reader *r,
			  const struct trace_account *account);

#endif
