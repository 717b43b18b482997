/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whatever else fires, by its name: samples of tracepoints and of functions in the kernel and
 * in programs, with a number of the user's choice as weight; and latencies from the entry of a
 * function to its return, and from one tracepoint to another.
 *
 * Hooks	tracepoint; kprobe, which also serves uprobes and USDT probes. One tiny program
 *		for each event and measure, because programs cannot ask which of them they
 *		are before 5.15; those that are not asked for are not loaded
 * current	who called; where a latency ends by its key, anybody
 * stacks	samples: at the probe. Latencies: at the return, where the caller is on top;
 *		those by key: where they began. Uprobes have no kernel stack. A copied stack
 *		ends at a function that is probed at its return, where the kernel's trampoline
 *		stands in it; bpf/unwind.bpf.c walks on
 * lost		samples as in bpf/sample.bpf.c. Latencies: as in bpf/latency_count.bpf.h, and
 *		those whose beginning found no room in probe_starts
 * since	5.10. What fires inside another program of a tracepoint or kprobe on the same
 *		CPU the kernel skips before we are asked (bpf_prog_active)
 *
 * Entry and return belong together by the stack pointer: whatever a function calls, itself
 * too, has another one. A return that never comes, because of an exception or a longjmp(), thus
 * spoils no other; what it leaves behind gives way to the next entry at that place, and what
 * ended threads leave the collector sweeps up when there is no more room.
 *
 * A thread that calls a function will do so again, mostly at the same place: what has ended stays
 * in the map with a start_ns of 0, while there is room, because taking an element out and putting
 * it back in takes longer than all else that is done for an event. Only that thread writes to it.
 */
#include "bpf/frame.bpf.h"
#include "bpf/latency_tell.bpf.h"
#include "bpf/probe.h"
#include "bpf/task.bpf.h"

/* The loader makes them as large as they are used. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* ABI_EVENTS_MAX */
	__type(key, u32);
	__type(value, struct abi_probe_sample);
} probe_samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* ABI_LATENCY_PROBES */
	__type(key, u32);
	__type(value, struct abi_probe_latency);
} probe_latencies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* ABI_PROBE_STARTS */
	__type(key, struct abi_probe_start_key);
	__type(value, struct abi_probe_start);
} probe_starts SEC(".maps");

/* What began and found no room; the collector sweeps when it grows. */
__u64 probe_start_lost = 0;

/* Elements of threads in the map: what goes on and what has ended. */
__u64 probe_start_cnt = 0;

/* Whether the context is the registers of user code. */
enum probe_mode {
	PROBE_KERNEL = 0,
	PROBE_USER = 1,
};

static __always_inline u64 probe_register(void *ctx, u32 at)
{
	u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (u8 *)ctx + (u16)at);
	return value;
}

/*
 * A function that returns an int leaves the upper half of the register as it may: -1 to -4095,
 * which are errors, are taken for what they are, and not for amounts of 4 GiB.
 */
static __always_inline u64 probe_whole(u64 value)
{
	return value >> 12 == 0xfffff ? (u64)(s64)(s32)value : value;
}

/* What cannot be read is 0. */
static __noinline u64 probe_value(void *ctx, const struct abi_probe_value *v)
{
	u64 value = 0, address, size = v->size;
	u32 unused;

	if (v->from == ABI_PROBE_CONSTANT)
		return v->offset;
	/* The verifier wants to see this very comparison. */
	asm volatile("" : "+r"(size));
	if (size > sizeof(value))
		return 0;
	if (v->from == ABI_PROBE_MEMORY) {
		address = probe_register(ctx, v->at) + v->offset;
		if (v->index_at != ABI_PROBE_NO_INDEX)
			address += probe_register(ctx, v->index_at) << (v->shift & 3);
		bpf_probe_read_user(&value, size, (const void *)address);
	} else {
		bpf_probe_read_kernel(&value, size, (u8 *)ctx + v->at);
	}
	unused = (64 - 8 * size) & 63;
	if (!unused)
		return v->is_signed ? probe_whole(value) : value;
	value <<= unused;
	return v->is_signed ? (u64)((s64)value >> unused) : value >> unused;
}

/* Amounts are not negative: what a function returned may be an error. */
static __always_inline u64 probe_amount(u64 value)
{
	return (s64)value < 0 ? 0 : value;
}

static __always_inline u64 probe_weight(void *ctx, const struct abi_probe_sample *p, u64 ip)
{
	u32 place = 0;

	if (p->low_mask)
		for (u32 i = 0; i < ABI_PROBE_PLACES; i++)
			if (p->low[i] == (ip & p->low_mask)) {
				place = i;
				break;
			}
	if (p->weight[place].from == ABI_PROBE_NOTHING)
		return 1;
	return probe_amount(probe_value(ctx, &p->weight[place]));
}

static __always_inline void probe_take_stacks(void *ctx, struct abi_latency_cpu *latency,
					      struct abi_cpu *cpu, u32 mode, u32 epoch,
					      struct abi_sample *out)
{
	struct abi_stack kernel = { .store = ABI_STORE_NONE }, user = kernel;

	if (mode == PROBE_KERNEL && !stack_no_kernel)
		stack_take_body(ctx, cpu, 0, 0, epoch, &kernel);
	if (!stack_no_user)
		stack_take_user_body(ctx, cpu, &latency->copied[epoch], epoch, &user);
	out->kernel = kernel;
	out->user = user;
}

static __always_inline struct abi_probe_sample *probe_sample_of(u32 index)
{
	return bpf_map_lookup_elem(&probe_samples, &index);
}

static __noinline int probe_sample(void *ctx, u32 event, u32 mode, u64 ip)
{
	struct abi_probe_sample *p = probe_sample_of(event);
	struct abi_latency_cpu *latency = latency_counters();
	struct abi_cpu *cpu = cpu_counters();
	struct abi_sample sample = { .record = ABI_RECORD_SAMPLE, .event = event };
	u64 ids = bpf_get_current_pid_tgid();
	u32 epoch;

	if (!p || !cpu || !latency || event >= ABI_EVENTS_MAX ||
	    !latency_is_recording(bpf_ktime_get_ns()))
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
	sample.weight = probe_weight(ctx, p, ip);
	probe_take_stacks(ctx, latency, cpu, mode, epoch, &sample);
	ring_send_sample(ctx, cpu, &sample);
	__sync_fetch_and_add(&cpu->in_flight, -1);
	return 0;
}

static __always_inline void probe_key_of(const struct abi_probe_latency *p, u32 probe, u64 frame,
					 u64 key, struct abi_probe_start_key *out)
{
	out->place = p->pair == ABI_PROBE_BY_KEY ? key : frame;
	out->tid = p->pair == ABI_PROBE_BY_KEY ? 0 : (u32)bpf_get_current_pid_tgid();
	out->probe = probe;
}

static __always_inline struct abi_probe_latency *probe_latency(u32 index)
{
	return bpf_map_lookup_elem(&probe_latencies, &index);
}

/* What begins by key may end on another thread, and has its stacks now. */
static __always_inline void probe_begin_by_key(void *ctx, u32 measure,
					       struct abi_probe_start *start)
{
	u32 drawn = latency_draws(measure);

	start->drawn = drawn ? LATENCY_DRAW_DONE : LATENCY_DRAW_NOT;
	start->serial = latency_begin(ctx, measure, drawn);
	latency_comm(start->comm, 0);
	start->start_ns = bpf_ktime_get_ns();
}

/* False: this thread has no element for this call yet. */
static __always_inline int probe_begin_again(const struct abi_probe_start_key *key,
					     const struct abi_probe_start *start)
{
	struct abi_probe_start *known = bpf_map_lookup_elem(&probe_starts, key);

	if (!known)
		return 0;
	known->weight = start->weight;
	known->key = start->key;
	known->ids = start->ids;
	known->start_ns = start->start_ns;
	return 1;
}

static __noinline int probe_begin(void *ctx, u32 probe, u64 frame)
{
	struct abi_probe_latency *p = probe_latency(probe);
	struct abi_probe_start start = { .start_ns = bpf_ktime_get_ns() };
	struct abi_probe_start_key key;

	if (!p || !latency_is_recording(start.start_ns) || !target_has_current())
		return 0;
	start.ids = bpf_get_current_pid_tgid();
	if (p->begin_key.from)
		start.key = probe_value(ctx, &p->begin_key);
	if (p->begin_weight.from)
		start.weight = probe_value(ctx, &p->begin_weight);
	probe_key_of(p, probe, frame, start.key, &key);
	if (p->pair == ABI_PROBE_BY_KEY)
		probe_begin_by_key(ctx, ABI_MEASURE_PROBE + probe, &start);
	else if (probe_begin_again(&key, &start))
		return 0;
	if (bpf_map_update_elem(&probe_starts, &key, &start, BPF_ANY)) {
		latency_lose(ABI_MEASURE_PROBE + probe);
		count(&probe_start_lost);
	} else if (p->pair != ABI_PROBE_BY_KEY) {
		count(&probe_start_cnt);
	}
	return 0;
}

static __always_inline void probe_fill(void *ctx, const struct abi_probe_latency *p,
				       const struct abi_probe_start *start,
				       struct latency_event *ev)
{
	ev->tgid = start->ids >> 32;
	ev->tid = start->ids;
	ev->what = p->end_key.from ? probe_value(ctx, &p->end_key) : start->key;
	if (ev->what == ABI_LATENCY_OTHERS)
		ev->what = ABI_PROBE_MINUS_ONE;
	ev->value = ev->end_ns - start->start_ns;
	if (p->is_amount)
		ev->value = probe_amount(p->end_weight.from ? probe_value(ctx, &p->end_weight)
							    : start->weight);
	if (p->pair != ABI_PROBE_BY_KEY) {
		latency_comm(ev->comm, 0);
		return;
	}
	ev->serial = start->serial;
	ev->drawn = start->drawn;
	ev->elsewhere = start->ids != bpf_get_current_pid_tgid();
	__builtin_memcpy(ev->comm, start->comm, sizeof(ev->comm));
}

/* False: another program has ended it at the same time. */
static __always_inline int probe_end_start(const struct abi_probe_latency *p,
					   const struct abi_probe_start_key *key,
					   struct abi_probe_start *start)
{
	if (p->pair == ABI_PROBE_BY_KEY)
		return !bpf_map_delete_elem(&probe_starts, key);
	start->start_ns = 0;
	if (*(volatile u64 *)&probe_start_cnt > ABI_PROBE_STARTS_KEPT &&
	    !bpf_map_delete_elem(&probe_starts, key))
		__sync_fetch_and_add(&probe_start_cnt, -1);
	return 1;
}

/* Ends what began. False: it had begun before. */
static __noinline int probe_take(void *ctx, const struct abi_probe_latency *p, u32 probe, u64 frame,
				 struct latency_event *ev)
{
	struct abi_probe_start_key key;
	struct abi_probe_start *start;

	probe_key_of(p, probe, frame,
		     p->pair == ABI_PROBE_BY_KEY ? probe_value(ctx, &p->end_key) : 0, &key);
	start = bpf_map_lookup_elem(&probe_starts, &key);
	if (!start || !start->start_ns)
		return 0;
	probe_fill(ctx, p, start, ev);
	return probe_end_start(p, &key, start);
}

static __noinline int probe_end(void *ctx, u32 probe, u32 mode, u64 frame)
{
	const struct abi_probe_latency *p = probe_latency(probe);
	struct latency_event ev = {
		.measure = ABI_MEASURE_PROBE + probe,
		.end_ns = bpf_ktime_get_ns(),
		.no_kernel = mode == PROBE_USER,
	};
	u32 why;

	if (!p || !latency_is_recording(ev.end_ns))
		return 0;
	if (!probe_take(ctx, p, probe, frame, &ev)) {
		if (target_has_current())
			latency_unstarted(ABI_MEASURE_PROBE + probe);
		return 0;
	}
	why = latency_count(&ev);
	if (p->is_amount)
		why &= ~ABI_LATENCY_SLOWER;
	if (why)
		latency_tell(ctx, &ev, why, 0, 0);
	return 0;
}

#define PROBE_SAMPLE(INDEX)                                                                        \
	SEC("?tracepoint")                                                                         \
	int probe_sample_tracepoint_##INDEX(void *ctx)                                             \
	{                                                                                          \
		return probe_sample(ctx, INDEX, PROBE_KERNEL, 0);                                  \
	}                                                                                          \
	SEC("?kprobe")                                                                             \
	int probe_sample_function_##INDEX(struct pt_regs *ctx)                                     \
	{                                                                                          \
		return probe_sample(ctx, INDEX, frame_is_user(ctx), PT_REGS_IP(ctx));              \
	}

PROBE_SAMPLE(0)
PROBE_SAMPLE(1)
PROBE_SAMPLE(2)
PROBE_SAMPLE(3)
PROBE_SAMPLE(4)
PROBE_SAMPLE(5)
PROBE_SAMPLE(6)
PROBE_SAMPLE(7)

#define PROBE_LATENCY(INDEX)                                                                       \
	SEC("?tracepoint")                                                                         \
	int probe_begin_tracepoint_##INDEX(void *ctx)                                              \
	{                                                                                          \
		return probe_begin(ctx, INDEX, 0);                                                 \
	}                                                                                          \
	SEC("?tracepoint")                                                                         \
	int probe_end_tracepoint_##INDEX(void *ctx)                                                \
	{                                                                                          \
		return probe_end(ctx, INDEX, PROBE_KERNEL, 0);                                     \
	}                                                                                          \
	SEC("?kprobe")                                                                             \
	int probe_begin_function_##INDEX(struct pt_regs *ctx)                                      \
	{                                                                                          \
		return probe_begin(ctx, INDEX, frame_of_entry(ctx));                               \
	}                                                                                          \
	SEC("?kprobe")                                                                             \
	int probe_end_function_##INDEX(struct pt_regs *ctx)                                        \
	{                                                                                          \
		return probe_end(ctx, INDEX, frame_is_user(ctx), frame_of_return(ctx));            \
	}

PROBE_LATENCY(0)
PROBE_LATENCY(1)
PROBE_LATENCY(2)
PROBE_LATENCY(3)
PROBE_LATENCY(4)
PROBE_LATENCY(5)
PROBE_LATENCY(6)
PROBE_LATENCY(7)
