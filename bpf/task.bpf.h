/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_TASK_BPF_H
#define BPF_TASK_BPF_H

#include "bpf/abi.h"
#include "bpf/kernel.bpf.h"

/*
 * Which threads are asked for. The switches are read-only data, set before loading,
 * so that the verifier removes what is not used. All that are on must agree;
 * processes and threads are one of them: either may match.
 */
struct target_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ABI_TARGETS_MAX);
	__type(key, u32);
	__type(value, u32);
};

struct cgroup_map {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
};

extern struct target_map target_tgids SEC(".maps");
extern struct target_map target_tids SEC(".maps");
extern struct cgroup_map target_cgroup SEC(".maps");

extern const volatile __u32 target_by_id;
extern const volatile __u32 target_by_cgroup;
extern const volatile __u64 target_cgroup_id;
extern const volatile __u32 target_by_comm;
extern const volatile __u32 comm_start;
extern const volatile __u32 comm_stars;
extern const volatile __u32 comm_end;
extern const volatile __u32 comm_accept[256];

extern __u64 target_cnt;  /* chosen processes and threads that are alive */
extern __u64 target_full; /* children that the map had no room for */

/*
 * Runs the pattern that collector/comm_pattern.h made over a thread's name: bit i
 * is set while the first i elements of the pattern match what was read so far.
 */
static __always_inline int comm_matches(const char comm[ABI_COMM_LEN])
{
	u32 state = comm_start;

	for (u32 i = 0; i < ABI_COMM_LEN; i++) {
		u8 c = comm[i];

		if (!c)
			break;
		state = ((state & comm_accept[c]) << 1) | (state & comm_stars);
		state |= (state & comm_stars) << 1;
	}
	return (state & comm_end) != 0;
}

/* Nobody is left out. */
static __always_inline int target_is_everybody(void)
{
	return !target_by_id && !target_by_cgroup && !target_by_comm;
}

static __always_inline int target_has_ids(u32 tgid, u32 tid)
{
	return !target_by_id || bpf_map_lookup_elem(&target_tgids, &tgid) ||
	       bpf_map_lookup_elem(&target_tids, &tid);
}

/* Whether what `current` is called and where it lives is asked for, whoever it is. */
static __always_inline int target_has_kind_of_current(void)
{
	char comm[ABI_COMM_LEN] = {};

	if (target_by_cgroup && bpf_current_task_under_cgroup(&target_cgroup, 0) != 1)
		return 0;
	if (!target_by_comm)
		return 1;
	bpf_get_current_comm(comm, sizeof(comm));
	return comm_matches(comm);
}

/* Whether `current` is asked for. */
static __always_inline int target_has_current(void)
{
	u64 ids = bpf_get_current_pid_tgid();

	return target_has_ids(ids >> 32, ids) && target_has_kind_of_current();
}

#define TARGET_CGROUP_DEPTH 32

static __always_inline int task_is_under_cgroup(const struct task_struct *task)
{
	const struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	int level = BPF_CORE_READ(cgroup, level);

	for (int i = 0; i < TARGET_CGROUP_DEPTH && i <= level; i++) {
		const struct cgroup *ancestor = 0;
		u64 id = 0;

		if (bpf_core_field_exists(cgroup->ancestors)) {
			u32 at = bpf_core_field_offset(cgroup->ancestors);

			bpf_probe_read_kernel(&ancestor, sizeof(ancestor),
					      (const u8 *)cgroup + at + i * sizeof(ancestor));
			id = BPF_CORE_READ(ancestor, kn, id);
		} else {
			u32 at = bpf_core_field_offset(struct cgroup___5_10, ancestor_ids);

			bpf_probe_read_kernel(&id, sizeof(id),
					      (const u8 *)cgroup + at + i * sizeof(id));
		}
		if (id == target_cgroup_id)
			return 1;
	}
	return 0;
}

/* As target_has_kind_of_current(), of any thread. */
static __always_inline int target_has_kind_of(const struct task_struct *task)
{
	char comm[ABI_COMM_LEN] = {};

	if (target_by_cgroup && !task_is_under_cgroup(task))
		return 0;
	if (!target_by_comm)
		return 1;
	bpf_probe_read_kernel(comm, sizeof(comm), task->comm);
	return comm_matches(comm);
}

#endif
