/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One sample each time a perf event fires.
 *
 * Hook		perf_event, one program for each event of the recording: a program
 *		cannot ask which event fired before 5.15, so it is told by which it is
 * current	the thread that was interrupted; the idle thread is counted, not kept
 * stacks	the interrupted registers', so none of our own frames is on top; of user code
 *		below a system call those that it will return with
 * lost		ring full, no ring on this CPU: counted per CPU and event. A sample that
 *		comes while another BPF program runs on its CPU is skipped by the kernel
 *		before we are asked (bpf_prog_active), and counted nowhere
 * since	5.10
 */
#include "bpf/ring.bpf.h"
#include "bpf/stack.bpf.h"
#include "bpf/task.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct sample_buffer_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* 2 of each possible CPU, by epoch; set by the loader */
	__type(key, u32);
	__type(value, struct abi_buffer);
};

struct sample_buffer_map sample_buffers SEC(".maps");

const volatile __u32 sample_carries = 0; /* 1 << event: its samples carry their stacks */

#define SAMPLE_CARRIER_BYTES(cnt)                                                                  \
	(__builtin_offsetof(struct abi_carrier, body.frames) + (cnt) * sizeof(u64))
#define SAMPLE_BUFFER_FULL                                                                         \
	(sizeof(((struct abi_buffer *)0)->bytes) - SAMPLE_CARRIER_BYTES(ABI_CARRIED_MAX))

/* The buffer of this CPU, if there is room in it for any carrier; NULL: the sample goes through
 * the ring. It is for one at a time: who interrupts another program does not touch it. */
static __always_inline struct abi_buffer *sample_buffer(const struct abi_cpu *cpu, u32 event,
							u32 epoch)
{
	u32 index = bpf_get_smp_processor_id() * 2 + epoch;
	struct abi_buffer *b;

	if (!(sample_carries & 1 << event) || *(const volatile u64 *)&cpu->in_flight != 1)
		return 0;
	b = bpf_map_lookup_elem(&sample_buffers, &index);
	return b && b->len <= SAMPLE_BUFFER_FULL ? b : 0;
}

/* Keeps a sample with the stack of a slot, which is given back. */
static __always_inline void sample_keep(struct abi_cpu *cpu, struct abi_buffer *b,
					const struct abi_sample *sample, struct unwind_slot *slot)
{
	u64 at = b->len, bytes = SAMPLE_CARRIER_BYTES(slot->walk.body.cnt);

	slot->sample = *sample;
	slot->time_ns = bpf_ktime_get_ns();
	asm volatile("" : "+r"(at), "+r"(bytes)); /* as in stack_store_body() */
	if (at <= SAMPLE_BUFFER_FULL && bytes <= SAMPLE_CARRIER_BYTES(ABI_CARRIED_MAX) &&
	    !bpf_probe_read_kernel(&b->bytes[at], bytes, &slot->sample))
		b->len = at + bytes;
	else
		ring_count_sample(cpu, sample->event, -ENOSPC);
	unwind_disown(&slot->busy);
}

static __always_inline int sample_take(struct bpf_perf_event_data *ctx, u32 event)
{
	struct abi_cpu *cpu = cpu_counters();
	struct abi_sample sample = { .record = ABI_RECORD_SAMPLE, .event = event };
	u64 ids = bpf_get_current_pid_tgid();
	struct unwind_slot *carrier = 0;
	struct abi_buffer *buffer;
	u32 epoch;

	if (!cpu)
		return 0;
	if (!(u32)ids) {
		count(&cpu->idle);
		return 0;
	}
	if (!target_has_current())
		return 0;
	count(&cpu->generated[event]);
	count(&cpu->in_flight);
	epoch = *(volatile __u32 *)&stack_epoch & 1;
	buffer = sample_buffer(cpu, event, epoch);
	sample.epoch = epoch;
	sample.tgid = ids >> 32;
	sample.tid = ids;
	sample.weight = ctx->sample_period;
	stack_take(ctx, ctx, cpu, !interrupted_user(ctx), epoch, buffer ? &carrier : 0,
		   &sample.kernel, &sample.user);
	if (buffer && carrier)
		sample_keep(cpu, buffer, &sample, carrier);
	else
		ring_send_sample(ctx, cpu, &sample);
	__sync_fetch_and_add(&cpu->in_flight, -1);
	return 0;
}

SEC("perf_event")
int sample_0(struct bpf_perf_event_data *ctx)
{
	return sample_take(ctx, 0);
}

SEC("perf_event")
int sample_1(struct bpf_perf_event_data *ctx)
{
	return sample_take(ctx, 1);
}

SEC("perf_event")
int sample_2(struct bpf_perf_event_data *ctx)
{
	return sample_take(ctx, 2);
}

SEC("perf_event")
int sample_3(struct bpf_perf_event_data *ctx)
{
	return sample_take(ctx, 3);
}

SEC("perf_event")
int sample_4(struct bpf_perf_event_data *ctx)
{
	return sample_take(ctx, 4);
}

SEC("perf_event")
int sample_5(struct bpf_perf_event_data *ctx)
{
	return sample_take(ctx, 5);
}

SEC("perf_event")
int sample_6(struct bpf_perf_event_data *ctx)
{
	return sample_take(ctx, 6);
}

SEC("perf_event")
int sample_7(struct bpf_perf_event_data *ctx)
{
	return sample_take(ctx, 7);
}
