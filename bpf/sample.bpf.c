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

static __always_inline int sample_take(struct bpf_perf_event_data *ctx, u32 event)
{
	struct abi_cpu *cpu = cpu_counters();
	struct abi_sample sample = { .record = ABI_RECORD_SAMPLE, .event = event };
	u64 ids = bpf_get_current_pid_tgid();
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
	sample.epoch = epoch;
	sample.tgid = ids >> 32;
	sample.tid = ids;
	sample.weight = ctx->sample_period;
	stack_take(ctx, ctx, cpu, !interrupted_user(ctx), epoch, &sample.kernel, &sample.user);
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
