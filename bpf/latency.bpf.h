/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_LATENCY_BPF_H
#define BPF_LATENCY_BPF_H

#include "bpf/kernel.bpf.h"
#include "bpf/latency.h"

/*
 * What every source of latencies shares (bpf/latency.h says what it means). A source is a file
 * of its own, with its hooks and what it has to remember between start and end; when an event
 * ends it fills in struct latency_event and calls latency_count(), and latency_tell() if that
 * says that the event is wanted as a single one.
 */
struct latency_cell_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1); /* ABI_LATENCY_CELLS, set by the loader where there are latencies */
	__type(key, struct abi_latency_key);
	__type(value, struct abi_latency_cell);
};

struct latency_cpu_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* possible CPUs, set by the loader */
	__type(key, u32);
	__type(value, struct abi_latency_cpu);
};

extern struct latency_cell_map latency_cells_0 SEC(".maps");
extern struct latency_cell_map latency_cells_1 SEC(".maps");
extern struct latency_cpu_map latency_cpus SEC(".maps");

/* Set before loading. */
extern const volatile __u32 latency_wanted; /* 1 << enum abi_measure: those that are recorded */

/* Set at any time. */
extern __u64 latency_start_ns;	/* when the recording began; 0: not yet, nothing is counted */
extern __u64 latency_end_ns;	/* when it ended; 0: not yet */
extern __u64 latency_slower_ns; /* singles of at least so much are all wanted; 0: none are */
extern __u32 latency_scale;	/* index of ABI_LATENCY_SCALES */
extern __u32 latency_draw[ABI_MEASURE_CNT]; /* of 2^32 events, so many are drawn */
extern __u32 latency_start_room; /* STARTs of an epoch and CPU, beside those that are drawn */

struct latency_event {
	u32 measure; /* a constant */
	u32 tgid, tid;
	u64 what;
	u64 end_ns, value;
	u64 bytes, queued_ns;
	u64 serial; /* of its START; 0: stacks are taken of current when it is told */
	char comm[ABI_COMM_LEN];
};

/*
 * bpf/latency_count.bpf.h, for programs:
 *
 *	int latency_is_recording(now_ns)	whether events count
 *	void latency_comm(comm, task)		of a thread's process; NULL: current's
 *	u32 latency_count(event)		into its cell; why it is wanted as a single one
 *	int latency_tell(ctx, event, why, text, text_len)
 *						as a single one, with the stacks of current or the
 *						serial of its START
 *	u64 latency_begin(ctx, measure, drawn)	a START with stacks and thread of current; its
 *						serial, or 0 where there is no room
 *	void latency_lose(measure)		generated, and lost
 *	void latency_unstarted(measure)
 */

#endif
