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
extern const volatile __u32 target_by_comm;
extern const volatile __u32 comm_start;
extern const volatile __u32 comm_stars;
extern const volatile __u32 comm_end;
extern const volatile __u32 comm_accept[256];

extern __u64 target_cnt;  /* chosen processes and threads that are alive */
extern __u64 target_full; /* children that the map had no room for */

/*
 * Runs the pattern that collector/comm_pattern.h made over the thread's name: bit i
 * is set while the first i elements of the pattern match what was read so far.
 */
static __always_inline int comm_matches(void)
{
	char comm[ABI_COMM_LEN] = {};
	u32 state = comm_start;

	bpf_get_current_comm(comm, sizeof(comm));
	for (u32 i = 0; i < ABI_COMM_LEN; i++) {
		u8 c = comm[i];

		if (!c)
			break;
		state = ((state & comm_accept[c]) << 1) | (state & comm_stars);
		state |= (state & comm_stars) << 1;
	}
	return (state & comm_end) != 0;
}

/* Whether `current` is asked for. */
static __always_inline int target_has_current(void)
{
	if (target_by_id) {
		u64 ids = bpf_get_current_pid_tgid();
		u32 tgid = ids >> 32, tid = ids;

		if (!bpf_map_lookup_elem(&target_tgids, &tgid) &&
		    !bpf_map_lookup_elem(&target_tids, &tid))
			return 0;
	}
	if (target_by_cgroup && bpf_current_task_under_cgroup(&target_cgroup, 0) != 1)
		return 0;
	return !target_by_comm || comm_matches();
}

#endif
