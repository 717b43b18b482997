/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long system calls take, from entry to return; and apart from all others those that open
 * a file, and those that were to run a program and failed (bpf/exec.bpf.c has the others).
 * What is not wanted of the three is not in the programs.
 *
 * Hooks	tp_btf sys_enter and sys_exit
 * current	the thread that calls
 * stacks	current's in user code, at the end; of execs at the entry, where the old program still
 *		runs
 * lost		calls that there was no room for when they began. Those that never return
 *		(exit) are none; those that began before the recording: unstarted
 * since	5.10; storage of tasks since 5.12
 */
#include "bpf/syscall.bpf.h"

struct syscall_storage_map syscall_storage SEC(".maps");
struct syscall_thread_map syscall_threads SEC(".maps");

const volatile __u32 syscall_has_storage = 0;
const volatile __u32 exec_with_args = 0;

/* The calls by their numbers: open, creat, openat, openat2, execve, execveat. */
#define SYSCALL_KIND_CASES(open, creat, openat, openat2, execve, execveat)                         \
	case open:                                                                                 \
	case creat:                                                                                \
		return SYSCALL_OPEN;                                                               \
	case openat:                                                                               \
	case openat2:                                                                              \
		return SYSCALL_OPEN | SYSCALL_PATH_SECOND;                                         \
	case execve:                                                                               \
		return SYSCALL_EXEC;                                                               \
	case execveat:                                                                             \
		return SYSCALL_EXEC | SYSCALL_PATH_SECOND;                                         \
	default:                                                                                   \
		return 0;

static __always_inline u32 syscall_kind_native(u32 number)
{
	switch (number) {
#if defined(__TARGET_ARCH_x86)
		SYSCALL_KIND_CASES(2, 85, 257, 437, 59, 322)
#else
		SYSCALL_KIND_CASES(-1, -2, 56, 437, 221, 281)
#endif
	}
}

static __always_inline u32 syscall_kind_compat(u32 number)
{
	switch (number) {
#if defined(__TARGET_ARCH_x86)
		SYSCALL_KIND_CASES(5, 8, 295, 437, 11, 358)
#else
		SYSCALL_KIND_CASES(5, 8, 322, 437, 11, 387)
#endif
	}
}

/* Of those that are wanted; 0: it is only one of all calls, if these are. */
static __always_inline u32 syscall_kind(u64 what)
{
	u32 kind;

	if (!syscall_wants(ABI_MEASURE_OPEN) && !syscall_wants(ABI_MEASURE_EXEC))
		return 0;
	kind = what & SYSCALL_COMPAT ? syscall_kind_compat(what) : syscall_kind_native(what);
	if (kind & SYSCALL_OPEN && !syscall_wants(ABI_MEASURE_OPEN))
		return 0;
	if (kind & SYSCALL_EXEC && !syscall_wants(ABI_MEASURE_EXEC))
		return 0;
	return kind;
}

/* Of a task that the kernel vouches for, if it is. */
static __always_inline u64 syscall_thread_bits(void)
{
	const struct task_struct *task;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		task = bpf_get_current_task_btf();
#if defined(__TARGET_ARCH_x86)
		return task->thread_info.status & TS_COMPAT;
#else
		return task->thread_info.flags & TIF_32BIT;
#endif
	}
	task = (const struct task_struct *)bpf_get_current_task();
#if defined(__TARGET_ARCH_x86)
	return BPF_CORE_READ(task, thread_info.status) & TS_COMPAT;
#else
	return BPF_CORE_READ(task, thread_info.flags) & TIF_32BIT;
#endif
}

static __always_inline u64 syscall_what(u32 number)
{
	return syscall_thread_bits() ? number | SYSCALL_COMPAT : number;
}

static __always_inline u64 syscall_path(const struct pt_regs *regs, u64 what, u32 kind)
{
#if defined(__TARGET_ARCH_x86)
	if (what & SYSCALL_COMPAT)
		return (u32)(kind & SYSCALL_PATH_SECOND ? regs->rcx : regs->rbx);
#endif
	return kind & SYSCALL_PATH_SECOND ? PT_REGS_PARM2(regs) : PT_REGS_PARM1(regs);
}

/* A call that no room was found for. */
static __always_inline void syscall_lose(u32 kind)
{
	if (syscall_wants(ABI_MEASURE_SYSCALL))
		latency_lose(ABI_MEASURE_SYSCALL);
	if (kind & SYSCALL_OPEN)
		latency_lose(ABI_MEASURE_OPEN);
	if (kind & SYSCALL_EXEC)
		latency_lose(ABI_MEASURE_EXEC);
}

/* What will be told of an exec, if it is told of. */
static __noinline int syscall_begin_exec(void *ctx, struct syscall_call *call)
{
	int drawn = latency_draws(ABI_MEASURE_EXEC);

	call->drawn = drawn ? LATENCY_DRAW_DONE : LATENCY_DRAW_NOT;
	call->serial = latency_begin(ctx, ABI_MEASURE_EXEC, drawn);
	return 0;
}

SEC("?tp_btf/sys_enter")
int BPF_PROG(syscall_enter, struct pt_regs *regs, long number)
{
	u64 now_ns = bpf_ktime_get_ns(), what;
	struct syscall_call *call;
	u32 kind;

	if (!latency_is_recording(now_ns))
		return 0;
	what = syscall_what(number);
	kind = syscall_kind(what);
	if (!kind && !syscall_wants(ABI_MEASURE_SYSCALL))
		return 0;
	if (!target_has_current())
		return 0;
	call = syscall_make();
	if (!call) {
		syscall_lose(kind);
		return 0;
	}
	call->what = what;
	call->kind = kind;
	if (kind)
		call->path = syscall_path(regs, what, kind);
	if (kind & SYSCALL_EXEC)
		syscall_begin_exec(ctx, call);
	call->start_ns = now_ns;
	return 0;
}

/* A call of a kind, which has returned with `errno`, or 0. */
static __noinline int syscall_end_kind(void *ctx, struct latency_event *ev,
				       const struct syscall_call *call, u32 errno)
{
	const void *path = (const void *)call->path;
	u32 why;

	ev->measure = ABI_MEASURE_OPEN;
	ev->what = errno;
	if (call->kind & SYSCALL_EXEC) {
		ev->measure = ABI_MEASURE_EXEC;
		ev->drawn = call->drawn;
		ev->serial = call->serial;
	}
	why = latency_count(ev);
	if (why)
		latency_tell_user(ctx, ev, why, path);
	return 0;
}

/* What the call that returns here is, was not seen when it began. */
static __noinline int syscall_end_unseen(u32 number)
{
	u32 kind;

	if (!syscall_is_older() || !target_has_current())
		return 0;
	kind = syscall_kind(syscall_what(number));
	if (syscall_wants(ABI_MEASURE_SYSCALL))
		latency_unstarted(ABI_MEASURE_SYSCALL);
	if (kind & SYSCALL_OPEN)
		latency_unstarted(ABI_MEASURE_OPEN);
	if (kind & SYSCALL_EXEC)
		latency_unstarted(ABI_MEASURE_EXEC);
	return 0;
}

static __always_inline u32 syscall_number(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->orig_rax;
#else
	return BPF_CORE_READ((const struct pt_regs___arm64_call *)regs, syscallno);
#endif
}

SEC("?tp_btf/sys_exit")
int BPF_PROG(syscall_exit, struct pt_regs *regs, long result)
{
	u64 ids = bpf_get_current_pid_tgid();
	struct latency_event ev = {
		.measure = ABI_MEASURE_SYSCALL,
		.tgid = ids >> 32,
		.tid = ids,
		.end_ns = bpf_ktime_get_ns(),
		.no_kernel = 1, /* the way out is the same of all calls, and has its name already */
	};
	struct syscall_call *call;
	u32 why;

	if (!latency_is_recording(ev.end_ns))
		return 0;
	call = syscall_find(ids);
	if (!call) {
		syscall_end_unseen(syscall_number(regs));
		return 0;
	}
	ev.value = syscall_since(call->start_ns, ev.end_ns);
	ev.what = call->what;
	latency_comm(ev.comm, 0);
	if (syscall_wants(ABI_MEASURE_SYSCALL)) {
		why = latency_count(&ev);
		if (why)
			latency_tell(ctx, &ev, why, 0, 0);
	}
	if ((syscall_wants(ABI_MEASURE_OPEN) || syscall_wants(ABI_MEASURE_EXEC)) && call->kind)
		syscall_end_kind(ctx, &ev, call, result < 0 && result >= -4095 ? -result : 0);
	syscall_forget(call, ids);
	return 0;
}
