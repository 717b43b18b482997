/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_KERNEL_BPF_H
#define BPF_KERNEL_BPF_H

/*
 * Every kernel field that our programs read, and nothing else. The loader finds
 * their true offsets in the BTF of the running kernel (preserve_access_index), so
 * order and neighbours do not matter here, and no header of the running kernel
 * is needed to build.
 */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

typedef __u8 u8;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

#define PF_IO_WORKER 0x00000010 /* since 5.12; before, such threads were kernel threads */
#define PF_KTHREAD 0x00200000

#define ENOENT 2
#define ENOMEM 12
#define EBUSY 16
#define EEXIST 17
#define ENOSPC 28

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct mm_struct {
	unsigned long start_stack; /* 0 until an exec has laid out the new stack */
};

struct live_count {
	int counter;
};

struct signal_struct {
	struct live_count live; /* threads that have not begun to exit */
};

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct task_struct *group_leader;
	u64 start_time;
	u64 self_exec_id;
	void *stack;
};

#pragma clang attribute pop

/* True if what was interrupted ran user code. */
static __always_inline int interrupted_user(const struct bpf_perf_event_data *ctx)
{
#if defined(__TARGET_ARCH_x86)
	return (ctx->regs.cs & 3) == 3;
#elif defined(__TARGET_ARCH_arm64)
	return (ctx->regs.pstate & 0xf) == 0;
#else
#error "say here how a user-mode register set is told from a kernel one"
#endif
}

#endif
