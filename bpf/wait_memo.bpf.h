/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_WAIT_MEMO_BPF_H
#define BPF_WAIT_MEMO_BPF_H

#include "bpf/stack.bpf.h"

/*
 * Kernel stacks of threads that waited, without walking them again. Walking is what costs
 * most of all, and threads wait at the same few places.
 *
 * While a thread waits and until it has left schedule(), its kernel stack from thread.sp up
 * is as it was when it went. What the kernel walks there depends on the return addresses and
 * on where they lie: each says how far the next is. So two stacks in which the same words
 * that can be addresses of code stand at the same places are the same stack, and a seeded
 * hash of these words and places stands for what was walked. A leftover that is no return
 * address can make a known stack look unknown, never the reverse.
 *
 * Above the frame of do_syscall_64() kernels leave a gap of random size, full of leftovers,
 * and behind it all stacks are the same: the hash ends with the first word that leads there.
 * If that one is a leftover itself, frames are missing below it, and nothing is remembered:
 * all that was walked has to be found below, in its order.
 *
 * What is known names a body; one that is not in the epoch's hash is walked again.
 */
#define WAIT_MEMO_WORDS 256 /* of a deeper stack nothing is remembered */
#define WAIT_MEMO_BITS 8
#define WAIT_MEMO_SWITCH 6		      /* the word that __switch_to_asm() returns by */
#define WAIT_MEMO_OWN 12		      /* frames on top, at most */
#define WAIT_TEXT_BEGIN 0xffffffff80000000ULL /* the kernel's, its modules', and of programs */
#define WAIT_TEXT_BYTES 0x7f000000ULL

struct wait_known_stack {
	u64 hash; /* 0: none */
	u64 wanted;
	u64 id;
};

struct wait_memo {
	u64 hash;
	u64 cnt; /* of the words that were hashed */
	u64 ends_in_syscall;
	u64 found; /* frames */
	u64 words[WAIT_MEMO_WORDS];
	struct wait_known_stack known[1 << WAIT_MEMO_BITS];
};

struct wait_memo_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* possible CPUs, set by the loader */
	__type(key, u32);
	__type(value, struct wait_memo);
};

extern struct wait_memo_map wait_memos SEC(".maps");

/* Of this CPU's words. */
int wait_memo_hash(u32 cpu, u32 cnt);

/* Whether the stack that was walked into a slot is in the words that were hashed. */
int wait_memo_covers(u32 cpu, u32 slot);

static __always_inline int wait_memo_holds(u32 epoch, u64 *id)
{
	return epoch ? bpf_map_lookup_elem(&bodies_1, id) != 0
		     : bpf_map_lookup_elem(&bodies_0, id) != 0;
}

/* Where the stack of a thread is remembered: it is, if hash and wanted are the same. NULL:
 * it cannot be. task NULL: current's. */
static __always_inline struct wait_known_stack *wait_memo_find(const struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	u32 cpu = bpf_get_smp_processor_id();
	struct wait_memo *memo = bpf_map_lookup_elem(&wait_memos, &cpu);
	struct wait_known_stack *known;
	u64 sp, bytes;

	if (!task)
		task = (const struct task_struct *)bpf_get_current_task();
	sp = BPF_CORE_READ(task, thread.sp);
	bytes = (u64)BPF_CORE_READ(task, stack) + UNWIND_THREAD_BYTES - sp;
	asm volatile("" : "+r"(bytes));
	if (!memo || bytes > sizeof(memo->words) ||
	    bpf_probe_read_kernel(memo->words, bytes, (const void *)sp))
		return 0;
	wait_memo_hash(cpu, bytes / sizeof(u64));
	known = &memo->known[memo->hash >> (64 - WAIT_MEMO_BITS)];
	known->wanted = memo->hash | 1;
	return known;
#else
	return 0;
#endif
}

#endif
