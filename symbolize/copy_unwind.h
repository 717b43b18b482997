#ifndef SYMBOLIZE_COPY_UNWIND_H
#define SYMBOLIZE_COPY_UNWIND_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "formats/trace.h"

/*
 * Copied stacks of one process, frame by frame: what a child does between its birth and
 * its answer (symbolize/copy_answer.h).
 *
 *	rip -> mapping -> file, its .eh_frame -> rule    the caller's registers, by libdw
 *	               -> no rule there:                 by the frame pointer
 *	               -> a signal's return trampoline:  by the registers it will restore
 *
 * until an outermost frame, or until something is missing, and then it is said what.
 * x86-64. Each frame lies above the one before it, but for what a signal interrupted,
 * which may be on any stack; a stack has at most COPY_PLACES_MAX frames.
 */

#define COPY_PLACES_MAX 2048
#define COPY_REGISTER_CNT 17

/* What is mapped: an open file or, for the vdso, bytes. */
struct copy_file {
	enum trace_module_kind kind; /* FILE, VDSO or JIT */
	int fd;			     /* or -1 */
	const void *bytes;	     /* where fd is -1; NULL: it was not found */
	uint64_t len;
};

struct copy_stack {
	uint64_t registers[COPY_REGISTER_CNT];
	const uint8_t *bytes; /* from rsp up */
	size_t len;
};

/* A piece of work: stacks that were copied while one set of mappings held. */
struct copy_piece {
	const struct trace_mapping *mappings; /* sorted, apart; `module` is a file's index */
	size_t mapping_cnt;
	const struct copy_file *files;
	size_t file_cnt;
	const struct copy_stack *stacks;
	size_t stack_cnt;
};

struct copy_place {
	uint32_t mapping; /* index */
	uint64_t address; /* in the process; of callers: return address - 1, but for restorers */
};

struct copy_unwinder;

struct copy_unwinder *copy_unwinder_new(const struct copy_piece *piece);
void copy_unwinder_free(struct copy_unwinder *u);

/* Puts the frames into `places`, leaf first; why the stack ends there, 0: it is whole. */
enum trace_reason copy_unwinder_walk(struct copy_unwinder *u, const struct copy_stack *stack,
				     struct copy_place places[COPY_PLACES_MAX], size_t *out_cnt);

/* For struct worker_task: `work` is a struct copy_piece. */
void copy_unwind_run(const void *work, struct buf *out);

#endif
