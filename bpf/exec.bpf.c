/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Execs that worked, from the entry of the system call to the moment when the new program
 * stands in for the old one; those that failed are in bpf/syscall.bpf.c. The name of the
 * process is the new program's; of those that failed, the old one's.
 *
 * Hook		tp_btf sched_process_exec
 * current	the thread that executes; a thread of many has got its process's tid by now
 * stacks	none; the old program's, at the entry, have come before
 * lost		as in bpf/syscall.bpf.c. Programs that the kernel itself runs are no events
 * since	5.10
 */
#include "bpf/syscall.bpf.h"

#define EXEC_SPACES 0x2020202020202020ULL

/* Makes spaces of the NULs of `text`, 8 at a time: of each byte that is 0 the highest bit is
 * left, two places above that of a space. */
static __always_inline void exec_space(u8 *text)
{
	const u64 lows = 0x7f7f7f7f7f7f7f7fULL;

	for (u32 i = 0; i < ABI_LATENCY_TEXT; i += sizeof(u64)) {
		u64 *word = (u64 *)(text + i), v = *word;

		*word = v | (~(((v & lows) + lows) | v | lows) >> 2 & EXEC_SPACES);
	}
}

/*
 * Puts the arguments behind a path of `len` bytes, without the first, which is the program's
 * name; returns the bytes of all. They have been written just now, so that they are there.
 */
static __always_inline u32 exec_add_args(u8 *text, u32 len)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();
	u64 from = BPF_CORE_READ(task, mm, arg_start), end = BPF_CORE_READ(task, mm, arg_end);
	u64 at = len + 1, bytes;
	long name;

	asm volatile("" : "+r"(at));
	if (at >= ABI_LATENCY_TEXT)
		return len;
	name = bpf_probe_read_user_str(text + at, ABI_LATENCY_TEXT, (const void *)from);
	if (name <= 0 || from + name >= end)
		return len;
	bytes = end - from - name - 1;
	asm volatile("" : "+r"(bytes));
	if (bytes > ABI_LATENCY_TEXT)
		bytes = ABI_LATENCY_TEXT;
	if (bpf_probe_read_user(text + at, bytes, (const void *)(from + name)))
		return len;
	len = at + bytes;
	return len < ABI_LATENCY_TEXT ? len : ABI_LATENCY_TEXT;
}

static __always_inline void exec_write(struct latency_sheet *sheet, const char *path)
{
	long read = bpf_probe_read_kernel_str(sheet->text, ABI_LATENCY_TEXT, path);
	u32 len = read > 0 ? read - 1 : 0;

	if (exec_with_args) {
		len = exec_add_args(sheet->text, len);
		exec_space(sheet->text);
	}
	sheet->record.text_len = len;
}

/* The call that executes. A thread of many has got the tid of its process' first thread by now,
 * and the time when that was born. */
static __always_inline struct syscall_call *exec_find(u32 old_tid, u32 tid)
{
	struct syscall_call *call;

	if (syscall_has_storage || old_tid == tid)
		return syscall_find(old_tid);
	call = bpf_map_lookup_elem(&syscall_threads, &old_tid);
	return call && call->start_ns ? call : 0;
}

/* Where calls are known by tids, and this one has got another: its own takes the place of what
 * the first thread was in when it died. */
static __always_inline void exec_move(struct syscall_call *call, u32 old_tid, u32 tid)
{
	if (syscall_has_storage || old_tid == tid)
		return;
	call->born_ns = current_born_ns();
	bpf_map_update_elem(&syscall_threads, &tid, call, BPF_ANY);
	bpf_map_delete_elem(&syscall_threads, &old_tid);
}

SEC("?tp_btf/sched_process_exec")
int BPF_PROG(exec_done, struct task_struct *task, int old_tid, struct linux_binprm *binprm)
{
	u64 ids = bpf_get_current_pid_tgid();
	struct latency_event ev = {
		.measure = ABI_MEASURE_EXEC,
		.tgid = ids >> 32,
		.tid = ids,
		.end_ns = bpf_ktime_get_ns(),
		.elsewhere = 1, /* nothing is left of what called */
	};
	struct latency_sheet *sheet;
	struct syscall_call *call;
	u32 why, index;

	if (!latency_is_recording(ev.end_ns))
		return 0;
	call = exec_find(old_tid, ids);
	if (!call || !(call->kind & SYSCALL_EXEC)) {
		if (!call && syscall_is_older() && target_has_current())
			latency_unstarted(ABI_MEASURE_EXEC);
		return 0;
	}
	ev.value = syscall_since(call->start_ns, ev.end_ns);
	ev.drawn = call->drawn;
	ev.serial = call->serial;
	call->kind = 0;
	exec_move(call, old_tid, ids);
	latency_comm(ev.comm, task);
	why = latency_count(&ev);
	if (!why)
		return 0;
	sheet = latency_take_sheet(&index);
	if (sheet)
		exec_write(sheet, binprm->filename);
	return latency_tell_sheet(ctx, sheet, why, &ev);
}
