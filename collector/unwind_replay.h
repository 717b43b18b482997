#ifndef COLLECTOR_UNWIND_REPLAY_H
#define COLLECTOR_UNWIND_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "collector/unwind_tables.h"

/*
 * The walk of bpf/unwind_step.h over a copied stack, in user space: the same lines that
 * run in the kernel, over the same tables. For stacks that were copied because the tables
 * of their process were not there yet, and for tests.
 */
#define UNWIND_REPLAY_MAX 2048 /* frames */

struct unwind_replay {
	const struct unwind_arrays *arrays;
	struct unwind_process process;
	const uint64_t *regs; /* UNWIND_REGISTER_CNT */
	const uint8_t *stack; /* from regs[UNWIND_RSP] up */
	size_t len;
};

/*
 * Puts at most UNWIND_REPLAY_MAX frames into `frames`, leaf first, as in struct abi_body:
 * more than the kernel's half can hold, so that its deepest stacks get whole here.
 * FAULT: a word beyond the copy was needed. *out_at: the address that the walk stopped at.
 */
enum unwind_end unwind_replay(const struct unwind_replay *r, uint64_t frames[UNWIND_REPLAY_MAX],
			      uint32_t *out_cnt, uint64_t *out_at);

#endif
