/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_WAIT_THREAD_BPF_H
#define BPF_WAIT_THREAD_BPF_H

#include "bpf/ring.bpf.h"
#include "bpf/sched.bpf.h"
#include "bpf/task.bpf.h"

/*
 * What becomes of a thread's time: the arithmetic of struct wait_thread. Each stretch lasts
 * from one stamp to the next and is booked once, so what is booked adds up to the time since
 * the thread was born, whatever clocks of different CPUs say: one that is behind the stamp
 * is taken for the stamp.
 */
#define WAIT_CLOCK_NS 100000 /* a clock that runs further back is broken */

/* States that somebody has to end. */
#define WAIT_BLOCKED_STATES                                                                        \
	(1 << ABI_WAIT_INTERRUPTIBLE | 1 << ABI_WAIT_UNINTERRUPTIBLE | 1 << ABI_WAIT_STOPPED |     \
	 1 << ABI_WAIT_IDLE)

static const struct wait_thread wait_thread_unseen;

static __always_inline struct abi_wait_cpu *wait_cpu_counters(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&wait_cpus, &cpu);
}

/* Not 0: the ring did not take it. */
static __always_inline long wait_send(void *ctx, struct abi_wait_cpu *cpu, const void *record,
				      u64 bytes)
{
	long err = bpf_perf_event_output(ctx, &rings, BPF_F_CURRENT_CPU, (void *)record, bytes);

	if (err == -ENOSPC)
		count(&cpu->refused); /* also in interrupts */
	return err;
}

/* When the recording of waits began, or of the run queue alone. */
static __always_inline u64 wait_began_ns(void)
{
	return wait_wanted ? wait_start_ns : latency_start_ns;
}

static __always_inline int wait_is_recording(void)
{
	return wait_began_ns() && !(wait_wanted ? wait_end_ns : latency_end_ns);
}

static __always_inline struct wait_thread *wait_thread_by_tid(u32 tid, int make)
{
	struct wait_thread *t = bpf_map_lookup_elem(&wait_threads, &tid);

	if (t || !make)
		return t;
	bpf_map_update_elem(&wait_threads, &tid, &wait_thread_unseen, BPF_NOEXIST);
	return bpf_map_lookup_elem(&wait_threads, &tid);
}

/* NULL: there is no room for it; make 0: or it has not been seen. */
static __always_inline struct wait_thread *wait_thread_of(struct task_struct *task, int make)
{
	if (wait_has_storage)
		return bpf_task_storage_get(&wait_storage, task, 0,
					    make ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
	return wait_thread_by_tid(task->pid, make);
}

static __always_inline struct wait_thread *wait_thread_of_current(void)
{
	if (wait_has_storage)
		return bpf_task_storage_get(&wait_storage, bpf_get_current_task_btf(), 0, 0);
	return wait_thread_by_tid(bpf_get_current_pid_tgid(), 0);
}

/* The state of a thread that has left its CPU with this in __state. */
static __always_inline u32 wait_state_of(u64 state)
{
	if (!(state & TASK_WAITS))
		return ABI_WAIT_PREEMPTED;
	if (state & TASK_NOLOAD)
		return ABI_WAIT_IDLE;
	if (state & TASK_STOPPED_ANY)
		return ABI_WAIT_STOPPED;
	if (state & (TASK_UNINTERRUPTIBLE | TASK_RTLOCK_WAIT))
		return ABI_WAIT_UNINTERRUPTIBLE;
	return ABI_WAIT_INTERRUPTIBLE;
}

/* Of a task that the kernel vouches for, so that it need not be probed. */
static __always_inline u64 task_state(const struct task_struct *task)
{
	if (bpf_core_field_exists(task->__state))
		return task->__state;
	return ((const struct task_struct___5_10 *)task)->state;
}

static __always_inline u8 wait_choose(const struct task_struct *task)
{
	u32 tgid = task->tgid, tid = task->pid;
	u8 chosen = 0;

	if (!target_by_id)
		return WAIT_CHOSEN_PROCESS;
	if (bpf_map_lookup_elem(&target_tgids, &tgid))
		chosen |= WAIT_CHOSEN_PROCESS;
	if (bpf_map_lookup_elem(&target_tids, &tid))
		chosen |= WAIT_CHOSEN_THREAD;
	return chosen;
}

/* A thread is seen first that lived before the recording; or whose birth found no room. */
static __always_inline void wait_thread_meet(struct wait_thread *t, const struct task_struct *task,
					     enum wait_at at, u32 state)
{
	u64 start_ns = wait_began_ns();
	int is_older = task->start_time <= start_ns;

	if (!is_older)
		start_ns = task->start_time;
	t->state = state;
	t->flags = is_older ? ABI_WAIT_OPEN_START : 0;
	t->chosen = wait_choose(task);
	t->stamp_ns = start_ns;
	t->times.born_ns = start_ns;
	t->at = at;
}

/* `now`, or what is taken for it. */
static __always_inline u64 wait_not_before(struct abi_wait_cpu *cpu, u64 stamp_ns, u64 now_ns)
{
	if (now_ns >= stamp_ns)
		return now_ns;
	if (stamp_ns - now_ns > WAIT_CLOCK_NS)
		count(&cpu->clock_fault);
	else
		count(&cpu->clock_back);
	return stamp_ns;
}

/*
 * When a blocked thread that has waited since t->stamp_ns was woken; 0: it has not been. A
 * waker that came before the switch-out, but while the thread was on its CPU for the last
 * time, came for this wait: it was seen on its way to sleep.
 */
static __always_inline u64 wait_thread_woken(const struct wait_thread *t)
{
	u64 woken_ns = t->chain[(t->side ^ 1) & 1].woken_ns;

	if (woken_ns >= t->stamp_ns)
		return woken_ns;
	return woken_ns > t->in_ns ? t->stamp_ns : 0;
}

static __always_inline int wait_is_due(u32 state, u64 waited_ns)
{
	u64 max_ns = wait_max_ns;

	return waited_ns >= wait_min_ns && (!max_ns || waited_ns <= max_ns) &&
	       wait_states >> (state & 31) & 1;
}

/* What a thread did when the recording ended, since its last stamp. */
struct wait_rest {
	u64 on_ns, blocked_ns, runnable_ns;
	u32 is_due;    /* it was a wait, of those that are kept */
	u32 has_woken; /* the wait has somebody who ended it */
};

static __always_inline struct wait_rest wait_thread_rest(const struct wait_thread *t,
							 const struct task_struct *task)
{
	u64 waited_ns = wait_end_ns > t->stamp_ns ? wait_end_ns - t->stamp_ns : 0, woken_ns = 0;
	int blocked = WAIT_BLOCKED_STATES >> (t->state & 31) & 1;
	struct wait_rest rest = {};

	if (t->at == WAIT_AT_CPU) {
		rest.on_ns = waited_ns;
		return rest;
	}
	if (blocked)
		woken_ns = wait_thread_woken(t);
	/* Woken on its way to sleep, and asleep all the same: the waker came for nothing. */
	if (woken_ns - t->stamp_ns > waited_ns ||
	    (woken_ns == t->stamp_ns && task_state(task) & TASK_WAITS))
		woken_ns = 0;
	rest.has_woken = woken_ns != 0;
	rest.blocked_ns = !blocked ? 0 : woken_ns ? woken_ns - t->stamp_ns : waited_ns;
	rest.runnable_ns = waited_ns - rest.blocked_ns;
	rest.is_due = wait_is_due(t->state, waited_ns);
	return rest;
}

/* Adds it to the times up to stamp_ns. */
static __always_inline void wait_times_close(struct abi_times *times, u64 stamp_ns,
					     const struct wait_rest *rest)
{
	u64 waited_ns = rest->blocked_ns + rest->runnable_ns;

	times->now_ns = stamp_ns + rest->on_ns + waited_ns;
	times->on_ns += rest->on_ns;
	times->blocked_ns += rest->blocked_ns;
	times->runnable_ns += rest->runnable_ns;
	if (waited_ns && !rest->is_due) {
		times->short_cnt++;
		times->short_ns += waited_ns;
	}
}

typedef u64 u64_in_record __attribute__((aligned(4)));

/* Whether links of one generation mean something in another one: the collector keeps them for
 * as long. */
static __always_inline int wait_is_known(u32 generation, u32 now)
{
	return now - generation <= ABI_GENERATIONS_BACK;
}

/*
 * Says of a wait of blocked_ns who has to answer for how much. upto_ns falls from the end of
 * the blocked part to its begin, so that the parts add up exactly.
 */
static __always_inline u32 wait_chain_tell(const struct wait_chain *chain, u64 out_ns,
					   u64 blocked_ns, u64_in_record *out_links,
					   u64_in_record *out_link_ns)
{
	u64 upto_ns = out_ns + blocked_ns;
	u32 cnt = wait_is_known(chain->generation, wait_generation) ? chain->cnt : 0;

#pragma clang loop unroll(full)
	for (u32 i = 0; i < ABI_CHAIN_MAX; i++) {
		u64 from_ns = out_ns;

		if (i >= cnt) {
			out_links[i] = out_link_ns[i] = 0;
			continue;
		}
		if (i + 1 < ABI_CHAIN_MAX && i + 1 < cnt && chain->end_ns[i + 1] > out_ns)
			from_ns = chain->end_ns[i + 1];
		if (from_ns > upto_ns)
			from_ns = upto_ns;
		out_links[i] = chain->id[i];
		out_link_ns[i] = upto_ns - from_ns;
		upto_ns = from_ns;
	}
	return cnt;
}

#endif
