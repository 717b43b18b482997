/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What each thread's time is spent with: on a CPU, runnable, blocked. Here is nothing but
 * stamps and sums of a thread; a wait that has ended and is due is left in the CPU's cell for
 * bpf/wait.bpf.c, which is run next, by the thread itself. The time that a thread was runnable
 * is counted as a latency, too, if these are asked for; so it can be without waits.
 *
 * Hooks	tp_btf sched_switch, below the run queue's lock; tp_btf sched_process_fork,
 *		sched_process_exit
 * current	the thread that leaves (prev); the parent; who exits
 * stacks	none, but for the wait of a new thread, which has none
 * lost		switches of threads for which no state is to be had: untracked. A wait whose
 *		thread did not come to its hook: lost_cnt. A switch that was not seen: the
 *		thread's gap_ns. Accounts that the ring refuses: accounts_lost. What was runnable
 *		when the recording began, or was not seen to be woken, is no latency: unstarted
 * since	5.10; storage of tasks since 5.12, prev_state since 5.18
 */
#include "bpf/latency_tell.bpf.h"
#include "bpf/wait.bpf.h"

struct wait_sum_map wait_sums_0 SEC(".maps");
struct wait_sum_map wait_sums_1 SEC(".maps");
struct wait_link_map wait_links SEC(".maps");
struct wait_longest_map wait_longest SEC(".maps");
struct wait_cpu_map wait_cpus SEC(".maps");
struct wait_storage_map wait_storage SEC(".maps");
struct wait_thread_map wait_threads SEC(".maps");
struct wait_cell_map wait_cells SEC(".maps");

const volatile __u32 wait_wanted = 0;
const volatile __u32 wait_depth = 0;
const volatile __u32 wait_states = 0;
const volatile __u32 wait_has_state = 0;
const volatile __u32 wait_has_storage = 0;
const volatile __u64 wait_count_at = 0;
const volatile __u64 wait_irq_begin = 0;
const volatile __u64 wait_irq_end = 0;
const volatile __u64 wait_syscall_begin = 0;
const volatile __u64 wait_syscall_end = 0;
const volatile __u64 wait_softirq_begin = 0;
const volatile __u64 wait_softirq_end = 0;

__u64 wait_min_ns = 0;
__u64 wait_max_ns = 0;
__u32 wait_draw = 0;
__u32 wait_generation = 0;
__u64 wait_start_ns = 0;
__u64 wait_end_ns = 0;

/* Into one of a thread's times; nobody asks for them where waits are not recorded. */
static __always_inline void sched_book(u64 *sum, u64 add)
{
	if (wait_wanted)
		*sum += add;
}

/* Its time is over; the ids that it was chosen by are gone already. */
static __noinline int sched_account(void *ctx, struct abi_wait_cpu *cpu, struct wait_thread *t)
{
	u64 ids = bpf_get_current_pid_tgid();
	struct abi_account account = {
		.record = ABI_RECORD_ACCOUNT,
		.tgid = ids >> 32,
		.tid = ids,
	};

	t->at = WAIT_AT_END;
	account.times = t->times;
	if (t->exits)
		count(&cpu->ended);
	if (wait_wanted && t->chosen && target_has_kind_of_current() &&
	    wait_send(ctx, cpu, &account, sizeof(account)))
		cpu->accounts_lost++;
	if (!wait_has_storage) {
		u32 tid = ids;

		bpf_map_delete_elem(&wait_threads, &tid);
	}
	return 0;
}

static __always_inline void sched_leave(void *ctx, struct abi_wait_cpu *cpu,
					struct task_struct *task, u64 now_ns, u64 state)
{
	struct wait_thread *t = wait_thread_of(task, 1);

	if (!t) {
		cpu->untracked++;
		return;
	}
	if (!t->at)
		wait_thread_meet(t, task, WAIT_AT_CPU, ABI_WAIT_PREEMPTED);
	now_ns = wait_not_before(cpu, t->stamp_ns, now_ns);
	if (t->at == WAIT_AT_CPU) {
		sched_book(&t->times.on_ns, now_ns - t->stamp_ns);
	} else {
		sched_book(&t->times.gap_ns, now_ns - t->stamp_ns);
		cpu->gaps++;
	}
	sched_book(&t->times.switch_cnt, 1);
	t->stamp_ns = now_ns;
	t->state = wait_state_of(state);
	t->flags = 0;
	t->at = WAIT_AT_REST;
	if (!(state & TASK_DEAD))
		return;
	t->times.now_ns = now_ns;
	sched_account(ctx, cpu, t);
}

/* Splits the wait of waited_ns that ends now; returns what of it was blocked. */
static __always_inline u64 sched_split(struct abi_wait_cpu *cpu, struct wait_thread *t,
				       u64 waited_ns)
{
	u64 woken_ns;

	if (!(WAIT_BLOCKED_STATES >> (t->state & 31) & 1))
		return 0;
	woken_ns = wait_thread_woken(t);
	if (!woken_ns) {
		t->flags |= ABI_WAIT_WAKER_UNKNOWN;
		t->chain[t->side & 1].cnt = 0;
		cpu->unwoken++;
		return waited_ns;
	}
	t->side ^= 1;
	if (woken_ns - t->stamp_ns <= waited_ns)
		return woken_ns - t->stamp_ns;
	count(&cpu->clock_back);
	return waited_ns;
}

/* The first run of a thread ends a wait without stacks, and no hook is called for it. */
static __noinline int sched_keep_new(void *ctx, struct abi_wait_cpu *cpu, struct wait_cell *cell,
				     const struct task_struct *task)
{
	struct abi_cpu *counters = cpu_counters();
	struct abi_wait *w = &cell->wait;

	if (counters) {
		w->link_cnt = 0;
		w->kernel = w->user = (struct abi_stack){ .store = ABI_STORE_NONE };
		w->key = wait_key(w, BPF_CORE_READ(task, self_exec_id));
		count(&counters->in_flight);
		wait_keep(ctx, cpu, w, *(volatile __u32 *)&stack_epoch & 1);
		__sync_fetch_and_add(&counters->in_flight, -1);
	}
	w->tid = 0;
	return 0;
}

/* Its stacks are taken by the thread itself, but for a new one, for which no hook is called. */
static __noinline int sched_count_runq(void *ctx, struct wait_cell *cell,
				       const struct task_struct *task, u64 runnable_ns, u64 now_ns)
{
	struct latency_event *ev = &cell->runq;

	ev->measure = ABI_MEASURE_RUNQ;
	ev->tgid = task->tgid;
	ev->tid = task->pid;
	ev->end_ns = now_ns;
	ev->value = runnable_ns;
	latency_comm(ev->comm, task);
	cell->runq_why = latency_count(ev);
	return 0;
}

static __always_inline void sched_end_runq(void *ctx, struct wait_cell *cell,
					   const struct wait_thread *t,
					   const struct task_struct *task, u64 runnable_ns,
					   u64 now_ns)
{
	if (!(latency_wanted >> ABI_MEASURE_RUNQ & 1) || !latency_is_recording(now_ns))
		return;
	if (!t->chosen || !target_has_kind_of(task))
		return;
	if (t->flags & ABI_WAIT_WAKER_UNKNOWN ||
	    (t->flags & ABI_WAIT_OPEN_START && t->state == ABI_WAIT_PREEMPTED) ||
	    now_ns - runnable_ns < latency_start_ns) {
		latency_unstarted(ABI_MEASURE_RUNQ);
		return;
	}
	sched_count_runq(ctx, cell, task, runnable_ns, now_ns);
	if (cell->runq_why && t->state == ABI_WAIT_NEW) {
		cell->runq.elsewhere = 1;
		latency_tell(ctx, &cell->runq, cell->runq_why, 0, 0);
		cell->runq.elsewhere = 0;
		cell->runq_why = 0;
	}
}

/* Leaves it to the thread itself, which has its stacks. */
static __always_inline void sched_tell_wait(void *ctx, struct abi_wait_cpu *cpu,
					    struct wait_cell *cell, const struct wait_thread *t,
					    const struct task_struct *task, u64 blocked_ns,
					    u64 runnable_ns)
{
	if (!t->chosen || !target_has_kind_of(task))
		return;
	cell->wait.state = t->state;
	cell->wait.flags = t->flags;
	cell->wait.tgid = task->tgid;
	cell->wait.tid = task->pid;
	cell->wait.out_ns = t->stamp_ns;
	cell->wait.blocked_ns = blocked_ns;
	cell->wait.runnable_ns = runnable_ns;
	if (t->state == ABI_WAIT_NEW)
		sched_keep_new(ctx, cpu, cell, task);
}

static __always_inline void sched_end_wait(void *ctx, struct abi_wait_cpu *cpu,
					   struct wait_cell *cell, struct wait_thread *t,
					   const struct task_struct *task, u64 now_ns)
{
	u64 waited_ns = now_ns - t->stamp_ns;
	u64 blocked_ns = sched_split(cpu, t, waited_ns);

	sched_book(&t->times.blocked_ns, blocked_ns);
	sched_book(&t->times.runnable_ns, waited_ns - blocked_ns);
	sched_end_runq(ctx, cell, t, task, waited_ns - blocked_ns, now_ns);
	if (!wait_wanted)
		return;
	if (!wait_is_due(t->state, waited_ns)) {
		t->times.short_cnt++;
		t->times.short_ns += waited_ns;
		return;
	}
	sched_tell_wait(ctx, cpu, cell, t, task, blocked_ns, waited_ns - blocked_ns);
}

static __always_inline void sched_enter(void *ctx, struct abi_wait_cpu *cpu, struct wait_cell *cell,
					struct task_struct *task, u64 now_ns)
{
	struct wait_thread *t = wait_thread_of(task, 1);

	if (!t) {
		cpu->untracked++;
		return;
	}
	if (!t->at)
		wait_thread_meet(t, task, WAIT_AT_REST, ABI_WAIT_PREEMPTED);
	now_ns = wait_not_before(cpu, t->stamp_ns, now_ns);
	if (t->at == WAIT_AT_REST) {
		sched_end_wait(ctx, cpu, cell, t, task, now_ns);
	} else {
		sched_book(&t->times.gap_ns, now_ns - t->stamp_ns);
		cpu->gaps++;
	}
	t->stamp_ns = t->in_ns = now_ns;
	t->at = WAIT_AT_CPU;
}

/*
 * A state that has been taken back before the thread was off its run queue is none: a signal
 * was pending (sched_switch says the old state until 6.14).
 */
static __always_inline u64 sched_state_left(const struct task_struct *prev, u64 said)
{
	u64 state = task_state(prev);

	return wait_has_state && state ? said : state;
}

/* What the thread that leaves should have told, and was not asked for. */
static __always_inline void sched_lose(struct abi_wait_cpu *cpu, struct wait_cell *cell)
{
	struct abi_latency_cpu *latencies = latency_counters();

	if (cell->wait.tid) {
		cpu->generated++;
		wait_lose(cpu, &cell->wait);
		cell->wait.tid = 0;
	}
	if (cell->runq_why && latencies)
		count(&latencies->single_lost);
	cell->runq_why = 0;
}

/* The recording is over, and nobody has looked at this thread since. */
static __noinline int sched_close(void *ctx, struct abi_wait_cpu *cpu, struct wait_cell *cell,
				  struct task_struct *task)
{
	struct wait_thread *t = wait_thread_of(task, 0);
	struct wait_rest rest;

	if (!t)
		return 0;
	if (t->at != WAIT_AT_CPU && t->at != WAIT_AT_REST)
		return 0;
	rest = wait_thread_rest(t, task);
	wait_times_close(&t->times, t->stamp_ns, &rest);
	t->at = WAIT_AT_OVER;
	t->flags |= ABI_WAIT_OPEN_END;
	if (rest.has_woken)
		t->side ^= 1;
	else
		t->chain[t->side & 1].cnt = 0;
	if (rest.is_due)
		sched_tell_wait(ctx, cpu, cell, t, task, rest.blocked_ns, rest.runnable_ns);
	return 0;
}

static __always_inline void sched_close_gap(struct abi_wait_cpu *cpu, struct wait_thread *t)
{
	u64 end_ns = wait_end_ns > t->stamp_ns ? wait_end_ns : t->stamp_ns;

	t->times.gap_ns += end_ns - t->stamp_ns;
	t->times.now_ns = end_ns;
	t->at = WAIT_AT_OVER;
	cpu->gaps++;
}

static __always_inline void sched_switch_after(void *ctx, struct abi_wait_cpu *cpu,
					       struct wait_cell *cell, struct task_struct *prev,
					       struct task_struct *next)
{
	struct wait_thread *t = prev->pid ? wait_thread_of(prev, 0) : 0;

	if (t) {
		if (t->at == WAIT_AT_REST) /* came to its CPU unseen: nobody knows when */
			sched_close_gap(cpu, t);
		sched_close(ctx, cpu, cell, prev);
		if (task_state(prev) & TASK_DEAD && t->at == WAIT_AT_OVER)
			sched_account(ctx, cpu, t);
	}
	if (next->pid)
		sched_close(ctx, cpu, cell, next);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	u32 index = bpf_get_smp_processor_id();
	struct wait_cell *cell = bpf_map_lookup_elem(&wait_cells, &index);
	struct abi_wait_cpu *cpu = bpf_map_lookup_elem(&wait_cpus, &index);
	u64 now_ns, state = 0;

	if (!wait_began_ns() || !cell || !cpu)
		return 0;
	if (cell->wait.tid || cell->runq_why)
		sched_lose(cpu, cell);
	if (!wait_is_recording()) {
		if (wait_wanted)
			sched_switch_after(ctx, cpu, cell, prev, next);
		return 0;
	}
	cpu->switches++;
	now_ns = bpf_ktime_get_ns();
	if (prev->pid) {
		if (!preempt)
			state = sched_state_left(prev, wait_has_state ? (u32)ctx[3] : 0);
		sched_leave(ctx, cpu, prev, now_ns, state);
	}
	if (next->pid)
		sched_enter(ctx, cpu, cell, next, now_ns);
	return 0;
}

/* A process takes after its parent, as bpf/task.bpf.c has it. */
static __always_inline u8 sched_choose_child(struct task_struct *parent, u8 chosen)
{
	struct wait_thread *t = wait_thread_of(parent, 0);

	if (!target_by_id)
		return chosen;
	return chosen | ((t && t->at ? t->chosen : wait_choose(parent)) & WAIT_CHOSEN_PROCESS);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(sched_fork, struct task_struct *parent, struct task_struct *child)
{
	struct abi_wait_cpu *cpu = wait_cpu_counters();
	struct wait_thread *t;

	if (!wait_is_recording() || !cpu)
		return 0;
	if (!wait_has_storage) {
		u32 tid = child->pid;

		bpf_map_update_elem(&wait_threads, &tid, &wait_thread_unseen, BPF_ANY);
	}
	t = wait_thread_of(child, 1);
	if (!t) {
		count(&cpu->untracked);
		return 0;
	}
	t->chosen = sched_choose_child(parent, wait_choose(child));
	t->state = ABI_WAIT_NEW;
	t->stamp_ns = t->times.born_ns = bpf_ktime_get_ns();
	t->at = WAIT_AT_REST;
	return 0;
}

/* From here to its last switch nobody finds it in /proc, nor among the kernel's threads. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(sched_exit, struct task_struct *task)
{
	struct abi_wait_cpu *cpu = wait_cpu_counters();
	struct wait_thread *t = wait_thread_of_current();

	if (!cpu || !t || !t->chosen || !t->at || t->at == WAIT_AT_END)
		return 0;
	t->exits = 1;
	count(&cpu->exits);
	return 0;
}
