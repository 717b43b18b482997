#ifndef COLLECTOR_JIT_LOG_H
#define COLLECTOR_JIT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Addresses of samples in code that a runtime made, by process, until the names that
 * the runtime left for them are copied: when the process exits or the recording ends.
 */
struct jit_log;

struct jit_log *jit_log_new(void);
void jit_log_free(struct jit_log *log);

/* An address was sampled; generation: of the process's exec. */
void jit_log_add(struct jit_log *log, uint32_t tgid, uint32_t generation, uint64_t address);

bool jit_log_has(const struct jit_log *log, uint32_t tgid);

/* Appends what the process's map says of its addresses, and forgets the process. */
void jit_log_take(struct jit_log *log, uint32_t tgid, struct buf *out);

/* A process that has addresses; 0 when there is none left. */
uint32_t jit_log_next(const struct jit_log *log);

#endif
