#ifndef COLLECTOR_JIT_LOG_H
#define COLLECTOR_JIT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "collector/jit_code.h"
#include "collector/module_log.h"
#include "collector/task_log.h"

/*
 * The code of runtimes, by process, as of the time of the sample that is being looked at.
 * Only processes that were sampled in such code are known here; their files are read
 * again when a sample is younger than the last reading, so once in a round of the drain.
 *
 * An address that has no name by then (a runtime may keep its words back for a while) is
 * remembered with its time, until the process exits or the recording ends: then what
 * names it goes into the trace as text. So does what names the code that a copied stack may
 * lead through.
 *
 * Memory is bounded: where all code together would take more than JIT_LOG_BYTES_MAX, that of
 * the process at hand is forgotten, and its addresses are named by the text alone.
 */
struct jit_log;

#define JIT_LOG_BYTES_MAX ((size_t)32 << 20)

struct jit_log *jit_log_new(const struct module_log *modules);
void jit_log_free(struct jit_log *log);

/* A sample of a process is looked at; nothing for one that is not known here. */
void jit_log_reach(struct jit_log *log, const struct process *p, uint64_t time_ns);

/* A number that changes whenever jit_log_name() might answer otherwise; 0: not known here. */
uint64_t jit_log_epoch(const struct jit_log *log, uint32_t tgid);

/* Names an address of the sample that was reached; false if that cannot be done yet. */
bool jit_log_name(struct jit_log *log, const struct process *p, uint64_t address, uint64_t time_ns,
		  struct jit_place *out);

/* Has an address named at the end, whether it could be named by now or not: of a stack that is
 * unwound later. */
void jit_log_want(struct jit_log *log, const struct process *p, uint64_t address, uint64_t time_ns);

bool jit_log_has(const struct jit_log *log, uint32_t tgid);

/* Appends lines in the form of a perf map for addresses that had no name yet, and forgets
 * the process. */
void jit_log_take(struct jit_log *log, uint32_t tgid, struct buf *out);

/* A process that is known here; 0 when there is none left. */
uint32_t jit_log_next(const struct jit_log *log);

#endif
