/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_SCHED_BPF_H
#define BPF_SCHED_BPF_H

#include "bpf/kernel.bpf.h"
#include "bpf/wait.h"

/*
 * What the scheduler programs and the collector share, beside the ring and the stores of
 * stacks; what it means is bpf/wait.h.
 */
struct wait_sum_map {
	__uint(type, BPF_MAP_TYPE_HASH); /* preallocated: filled below the run queue's lock */
	__uint(max_entries, ABI_WAIT_SUMS);
	__type(key, u64);
	__type(value, struct abi_wait_sum);
};

/* Links that have been sent: id to generation. */
struct wait_link_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ABI_WAIT_LINKS);
	__type(key, u64);
	__type(value, u32);
};

struct wait_longest_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2); /* of each possible CPU, set by the loader */
	__type(key, u32);
	__type(value, struct abi_longest);
};

struct wait_cpu_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* possible CPUs, set by the loader */
	__type(key, u32);
	__type(value, struct abi_wait_cpu);
};

extern struct wait_sum_map wait_sums_0 SEC(".maps");
extern struct wait_sum_map wait_sums_1 SEC(".maps");
extern struct wait_link_map wait_links SEC(".maps");
extern struct wait_longest_map wait_longest SEC(".maps");
extern struct wait_cpu_map wait_cpus SEC(".maps");

/* Set before loading. */
extern const volatile __u32 wait_depth;	      /* links of a chain; 0: wakers are of no interest */
extern const volatile __u32 wait_states;      /* 1 << enum abi_wait_state: those that are kept */
extern const volatile __u32 wait_has_state;   /* sched_switch says prev_state (since 5.18) */
extern const volatile __u32 wait_has_storage; /* of tasks, for such programs (since 5.12) */
extern const volatile __u64 wait_irq_begin, wait_irq_end; /* code that interrupts enter by */

/* Set at any time. */
extern __u64 wait_min_ns; /* shorter ones are only counted: abi_times.short_ns */
extern __u64 wait_max_ns; /* longer ones, too; 0: there is no such limit */
extern __u32 wait_draw;	  /* of 2^32 waits, so many are drawn */
extern __u32 wait_generation;
extern __u64 wait_start_ns; /* when the recording began; 0: not yet, nothing is counted */
extern __u64 wait_end_ns;   /* when it ended; 0: not yet */

#endif
