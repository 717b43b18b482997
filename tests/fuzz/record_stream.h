#ifndef TESTS_FUZZ_RECORD_STREAM_H
#define TESTS_FUZZ_RECORD_STREAM_H

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "formats/checksum.h"
#include "formats/latency_bin.h"
#include "formats/trace_reader.h"

/*
 * All records of a trace as a stream of digests, and every promise of the reader checked
 * on the way: ids are valid, parents are lower than children, depth is bounded. A
 * digest says all that a record says, whatever its ids are; a record that refers to
 * something damaged is `vague` and says less than it did when it was whole.
 */
struct stream_record {
	uint64_t digest;
	bool vague;
};

struct record_stream {
	VEC(struct stream_record);
};

struct stream_node {
	uint64_t digest;
	uint32_t depth;
	bool vague;
};

struct stream_reading {
	const struct trace_reader *r;
	struct {
		VEC(struct stream_node);
	} nodes;
	struct record_stream modules; /* of the group, so that each is digested once */
	struct record_stream frames;
	struct record_stream threads;
	struct record_stream links;
	struct record_stream events; /* of the trace */
};

#define PROMISE(holds)                                                                             \
	do {                                                                                       \
		if (!(holds))                                                                      \
			abort();                                                                   \
	} while (0)

static inline uint64_t digest_of(const void *bytes, size_t len, uint64_t seed)
{
	return checksum_long(bytes, len, seed);
}

static inline uint64_t digest_text(const char *text, uint64_t seed)
{
	return digest_of(text, strlen(text), seed);
}

static inline uint64_t digest_number(uint64_t number, uint64_t seed)
{
	unsigned __int128 product = (unsigned __int128)(number ^ 0x9e3779b97f4a7c15ull) *
				    (seed ^ 0xd6e8feb86659fd93ull);

	return (uint64_t)product + (uint64_t)(product >> 64) + seed;
}

static inline uint64_t digest_process(const struct trace_reader *r, uint32_t id, bool *vague)
{
	const struct trace_process *p = trace_reader_process(r, id);
	uint64_t d;

	PROMISE(id < trace_reader_process_cnt(r));
	d = digest_number((uint64_t)p->tgid << 32 | p->generation, p->start_ns);
	d = digest_number((uint64_t)p->parent_tgid << 32 | p->namespace_tgid, d);
	d = digest_number(p->uid, d);
	*vague |= p->tgid == 0;
	return digest_text(p->cgroup, digest_text(p->executable, digest_text(p->comm, d)));
}

static inline uint64_t digest_module(const struct trace_reader *r, uint32_t id, bool *vague)
{
	const struct trace_module *m = trace_reader_module(r, id);
	uint64_t d;

	PROMISE(id < trace_reader_module_cnt(r));
	d = digest_text(m->path, (uint64_t)m->kind);
	PROMISE(m->build_id_len <= TRACE_BUILD_ID_MAX);
	if (m->process != TRACE_NONE)
		d = digest_process(r, m->process, vague) ^ d;
	return digest_of(m->build_id, m->build_id_len, d);
}

static inline uint64_t digest_frame_of(struct stream_reading *s, uint32_t id, bool *vague)
{
	const struct trace_frame *f = trace_reader_frame(s->r, id);
	uint64_t d = digest_number(f->offset, (uint64_t)f->kind << 8 | f->reason);

	*vague |= f->reason == TRACE_REASON_DAMAGED;
	if (f->module == TRACE_NONE)
		return digest_text(f->file, digest_of(f->name, f->name_len, d + f->line));
	PROMISE(f->module < s->modules.cnt);
	*vague |= s->modules.v[f->module].vague;
	return digest_number(s->modules.v[f->module].digest, d);
}

static inline struct stream_record digest_event(const struct trace_reader *r, uint32_t id)
{
	const struct trace_event *e = trace_reader_event(r, id);
	uint64_t d = digest_number((uint64_t)e->kind << 32 | e->unit, e->frequency_hz);

	d = digest_text(e->source, digest_text(e->name, digest_number(e->period_ns, d)));
	for (unsigned i = 0; i < TRACE_LABELS_MAX; i++)
		d = digest_text(e->labels[i], d);
	return (struct stream_record){ .digest = d, .vague = !strcmp(e->name, "[damaged]") };
}

static inline void stream_follow_tables(struct stream_reading *s)
{
	while (s->events.cnt < trace_reader_event_cnt(s->r)) {
		struct stream_record got = digest_event(s->r, (uint32_t)s->events.cnt);

		*vec_push(&s->events) = got;
	}
	while (s->modules.cnt < trace_reader_module_cnt(s->r)) {
		struct stream_record got = { 0 };

		got.digest = digest_module(s->r, (uint32_t)s->modules.cnt, &got.vague);
		*vec_push(&s->modules) = got;
	}
	while (s->frames.cnt < trace_reader_frame_cnt(s->r)) {
		struct stream_record got = { 0 };

		got.digest = digest_frame_of(s, (uint32_t)s->frames.cnt, &got.vague);
		*vec_push(&s->frames) = got;
	}
	while (s->threads.cnt < trace_reader_thread_cnt(s->r)) {
		const struct trace_thread *t = trace_reader_thread(s->r, (uint32_t)s->threads.cnt);
		struct stream_record got = { 0 };

		got.digest = digest_process(s->r, t->process, &got.vague);
		got.digest = digest_text(t->comm, digest_number(t->tid, got.digest));
		*vec_push(&s->threads) = got;
	}
}

static inline void stream_follow_nodes(struct stream_reading *s)
{
	stream_follow_tables(s);
	while (s->nodes.cnt < trace_reader_node_cnt(s->r)) {
		uint32_t id = (uint32_t)s->nodes.cnt;
		const struct trace_node *n = trace_reader_node(s->r, id);
		struct stream_node node = { 0 };

		PROMISE(n->parent == TRACE_NONE || n->parent < id);
		if (n->parent != TRACE_NONE)
			node = s->nodes.v[n->parent];
		PROMISE(n->frame < s->frames.cnt);
		node.vague |= s->frames.v[n->frame].vague;
		node.digest = digest_number(s->frames.v[n->frame].digest, node.digest);
		PROMISE(++node.depth <= TRACE_DEPTH_MAX);
		*vec_push(&s->nodes) = node;
	}
}

static inline struct stream_record digest_sample_of(struct stream_reading *s,
						    const struct trace_sample *sample)
{
	struct stream_record out = { 0 };
	uint64_t d = digest_number(sample->time_ns, sample->weight);

	PROMISE(sample->event < s->events.cnt);
	PROMISE(sample->thread < s->threads.cnt);
	PROMISE(sample->cpu < TRACE_CPUS_MAX);
	out.vague = s->events.v[sample->event].vague;
	d = digest_number(s->events.v[sample->event].digest, d);
	d ^= s->threads.v[sample->thread].digest;
	out.vague |= s->threads.v[sample->thread].vague;
	if (sample->stack != TRACE_NONE) {
		PROMISE(sample->stack < s->nodes.cnt);
		d = digest_number(s->nodes.v[sample->stack].digest, d);
		out.vague |= s->nodes.v[sample->stack].vague;
	}
	out.digest = digest_number(sample->cpu, d);
	return out;
}

/* A stack's digest mixed into d. */
static inline uint64_t digest_stack(struct stream_reading *s, uint32_t stack, uint64_t d,
				    bool *vague)
{
	if (stack == TRACE_NONE)
		return d;
	PROMISE(stack < s->nodes.cnt);
	*vague |= s->nodes.v[stack].vague;
	return digest_number(s->nodes.v[stack].digest, d);
}

static inline void stream_follow_links(struct stream_reading *s)
{
	while (s->links.cnt < trace_reader_link_cnt(s->r)) {
		uint32_t id = (uint32_t)s->links.cnt;
		const struct trace_link *l = trace_reader_link(s->r, id);
		struct stream_record got = { .digest = l->context };

		PROMISE(l->parent == TRACE_NONE || l->parent < id);
		PROMISE(l->context > 0 && l->context < TRACE_CONTEXT_CNT);
		got.vague = l->context == TRACE_CONTEXT_LOST;
		if (l->parent != TRACE_NONE) {
			got.digest = digest_number(s->links.v[l->parent].digest, got.digest);
			got.vague |= s->links.v[l->parent].vague;
		}
		if (l->thread != TRACE_NONE) {
			PROMISE(l->thread < s->threads.cnt);
			got.digest = digest_number(s->threads.v[l->thread].digest, got.digest);
			got.vague |= s->threads.v[l->thread].vague;
		}
		got.digest = digest_stack(s, l->stack, got.digest, &got.vague);
		*vec_push(&s->links) = got;
	}
}

/* What sums and waits have in common: the sum says it of both. */
static inline struct stream_record digest_waited(struct stream_reading *s,
						 const struct trace_wait_sum *sum)
{
	struct stream_record out = { 0 };
	uint64_t d = digest_number(sum->blocked_ns, sum->runnable_ns), links_ns = 0;
	uint32_t depth = 0;

	PROMISE(sum->event < s->events.cnt);
	PROMISE(sum->state > 0 && sum->state < TRACE_WAIT_STATE_CNT);
	PROMISE(!(sum->flags & ~(uint32_t)TRACE_WAIT_FLAGS));
	PROMISE(sum->blocked_ns <= UINT64_MAX - sum->runnable_ns);
	for (uint32_t at = sum->chain; at != TRACE_NONE; at = trace_reader_link(s->r, at)->parent) {
		PROMISE(at < s->links.cnt);
		PROMISE(++depth <= TRACE_CHAIN_MAX);
	}
	for (uint32_t i = 0; i < TRACE_CHAIN_MAX; i++) {
		PROMISE(i < depth || !sum->link_ns[i]);
		links_ns += sum->link_ns[i];
		d = digest_number(sum->link_ns[i], d);
	}
	PROMISE(links_ns == (depth ? sum->blocked_ns : 0));
	d = digest_number((uint64_t)sum->state << 32 | sum->flags, d);
	if (depth)
		d = digest_number(s->links.v[sum->chain].digest, d);
	out.vague = s->events.v[sum->event].vague || (depth && s->links.v[sum->chain].vague);
	out.digest = digest_stack(s, sum->stack, digest_number(s->events.v[sum->event].digest, d),
				  &out.vague);
	return out;
}

static inline struct stream_record digest_wait_sum(struct stream_reading *s,
						   const struct trace_wait_sum *sum)
{
	struct stream_record out = digest_waited(s, sum);
	const struct trace_slice *slice = trace_reader_slice(s->r, sum->slice);

	PROMISE(sum->cnt && sum->longest_ns <= sum->blocked_ns + sum->runnable_ns);
	PROMISE(sum->slice < trace_reader_slice_cnt(s->r));
	PROMISE(slice->start_ns <= slice->end_ns);
	out.vague |= !slice->end_ns;
	out.digest = digest_number(sum->cnt, digest_number(sum->longest_ns, out.digest));
	out.digest = digest_number(slice->start_ns, digest_number(slice->end_ns, out.digest));
	out.digest = digest_number(slice->min_block_ns, out.digest);
	out.digest ^= digest_process(s->r, sum->process, &out.vague);
	return out;
}

static inline struct stream_record digest_wait(struct stream_reading *s,
					       const struct trace_wait *wait)
{
	struct trace_wait_sum sum = { .event = wait->event,
				      .stack = wait->stack,
				      .chain = wait->chain,
				      .state = wait->state,
				      .flags = wait->flags,
				      .blocked_ns = wait->blocked_ns,
				      .runnable_ns = wait->runnable_ns };
	struct stream_record out;

	memcpy(sum.link_ns, wait->link_ns, sizeof(sum.link_ns));
	out = digest_waited(s, &sum);
	PROMISE(wait->why && !(wait->why & ~(uint32_t)TRACE_WAIT_WHYS));
	PROMISE(wait->thread < s->threads.cnt);
	out.vague |= s->threads.v[wait->thread].vague;
	out.digest ^= s->threads.v[wait->thread].digest;
	out.digest = digest_number(wait->start_ns, digest_number(wait->why, out.digest));
	return out;
}

static inline struct stream_record digest_account(struct stream_reading *s,
						  const struct trace_account *a)
{
	struct stream_record out = { 0 };
	uint64_t d = digest_number(a->from_ns, a->to_ns);

	PROMISE(a->from_ns <= a->to_ns);
	PROMISE(a->thread < s->threads.cnt);
	d = digest_number(a->on_ns, digest_number(a->runnable_ns, d));
	d = digest_number(a->blocked_ns, digest_number(a->gap_ns, d));
	d = digest_number(a->switch_cnt, digest_number(a->short_cnt, d));
	out.vague = s->threads.v[a->thread].vague;
	out.digest = digest_number(a->short_ns, d) ^ s->threads.v[a->thread].digest;
	return out;
}

static inline struct stream_record digest_series(struct stream_reading *s, uint32_t id)
{
	const struct trace_series *series = trace_reader_series(s->r, id);
	struct stream_record out = { 0 };

	PROMISE(id < trace_reader_series_cnt(s->r));
	PROMISE(series->event < s->events.cnt);
	out.vague = s->events.v[series->event].vague || !strcmp(series->process, "[damaged]");
	out.digest = digest_text(series->process, s->events.v[series->event].digest);
	for (unsigned i = 0; i < TRACE_LABELS_MAX; i++)
		out.digest = digest_text(series->labels[i], out.digest);
	return out;
}

static inline struct stream_record digest_bin(struct stream_reading *s, const struct trace_bin *b)
{
	struct stream_record out = digest_series(s, b->series);
	const struct trace_slice *slice = trace_reader_slice(s->r, b->slice);

	PROMISE(b->slice < trace_reader_slice_cnt(s->r));
	PROMISE(b->bin < LATENCY_BINS && b->cnt);
	PROMISE(b->sum / b->cnt <= latency_bin_last(b->bin));
	PROMISE(b->sum == UINT64_MAX || b->sum / b->cnt >= latency_bin_first(b->bin));
	out.vague |= !slice->end_ns;
	out.digest = digest_number(slice->start_ns, digest_number(slice->end_ns, out.digest));
	out.digest = digest_number(b->bin, digest_number(b->cnt, out.digest));
	out.digest = digest_number(b->sum, out.digest);
	return out;
}

static inline struct stream_record digest_latency(struct stream_reading *s,
						  const struct trace_latency *l)
{
	struct stream_record out = digest_series(s, l->series);

	PROMISE(l->why && !(l->why & ~(uint32_t)TRACE_LATENCY_WHYS));
	PROMISE(l->cpu == TRACE_NONE || l->cpu < TRACE_CPUS_MAX);
	PROMISE(l->queued_ns <= l->value && strlen(l->text) <= TRACE_LATENCY_TEXT_MAX);
	out.digest = digest_number(l->why, digest_number(l->cpu, out.digest));
	out.digest = digest_number(l->end_ns, digest_number(l->value, out.digest));
	out.digest = digest_number(l->bytes, digest_number(l->queued_ns, out.digest));
	out.digest = digest_text(l->text, digest_stack(s, l->stack, out.digest, &out.vague));
	if (l->thread != TRACE_NONE) {
		PROMISE(l->thread < s->threads.cnt);
		out.digest ^= s->threads.v[l->thread].digest;
		out.vague |= s->threads.v[l->thread].vague;
	}
	return out;
}

static inline uint64_t digest_mappings(const struct trace_reader *r, uint32_t id, bool *vague)
{
	const struct trace_mappings *m = trace_reader_mappings(r, id);
	uint64_t d = digest_process(r, m->process, vague), end = 0;

	PROMISE(id < trace_reader_mappings_cnt(r));
	PROMISE(m->cnt <= TRACE_MAPPINGS_MAX);
	for (uint32_t i = 0; i < m->cnt; i++) {
		PROMISE(m->v[i].start >= end && m->v[i].end > m->v[i].start);
		end = m->v[i].end;
		d = digest_number(m->v[i].start, digest_number(end, d));
		d = digest_number(m->v[i].file_offset, d);
		d ^= digest_module(r, m->v[i].module, vague);
	}
	return d;
}

static inline struct stream_record digest_copy(const struct trace_reader *r,
					       const struct trace_copy *c)
{
	struct stream_record got = { 0 };
	uint64_t d = digest_module(r, c->module, &got.vague);

	PROMISE(c->register_cnt <= TRACE_REGISTERS_MAX && c->len <= TRACE_COPY_BYTES_MAX);
	PROMISE(c->why < TRACE_REASON_CNT);
	if (c->mappings != TRACE_NONE)
		d = digest_number(digest_mappings(r, c->mappings, &got.vague), d);
	d = digest_number(c->id, digest_number(c->why, d));
	d = digest_of(c->registers, c->register_cnt * sizeof(*c->registers), d);
	got.digest = digest_of(c->bytes, c->len, d);
	return got;
}

static inline void stream_add(struct stream_reading *s, const struct trace_record *record,
			      struct record_stream *out)
{
	struct stream_record got = { 0 };

	switch (record->kind) {
	case TRACE_RECORD_KEY_FRAME:
	case TRACE_RECORD_NODES:
		return;
	case TRACE_RECORD_SAMPLE:
		got = digest_sample_of(s, &record->sample);
		break;
	case TRACE_RECORD_KERNEL_SYMBOL:
		got.digest = digest_module(s->r, record->kernel_symbol.module, &got.vague);
		got.digest = digest_text(record->kernel_symbol.name,
					 got.digest ^ record->kernel_symbol.offset);
		got.digest = digest_number(record->kernel_symbol.size, got.digest);
		break;
	case TRACE_RECORD_JIT_MAP:
		got.digest = digest_module(s->r, record->jit_map.module, &got.vague);
		got.digest = digest_of(record->jit_map.text, record->jit_map.len, got.digest);
		break;
	case TRACE_RECORD_WAIT_SUM:
		got = digest_wait_sum(s, &record->wait_sum);
		break;
	case TRACE_RECORD_WAIT:
		got = digest_wait(s, &record->wait);
		break;
	case TRACE_RECORD_ACCOUNT:
		got = digest_account(s, &record->account);
		break;
	case TRACE_RECORD_BIN:
		got = digest_bin(s, &record->bin);
		break;
	case TRACE_RECORD_LATENCY:
		got = digest_latency(s, &record->latency);
		break;
	case TRACE_RECORD_COPY:
		got = digest_copy(s->r, &record->copy);
		break;
	case TRACE_RECORD_CPU_CHANGE:
		got.digest =
			digest_number(record->cpu_change.time_ns,
				      record->cpu_change.cpu * 2ull + record->cpu_change.online);
		break;
	case TRACE_RECORD_LOSS:
		PROMISE(record->loss.loss > 0 && record->loss.loss < TRACE_LOSS_CNT);
		PROMISE(record->loss.event == TRACE_NONE ||
			record->loss.event < trace_reader_event_cnt(s->r));
		got.digest = digest_number(record->loss.count, record->loss.loss);
		if (record->loss.event == TRACE_NONE)
			break;
		PROMISE(record->loss.event < s->events.cnt);
		got.vague = s->events.v[record->loss.event].vague;
		got.digest = digest_number(s->events.v[record->loss.event].digest, got.digest);
		break;
	}
	*vec_push(out) = got;
}

/* Reads all; false: the bytes are no trace, or one that is refused. */
static inline bool record_stream_read(struct record_stream *out, struct trace_reader *r)
{
	struct stream_reading s = { .r = r };
	struct trace_record record;
	int got;

	while ((got = trace_reader_next(r, &record, NULL)) > 0) {
		if (record.kind == TRACE_RECORD_KEY_FRAME) {
			s.nodes.cnt = 0;
			s.modules.cnt = 0;
			s.frames.cnt = 0;
			s.threads.cnt = 0;
			s.links.cnt = 0;
			continue;
		}
		stream_follow_nodes(&s);
		stream_follow_links(&s);
		stream_add(&s, &record, out);
	}
	vec_release(&s.events);
	vec_release(&s.modules);
	vec_release(&s.frames);
	vec_release(&s.threads);
	vec_release(&s.links);
	vec_release(&s.nodes);
	return got == 0;
}

#endif
