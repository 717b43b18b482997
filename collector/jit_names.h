#ifndef COLLECTOR_JIT_NAMES_H
#define COLLECTOR_JIT_NAMES_H

#include <stdint.h>

#include "collector/stack_resolver.h"
#include "collector/task_ids.h"

/*
 * Writes the names that runtimes left for code of a process that stacks were taken of: a
 * thread of it has exited, and if that was the last, its map may vanish; or, for tgid 0, of
 * every process: recording ends.
 */
void jit_names_write(struct stack_resolver *resolver, const struct task_ids *ids, uint32_t tgid);

#endif
