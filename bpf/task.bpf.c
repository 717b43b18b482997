/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Follows the chosen processes: a child is chosen as soon as it is forked, before
 * it can run, and forgotten when its last thread exits.
 *
 * Hooks	tp_btf sched_process_fork and sched_process_exit; loaded only with -p,
 *		-t or a command
 * current	the parent; the exiting thread
 * stacks	none
 * lost		children beyond ABI_TARGETS_MAX living targets: target_full
 * since	5.5 (tp_btf)
 */
#include "bpf/task.bpf.h"

struct target_map target_tgids SEC(".maps");
struct target_map target_tids SEC(".maps");
struct cgroup_map target_cgroup SEC(".maps");

const volatile __u32 target_by_id = 0;
const volatile __u32 target_by_cgroup = 0;
const volatile __u64 target_cgroup_id = 0;
const volatile __u32 target_by_comm = 0;
const volatile __u32 comm_start = 0;
const volatile __u32 comm_stars = 0;
const volatile __u32 comm_end = 0;
const volatile __u32 comm_accept[256] = {};

__u64 target_cnt = 0;
__u64 target_full = 0;

SEC("tp_btf/sched_process_fork")
int BPF_PROG(task_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 parent_tgid = parent->tgid, tgid = child->tgid, one = 1;

	if (parent_tgid == tgid || !bpf_map_lookup_elem(&target_tgids, &parent_tgid))
		return 0;
	if (bpf_map_update_elem(&target_tgids, &tgid, &one, BPF_NOEXIST))
		__sync_fetch_and_add(&target_full, 1);
	else
		__sync_fetch_and_add(&target_cnt, 1);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(task_exit, struct task_struct *task)
{
	u32 tgid = task->tgid, tid = task->pid;

	if (!bpf_map_delete_elem(&target_tids, &tid))
		__sync_fetch_and_add(&target_cnt, -1);
	if (task->signal->live.counter == 0 && !bpf_map_delete_elem(&target_tgids, &tgid))
		__sync_fetch_and_add(&target_cnt, -1);
	return 0;
}
