/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_UNWIND_BPF_H
#define BPF_UNWIND_BPF_H

#include "bpf/abi.h"
#include "bpf/kernel.bpf.h"
#include "bpf/ring.bpf.h"
#include "bpf/unwind_step.h"
#include "bpf/wait.h"

/*
 * User stacks without frame pointers: the walk of bpf/unwind_step.h over the stack of
 * `current`, and copies of stacks that it cannot walk.
 *
 * All that is looked up per frame lies in plain arrays, whose lookups are inlined. Words of
 * the stack come out of a window of 1 KiB: reading user memory costs some 50 ns however
 * little is read, which is more than all the rest of a frame.
 *
 * Between two samples others have the caches, and the tables of a frame lie on four lines of
 * as many pages, each of which then costs as much as all the rest: rules of callers are
 * remembered, side by side, for as long as their process has the same mappings.
 *
 * A program can interrupt another on its CPU, and that one a third: there are three slots
 * for each CPU. A slot is owned by who counted it up from 0, which holds on kernels that
 * have no other atomic operation than adding: of two who count it up at once, neither or
 * one sees 1.
 */
#define UNWIND_KNOWN_BITS 7
#define UNWIND_WINDOW 128      /* words */
#define UNWIND_WINDOW_BELOW 64 /* bytes */
#define UNWIND_PAGE 4096
#define UNWIND_BEYOND_FIRST 64 /* bytes */

/* The rule that an address had; run 0: of none. */
struct unwind_known {
	u64 at;
	u32 run, mapping;
	struct unwind_rule rule;
};

struct unwind_slot {
	struct abi_sample sample; /* with the walk's body, a struct abi_carrier */
	u32 reserved;
	u64 time_ns;
	struct unwind_walk walk;
	u64 busy;
	u64 index; /* its own */
	u64 run;   /* of the process */
	u64 window_at;
	u64 window_cnt; /* words of it that could be read */
	u64 window[UNWIND_WINDOW];
	struct unwind_known known[1 << UNWIND_KNOWN_BITS];
};

_Static_assert(__builtin_offsetof(struct unwind_slot, walk.body) ==
		       __builtin_offsetof(struct abi_carrier, body),
	       "unwind_slot");

static __always_inline struct unwind_slot *unwind_slot_of(struct unwind_walk *w)
{
	return (void *)w - __builtin_offsetof(struct unwind_slot, walk);
}

struct unwind_copy {
	u64 busy;
	u64 serial;
	union {
		struct abi_copy copy;
		u8 room[sizeof(struct abi_copy) + ABI_COPY_MAX + UNWIND_PAGE];
	};
};

/* The loader makes the arrays as large as they may become; elements of arrays are multiples
 * of 8 bytes, so rows and blocks lie in pairs. */
struct unwind_word_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
};

struct unwind_rule_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct unwind_rule);
};

struct unwind_mapping_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct unwind_mapping);
};

struct unwind_process_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct unwind_process);
};

struct unwind_slot_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ABI_UNWIND_SLOTS); /* of all possible CPUs, set by the loader */
	__type(key, u32);
	__type(value, struct unwind_slot);
};

struct unwind_copy_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* possible CPUs, set by the loader */
	__type(key, u32);
	__type(value, struct unwind_copy);
};

extern struct unwind_word_map unwind_rows SEC(".maps");
extern struct unwind_word_map unwind_blocks SEC(".maps");
extern struct unwind_rule_map unwind_rules SEC(".maps");
extern struct unwind_mapping_map unwind_mappings SEC(".maps");
extern struct unwind_process_map unwind_processes SEC(".maps");
extern struct unwind_slot_map unwind_slots SEC(".maps");
extern struct unwind_copy_map unwind_copies SEC(".maps");

extern const volatile __u32 unwind_mode; /* enum abi_unwind */
extern const volatile __u32 unwind_copy_bytes;

/* Walks from the registers of the slot; its body is then complete but for the key. Returns
 * the body's end. */
int unwind_run(u32 slot);

/* Copies the stack whose walk the slot holds into the copy of this CPU, which the caller owns;
 * returns the bytes of the stack, which are `most` or less. */
int unwind_copy_stack(u32 cpu, u32 slot, u32 most);

/* Owns one of a CPU's slots, from the first one on; its index, or -1. */
int unwind_own_slot(u32 first);

static __always_inline int unwind_own(u64 *busy)
{
	count(busy);
	if (*(volatile u64 *)busy == 1)
		return 1;
	__sync_fetch_and_add(busy, -1);
	return 0;
}

static __always_inline void unwind_disown(u64 *busy)
{
	__sync_fetch_and_add(busy, -1);
}

/* A slot of this CPU, and its index; NULL: more programs interrupted each other than there
 * are slots. To be given back with unwind_disown(&slot->busy). */
static __always_inline struct unwind_slot *unwind_take_slot(u32 *out_index)
{
	int index = unwind_own_slot(bpf_get_smp_processor_id() * ABI_UNWIND_SLOTS);

	if (index < 0)
		return 0;
	*out_index = index;
	return bpf_map_lookup_elem(&unwind_slots, out_index);
}

/* Which address space a thread is in, as never another of this pid was or will be: an exec
 * changes the count, a process that gets the pid later has started at another time. */
static __always_inline u64 unwind_check_of(const struct task_struct *task)
{
	u64 check = (u64)BPF_CORE_READ(task, mm);

	check = (check ^ BPF_CORE_READ(task, group_leader, start_time)) * 0x9fb21c651e98df25ULL;
	check ^= check >> 32;
	check = (check ^ (u64)BPF_CORE_READ(task, self_exec_id)) * 0x9fb21c651e98df25ULL;
	return (check ^ check >> 32) | 1;
}

/* Of `current`. */
static __always_inline u64 unwind_check(void)
{
	return unwind_check_of((const struct task_struct *)bpf_get_current_task());
}

#if defined(__TARGET_ARCH_x86)

#define UNWIND_USER_CS 0x33 /* code of 64 bits */
#define UNWIND_THREAD_BYTES 16384

/* Where kernels before 5.15, which have no helper for it, keep the user's registers. */
static __always_inline const void *unwind_user_registers(void)
{
	const struct task_struct *task;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return (const void *)bpf_task_pt_regs((void *)bpf_get_current_task_btf());
	task = (void *)bpf_get_current_task();
	return (const u8 *)BPF_CORE_READ(task, stack) + UNWIND_THREAD_BYTES -
	       sizeof(struct pt_regs);
}

static __always_inline int unwind_keep_registers(u64 *to, const struct pt_regs *from)
{
	u64 cs = from->cs & 0xffff;

	to[UNWIND_RAX] = from->rax;
	to[UNWIND_RDX] = from->rdx;
	to[UNWIND_RCX] = from->rcx;
	to[UNWIND_RBX] = from->rbx;
	to[UNWIND_RSI] = from->rsi;
	to[UNWIND_RDI] = from->rdi;
	to[UNWIND_RBP] = from->rbp;
	to[UNWIND_RSP] = from->rsp;
	to[UNWIND_R8] = from->r8;
	to[UNWIND_R8 + 1] = from->r9;
	to[UNWIND_R8 + 2] = from->r10;
	to[UNWIND_R8 + 3] = from->r11;
	to[UNWIND_R8 + 4] = from->r12;
	to[UNWIND_R8 + 5] = from->r13;
	to[UNWIND_R8 + 6] = from->r14;
	to[UNWIND_R8 + 7] = from->r15;
	to[UNWIND_RIP] = from->rip;
	/* All loads are here, and none behind the join with another source, where a pointer
	 * would be one into ctx, which verifiers refuse. */
	asm volatile("" : "+r"(cs) : : "memory");
	return cs == UNWIND_USER_CS;
}

/*
 * The registers that `current` has or will have in user code. event: those that were
 * interrupted, if that was user code. False: not ours to walk, code of 32 bits.
 */
static __always_inline int unwind_registers(struct unwind_slot *slot,
					    const struct bpf_perf_event_data *event, int in_kernel)
{
	if (event && !in_kernel)
		return unwind_keep_registers(slot->walk.regs, &event->regs);
	if (bpf_probe_read_kernel(slot->window, sizeof(struct pt_regs), unwind_user_registers()))
		return 0;
	return unwind_keep_registers(slot->walk.regs, (const struct pt_regs *)slot->window);
}

#else

static __always_inline int unwind_registers(struct unwind_slot *slot,
					    const struct bpf_perf_event_data *event, int in_kernel)
{
	return 0;
}

#endif

/*
 * Sends a copy of the stack whose walk the slot holds, before its sample. copied: it is of who
 * waits or wakes, its bytes are added there, and it is a short one. 0: out names it. Else the
 * errno, and the copy is lost.
 */
static __always_inline long unwind_send_copy(void *ctx, struct abi_cpu *cpu,
					     const struct unwind_slot *slot, u64 *copied,
					     struct abi_stack *out)
{
	u32 index = bpf_get_smp_processor_id();
	u32 most = copied ? ABI_WAIT_COPY_BYTES : ABI_COPY_MAX;
	struct unwind_copy *c = bpf_map_lookup_elem(&unwind_copies, &index);
	long err = -EBUSY;

	count(&cpu->copy_cnt);
	if (c && unwind_own(&c->busy)) {
		u64 len;

		len = (u32)unwind_copy_stack(index, slot->index, most);
		asm volatile("" : "+r"(len));
		if (len > ABI_COPY_MAX)
			len = ABI_COPY_MAX;
		if (copied)
			__sync_fetch_and_add(copied, sizeof(c->copy) + len);
		out->store = ABI_STORE_COPY;
		out->id = c->serial;
		err = bpf_perf_event_output(ctx, &rings, BPF_F_CURRENT_CPU, &c->copy,
					    sizeof(c->copy) + len);
		unwind_disown(&c->busy);
	}
	if (err)
		count(&cpu->copy_lost);
	return err;
}

#endif
