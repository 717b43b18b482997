/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long requests to block devices take: in the queue, at the device, together; and how
 * large they are. An operation is one when all of its bytes are done, in however many parts.
 *
 *	inserted ──> issued ──> (requeued ──> issued) ... ──> completed
 *	|<---------- queue ------------------>|<-- device -->|
 *
 * A request that is requeued was refused by its driver, or shall be tried again: it is in the
 * queue until it is issued for the last time, and what it began with stays. Who submits is
 * current at the insertion or, of a request that goes to the device at once, at the issue. A
 * flush is issued by a worker of the kernel for all who wait for one, and is the worker's, and
 * so is a write that has to come after one, such as a journal's commit. The requests by which
 * others wait for a flush never go to a device and end with 0 bytes: no events.
 *
 * Hooks	tp_btf block_rq_insert, _issue, _requeue, _merge and _complete
 * current	who submits, or a worker that does it for somebody: insert and issue; else anybody
 * stacks	of who submits, as a START, as far as there is room for them
 * lost		no room for another request: counted when it ends. An end that was not seen:
 *		counted when the request begins anew
 * since	5.10
 */
#include "bpf/latency_tell.bpf.h"
#include "bpf/task.bpf.h"

#define REQ_OP_MASK 0xff
#define REQ_OP_READ 0
#define REQ_OP_WRITE 1
#define REQ_OP_FLUSH 2
#define REQ_OP_DISCARD 3
#define REQ_OP_SECURE_ERASE 5
#define REQ_OP_WRITE_SAME 7 /* until 5.17; since 5.18 to append to a zone */

#define MINOR_BITS 20

struct block_request {
	u64 begin_ns; /* inserted or, if it never was, issued; 0: it is not in flight */
	u64 issue_ns; /* for the last time; 0: not yet */
	u64 serial;   /* of its START; 0: there was none */
	u32 bytes;    /* that are done */
	u32 tgid, tid;
	u8 chosen;   /* its submitter is */
	u8 queued;   /* it was */
	u8 requeued; /* and will be issued again */
	u8 drawn;
	char comm[ABI_COMM_LEN];
};

struct block_request_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* set by the loader */
	__type(key, u64);	/* address of the struct request */
	__type(value, struct block_request);
};

struct block_request_map block_requests SEC(".maps");

const volatile __u32 block_has_queue = 0; /* the first argument is the queue: until 5.10 */
const volatile __u64 block_kept_max = 0;  /* entries; with more, those not in flight go */

__u64 block_kept = 0;	 /* entries in block_requests, in flight or not */
__u64 block_refused = 0; /* requests in flight that there was no room for */

static const struct block_request block_request_empty;

/* Of all hooks but the last. The two ways shall not become one load from either place, which
 * verifiers refuse. */
static __always_inline const struct request *block_request_of(const u64 *args)
{
	u64 rq;

	if (block_has_queue) {
		rq = args[1];
		asm volatile("" : "+r"(rq) : "i"(1));
	} else {
		rq = args[0];
		asm volatile("" : "+r"(rq) : "i"(0));
	}
	return (const struct request *)rq;
}

static __always_inline u64 block_device(const struct request *rq)
{
	const struct request___5_16 *old = (const struct request___5_16 *)rq;
	const struct gendisk *disk;

	disk = bpf_core_field_exists(old->rq_disk) ? old->rq_disk : rq->q->disk;
	return disk ? (u32)disk->major << MINOR_BITS | disk->first_minor : 0;
}

static __always_inline u32 block_operation(u32 flags)
{
	switch (flags & REQ_OP_MASK) {
	case REQ_OP_READ:
		return ABI_BLOCK_READ;
	case REQ_OP_WRITE:
	case REQ_OP_WRITE_SAME:
		return ABI_BLOCK_WRITE;
	case REQ_OP_FLUSH:
		return ABI_BLOCK_FLUSH;
	case REQ_OP_DISCARD:
	case REQ_OP_SECURE_ERASE:
		return ABI_BLOCK_DISCARD;
	}
	return ABI_BLOCK_OTHER;
}

static __always_inline struct block_request *block_find(const struct request *rq)
{
	u64 key = (u64)rq;

	return bpf_map_lookup_elem(&block_requests, &key);
}

/* NULL: it is not in flight, or found no room. */
static __always_inline struct block_request *block_find_live(const struct request *rq)
{
	struct block_request *r = block_find(rq);

	return r && r->begin_ns ? r : 0;
}

/* A place for what is remembered of a request. NULL: there is no room. */
static __always_inline struct block_request *block_make(const struct request *rq)
{
	u64 key = (u64)rq;

	if (bpf_map_update_elem(&block_requests, &key, &block_request_empty, BPF_NOEXIST)) {
		count(&block_refused);
		return 0;
	}
	count(&block_kept);
	return block_find(rq);
}

/* It is over. Drivers use their requests again and again, so what is remembered keeps its
 * place, which takes less time than to make one for each; but where devices came and went, their
 * requests would have all the room. */
static __always_inline void block_forget(const struct request *rq, struct block_request *r)
{
	u64 key = (u64)rq;

	r->begin_ns = 0;
	if (block_kept > block_kept_max && !bpf_map_delete_elem(&block_requests, &key))
		__sync_fetch_and_add(&block_kept, -1);
}

/* What is remembered of an address that begins anew has ended, and its end was not seen: the
 * program was skipped, which kernels do where it has interrupted itself. */
static __always_inline void block_lose_unseen(const struct block_request *r)
{
	if (!r->begin_ns || !r->chosen || !r->issue_ns || !latency_start_ns ||
	    r->begin_ns < latency_start_ns)
		return;
	latency_lose(ABI_MEASURE_BLOCK);
	if (r->queued)
		latency_lose(ABI_MEASURE_BLOCK_QUEUE);
	latency_lose(ABI_MEASURE_BLOCK_DEVICE);
	latency_lose(ABI_MEASURE_BLOCK_BYTES);
}

/*
 * Begins with who submits. Those who were not asked for are remembered, too: who issues a
 * request that somebody else has queued is not taken for its submitter.
 */
static __always_inline void block_submitted(struct block_request *r, u64 now_ns, int queued)
{
	u64 ids = bpf_get_current_pid_tgid();

	*r = (struct block_request){
		.begin_ns = now_ns,
		.issue_ns = queued ? 0 : now_ns,
		.queued = queued,
		.chosen = target_has_current(),
	};
	if (!r->chosen || !(u32)ids)
		return;
	r->tgid = ids >> 32;
	r->tid = ids;
	latency_comm(r->comm, 0);
	r->drawn = latency_draws(ABI_MEASURE_BLOCK);
}

static __always_inline int block_begin(void *ctx, const struct request *rq, struct block_request *r,
				       u64 now_ns, int queued)
{
	if (r)
		block_lose_unseen(r);
	else
		r = block_make(rq);
	if (!r)
		return 0;
	block_submitted(r, now_ns, queued);
	if (r->tid && latency_is_recording(now_ns))
		r->serial = latency_begin(ctx, ABI_MEASURE_BLOCK, r->drawn);
	return 0;
}

SEC("?tp_btf/block_rq_insert")
int block_insert(u64 *ctx)
{
	const struct request *rq = block_request_of(ctx);
	struct block_request *r = block_find(rq);

	if (latency_end_ns || (r && r->begin_ns && r->requeued))
		return 0;
	return block_begin(ctx, rq, r, bpf_ktime_get_ns(), 1);
}

SEC("?tp_btf/block_rq_issue")
int block_issue(u64 *ctx)
{
	const struct request *rq = block_request_of(ctx);
	struct block_request *r = block_find(rq);
	u64 now_ns = bpf_ktime_get_ns();

	if (latency_end_ns)
		return 0;
	if (!r || !r->begin_ns || (r->issue_ns && !r->requeued))
		return block_begin(ctx, rq, r, now_ns, 0);
	r->issue_ns = now_ns;
	r->requeued = 0;
	return 0;
}

SEC("?tp_btf/block_rq_requeue")
int block_requeue(u64 *ctx)
{
	struct block_request *r = block_find_live(block_request_of(ctx));

	if (r)
		r->queued = r->requeued = 1;
	return 0;
}

/* It has become part of another one. */
SEC("?tp_btf/block_rq_merge")
int block_merge(u64 *ctx)
{
	const struct request *rq = block_request_of(ctx);
	struct block_request *r = block_find_live(rq);

	if (r)
		block_forget(rq, r);
	return 0;
}

/* NULL: there is no room; then it is counted in coarse cells. */
static __noinline struct abi_latency_cell *block_make_cell(struct latency_visit *v)
{
	return latency_has_fine_room(v->epoch) ? latency_cell_put(v->cpu, v->epoch & 1, &v->key)
					       : 0;
}

/* Most requests go to the device at once, and have 2^n bytes: one cell says all of them. */
static __always_inline int block_count_at_once(struct latency_visit *v, struct latency_event *ev,
					       u32 *why)
{
	struct abi_latency_cell *cell;

	v->key.what = ev->what | (u64)value_bin(ev->bytes) << ABI_BLOCK_BYTES_SHIFT;
	v->key.bin = value_bin(ev->value);
	v->key.measure = ABI_MEASURE_BLOCK;
	cell = latency_cell_find(v->epoch, &v->key);
	if (!cell)
		cell = block_make_cell(v);
	v->key.what = ev->what;
	if (!cell)
		return 0;
	count(&v->cpu->at_once);
	__sync_fetch_and_add(&cell->cnt, 1);
	__sync_fetch_and_add(&cell->sum, ev->value);
	*why = latency_visit_why(v, ev, ABI_MEASURE_BLOCK, ev->value);
	ev->parts = latency_visit_why(v, ev, ABI_MEASURE_BLOCK_DEVICE, ev->value) << 8;
	ev->parts |= latency_visit_why(v, ev, ABI_MEASURE_BLOCK_BYTES, ev->bytes) << 16;
	return 1;
}

static __always_inline u32 block_count_apart(struct latency_visit *v, struct latency_event *ev,
					     int queued, int issued)
{
	u32 why = latency_visit_count(v, ev, ABI_MEASURE_BLOCK, ev->value);

	if (queued)
		ev->parts = latency_visit_count(v, ev, ABI_MEASURE_BLOCK_QUEUE, ev->queued_ns);
	if (issued)
		ev->parts |= latency_visit_count(v, ev, ABI_MEASURE_BLOCK_DEVICE,
						 ev->value - ev->queued_ns)
			     << 8;
	ev->parts |= latency_visit_count(v, ev, ABI_MEASURE_BLOCK_BYTES, ev->bytes) << 16;
	return why;
}

/* All values of a request; why it is wanted as a single one, but for its parts. */
static __noinline u32 block_count(struct latency_event *ev, const struct block_request *r)
{
	int issued = r->issue_ns && !r->requeued;
	struct latency_visit v;
	u32 why = 0;

	if (!latency_visit_begin(&v, ev))
		return 0;
	if (r->queued || !issued || !ev->bytes || ev->bytes & (ev->bytes - 1) ||
	    !block_count_at_once(&v, ev, &why))
		why = block_count_apart(&v, ev, r->queued, issued);
	latency_visit_end(&v);
	return why;
}

/* One that was not issued last ended in the queue. */
static __always_inline void block_end(void *ctx, const struct request *rq,
				      const struct block_request *r, u64 now_ns)
{
	struct latency_event ev = {
		.measure = ABI_MEASURE_BLOCK,
		.tgid = r->tgid,
		.tid = r->tid,
		.what = block_device(rq) << 8 | block_operation(rq->cmd_flags),
		.end_ns = now_ns,
		.value = now_ns - r->begin_ns,
		.bytes = r->bytes,
		.queued_ns = (r->issue_ns && !r->requeued ? r->issue_ns : now_ns) - r->begin_ns,
		.serial = r->serial,
		.drawn = r->drawn ? LATENCY_DRAW_DONE : LATENCY_DRAW_NOT,
		.elsewhere = 1,
	};
	u32 why;

	__builtin_memcpy(ev.comm, r->comm, sizeof(ev.comm));
	why = block_count(&ev, r);
	if (why || ev.parts)
		latency_tell(ctx, &ev, why, 0, 0);
}

static __always_inline void block_unstarted(int queued)
{
	latency_unstarted(ABI_MEASURE_BLOCK);
	if (queued)
		latency_unstarted(ABI_MEASURE_BLOCK_QUEUE);
	latency_unstarted(ABI_MEASURE_BLOCK_DEVICE);
	latency_unstarted(ABI_MEASURE_BLOCK_BYTES);
}

/* Nothing is remembered of it: it found no room, or had begun before. */
static __always_inline void block_end_unknown(const struct request *rq, u32 bytes)
{
	if (!bytes && block_operation(rq->cmd_flags) != ABI_BLOCK_FLUSH)
		return;
	if ((s64)block_refused <= 0) {
		if (target_is_everybody())
			block_unstarted(0);
		return;
	}
	__sync_fetch_and_add(&block_refused, -1);
	latency_lose(ABI_MEASURE_BLOCK);
	latency_lose(ABI_MEASURE_BLOCK_DEVICE);
	latency_lose(ABI_MEASURE_BLOCK_BYTES);
}

SEC("?tp_btf/block_rq_complete")
int BPF_PROG(block_complete, const struct request *rq, int error, unsigned int bytes)
{
	u64 now_ns = bpf_ktime_get_ns();
	struct block_request *r = block_find_live(rq);

	if (!r) {
		if (latency_is_recording(now_ns))
			block_end_unknown(rq, bytes);
		return 0;
	}
	r->bytes += bytes;
	if (bytes < rq->__data_len)
		return 0;
	if (r->chosen && latency_is_recording(now_ns)) {
		if (r->begin_ns < latency_start_ns)
			block_unstarted(r->queued);
		else
			block_end(ctx, rq, r, now_ns);
	}
	block_forget(rq, r);
	return 0;
}
