/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long TCP connections take to be made, how long they live, and how many bytes they carry
 * both ways; and each segment that is sent again.
 *
 *	connected  CLOSE ── SYN_SENT ──────────── ESTABLISHED ── ... ── CLOSE
 *	                    |<----- connect ----->|<------ life ------>|
 *	accepted   (LISTEN) SYN_RECV ──────────── ESTABLISHED ── ... ── CLOSE
 *
 * A connect that fails is none, and no event. TIME_WAIT, which is the kernel's alone, is not
 * part of a life. A state changes in whatever the last packet interrupted, but where somebody
 * holds the socket's lock: it is current then, and at home with this socket. So a connection is
 * of who connected, and an accepted one of who closed it; of nobody if its peer reset it.
 *
 * Hooks	tp_btf inet_sock_set_state, tcp_retransmit_skb and tcp_retransmit_synack
 * current	who holds the socket's lock; else anybody, and not asked for
 * stacks	a START's, of who connects or closes; of what is sent again the kernel's, which
 *		the collector cuts off at the softirq that does it: below is who was interrupted
 * lost		no room for another connection: counted when it is made and when it ends. An
 *		end that was not seen: counted when the socket begins anew.
 *		Samples: ring full, no ring on this CPU
 * since	5.10
 *
 * A softirq that interrupts tcp_state changes other sockets' states. Kernels since 6.1 then do
 * not run the same program again (prog->active), and a connection would begin or end unseen. So
 * there is another one, which does what tcp_state was not there for.
 */
#include <bpf/bpf_endian.h>

#include "bpf/latency_tell.bpf.h"
#include "bpf/task.bpf.h"

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6

#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_FIN_WAIT1 4
#define TCP_CLOSE 7
#define TCP_LAST_ACK 9
#define TCP_LISTEN 10
#define TCP_BEFORE_LIFE (1 << TCP_SYN_SENT | 1 << TCP_SYN_RECV | 1 << TCP_CLOSE | 1 << TCP_LISTEN)

#define SOCK_DONE 1 /* bit of skc_flags: the peer has said that it sends no more */

struct tcp_connection {
	u64 connect_ns; /* 0: it was accepted, or began before */
	u64 open_ns;	/* 0: not yet */
	u64 serial;	/* of its START; 0: there was none */
	u32 tgid, tid;
	u8 way;	   /* enum abi_tcp_way */
	u8 met;	   /* whose it is, is known: */
	u8 chosen; /* it was asked for */
	u8 drawn;
	u16 fin;   /* we have said that we send no more */
	u16 state; /* that it changed to last, as far as we were there */
	char comm[ABI_COMM_LEN];
};

/* Made when they are needed: most machines have few. */
struct tcp_connection_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1); /* set by the loader */
	__type(key, u64);	/* address of the struct sock */
	__type(value, struct tcp_connection);
};

struct tcp_connection_map tcp_connections SEC(".maps");

const volatile __u32 tcp_retransmit_event = 0; /* of struct abi_sample */

__u64 tcp_refused = 0; /* connections that there was no room for, and that live */

static __always_inline struct tcp_connection *tcp_find(const struct sock *sk)
{
	u64 key = (u64)sk;

	return bpf_map_lookup_elem(&tcp_connections, &key);
}

static __always_inline void tcp_remember(const struct sock *sk, const struct tcp_connection *c)
{
	u64 key = (u64)sk;

	if (bpf_map_update_elem(&tcp_connections, &key, c, BPF_ANY))
		count(&tcp_refused);
}

/* Whether one that is not remembered found no room. */
static __always_inline int tcp_was_refused(void)
{
	if ((s64)tcp_refused <= 0)
		return 0;
	__sync_fetch_and_add(&tcp_refused, -1);
	return 1;
}

/* Packets are not taken in while it is: they wait for who holds it. */
static __always_inline int tcp_is_held(const struct sock *sk)
{
	return sk->sk_lock.owned != 0;
}

/* Of a connection that nothing is known of. */
static __always_inline int tcp_is_asked_for(const struct sock *sk)
{
	return target_is_everybody() || (tcp_is_held(sk) && target_has_current());
}

static __always_inline void tcp_meet(void *ctx, const struct sock *sk, struct tcp_connection *c,
				     u64 now_ns)
{
	u64 ids = bpf_get_current_pid_tgid();
	u32 measure = ABI_MEASURE_TCP_LIFE;

	if (c->met || !tcp_is_held(sk))
		return;
	c->met = 1;
	c->chosen = target_has_current();
	if (!c->chosen)
		return;
	c->tgid = ids >> 32;
	c->tid = ids;
	latency_comm(c->comm, 0);
	if (c->way == ABI_TCP_CONNECT)
		measure = ABI_MEASURE_TCP_CONNECT;
	c->drawn = latency_draws(measure) ? LATENCY_DRAW_DONE : LATENCY_DRAW_NOT;
	if (latency_is_recording(now_ns))
		c->serial = latency_begin(ctx, measure, c->drawn == LATENCY_DRAW_DONE);
}

/* The local port of a socket that is closed has left all places but this one. */
static __always_inline u16 tcp_local_port(const struct sock *sk)
{
	return bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
}

static __noinline int tcp_write_text(const struct sock *sk, struct abi_tcp_text *out)
{
	const struct sock_common *common = &sk->__sk_common;

	out->family = common->skc_family;
	out->local_port = tcp_local_port(sk);
	out->remote_port = bpf_ntohs(common->skc_dport);
	if (out->family == AF_INET) {
		*(u32 *)out->local = common->skc_rcv_saddr;
		*(u32 *)out->remote = common->skc_daddr;
	} else if (out->family == AF_INET6 && bpf_core_field_exists(common->skc_v6_daddr)) {
		bpf_core_read(out->local, sizeof(out->local), &common->skc_v6_rcv_saddr);
		bpf_core_read(out->remote, sizeof(out->remote), &common->skc_v6_daddr);
	}
	return 0;
}

static __always_inline void tcp_begin_event(const struct sock *sk, const struct tcp_connection *c,
					    u64 now_ns, struct latency_event *ev)
{
	u16 port = c->way == ABI_TCP_CONNECT ? bpf_ntohs(sk->__sk_common.skc_dport)
					     : tcp_local_port(sk);

	ev->tgid = c->tgid;
	ev->tid = c->tid;
	ev->what = (u64)port << 8 | c->way;
	ev->end_ns = now_ns;
	ev->serial = c->serial;
	ev->drawn = c->drawn;
	ev->elsewhere = 1;
	__builtin_memcpy(ev->comm, c->comm, sizeof(ev->comm));
}

/*
 * What was acknowledged counts a SYN that we began with and a FIN as a byte each, and what was
 * received the peer's FIN.
 */
static __always_inline u64 tcp_bytes(const struct sock *sk, const struct tcp_connection *c)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
	u64 bytes = BPF_CORE_READ(tcp, bytes_acked) + BPF_CORE_READ(tcp, bytes_received);
	u64 signs = c->way == ABI_TCP_CONNECT;

	signs += c->fin && BPF_CORE_READ(tcp, snd_una) == BPF_CORE_READ(tcp, write_seq);
	signs += sk->__sk_common.skc_flags >> SOCK_DONE & 1;
	return bytes > signs ? bytes - signs : 0;
}

static __noinline int tcp_fill(const struct sock *sk, const struct tcp_connection *c, u64 now_ns,
			       struct latency_event *ev)
{
	tcp_begin_event(sk, c, now_ns, ev);
	if (ev->measure == ABI_MEASURE_TCP_CONNECT) {
		ev->value = now_ns - c->connect_ns;
		return 0;
	}
	ev->bytes = tcp_bytes(sk, c);
	ev->value = ev->measure == ABI_MEASURE_TCP_LIFE ? now_ns - c->open_ns : ev->bytes;
	return 0;
}

/*
 * This and the functions below that are not inlined share 512 bytes of stack with telling, and
 * with taking stacks: none of them is called by another. What this one calls to fill in its event
 * has returned by then, and does not count.
 */
static __noinline int tcp_count(void *ctx, const struct sock *sk, const struct tcp_connection *c,
				u32 measure, u64 now_ns)
{
	struct latency_event ev = { .measure = measure };
	struct abi_tcp_text text = {};
	u32 why;

	tcp_fill(sk, c, now_ns, &ev);
	why = latency_count(&ev);
	if (!why)
		return 0;
	tcp_write_text(sk, &text);
	return latency_tell(ctx, &ev, why, &text, sizeof(text));
}

/* What is remembered of a socket that begins anew has ended, and its end was not seen: both
 * programs were skipped. */
static __always_inline void tcp_lose_unseen(const struct tcp_connection *c)
{
	if (!c || !c->chosen || !latency_start_ns || c->open_ns < latency_start_ns)
		return;
	latency_lose(ABI_MEASURE_TCP_LIFE);
	latency_lose(ABI_MEASURE_TCP_BYTES);
}

static __noinline int tcp_connect(void *ctx, const struct sock *sk, u64 now_ns)
{
	struct tcp_connection c = {
		.connect_ns = now_ns,
		.way = ABI_TCP_CONNECT,
		.state = TCP_SYN_SENT,
	};

	tcp_lose_unseen(tcp_find(sk));
	tcp_meet(ctx, sk, &c, now_ns);
	tcp_remember(sk, &c);
	return 0;
}

static __always_inline void tcp_count_connect(void *ctx, const struct sock *sk,
					      const struct tcp_connection *c, u64 now_ns)
{
	if (!c->chosen || !latency_is_recording(now_ns))
		return;
	if (c->connect_ns < latency_start_ns) {
		latency_unstarted(ABI_MEASURE_TCP_CONNECT);
		return;
	}
	tcp_count(ctx, sk, c, ABI_MEASURE_TCP_CONNECT, now_ns);
}

/* A connect whose beginning is not remembered. */
static __always_inline void tcp_count_unknown(const struct sock *sk, u64 now_ns)
{
	int refused = tcp_was_refused();

	if (!latency_is_recording(now_ns))
		return;
	if (refused)
		latency_lose(ABI_MEASURE_TCP_CONNECT);
	else if (tcp_is_asked_for(sk))
		latency_unstarted(ABI_MEASURE_TCP_CONNECT);
}

/* A connection that nothing is known of, or one of another that has had this socket. */
static __noinline int tcp_open_new(void *ctx, const struct sock *sk, u64 now_ns, int before)
{
	struct tcp_connection c = {
		.open_ns = now_ns,
		.way = ABI_TCP_ACCEPT,
		.state = TCP_ESTABLISHED,
	};

	tcp_lose_unseen(tcp_find(sk));
	if (before == TCP_SYN_SENT) {
		c.way = ABI_TCP_CONNECT;
		tcp_count_unknown(sk, now_ns);
	}
	tcp_meet(ctx, sk, &c, now_ns);
	tcp_remember(sk, &c);
	return 0;
}

static __always_inline int tcp_open(void *ctx, const struct sock *sk, u64 now_ns, int before)
{
	struct tcp_connection *known = tcp_find(sk);

	if (!known || known->open_ns)
		return tcp_open_new(ctx, sk, now_ns, before);
	known->open_ns = now_ns;
	known->state = TCP_ESTABLISHED;
	if (known->connect_ns)
		tcp_count_connect(ctx, sk, known, now_ns);
	return 0;
}

static __noinline int tcp_meet_known(void *ctx, const struct sock *sk, struct tcp_connection *c,
				     u64 now_ns)
{
	tcp_meet(ctx, sk, c, now_ns);
	return 0;
}

static __always_inline void tcp_end_known(void *ctx, const struct sock *sk,
					  struct tcp_connection *c, u64 now_ns)
{
	tcp_meet_known(ctx, sk, c, now_ns);
	if (!c->open_ns || !latency_is_recording(now_ns))
		return;
	if (c->met ? !c->chosen : !target_is_everybody())
		return;
	if (c->open_ns >= latency_start_ns) {
		tcp_count(ctx, sk, c, ABI_MEASURE_TCP_LIFE, now_ns);
		tcp_count(ctx, sk, c, ABI_MEASURE_TCP_BYTES, now_ns);
		return;
	}
	latency_unstarted(ABI_MEASURE_TCP_LIFE);
	latency_unstarted(ABI_MEASURE_TCP_BYTES);
}

static __always_inline void tcp_end_unknown(const struct sock *sk, u64 now_ns, int before)
{
	int refused = before != TCP_CLOSE && before != TCP_LISTEN && tcp_was_refused();

	if (TCP_BEFORE_LIFE >> before & 1 || !latency_is_recording(now_ns))
		return;
	if (refused) {
		latency_lose(ABI_MEASURE_TCP_LIFE);
		latency_lose(ABI_MEASURE_TCP_BYTES);
	} else if (tcp_is_asked_for(sk)) {
		latency_unstarted(ABI_MEASURE_TCP_LIFE);
		latency_unstarted(ABI_MEASURE_TCP_BYTES);
	}
}

static __always_inline int tcp_end(void *ctx, const struct sock *sk, u64 now_ns, int before)
{
	u64 key = (u64)sk;
	struct tcp_connection *c = tcp_find(sk);

	if (!c) {
		tcp_end_unknown(sk, now_ns, before & 31);
		return 0;
	}
	tcp_end_known(ctx, sk, c, now_ns);
	bpf_map_delete_elem(&tcp_connections, &key);
	return 0;
}

static __always_inline int tcp_leave(void *ctx, const struct sock *sk, u64 now_ns, int state)
{
	struct tcp_connection *c = tcp_find(sk);

	if (!c)
		return 0;
	c->fin = 1;
	c->state = state;
	return tcp_meet_known(ctx, sk, c, now_ns);
}

static __always_inline int tcp_change(void *ctx, const struct sock *sk, int before, int after)
{
	u64 now_ns = bpf_ktime_get_ns();

	if (sk->sk_protocol != IPPROTO_TCP || latency_end_ns)
		return 0;
	switch (after) {
	case TCP_SYN_SENT:
		return tcp_connect(ctx, sk, now_ns);
	case TCP_ESTABLISHED:
		return tcp_open(ctx, sk, now_ns, before);
	case TCP_CLOSE:
		return tcp_end(ctx, sk, now_ns, before);
	case TCP_FIN_WAIT1:
	case TCP_LAST_ACK:
		return tcp_leave(ctx, sk, now_ns, after);
	}
	return 0;
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_state, const struct sock *sk, int before, int after)
{
	return tcp_change(ctx, sk, before, after);
}

/* Whether tcp_state, which comes first, was there for a change. What is not remembered any more
 * has ended, and what never was has found no room. */
static __always_inline int tcp_was_met(const struct sock *sk, int after)
{
	const struct tcp_connection *c = tcp_find(sk);

	if (c)
		return c->state == after;
	return after == TCP_CLOSE || (s64)tcp_refused > 0;
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_state_nested, const struct sock *sk, int before, int after)
{
	return tcp_was_met(sk, after) ? 0 : tcp_change(ctx, sk, before, after);
}

/* Of nobody, but where the socket's owner is known: what is sent again is so by a timer, or
 * because of a packet. */
static __always_inline int tcp_sample(void *ctx, u32 tgid, u32 tid)
{
	struct abi_cpu *cpu = cpu_counters();
	u32 event = tcp_retransmit_event & (ABI_EVENTS_MAX - 1), epoch;
	struct abi_sample sample = {
		.record = ABI_RECORD_SAMPLE,
		.event = event,
		.foreign = 1,
		.tgid = tgid,
		.tid = tid,
		.weight = 1,
		.kernel.store = ABI_STORE_NONE,
		.user.store = ABI_STORE_NONE,
	};

	if (!cpu || !latency_is_recording(bpf_ktime_get_ns()))
		return 0;
	count(&cpu->generated[event]);
	count(&cpu->in_flight);
	epoch = *(volatile __u32 *)&stack_epoch & 1;
	sample.epoch = epoch;
	if (!stack_no_kernel)
		stack_take_body(ctx, cpu, 0, 0, epoch, &sample.kernel);
	ring_send_sample(ctx, cpu, &sample);
	__sync_fetch_and_add(&cpu->in_flight, -1);
	return 0;
}

SEC("?tp_btf/tcp_retransmit_skb")
int BPF_PROG(tcp_retransmit, const struct sock *sk)
{
	const struct tcp_connection *c = tcp_find(sk);

	if (c && c->met)
		return c->chosen ? tcp_sample(ctx, c->tgid, c->tid) : 0;
	if (!tcp_is_asked_for(sk))
		return 0;
	return tcp_is_held(sk) ? tcp_sample(ctx, bpf_get_current_pid_tgid() >> 32,
					    bpf_get_current_pid_tgid())
			       : tcp_sample(ctx, 0, 0);
}

/* The second packet of a connection that is not one yet. */
SEC("?tp_btf/tcp_retransmit_synack")
int BPF_PROG(tcp_retransmit_synack, const struct sock *sk)
{
	return target_is_everybody() ? tcp_sample(ctx, 0, 0) : 0;
}
