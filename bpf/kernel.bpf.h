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
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#define PF_IO_WORKER 0x00000010 /* since 5.12; before, such threads were kernel threads */
#define PF_KTHREAD 0x00200000

#define ENOENT 2
#define ENOMEM 12
#define EBUSY 16
#define EEXIST 17
#define ENOSPC 28
#define ENOTSUP 95

/* Of task_struct.__state, and of what sched_switch says of it. */
#define TASK_INTERRUPTIBLE 0x1
#define TASK_UNINTERRUPTIBLE 0x2
#define TASK_STOPPED_ANY 0x804c /* stopped, traced, parked; frozen (since 6.1) */
#define TASK_DEAD 0x80
#define TASK_WAKING 0x200 /* somebody is at it: where sched_switch does not say the state */
#define TASK_NOLOAD 0x400
#define TASK_RTLOCK_WAIT 0x1000 /* since 5.15 */
#define TASK_WAITS                                                                                 \
	(TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE | TASK_STOPPED_ANY | TASK_WAKING |              \
	 TASK_RTLOCK_WAIT)

/* Of a CPU's preempt_count. */
#define PREEMPT_SOFTIRQ 0x100 /* serving one; not merely holding them off */
#define PREEMPT_HARDIRQ 0xf0000
#define PREEMPT_NMI 0xf00000

/* Of thread_info: in a system call of a 32-bit program. */
#define TS_COMPAT 0x2	     /* status, on x86 */
#define TIF_32BIT (1u << 22) /* flags, on arm64 */

/* Of inode.i_mode, and of super_block.s_flags. */
#define S_IFMT 0170000
#define S_IFDIR 0040000
#define S_IFBLK 0060000
#define S_IFREG 0100000
#define SB_NOUSER (1u << 31) /* nobody can mount it */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct mm_struct {
	unsigned long start_stack; /* 0 until an exec has laid out the new stack */
	unsigned long arg_start, arg_end;
};

struct linux_binprm {
	const char *filename;
};

struct live_count {
	int counter;
};

struct signal_struct {
	struct live_count live; /* threads that have not begun to exit */
};

struct kernfs_node {
	u64 id;
};

struct cgroup {
	int level;
	struct kernfs_node *kn;
	struct cgroup *ancestors[1]; /* since 6.1 */
};

struct cgroup___5_10 {
	u64 ancestor_ids[1]; /* until 6.0 */
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct thread_info {
	unsigned long flags; /* on arm64 */
	int preempt_count;   /* on arm64 */
	u32 status;	     /* on x86 */
};

struct thread_struct {
	unsigned long sp; /* on x86: where it last left its CPU */
};

struct file_system_type {
	const char *name;
};

struct super_block {
	unsigned long s_flags;
	struct file_system_type *s_type;
};

struct inode {
	unsigned short i_mode;
	struct super_block *i_sb;
};

struct qstr {
	u32 len;
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

/* Of a thread in functions that are probed at their return: innermost first. */
struct return_instance {
	unsigned long stack; /* where the return address was */
	unsigned long orig_ret_vaddr;
	struct return_instance *next;
};

struct uprobe_task {
	struct return_instance *return_instances;
};

struct task_struct {
	struct thread_struct thread;
	struct thread_info thread_info;
	unsigned int flags;
	unsigned int __state; /* since 5.14 (2f064a59a11f) */
	unsigned int on_cpu;  /* of less bits since 7.x, hence without a sign */
	int pid;
	int tgid;
	char comm[16];
	struct css_set *cgroups;
	struct mm_struct *mm;
	struct files_struct *files;
	struct signal_struct *signal;
	struct task_struct *group_leader;
	u64 start_time;
	u64 self_exec_id;
	void *stack;
	struct uprobe_task *utask;
};

struct task_struct___5_10 {
	volatile long state;
};

struct pt_regs___arm64_call {
	s32 syscallno;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct gendisk {
	int major;
	int first_minor;
};

struct request_queue {
	struct gendisk *disk; /* since 5.15 (d152c682f03c) */
};

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
	unsigned int __data_len;
};

struct request___5_16 {
	struct gendisk *rq_disk; /* until 5.16 (f3fa33acca9f) */
};

struct in6_addr {
	u8 bytes[16];
};

struct sock_common {
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	u16 skc_dport; /* in the network's order */
	u16 skc_num;
	unsigned short skc_family;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	unsigned long skc_flags;
};

struct sock {
	struct sock_common __sk_common;
	struct {
		int owned;
	} sk_lock;
	u16 sk_protocol;
};

struct inet_sock {
	u16 inet_sport; /* in the network's order */
};

struct tcp_sock {
	u32 snd_una;
	u32 write_seq;
	u64 bytes_received;
	u64 bytes_acked;
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
