#ifndef COLLECTOR_WAIT_END_H
#define COLLECTOR_WAIT_END_H

#include <stdint.h>

#include "base/err.h"
#include "bpf/wait.h"
#include "collector/copy_replay.h"
#include "collector/stack_table.h"
#include "collector/wait_log.h"

/*
 * What threads still wait for when a recording ends, and where the time of each went. Kernel
 * stacks come as they are; user stacks come as copies, and are walked by the tables like any
 * copy, or kept for symbolize. An open wait is a sum of one, and a single wait.
 */
struct wait_end {
	const struct task_ids *ids;
	struct stack_resolver *resolver;
	struct wait_log *log;
	struct copy_replay *replay;
	struct stack_table *stacks;
	uint32_t epoch; /* of the last slice */
	uint64_t end_ns;
};

/* Reads a file of struct abi_open to its end, and closes it. Flushes the writer now and then. */
int wait_end_read(struct wait_end *e, int fd, struct err *err);

/* Writes one; `copy` has the registers and bytes of its user stack, as its `user_len` says. */
void wait_end_add(struct wait_end *e, const struct abi_open *open, const struct abi_copy *copy);

/* Writes the account of a thread by the writer's id. */
void wait_end_account(const struct task_ids *ids, uint32_t thread, const struct abi_times *times);

#endif
