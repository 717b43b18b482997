/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long the names of hosts take to become addresses: getaddrinfo() and the
 * gethostbyname() family of the C library, from entry to return, by host.
 *
 * Hooks	uprobes and uretprobes of those functions
 * current	who asks
 * stacks	of the user, at the return: the caller is on top
 * lost		calls beyond DNS_CALLS_MAX at once. Threads that are killed in a call leave it
 *		behind until their tid comes again. Names beyond DNS_TOLD_MAX are counted as
 *		others
 * since	5.10
 *
 * One of them may call another: the outermost is the event. What resolves names by itself - Go,
 * programs that are linked statically, stubs of their own - is not seen here.
 */
#include "bpf/frame.bpf.h"
#include "bpf/latency_tell.bpf.h"
#include "bpf/task.bpf.h"

/* Of the thread's outermost call. */
struct dns_call {
	u64 frame; /* its stack pointer */
	u64 start_ns;
	u64 born_ns;  /* of the thread: tids come again */
	u64 is_event; /* 0: without a host, getaddrinfo() asks nobody */
	u64 hash;
	u64 len;
	u64 name[ABI_LATENCY_TEXT / sizeof(u64)];
};

/* The loader makes them larger. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct dns_call);
} dns_calls SEC(".maps");

/* Hosts whose name has been told. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u32);
} dns_told SEC(".maps");

/* What returned last on a CPU. One file that is known by two paths has two probes at a place. */
struct dns_return {
	u64 ids, frame;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct dns_return);
} dns_returns SEC(".maps");

static const struct dns_call dns_call_none;

static __always_inline u64 dns_born_ns(void)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(task, start_time);
}

/* Behind the name are zeros. */
static __always_inline u64 dns_hash(const struct dns_call *call)
{
	u64 h = stack_seed ^ call->len;

	for (u32 i = 0; i < ABI_LATENCY_TEXT / sizeof(u64); i++) {
		h = (h ^ call->name[i]) * 0x9fb21c651e98df25ULL;
		h ^= h >> 32;
	}
	return h == ABI_LATENCY_OTHERS ? 0 : h;
}

/* Whether a call of another function of ours is still on the stack. */
static __always_inline int dns_is_inner(u32 tid, u64 frame)
{
	const struct dns_call *outer = bpf_map_lookup_elem(&dns_calls, &tid);

	return outer && outer->frame > frame && outer->born_ns == dns_born_ns();
}

static __always_inline void dns_note(struct dns_call *call, u64 frame, const char *host)
{
	long len = host ? bpf_probe_read_user_str(call->name, sizeof(call->name), host) : 0;

	call->frame = frame;
	call->born_ns = dns_born_ns();
	call->is_event = host != 0;
	call->len = len > 0 ? len - 1 : 0;
	call->hash = dns_hash(call);
	call->start_ns = bpf_ktime_get_ns();
}

SEC("?kprobe")
int dns_enter(struct pt_regs *ctx)
{
	u64 frame = frame_of_entry(ctx);
	u32 tid = bpf_get_current_pid_tgid();
	struct dns_call *call;

	if (!latency_is_recording(bpf_ktime_get_ns()) || !target_has_current() ||
	    dns_is_inner(tid, frame))
		return 0;
	bpf_map_update_elem(&dns_calls, &tid, &dns_call_none, BPF_ANY);
	call = bpf_map_lookup_elem(&dns_calls, &tid);
	if (call)
		dns_note(call, frame, (const char *)PT_REGS_PARM1(ctx));
	else
		latency_lose(ABI_MEASURE_DNS);
	return 0;
}

/* ABI_LATENCY_NAME if nobody was told yet what this hash stands for. No room to remember: it is
 * of others. */
static __always_inline u32 dns_tell_name(u64 *what)
{
	u32 one = 1;
	long err;

	if (bpf_map_lookup_elem(&dns_told, what))
		return 0;
	err = bpf_map_update_elem(&dns_told, what, &one, BPF_NOEXIST);
	if (!err)
		return ABI_LATENCY_NAME;
	if (err != -EEXIST)
		*what = ABI_LATENCY_OTHERS;
	return 0;
}

static __always_inline int dns_count(struct pt_regs *ctx, const struct dns_call *call, u64 end_ns)
{
	u64 ids = bpf_get_current_pid_tgid();
	struct abi_latency_cpu *cpu = latency_counters();
	struct latency_event ev = {
		.measure = ABI_MEASURE_DNS,
		.tgid = ids >> 32,
		.tid = ids,
		.what = call->hash,
		.end_ns = end_ns,
		.value = end_ns - call->start_ns,
		.no_kernel = 1,
	};
	u64 lost_cnt = cpu ? cpu->single_lost : 0;
	u32 name, why;

	latency_comm(ev.comm, 0);
	name = dns_tell_name(&ev.what);
	why = latency_count(&ev) | name;
	if (!why)
		return 0;
	latency_tell(ctx, &ev, why, call->name, call->len);
	if (name && cpu && cpu->single_lost != lost_cnt)
		bpf_map_delete_elem(&dns_told, &ev.what);
	return 0;
}

/* Neither an inner call nor one that was counted just now. */
static __always_inline int dns_is_older(const struct dns_call *call, u64 frame)
{
	u32 zero = 0;
	struct dns_return *last = bpf_map_lookup_elem(&dns_returns, &zero);
	u64 ids = bpf_get_current_pid_tgid();

	return !call && target_has_current() && !(last && last->ids == ids && last->frame == frame);
}

static __always_inline void dns_returned(u64 frame)
{
	u32 zero = 0;
	struct dns_return *last = bpf_map_lookup_elem(&dns_returns, &zero);

	if (!last)
		return;
	last->ids = bpf_get_current_pid_tgid();
	last->frame = frame;
}

SEC("?kprobe")
int dns_leave(struct pt_regs *ctx)
{
	u64 end_ns = bpf_ktime_get_ns(), frame = frame_of_return(ctx);
	u32 tid = bpf_get_current_pid_tgid();
	struct dns_call *call = bpf_map_lookup_elem(&dns_calls, &tid);

	if (!latency_is_recording(end_ns))
		return 0;
	if (!call || call->frame != frame || call->born_ns != dns_born_ns()) {
		if (dns_is_older(call, frame))
			latency_unstarted(ABI_MEASURE_DNS);
		return 0;
	}
	if (call->is_event)
		dns_count(ctx, call, end_ns);
	dns_returned(frame);
	bpf_map_delete_elem(&dns_calls, &tid);
	return 0;
}
