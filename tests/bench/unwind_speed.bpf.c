/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Two ways to walk the user stack of `current`, and nothing, each as a program to be timed:
 * run by tests/bench/unwind_speed.c on itself.
 */
#include "bpf/unwind.bpf.h"

__u64 check = 0;
__u32 frame_cnt = 0;
__u32 end = 0;

SEC("raw_tp")
int speed_nothing(void *ctx)
{
	return 0;
}

SEC("raw_tp")
int speed_check(void *ctx)
{
	check = unwind_check();
	return 0;
}

SEC("raw_tp")
int speed_kernel(void *ctx)
{
	u32 index;
	struct unwind_slot *slot = unwind_take_slot(&index);
	long len;

	if (!slot)
		return 0;
	len = bpf_get_stack(ctx, slot->walk.body.frames, sizeof(slot->walk.body.frames),
			    BPF_F_USER_STACK);
	frame_cnt = len > 0 ? len / sizeof(u64) : 0;
	unwind_disown(&slot->busy);
	return 0;
}

SEC("raw_tp")
int speed_tables(void *ctx)
{
	u32 index;
	struct unwind_slot *slot = unwind_take_slot(&index);

	if (!slot)
		return 0;
	if (unwind_registers(slot, 0, 1)) {
		end = unwind_run(index);
		frame_cnt = slot->walk.body.cnt;
	}
	unwind_disown(&slot->busy);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
