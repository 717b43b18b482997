/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_STACK_BPF_H
#define BPF_STACK_BPF_H

#include "bpf/abi.h"
#include "bpf/kernel.bpf.h"
#include "bpf/ring.bpf.h"
#include "bpf/unwind.bpf.h"
#include "bpf/wait.h"

/*
 * Stacks that are never dropped. A stack map loses what collides, so it is only
 * the first of three places:
 *
 *	stack map --(-EEXIST, -ENOMEM)--> hash of whole bodies --(full)--> the ring
 *
 * Each exists once per epoch. What no place took keeps its errno in the record,
 * as a stack with a status; its weight is never lost. User stacks that we unwound begin
 * with the second place; one that cannot be unwound yet goes into the ring as a copy. Samples
 * that are taken at a low rate carry theirs, if it is not deep: the leaf is another one nearly
 * each time, and a hash gains nothing from what comes once.
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

extern struct stack_map stacks_0 SEC(".maps");
extern struct stack_map stacks_1 SEC(".maps");
extern struct body_map bodies_0 SEC(".maps");
extern struct body_map bodies_1 SEC(".maps");

/* Flipped by the collector; the other half of the stores is its own. */
extern __u32 stack_epoch;

extern const volatile __u32 stack_no_user;   /* -K */
extern const volatile __u32 stack_no_kernel; /* -U */
/* Bytes of stacks that waits and wakers may have copied in an epoch, of each CPU: a sleeper can
 * come back at any rate. Set at any time. */
extern __u32 stack_copy_room;

extern const volatile __u64 stack_seed; /* of the hash of bodies: strangers choose frames */

/* Gives the body of a slot its key, and puts it into the hash of an epoch. -EEXIST: it is
 * there; another errno: it found no room. */
int stack_keep_body(u32 slot, u32 epoch);

/* Puts the body of a slot, with cnt frames and its end, into the hash or else into the ring. */
static __always_inline void stack_store_body(void *ctx, struct abi_cpu *cpu,
					     struct unwind_slot *slot, u32 index, u32 epoch,
					     struct abi_stack *out)
{
	struct abi_body *body = &slot->walk.body;
	__u64 bytes;
	long err = stack_keep_body(index, epoch);

	out->id = body->key;
	out->store = ABI_STORE_BODIES;
	if (!err) {
		count(&cpu->body_cnt[epoch]);
		return;
	}
	if (err == -EEXIST)
		return;
	out->store = ABI_STORE_RING;
	bytes = (u64)body->cnt * sizeof(u64);
	/* Up to 6.12 the verifier forgets bounds across calls: shown here, in a comparison
	 * that the compiler cannot take for a repetition. */
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

/* Fills a body with what the kernel walks; its bytes, or a negative errno. */
static __always_inline long stack_walk(void *ctx, struct task_struct *task, struct abi_body *body,
				       u64 flags)
{
	long len = task ? bpf_get_task_stack(task, body->frames, sizeof(body->frames), flags)
			: bpf_get_stack(ctx, body->frames, sizeof(body->frames), flags);

	body->end = UNWIND_END_NONE;
	body->cnt = len > 0 && len <= (long)sizeof(body->frames) ? len / sizeof(u64) : 0;
	return len;
}

/*
 * A stack as the kernel walks it, straight to the bodies: what fires at every switch is too
 * often for a stack map. task NULL: current's; else the kernel stack of one that is switched
 * to.
 */
static __always_inline void stack_take_body(void *ctx, struct abi_cpu *cpu,
					    struct task_struct *task, u64 flags, u32 epoch,
					    struct abi_stack *out)
{
	u32 index;
	struct unwind_slot *slot = unwind_take_slot(&index);
	long len;

	out->store = ABI_STORE_LOST;
	out->id = EBUSY;
	if (!slot)
		return;
	len = stack_walk(ctx, task, &slot->walk.body, flags);
	if (len > 0)
		stack_store_body(ctx, cpu, slot, index, epoch, out);
	else
		out->id = -len;
	unwind_disown(&slot->busy);
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
		stack_take_body(ctx, cpu, 0, flags, epoch, out);
	} else {
		out->store = ABI_STORE_LOST;
		out->id = -id;
	}
}

/* False for threads that have no user half: the kernel's own, those that are exiting, and
 * those in an exec, whose old stack is gone and whose new one is not there yet. */
static __always_inline int task_has_user_stack(const struct task_struct *task)
{
	const struct mm_struct *mm;

	if (BPF_CORE_READ(task, flags) & (PF_KTHREAD | PF_IO_WORKER))
		return 0;
	mm = BPF_CORE_READ(task, mm);
	return mm && BPF_CORE_READ(mm, start_stack);
}

static __always_inline int current_has_user_stack(void)
{
	return task_has_user_stack((const struct task_struct *)bpf_get_current_task());
}

/* Puts the stack of a slot where it is kept, or leaves it, with the slot, to who asks for that.
 * Returns whether the slot is left. */
static __always_inline int stack_keep_walk(void *ctx, struct abi_cpu *cpu, struct unwind_slot *slot,
					   u32 index, u32 epoch, struct unwind_slot **carrier,
					   struct abi_stack *out)
{
	if (!carrier || slot->walk.body.cnt > ABI_CARRIED_MAX) {
		stack_store_body(ctx, cpu, slot, index, epoch, out);
		return 0;
	}
	out->store = ABI_STORE_CARRIED;
	out->id = 0;
	*carrier = slot;
	return 1;
}

/* False: the stack is not ours to unwind. copied: the bytes that were, of stack_copy_room;
 * NULL: as many as there are. */
static __always_inline int stack_unwind(void *ctx, const struct bpf_perf_event_data *event,
					struct abi_cpu *cpu, int in_kernel, u32 epoch, u64 *copied,
					struct unwind_slot **carrier, struct abi_stack *out)
{
	u32 index;
	struct unwind_slot *slot = unwind_take_slot(&index);
	struct abi_body *body;
	int end = UNWIND_END_NONE, ours;

	out->store = ABI_STORE_LOST;
	out->id = EBUSY;
	if (!slot)
		return 1;
	body = &slot->walk.body;
	ours = unwind_registers(slot, event, in_kernel);
	if (ours) {
		body->end = UNWIND_END_NONE;
		body->cnt = 1;
		body->frames[0] = slot->walk.regs[UNWIND_RIP];
		if (unwind_mode == ABI_UNWIND_AUTO)
			end = unwind_run(index);
		if ((end != UNWIND_END_NONE && !unwind_end_wants_copy(end)) ||
		    (copied && *copied >= stack_copy_room) ||
		    unwind_send_copy(ctx, cpu, slot, copied, out)) {
			if (end == UNWIND_END_NONE)
				body->end = UNWIND_END_COPY_CUT;
			if (stack_keep_walk(ctx, cpu, slot, index, epoch, carrier, out))
				return 1;
		}
	}
	unwind_disown(&slot->busy);
	return ours;
}

static __always_inline void stack_take_user(void *ctx, const struct bpf_perf_event_data *event,
					    struct abi_cpu *cpu, int in_kernel, u32 epoch,
					    struct unwind_slot **carrier, struct abi_stack *out)
{
	if (in_kernel && !current_has_user_stack())
		return;
	if (unwind_mode != ABI_UNWIND_FP &&
	    stack_unwind(ctx, event, cpu, in_kernel, epoch, 0, carrier, out))
		return;
	stack_take_one(ctx, cpu, BPF_F_USER_STACK, epoch, out);
}

/* The user stack of `current`, which is in the kernel: never in a stack map, and as a copy
 * only while there is room for it. */
static __always_inline void stack_take_user_body(void *ctx, struct abi_cpu *cpu, u64 *copied,
						 u32 epoch, struct abi_stack *out)
{
	if (!current_has_user_stack())
		return;
	if (unwind_mode != ABI_UNWIND_FP && stack_unwind(ctx, 0, cpu, 1, epoch, copied, 0, out))
		return;
	stack_take_body(ctx, cpu, 0, BPF_F_USER_STACK, epoch, out);
}

/*
 * Both stacks of `current`. in_kernel: it was interrupted there, so that there is a
 * kernel stack; else `event` has the registers of user code, and may be NULL where there
 * is no such program. The caller holds cpu->in_flight from before it read the epoch until
 * its record is out. carrier, if not NULL: what is there then, if anything, is a slot to be
 * kept as a struct abi_carrier, and then disowned.
 */
static __always_inline void stack_take(void *ctx, const struct bpf_perf_event_data *event,
				       struct abi_cpu *cpu, int in_kernel, u32 epoch,
				       struct unwind_slot **carrier, struct abi_stack *out_kernel,
				       struct abi_stack *out_user)
{
	out_kernel->store = ABI_STORE_NONE;
	out_user->store = ABI_STORE_NONE;
	if (in_kernel && !stack_no_kernel)
		stack_take_one(ctx, cpu, 0, epoch, out_kernel);
	if (!stack_no_user)
		stack_take_user(ctx, event, cpu, in_kernel, epoch, carrier, out_user);
}

#endif
