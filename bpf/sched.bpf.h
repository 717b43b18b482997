/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_SCHED_BPF_H
#define BPF_SCHED_BPF_H

#include "bpf/kernel.bpf.h"
#include "bpf/latency.bpf.h"
#include "bpf/wait.h"

#define WAIT_THREADS 32768 /* known at once, where there is no storage of tasks */

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

/*
 * What is known of a thread. Its CPU writes all but the chain of the other side, which is
 * its waker's: the one moves on to its next wait only after the other is through, as the
 * scheduler's own locks have it. So a waker that is seen before the sleeper's switch-out
 * needs no state of its own: what counts is which came last.
 */
enum wait_at {
	WAIT_AT_CPU = 1,
	WAIT_AT_REST = 2,
	WAIT_AT_END = 3,  /* its account is out */
	WAIT_AT_OVER = 4, /* what it did until the recording ended is booked */
};

enum wait_chosen {
	WAIT_CHOSEN_PROCESS = 1, /* its children are, too */
	WAIT_CHOSEN_THREAD = 2,
};

struct wait_chain {
	u64 woken_ns;
	u32 generation; /* of its oldest link */
	u8 cnt, deeper, reserved[2];
	u64 id[ABI_CHAIN_MAX];	   /* of links, nearest first */
	u64 end_ns[ABI_CHAIN_MAX]; /* of the waits that they ended */
};

struct wait_thread {
	u8 at;	  /* enum wait_at; 0: it has not been seen */
	u8 state; /* enum abi_wait_state: of its last wait */
	u8 flags; /* enum abi_wait_flag */
	u8 chosen;
	u16 side;     /* chain[side]: who ended its last wait in which it was blocked */
	u16 exits;    /* counted among those that began to */
	u64 stamp_ns; /* when it went where it is */
	u64 in_ns;    /* when it last came to a CPU */
	struct abi_times times;
	struct wait_chain chain[2];
};

struct wait_storage_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct wait_thread);
};

/* Where there is no storage of tasks: by tid. */
struct wait_thread_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WAIT_THREADS);
	__type(key, u32);
	__type(value, struct wait_thread);
};

/*
 * The wait that has just ended on this CPU and is due; wait.tid 0: none is. Likewise its time
 * in the run queue, which is to be told as a single latency if runq_why is not 0. From the
 * switch to the end of its hook nothing else is switched to, so they need no guard. And the link
 * that is being made, with interrupts off. They are not on the stack, where verifiers would go
 * through all that follows for each place that a stack may lie in.
 */
struct wait_cell {
	struct abi_wait wait;
	struct abi_link link;
	struct latency_event runq;
	u32 runq_why;
	u32 reserved;
};

struct wait_cell_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* possible CPUs, set by the loader */
	__type(key, u32);
	__type(value, struct wait_cell);
};

extern struct wait_sum_map wait_sums_0 SEC(".maps");
extern struct wait_sum_map wait_sums_1 SEC(".maps");
extern struct wait_link_map wait_links SEC(".maps");
extern struct wait_longest_map wait_longest SEC(".maps");
extern struct wait_cpu_map wait_cpus SEC(".maps");
extern struct wait_storage_map wait_storage SEC(".maps");
extern struct wait_thread_map wait_threads SEC(".maps");
extern struct wait_cell_map wait_cells SEC(".maps");

/* Set before loading. */
extern const volatile __u32 wait_wanted;      /* 0: only latencies of the run queue are */
extern const volatile __u32 wait_depth;	      /* links of a chain; 0: wakers are of no interest */
extern const volatile __u32 wait_states;      /* 1 << enum abi_wait_state: those that are kept */
extern const volatile __u32 wait_has_state;   /* sched_switch says prev_state (since 5.18) */
extern const volatile __u32 wait_has_storage; /* of tasks, for such programs (since 5.12) */
extern const volatile __u64 wait_count_at;    /* in the variable that WAIT_COUNT_MARK stands for */
extern const volatile __u64 wait_irq_begin, wait_irq_end; /* code that interrupts enter by */
extern const volatile __u64 wait_syscall_begin, wait_syscall_end; /* do_syscall_64(), or 0 */
extern const volatile __u64 wait_softirq_begin, wait_softirq_end; /* that runs softirqs */

/* Set at any time. */
extern __u64 wait_min_ns; /* shorter ones are only counted: abi_times.short_ns */
extern __u64 wait_max_ns; /* longer ones, too; 0: there is no such limit */
extern __u32 wait_draw;	  /* of 2^32 waits, so many are drawn */
extern __u32 wait_generation;
extern __u64 wait_start_ns; /* when the recording began; 0: not yet, nothing is counted */
extern __u64 wait_end_ns;   /* when it ended; 0: not yet */

#endif
