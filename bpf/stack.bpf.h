/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_STACK_BPF_H
#define BPF_STACK_BPF_H

#include "bpf/abi.h"
#include "bpf/kernel.bpf.h"
#include "bpf/ring.bpf.h"

/*
 * Stacks that are never dropped. A stack map loses what collides, so it is only
 * the first of three places:
 *
 *	stack map --(-EEXIST, -ENOMEM)--> hash of whole bodies --(full)--> the ring
 *
 * Each exists once per epoch. What no place took keeps its errno in the record,
 * as a stack with a status; its weight is never lost.
 *
 * A stack map has one known flaw: two CPUs that fill the same empty bucket with
 * different stacks within some 100 ns get the same id for both. At sampling rates
 * that is about one in 10^9 samples; what fires a million times a second should go
 * straight to the hash of bodies, which has not, for about 10 % more.
 */
struct stack_map {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, ABI_STACKS_MIN); /* a power of two */
	__uint(key_size, sizeof(u32));
	__uint(value_size, ABI_STACK_MAX * sizeof(u64));
};

/* Preallocated: 5.10 takes no other hash in a perf_event program. */
struct body_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ABI_STACKS_MIN / 2);
	__type(key, u64);
	__type(value, struct abi_body);
};

struct stack_scratch {
	u64 busy; /* taken by a program that the present one has interrupted */
	struct abi_body body;
};

struct scratch_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct stack_scratch);
};

extern struct stack_map stacks_0 SEC(".maps");
extern struct stack_map stacks_1 SEC(".maps");
extern struct body_map bodies_0 SEC(".maps");
extern struct body_map bodies_1 SEC(".maps");
extern struct scratch_map scratch SEC(".maps");

/* Flipped by the collector; the other half of the stores is its own. */
extern __u32 stack_epoch;

extern const volatile __u32 stack_no_user;   /* -K */
extern const volatile __u32 stack_no_kernel; /* -U */
extern const volatile __u64 stack_seed;	     /* of the hash of bodies: strangers choose frames */

/* Multiply and fold: every bit of each frame reaches every bit of the key. */
static __always_inline u64 stack_hash(const struct abi_body *body, u32 cnt)
{
	u64 h = stack_seed ^ cnt;

	for (u32 i = 0; i < ABI_STACK_MAX && i < cnt; i++) {
		h = (h ^ body->frames[i]) * 0x9fb21c651e98df25ULL;
		h ^= h >> 32;
	}
	return h;
}

/* Puts scratch->body, of len bytes of frames, into the hash or else into the ring. */
static __always_inline void stack_store_body(void *ctx, struct abi_cpu *cpu, struct abi_body *body,
					     u32 len, u32 epoch, struct abi_stack *out)
{
	__u64 bytes = len;
	long err;

	body->record = ABI_RECORD_BODY;
	body->cnt = len / sizeof(u64);
	body->key = stack_hash(body, body->cnt);
	out->id = body->key;
	out->store = ABI_STORE_BODIES;
	err = epoch ? bpf_map_update_elem(&bodies_1, &body->key, body, BPF_NOEXIST)
		    : bpf_map_update_elem(&bodies_0, &body->key, body, BPF_NOEXIST);
	if (!err) {
		count(&cpu->body_cnt[epoch]);
		return;
	}
	if (err == -EEXIST)
		return;
	out->store = ABI_STORE_RING;
	/* Up to 6.12 the verifier has forgotten the bounds of len by here: shown once more, in
	 * a comparison that the compiler cannot take for a repetition. */
	asm volatile("" : "+r"(bytes));
	if (bytes > sizeof(body->frames))
		bytes = sizeof(body->frames);
	err = bpf_perf_event_output(ctx, &rings, BPF_F_CURRENT_CPU, body,
				    __builtin_offsetof(struct abi_body, frames) + bytes);
	if (!err)
		return;
	count(&cpu->body_lost);
	out->store = ABI_STORE_LOST;
	out->id = -err;
}

static __always_inline void stack_spill(void *ctx, struct abi_cpu *cpu, u64 flags, u32 epoch,
					struct abi_stack *out)
{
	u32 zero = 0;
	struct stack_scratch *s = bpf_map_lookup_elem(&scratch, &zero);
	long len;

	out->store = ABI_STORE_LOST;
	out->id = EBUSY;
	if (!s || s->busy)
		return;
	s->busy = 1;
	barrier();
	len = bpf_get_stack(ctx, s->body.frames, sizeof(s->body.frames), flags);
	if (len > 0 && len <= (long)sizeof(s->body.frames))
		stack_store_body(ctx, cpu, &s->body, len, epoch, out);
	else
		out->id = -len;
	barrier();
	s->busy = 0;
}

static __always_inline void stack_take_one(void *ctx, struct abi_cpu *cpu, u64 flags, u32 epoch,
					   struct abi_stack *out)
{
	long id = epoch ? bpf_get_stackid(ctx, &stacks_1, flags)
			: bpf_get_stackid(ctx, &stacks_0, flags);

	if (id >= 0) {
		out->store = ABI_STORE_MAP;
		out->id = id;
	} else if (id == -EEXIST || id == -ENOMEM) {
		stack_spill(ctx, cpu, flags, epoch, out);
	} else {
		out->store = ABI_STORE_LOST;
		out->id = -id;
	}
}

/* False for threads that have no user half: the kernel's own, and those that are exiting. */
static __always_inline int current_has_user_stack(void)
{
	const struct task_struct *task = (void *)bpf_get_current_task();

	if (BPF_CORE_READ(task, flags) & (PF_KTHREAD | PF_IO_WORKER))
		return 0;
	return BPF_CORE_READ(task, mm) != 0;
}

/*
 * Both stacks of `current`. in_kernel: it was interrupted there, so that there is a
 * kernel stack. The caller holds cpu->in_flight from before it read the epoch until
 * its record is out.
 */
static __always_inline void stack_take(void *ctx, struct abi_cpu *cpu, int in_kernel, u32 epoch,
				       struct abi_stack *out_kernel, struct abi_stack *out_user)
{
	out_kernel->store = ABI_STORE_NONE;
	out_user->store = ABI_STORE_NONE;
	if (in_kernel && !stack_no_kernel)
		stack_take_one(ctx, cpu, 0, epoch, out_kernel);
	if (stack_no_user)
		return;
	if (!in_kernel || current_has_user_stack())
		stack_take_one(ctx, cpu, BPF_F_USER_STACK, epoch, out_user);
}

#endif
