/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_RING_BPF_H
#define BPF_RING_BPF_H

#include "bpf/abi.h"
#include "bpf/kernel.bpf.h"

/*
 * The way out: a perf ring for each CPU, the same one that gets the kernel's mmap,
 * comm and fork records, so that a CPU's samples and its mappings come in the
 * order of time. And the counters of each CPU. Programs count with atomic adds,
 * because one that interrupts another on the same CPU counts in the same place.
 */
struct ring_map {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
};

struct cpu_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* possible CPUs, set by the loader */
	__type(key, u32);
	__type(value, struct abi_cpu);
};

extern struct ring_map rings SEC(".maps");
extern struct cpu_map cpus SEC(".maps");

/* The counters of this CPU. NULL only for the verifier. */
static __always_inline struct abi_cpu *cpu_counters(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&cpus, &cpu);
}

static __always_inline void count(u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

/* What became of a sample: what found no room is counted. */
static __always_inline void ring_count_sample(struct abi_cpu *cpu, u32 event, long err)
{
	if (event >= ABI_EVENTS_MAX)
		return;
	if (err == -ENOSPC)
		count(&cpu->lost_full[event]);
	else if (err)
		count(&cpu->lost_ring[event]);
}

/* A sample that is complete. */
static __always_inline void ring_send_sample(void *ctx, struct abi_cpu *cpu,
					     struct abi_sample *sample)
{
	u32 event = sample->event;

	ring_count_sample(
		cpu, event,
		bpf_perf_event_output(ctx, &rings, BPF_F_CURRENT_CPU, sample, sizeof(*sample)));
}

#endif
