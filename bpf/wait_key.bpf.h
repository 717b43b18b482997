/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_WAIT_KEY_BPF_H
#define BPF_WAIT_KEY_BPF_H

#include "bpf/stack.bpf.h"

/*
 * What waits and links are told apart by: a seeded hash of 64 bits. Strangers choose the
 * frames, so they must not know what falls on what.
 */

/* Multiply and fold: every bit of each word reaches every bit of the hash. */
static __always_inline u64 wait_mix(u64 h, u64 word)
{
	h = (h ^ word) * 0x9fb21c651e98df25ULL;
	return h ^ h >> 32;
}

/* The same stack may find room among the bodies or not; both times its id is its key. */
static __always_inline u64 wait_mix_stack(u64 h, const volatile struct abi_stack *stack)
{
	u32 store = stack->store;

	if (store == ABI_STORE_RING)
		store = ABI_STORE_BODIES;
	return wait_mix(wait_mix(h, store), stack->id);
}

static __always_inline u64 current_exec_id(void)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(task, self_exec_id);
}

#endif
