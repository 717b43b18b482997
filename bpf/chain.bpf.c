/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who wakes whom. Always when; and with stacks, if chains are asked for and the sleeper has
 * slept for as long as its wait must last to be kept.
 *
 * Hook		tp_btf sched_waking, with the sleeper locked
 * current	the waker, or whom an interrupt that wakes has interrupted
 * stacks	the waker's. Of an interrupt, only its own part of the kernel stack: what it
 *		interrupted is not to blame
 * lost		links that the ring refuses: links_lost, and the wait has none; wakes of
 *		threads for which no state is to be had: untracked
 * since	5.10
 */
#include "bpf/interrupt.h"
#include "bpf/wait_key.bpf.h"
#include "bpf/wait_thread.bpf.h"

#define CHAIN_NOT_KNOWN (~0u)

/* Frames that are looked at together; and where in a slot's window is what was found. */
#define CHAIN_STEP 16
#define CHAIN_FRAMES 128
#define CHAIN_CUT 0
#define CHAIN_PAST 1
#define CHAIN_SOFTIRQ 2

/* A softirq that a task runs by itself, and not at an interrupt's end: it has a thread. */
#define CHAIN_OWN_SOFTIRQ 0xffu

/*
 * Of this CPU: on x86 by itself until 6.1 and since 6.15, between them (64701838bf05,
 * 46e8fff6d45f) in struct pcpu_hot. The loader puts the number of the one that there is in the
 * place of WAIT_COUNT_MARK: were these names left to libbpf, it would look for the other one
 * among all modules, which takes CAP_SYS_ADMIN, and load nothing without.
 */
static __always_inline u32 chain_preempt_count(void)
{
#if defined(__TARGET_ARCH_x86)
	const void *count;

	asm volatile("%0 = %1 ll" : "=r"(count) : "i"(WAIT_COUNT_MARK));
	return *(const int *)(bpf_this_cpu_ptr(count) + wait_count_at);
#else
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();

	if (bpf_core_field_exists(task->thread_info.preempt_count))
		return BPF_CORE_READ(task, thread_info.preempt_count);
#endif
	return CHAIN_NOT_KNOWN;
}

/* Looks at some frames of a slot's kernel stack, from the leaf on; what was found so far is kept
 * in the slot's window. */
__noinline int chain_look_at(u32 slot, u32 from)
{
	struct unwind_slot *s = bpf_map_lookup_elem(&unwind_slots, &slot);
	const struct interrupt_text text = {
		.entry = wait_irq_begin,
		.entry_bytes = wait_irq_end - wait_irq_begin,
		.softirq = wait_softirq_begin,
		.softirq_bytes = wait_softirq_end - wait_softirq_begin,
	};
	struct interrupt_found found;

	if (!s || from > CHAIN_FRAMES - CHAIN_STEP)
		return 0;
	found.cut = s->window[CHAIN_CUT];
	found.past = s->window[CHAIN_PAST];
	found.softirq = s->window[CHAIN_SOFTIRQ];
#pragma clang loop unroll(full)
	for (u32 i = 0; i < CHAIN_STEP; i++)
		interrupt_look(&found, &text, s->walk.body.frames[(from + i) & 127], (u64)from + i,
			       s->walk.body.cnt);
	s->window[CHAIN_CUT] = found.cut;
	s->window[CHAIN_PAST] = found.past;
	s->window[CHAIN_SOFTIRQ] = found.softirq;
	return 0;
}

/* Frames of a slot's kernel stack up to the entry of its innermost interrupt; 0: there is none.
 * And whether these, or all, went through the softirqs. */
static __always_inline u32 chain_look(u32 slot, struct unwind_slot *s, int *out_softirq)
{
	volatile u64 *window = s->window;

	window[CHAIN_CUT] = window[CHAIN_PAST] = window[CHAIN_SOFTIRQ] = 0;
	for (u32 i = 0; i < CHAIN_FRAMES; i += CHAIN_STEP) {
		if (i >= s->walk.body.cnt || window[CHAIN_PAST])
			break;
		chain_look_at(slot, i);
	}
	*out_softirq = window[CHAIN_SOFTIRQ];
	return window[CHAIN_CUT];
}

/*
 * Where the waker runs. A task may be on its way out of an interrupt, and does its own work
 * there: the stack alone cannot tell, the count can. Where the addresses of the kernel are
 * hidden, only the count is there: no thread is blamed for a softirq, and of an interrupt's
 * stack nothing is left, for where it ends is not known.
 */
static __always_inline u32 chain_context(u32 preempt, u32 index, struct unwind_slot *slot)
{
	struct abi_body *body = &slot->walk.body;
	int softirq = 0;
	u32 cut = 0;

	if (preempt == CHAIN_NOT_KNOWN ||
	    preempt & (PREEMPT_NMI | PREEMPT_HARDIRQ | PREEMPT_SOFTIRQ))
		cut = chain_look(index, slot, &softirq);
	if (cut && cut < body->cnt)
		body->cnt = cut;
	if (!wait_irq_begin && preempt & (PREEMPT_NMI | PREEMPT_HARDIRQ | PREEMPT_SOFTIRQ))
		body->cnt = 0;
	if (preempt == CHAIN_NOT_KNOWN)
		preempt = softirq ? PREEMPT_SOFTIRQ : cut ? PREEMPT_HARDIRQ : 0;
	if (preempt & PREEMPT_NMI)
		return ABI_CONTEXT_NMI;
	if (preempt & PREEMPT_HARDIRQ)
		return ABI_CONTEXT_HARDIRQ;
	if (preempt & PREEMPT_SOFTIRQ &&
	    (cut || !wait_irq_begin || !(u32)bpf_get_current_pid_tgid()))
		return ABI_CONTEXT_SOFTIRQ;
	if (!(u32)bpf_get_current_pid_tgid())
		return ABI_CONTEXT_IDLE;
	return preempt & PREEMPT_SOFTIRQ ? CHAIN_OWN_SOFTIRQ : ABI_CONTEXT_TASK;
}

/* The kernel stack, and with it the context; returns whether that is a thread's. */
static __always_inline int chain_take_kernel(void *ctx, struct abi_cpu *counters, u32 preempt,
					     u32 epoch, struct abi_link *link)
{
	struct abi_stack kernel = { .store = ABI_STORE_LOST, .id = EBUSY };
	u32 index;
	struct unwind_slot *slot = unwind_take_slot(&index);
	u32 context = ABI_CONTEXT_TASK;
	struct abi_body *body;
	long len;

	if (slot) {
		body = &slot->walk.body;
		len = bpf_get_stack(ctx, body->frames, sizeof(body->frames), 0);
		body->end = UNWIND_END_NONE;
		body->cnt = len > 0 ? len / sizeof(u64) : 0;
		context = chain_context(preempt, index, slot);
		if (body->cnt && !stack_no_kernel)
			stack_store_body(ctx, counters, slot, index, epoch, &kernel);
		else if (len > 0)
			kernel.store = ABI_STORE_NONE;
		else
			kernel.id = -len;
		unwind_disown(&slot->busy);
	}
	if (stack_no_kernel)
		kernel.store = ABI_STORE_NONE;
	link->kernel = kernel;
	link->context = context == CHAIN_OWN_SOFTIRQ ? ABI_CONTEXT_SOFTIRQ : context;
	return context == CHAIN_OWN_SOFTIRQ || context == ABI_CONTEXT_TASK;
}

static __always_inline void chain_take_thread(void *ctx, struct abi_wait_cpu *cpu,
					      struct abi_cpu *counters, int is_thread, u32 epoch,
					      struct abi_link *link)
{
	struct abi_stack user = { .store = ABI_STORE_NONE };
	u64 ids = is_thread ? bpf_get_current_pid_tgid() : 0;

	if (is_thread && !stack_no_user)
		stack_take_user_body(ctx, counters, &cpu->copied[epoch], epoch, &user);
	link->tgid = ids >> 32;
	link->tid = ids;
	link->user = user;
}

static __always_inline u64 chain_link_id(const struct abi_link *link, int is_thread)
{
	u64 h = wait_mix(stack_seed, (u64)link->generation << 32 | link->context);

	h = wait_mix(h, (u64)link->tgid << 32 | link->tid);
	if (is_thread)
		h = wait_mix(h, current_exec_id());
	h = wait_mix_stack(h, &link->kernel);
	h = wait_mix_stack(h, &link->user);
	if (((const volatile struct abi_link *)link)->user.store == ABI_STORE_COPY)
		h = wait_mix(h, bpf_get_smp_processor_id());
	return h ? h : 1;
}

/* Not 0: the link is not known to the collector, and cannot be made known. */
static __always_inline long chain_send(void *ctx, struct abi_wait_cpu *cpu,
				       const struct abi_link *link)
{
	u64 id = link->id;
	u32 generation = link->generation, *sent = bpf_map_lookup_elem(&wait_links, &id);

	if (sent && *sent == generation)
		return 0;
	if (wait_send(ctx, cpu, link, sizeof(*link))) {
		cpu->links_lost++;
		return -ENOSPC;
	}
	if (!bpf_map_update_elem(&wait_links, &id, &generation, BPF_ANY))
		cpu->link_cnt++;
	return 0;
}

/* Who woke the waker, as far as that came after the sleeper went to sleep. */
static __always_inline void chain_extend(struct wait_chain *chain, u64 out_ns)
{
	const struct wait_thread *waker = wait_thread_of_current();
	const struct wait_chain *last;

	if (!waker)
		return;
	last = &waker->chain[waker->side & 1];
	if (!wait_is_known(last->generation, chain->generation))
		return;
#pragma clang loop unroll(full)
	for (u32 i = 0; i < ABI_CHAIN_MAX; i++) {
		if (i >= last->cnt) {
			chain->deeper = last->deeper;
			return;
		}
		if (last->end_ns[i] <= out_ns)
			return;
		if (i + 1 >= ABI_CHAIN_MAX || i + 1 >= wait_depth) {
			chain->deeper = 1;
			return;
		}
		chain->id[i + 1] = last->id[i];
		chain->end_ns[i + 1] = last->end_ns[i];
		chain->cnt = i + 2;
		chain->generation = last->generation;
	}
}

static __noinline int chain_take(void *ctx, struct wait_chain *chain, u32 preempt, u64 out_ns,
				 u64 now_ns)
{
	u32 index = bpf_get_smp_processor_id(), epoch;
	struct wait_cell *cell = bpf_map_lookup_elem(&wait_cells, &index);
	struct abi_wait_cpu *cpu = wait_cpu_counters();
	struct abi_cpu *counters = cpu_counters();
	struct abi_link *link;
	int is_thread;

	if (!cell || !cpu || !counters)
		return 0;
	link = &cell->link;
	count(&counters->in_flight);
	epoch = *(volatile __u32 *)&stack_epoch & 1;
	link->record = ABI_RECORD_LINK;
	link->epoch = epoch;
	link->generation = wait_generation;
	is_thread = chain_take_kernel(ctx, counters, preempt, epoch, link);
	chain_take_thread(ctx, cpu, counters, is_thread, epoch, link);
	link->id = chain_link_id(link, is_thread);
	if (!chain_send(ctx, cpu, link)) {
		chain->generation = link->generation;
		chain->id[0] = link->id;
		chain->end_ns[0] = now_ns;
		chain->cnt = 1;
		if (is_thread)
			chain_extend(chain, out_ns);
	}
	__sync_fetch_and_add(&counters->in_flight, -1);
	__sync_fetch_and_add(&cpu->busy_ns, bpf_ktime_get_ns() - now_ns);
	return 0;
}

/* A thread that is on its CPU is perhaps about to leave it, and its wait is over at once. */
static __always_inline int chain_is_wanted(const struct wait_thread *t, u64 now_ns)
{
	if (!wait_depth)
		return 0;
	if (t->at == WAIT_AT_CPU)
		return !wait_min_ns;
	if (!(WAIT_BLOCKED_STATES >> (t->state & 31) & 1))
		return 0;
	if (wait_depth == 1 && (!t->chosen || !(wait_states >> (t->state & 31) & 1)))
		return 0;
	return (s64)(now_ns - t->stamp_ns) >= (s64)wait_min_ns;
}

static __always_inline int chain_waking(void *ctx, struct task_struct *task, int can_count)
{
	struct abi_wait_cpu *cpu = wait_cpu_counters();
	struct wait_thread *t;
	struct wait_chain *chain;
	u64 now_ns;

	if (!wait_is_recording() || !cpu || !task->pid)
		return 0;
	cpu->wakings++;
	t = wait_thread_of(task, 1);
	if (!t) {
		count(&cpu->untracked);
		return 0;
	}
	if (!t->at)
		wait_thread_meet(t, task, WAIT_AT_REST, wait_state_of(task_state(task)));
	/* It has not left its CPU, and now it will not. */
	if (t->at == WAIT_AT_CPU && task->pid == (u32)bpf_get_current_pid_tgid())
		return 0;
	now_ns = bpf_ktime_get_ns();
	chain = &t->chain[(t->side ^ 1) & 1];
	chain->cnt = 0;
	chain->deeper = 0;
	if (chain_is_wanted(t, now_ns))
		chain_take(ctx, chain, can_count ? chain_preempt_count() : CHAIN_NOT_KNOWN,
			   t->at == WAIT_AT_CPU ? now_ns : t->stamp_ns, now_ns);
	chain->woken_ns = now_ns;
	return 0;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(sched_waking, struct task_struct *task)
{
	return chain_waking(ctx, task, 1);
}

/* For kernels whose symbols do not say where a CPU's preempt_count is. */
SEC("tp_btf/sched_waking")
int BPF_PROG(sched_waking_by_stack, struct task_struct *task)
{
	return chain_waking(ctx, task, 0);
}
