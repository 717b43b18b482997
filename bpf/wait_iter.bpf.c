/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What threads do when a recording begins and when it ends, where no switch says so.
 *
 * Hooks	iter/task; iter.s/task, which may sleep, where user stacks of others can be
 *		read
 * current	the collector
 * stacks	at the end, of each thread that still waits: the kernel's walked, the user's
 *		copied. Whoever has run since has told its wait itself (bpf/sched.bpf.c)
 * lost		threads for which no state is to be had: untracked. A thread that is switched
 *		to while it is seeded has a gap
 * since	5.10; user stacks since 5.18
 */
#include "bpf/stack.bpf.h"
#include "bpf/wait_thread.bpf.h"

#define OPEN_PAGES (ABI_OPEN_BYTES / UNWIND_PAGE + 1)

struct open_room {
	struct abi_open open;
	u8 bytes[ABI_OPEN_BYTES + UNWIND_PAGE];
};

struct open_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct open_room);
};

struct open_map wait_opens SEC(".maps");

SEC("iter/task")
int wait_seed(struct bpf_iter__task *ctx)
{
	struct abi_wait_cpu *cpu = wait_cpu_counters();
	struct task_struct *task = ctx->task;
	struct wait_thread *t;
	u64 state;

	if (!task || !cpu || !task->pid || !wait_start_ns)
		return 0;
	state = task_state(task);
	if (state & TASK_DEAD)
		return 0;
	t = wait_thread_of(task, 1);
	if (!t) {
		count(&cpu->untracked);
		return 0;
	}
	if (t->at)
		return 0;
	if (task->on_cpu)
		wait_thread_meet(t, task, WAIT_AT_CPU, ABI_WAIT_PREEMPTED);
	else
		wait_thread_meet(t, task, WAIT_AT_REST, wait_state_of(state));
	return 0;
}

/* The time since the last stamp, and the wait, if it is one; not where the thread has been
 * switched to since, which has told it. */
static __always_inline void open_tell(struct abi_open *o, const struct wait_thread *t,
				      const struct task_struct *task)
{
	const struct wait_chain *chain = &t->chain[(t->side ^ 1) & 1];
	struct wait_rest rest;

	o->times = t->times;
	if (t->at == WAIT_AT_OVER)
		return;
	rest = wait_thread_rest(t, task);
	wait_times_close(&o->times, t->stamp_ns, &rest);
	o->is_waiting = rest.is_due;
	o->state = t->state;
	o->flags = t->flags | ABI_WAIT_OPEN_END;
	o->out_ns = t->stamp_ns;
	o->blocked_ns = rest.blocked_ns;
	o->runnable_ns = rest.runnable_ns;
	if (!rest.has_woken || !wait_depth)
		return;
	o->link_cnt = wait_chain_tell(chain, o->out_ns, o->blocked_ns, o->links, o->link_ns);
	if (o->link_cnt && chain->deeper)
		o->flags |= ABI_WAIT_DEEPER;
}

static __always_inline void open_take_kernel(struct abi_open *o, struct task_struct *task)
{
	long len;

	if (stack_no_kernel)
		return;
	len = bpf_get_task_stack(task, o->kernel, sizeof(o->kernel), 0);
	if (len < 0)
		o->kernel_err = -len;
	else
		o->kernel_cnt = len / sizeof(u64);
}

/* Page by page, so that the last one which can be read is not lost with the next. */
static __always_inline void open_copy(struct open_room *room, struct task_struct *task)
{
	u64 from = room->open.regs[UNWIND_RSP], len = 0;

	for (u32 i = 0; i < OPEN_PAGES && len < ABI_OPEN_BYTES; i++) {
		u64 n = UNWIND_PAGE - ((from + len) & (UNWIND_PAGE - 1));

		if (n > ABI_OPEN_BYTES - len)
			n = ABI_OPEN_BYTES - len;
		asm volatile("" : "+r"(len), "+r"(n));
		if (len > ABI_OPEN_BYTES || n > UNWIND_PAGE)
			break;
		if (bpf_copy_from_user_task(&room->bytes[len], n, (void *)(from + len), task, 0))
			break;
		len += n;
	}
	room->open.user_len = len;
}

#if defined(__TARGET_ARCH_x86)
static __always_inline void open_take_user(struct open_room *room, struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)room->bytes;

	room->open.check = unwind_check_of(task);
	if (bpf_probe_read_kernel(regs, sizeof(*regs), (void *)bpf_task_pt_regs(task)) ||
	    !unwind_keep_registers(room->open.regs, regs)) {
		room->open.user_err = ENOTSUP;
		return;
	}
	open_copy(room, task);
}
#else
static __always_inline void open_take_user(struct open_room *room, struct task_struct *task)
{
	room->open.user_err = ENOTSUP;
}
#endif

static __always_inline int open_is_asked_for(const struct wait_thread *t,
					     const struct task_struct *task)
{
	return t && t->at && t->at != WAIT_AT_END && t->chosen && target_has_kind_of(task);
}

static __always_inline void open_take_stacks(struct open_room *room, struct task_struct *task,
					     int can_sleep)
{
	int has_user = !stack_no_user && task_has_user_stack(task);

	if (!room->open.is_waiting || room->open.state == ABI_WAIT_NEW)
		return;
	room->open.user_err = has_user ? 0 : ENOENT;
	if (task->on_cpu) {
		room->open.kernel_err = EBUSY;
		room->open.user_err = has_user ? EBUSY : ENOENT;
		return;
	}
	open_take_kernel(&room->open, task);
	if (has_user && can_sleep)
		open_take_user(room, task);
	else if (has_user)
		room->open.user_err = ENOTSUP;
}

static __always_inline int open_write(struct bpf_iter__task *ctx, int can_sleep)
{
	struct task_struct *task = ctx->task;
	u32 zero = 0;
	struct open_room *room = bpf_map_lookup_elem(&wait_opens, &zero);
	struct abi_wait_cpu *cpu = wait_cpu_counters();
	struct wait_thread *t;
	u64 bytes;

	if (!task || !room || !cpu || !task->pid)
		return 0;
	t = wait_thread_of(task, 0);
	if (!open_is_asked_for(t, task))
		return 0;
	__builtin_memset(&room->open, 0, __builtin_offsetof(struct abi_open, kernel));
	room->open.tgid = task->tgid;
	room->open.tid = task->pid;
	bpf_probe_read_kernel(room->open.comm, sizeof(room->open.comm), task->comm);
	open_tell(&room->open, t, task);
	open_take_stacks(room, task, can_sleep);
	bytes = room->open.user_len;
	asm volatile("" : "+r"(bytes));
	if (bytes > ABI_OPEN_BYTES)
		bytes = ABI_OPEN_BYTES;
	room->open.bytes = sizeof(room->open) + bytes;
	if (bpf_seq_write(ctx->meta->seq, room, sizeof(room->open) + bytes))
		return 0; /* no room for it: the iterator comes again */
	t->at = WAIT_AT_END;
	if (t->exits)
		count(&cpu->ended);
	return 0;
}

SEC("iter.s/task")
int wait_open(struct bpf_iter__task *ctx)
{
	return open_write(ctx, 1);
}

SEC("iter/task")
int wait_open_atomic(struct bpf_iter__task *ctx)
{
	return open_write(ctx, 0);
}
