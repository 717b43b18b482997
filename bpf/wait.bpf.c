/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stacks of a thread that runs again after a wait which is due, as bpf/sched.bpf.c left
 * it in the CPU's cell. One of these is loaded, the first that the kernel has:
 *
 * Hooks	tp_btf sched_exit_tp, the last thing that schedule() does (since 6.18);
 *		fentry or kprobe finish_task_switch, by which a thread comes back;
 *		tp_btf sched_switch, behind the program of bpf/sched.bpf.c
 * current	the thread that has waited; at sched_switch the one before it
 * stacks	current's, kernel and user; at sched_switch the next thread's kernel stack
 *		only: the user stack of another cannot be walked, and latencies of the run queue
 *		have none at all there
 * lost		a stack has its errno; a wait without room among the sums and in the ring:
 *		lost_cnt. Where the hook is not run, the next switch counts the wait as lost
 * since	5.10
 */
#include "bpf/latency_tell.bpf.h"
#include "bpf/wait.bpf.h"
#include "bpf/wait_memo.bpf.h"

static __always_inline void wait_tell_links(struct abi_wait_cpu *cpu, struct abi_wait *w,
					    const struct wait_thread *t)
{
	const struct wait_chain *chain;

	w->link_cnt = 0;
	if (!wait_depth || !t || !(WAIT_BLOCKED_STATES >> (w->state & 31) & 1))
		return;
	chain = &t->chain[t->side & 1];
	w->link_cnt = wait_chain_tell(chain, w->out_ns, w->blocked_ns, w->links, w->link_ns);
	if (w->link_cnt && chain->deeper)
		w->flags |= ABI_WAIT_DEEPER;
}

/* As stack_take_body(); known: where to remember it. */
static __always_inline void wait_walk_kernel(void *ctx, struct abi_cpu *counters,
					     struct task_struct *task, u32 epoch,
					     struct wait_known_stack *known, struct abi_stack *out)
{
	u32 index;
	struct unwind_slot *slot = unwind_take_slot(&index);
	long len;

	out->store = ABI_STORE_LOST;
	out->id = EBUSY;
	if (!slot)
		return;
	len = stack_walk(ctx, task, &slot->walk.body, 0);
	if (len > 0)
		stack_store_body(ctx, counters, slot, index, epoch, out);
	else
		out->id = -len;
	if (known && out->store == ABI_STORE_BODIES &&
	    wait_memo_covers(bpf_get_smp_processor_id(), index)) {
		known->hash = known->wanted;
		known->id = out->id;
	}
	unwind_disown(&slot->busy);
}

/* The kernel stack of a thread that has just waited; as bpf/wait_memo.bpf.h says, mostly
 * without walking it. */
static __always_inline void wait_take_kernel(void *ctx, struct abi_cpu *counters,
					     struct task_struct *task, u32 epoch,
					     struct abi_stack *out)
{
	struct wait_known_stack *known = wait_memo_find(task);

	if (known && known->hash == known->wanted && wait_memo_holds(epoch, &known->id)) {
		out->store = ABI_STORE_BODIES;
		out->id = known->id;
		return;
	}
	wait_walk_kernel(ctx, counters, task, epoch, known, out);
}

/* NULL: the stacks are current's. */
static __always_inline void wait_take_stacks(void *ctx, struct abi_wait_cpu *cpu,
					     struct abi_cpu *counters, struct abi_wait *w,
					     struct task_struct *task, u32 epoch)
{
	struct abi_stack kernel = { .store = ABI_STORE_NONE }, user = kernel;

	if (!stack_no_kernel)
		wait_take_kernel(ctx, counters, task, epoch, &kernel);
	if (!stack_no_user && !task) {
		stack_take_user_body(ctx, counters, &cpu->copied[epoch], epoch, &user);
	} else if (!stack_no_user && task_has_user_stack(task)) {
		user.store = ABI_STORE_LOST;
		user.id = ENOTSUP;
	}
	w->kernel = kernel;
	w->user = user;
}

static __noinline int wait_take(void *ctx, struct wait_cell *cell, struct task_struct *task)
{
	struct abi_wait_cpu *cpu = wait_cpu_counters();
	struct abi_cpu *counters = cpu_counters();
	struct abi_wait *w = &cell->wait;
	u64 begin_ns = bpf_ktime_get_ns();
	u32 epoch;

	if (!cpu || !counters)
		return 0;
	count(&counters->in_flight);
	epoch = *(volatile __u32 *)&stack_epoch & 1;
	wait_tell_links(cpu, w, task ? wait_thread_of(task, 0) : wait_thread_of_current());
	wait_take_stacks(ctx, cpu, counters, w, task, epoch);
	w->key = wait_key(w, task ? BPF_CORE_READ(task, self_exec_id) : current_exec_id());
	wait_keep(ctx, cpu, w, epoch);
	__sync_fetch_and_add(&counters->in_flight, -1);
	__sync_fetch_and_add(&cpu->busy_ns, bpf_ktime_get_ns() - begin_ns);
	return 0;
}

/* How long it was in the run queue, if that is wanted as a single latency. */
static __always_inline void wait_tell_runq(void *ctx, struct wait_cell *cell, u32 elsewhere)
{
	if (!(latency_wanted >> ABI_MEASURE_RUNQ & 1) || !cell->runq_why)
		return;
	cell->runq.elsewhere = elsewhere;
	latency_tell(ctx, &cell->runq, cell->runq_why, 0, 0);
	cell->runq.elsewhere = 0;
	cell->runq_why = 0;
}

/* Of the thread that has come to run here: NULL: it is current. */
static __always_inline int wait_end(void *ctx, u32 tid, struct task_struct *task)
{
	u32 index = bpf_get_smp_processor_id();
	struct wait_cell *cell = bpf_map_lookup_elem(&wait_cells, &index);

	if (!cell)
		return 0;
	if (cell->runq_why && cell->runq.tid == tid)
		wait_tell_runq(ctx, cell, task != 0);
	if (!wait_wanted || !cell->wait.tid || cell->wait.tid != tid)
		return 0;
	wait_take(ctx, cell, task);
	cell->wait.tid = 0;
	return 0;
}

static __always_inline int wait_resume(void *ctx)
{
	return wait_end(ctx, bpf_get_current_pid_tgid(), 0);
}

/* Half of the time schedule() finds nobody else to run. */
SEC("tp_btf/sched_exit_tp")
int BPF_PROG(wait_resume_exit, bool is_switch)
{
	return is_switch ? wait_resume(ctx) : 0;
}

SEC("fentry/finish_task_switch")
int wait_resume_finish(void *ctx)
{
	return wait_resume(ctx);
}

SEC("kprobe")
int wait_resume_probe(struct pt_regs *ctx)
{
	return wait_resume(ctx);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(wait_resume_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	return wait_end(ctx, next->pid, next);
}
