/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_LATENCY_TELL_BPF_H
#define BPF_LATENCY_TELL_BPF_H

#include "bpf/latency_count.bpf.h"

/*
 * Tells of an event by itself, through the ring: one that was counted, with its text and the
 * stacks of current; or of one that begins, what will not be known at its end. The record is
 * made on a sheet of this CPU, not on the stack.
 */

/* To be given back with unwind_disown(&sheet->busy). NULL: more programs interrupted each
 * other than there are. */
static __always_inline struct latency_sheet *latency_take_sheet(u32 *out_index)
{
	u32 index = bpf_get_smp_processor_id() * ABI_UNWIND_SLOTS;

	for (u32 i = 0; i < ABI_UNWIND_SLOTS; i++, index++) {
		struct latency_sheet *sheet = bpf_map_lookup_elem(&latency_sheets, &index);

		if (sheet && unwind_own(&sheet->busy)) {
			*out_index = index;
			return sheet;
		}
	}
	return 0;
}

enum latency_stacks {
	LATENCY_STACKS_NONE = 0,
	LATENCY_STACKS_USER = 1,
	LATENCY_STACKS_BOTH = 2,
};

static __always_inline u32 latency_stacks_of(const struct latency_event *ev)
{
	if (ev->serial || ev->elsewhere)
		return LATENCY_STACKS_NONE;
	return ev->no_kernel ? LATENCY_STACKS_USER : LATENCY_STACKS_BOTH;
}

static __always_inline void latency_take_stacks(void *ctx, struct abi_latency_cpu *cpu,
						struct abi_cpu *counters, u32 epoch, u32 stacks,
						struct abi_latency *record)
{
	record->kernel.store = record->user.store = ABI_STORE_NONE;
	record->kernel.id = record->user.id = 0;
	if (stacks == LATENCY_STACKS_BOTH && !stack_no_kernel)
		stack_take_body(ctx, counters, 0, 0, epoch, &record->kernel);
	if (stacks != LATENCY_STACKS_NONE && !stack_no_user)
		stack_take_user_body(ctx, counters, &cpu->copied[epoch], epoch, &record->user);
}

/* Not 0: the ring did not take it. */
static __always_inline long latency_output(void *ctx, struct abi_latency_cpu *cpu,
					   struct latency_sheet *sheet)
{
	u64 bytes = sheet->record.text_len;
	long err;

	/* As in stack_store_body(). */
	asm volatile("" : "+r"(bytes));
	if (bytes > ABI_LATENCY_TEXT)
		bytes = ABI_LATENCY_TEXT;
	err = bpf_perf_event_output(ctx, &rings, BPF_F_CURRENT_CPU, &sheet->record,
				    sizeof(sheet->record) + bytes);
	if (err == -ENOSPC)
		count(&cpu->refused);
	return err;
}

/* A sheet whose record is complete but for epoch and stacks. */
static __noinline long latency_send(void *ctx, struct abi_latency_cpu *cpu,
				    struct latency_sheet *sheet, u32 stacks)
{
	struct abi_cpu *counters = cpu_counters();
	struct abi_latency *record = &sheet->record;
	u32 epoch;
	long err;

	if (!counters)
		return -ENOENT;
	record->record = ABI_RECORD_LATENCY;
	record->reserved = 0;
	count(&counters->in_flight);
	epoch = *(volatile __u32 *)&stack_epoch & 1;
	record->epoch = epoch;
	latency_take_stacks(ctx, cpu, counters, epoch, stacks, record);
	err = latency_output(ctx, cpu, sheet);
	__sync_fetch_and_add(&counters->in_flight, -1);
	return err;
}

static __always_inline void latency_write(struct abi_latency *record, u64 slice, u32 why,
					  const struct latency_event *ev)
{
	record->measure = ev->measure;
	record->why = why;
	record->scale = slice >> 32;
	record->slice = slice;
	record->tgid = ev->tgid;
	record->tid = ev->tid;
	record->cpu = bpf_get_smp_processor_id();
	record->what = ev->what;
	record->serial = ev->serial;
	record->end_ns = ev->end_ns;
	record->value = ev->value;
	record->bytes = ev->bytes;
	record->queued_ns = ev->queued_ns;
	record->parts = ev->parts;
	__builtin_memcpy(record->comm, ev->comm, sizeof(record->comm));
}

/* Of a sheet that has its text, which is then given back. */
static __always_inline int latency_tell_sheet(void *ctx, struct latency_sheet *sheet, u32 why,
					      const struct latency_event *ev)
{
	struct abi_latency_cpu *cpu = latency_counters();
	struct latency_desk *desk = latency_desk();
	long err = -ENOENT;

	if (!cpu || !desk)
		return 0;
	if (sheet) {
		latency_write(&sheet->record, latency_slice(desk, ev->end_ns), why, ev);
		err = latency_send(ctx, cpu, sheet, latency_stacks_of(ev));
		unwind_disown(&sheet->busy);
	}
	if (err)
		count(&cpu->single_lost);
	else
		latency_count_at(cpu->singles, ev->measure);
	return 0;
}

LATENCY_CALL int latency_tell(void *ctx, const struct latency_event *ev, u32 why, const void *text,
			      u32 text_len)
{
	u32 index;
	struct latency_sheet *sheet = latency_take_sheet(&index);

	if (sheet) {
		if (text_len > ABI_LATENCY_TEXT)
			text_len = ABI_LATENCY_TEXT;
		if (!text || bpf_probe_read_kernel(sheet->text, text_len, text))
			text_len = 0;
		sheet->record.text_len = text_len;
	}
	return latency_tell_sheet(ctx, sheet, why, ev);
}

LATENCY_CALL int latency_tell_user(void *ctx, const struct latency_event *ev, u32 why,
				   const void *text)
{
	u32 index;
	struct latency_sheet *sheet = latency_take_sheet(&index);
	long len;

	if (sheet) {
		len = bpf_probe_read_user_str(sheet->text, ABI_LATENCY_TEXT, text);
		sheet->record.text_len = len > 0 ? len - 1 : 0;
	}
	return latency_tell_sheet(ctx, sheet, why, ev);
}

static __always_inline int latency_start_fits(struct abi_latency_cpu *cpu, int drawn)
{
	u32 epoch = *(volatile __u32 *)&stack_epoch & 1;

	if (drawn)
		return 1;
	if (*(volatile u64 *)&cpu->start_cnt[epoch] >= latency_start_room)
		return 0;
	count(&cpu->start_cnt[epoch]);
	return 1;
}

static __always_inline u64 latency_send_start(void *ctx, struct abi_latency_cpu *cpu,
					      struct latency_sheet *sheet, u32 measure, u64 serial)
{
	u64 ids = bpf_get_current_pid_tgid();
	struct latency_event ev = {
		.measure = measure,
		.tgid = ids >> 32,
		.tid = ids,
		.serial = serial,
		.end_ns = bpf_ktime_get_ns(),
	};

	latency_write(&sheet->record, 0, ABI_LATENCY_START, &ev);
	sheet->record.text_len = 0;
	/* Of a system call there is but the way in. */
	ev.no_kernel = measure == ABI_MEASURE_EXEC;
	ev.serial = 0;
	return latency_send(ctx, cpu, sheet, latency_stacks_of(&ev)) ? 0 : serial;
}

LATENCY_CALL u64 latency_start(void *ctx, struct abi_latency_cpu *cpu, u32 measure)
{
	struct latency_sheet *sheet;
	u64 serial;
	u32 index;

	sheet = latency_take_sheet(&index);
	if (!sheet)
		return 0;
	serial = (u64)(index + 1) << 44 | ++sheet->serial;
	serial = latency_send_start(ctx, cpu, sheet, measure, serial);
	unwind_disown(&sheet->busy);
	return serial;
}

/* There is room for few. */
static __always_inline u64 latency_begin(void *ctx, u32 measure, int drawn)
{
	struct abi_latency_cpu *cpu = latency_counters();

	return cpu && latency_start_fits(cpu, drawn) ? latency_start(ctx, cpu, measure) : 0;
}

#endif
