#include "formats/trace_summary.h"

#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/idmap.h"
#include "base/sum.h"
#include "formats/name_table.h"
#include "formats/trace_reader.h"

/* A node of the current group: which path it is, in any group, and what it is made of. */
struct path {
	uint64_t hash;
	uint16_t depth;
	uint16_t cut; /* bit per enum trace_reason */
};

_Static_assert(TRACE_REASON_CNT <= 16, "cut has a bit for each");

struct counting {
	const struct trace_reader *reader;
	struct trace_summary *out;
	struct {
		VEC(struct path);
	} paths;	  /* by node of the group */
	uint32_t threads; /* of the group's tables, that have been counted */
	uint32_t processes;
	uint32_t modules;
	uint32_t slices;
	struct idmap known; /* (hash, what) of all that has been counted */
};

enum counted { COUNTED_PROCESS = 1, COUNTED_THREAD, COUNTED_MODULE, COUNTED_STACK };

/* Adds 1 to *cnt if this is the first of its kind. */
static void count_once(struct counting *c, uint64_t hash, enum counted what, uint64_t *cnt)
{
	size_t before = c->known.cnt;

	idmap_intern(&c->known, hash, what, 0);
	*cnt += c->known.cnt - before;
}

static uint64_t process_hash(const struct trace_reader *r, uint32_t id)
{
	const struct trace_process *p = trace_reader_process(r, id);

	return hash_pair(hash_pair(p->tgid, p->generation), p->start_ns);
}

static uint64_t module_hash(const struct trace_reader *r, uint32_t id)
{
	const struct trace_module *m = trace_reader_module(r, id);
	uint64_t hash = hash_pair(m->kind, hash_bytes(m->path, strlen(m->path)));

	hash = hash_pair(hash, hash_bytes(m->build_id, m->build_id_len));
	return m->process == TRACE_NONE ? hash : hash_pair(hash, process_hash(r, m->process));
}

static uint64_t frame_hash(const struct trace_reader *r, const struct trace_frame *f)
{
	if (f->module != TRACE_NONE)
		return hash_pair(module_hash(r, f->module), f->offset);
	return hash_pair(hash_bytes(f->name, f->name_len), (uint64_t)f->kind << 8 | f->reason);
}

static void count_tables(struct counting *c)
{
	const struct trace_reader *r = c->reader;

	if (!c->processes)
		c->processes = 1; /* the reader's own placeholder */
	for (; c->processes < trace_reader_process_cnt(r); c->processes++)
		count_once(c, process_hash(r, c->processes), COUNTED_PROCESS, &c->out->process_cnt);
	for (; c->threads < trace_reader_thread_cnt(r); c->threads++) {
		const struct trace_thread *t = trace_reader_thread(r, c->threads);

		count_once(c, hash_pair(t->tid, process_hash(r, t->process)), COUNTED_THREAD,
			   &c->out->thread_cnt);
	}
	for (; c->slices < trace_reader_slice_cnt(r); c->slices++)
		wait_summary_add_slice(&c->out->waits, trace_reader_slice(r, c->slices));
	for (; c->modules < trace_reader_module_cnt(r); c->modules++)
		if (trace_reader_module(r, c->modules)->kind != TRACE_MODULE_COPY)
			count_once(c, module_hash(r, c->modules), COUNTED_MODULE,
				   &c->out->module_cnt);
}

static void follow_nodes(struct counting *c)
{
	const struct trace_reader *r = c->reader;

	while (c->paths.cnt < trace_reader_node_cnt(r)) {
		const struct trace_node *n = trace_reader_node(r, (uint32_t)c->paths.cnt);
		const struct trace_frame *f = trace_reader_frame(r, n->frame);
		struct path parent = { 0 };

		if (n->parent != TRACE_NONE)
			parent = c->paths.v[n->parent];
		*vec_push(&c->paths) = (struct path){
			.hash = hash_pair(parent.hash, frame_hash(r, f)),
			.depth = (uint16_t)(parent.depth + 1),
			.cut = (uint16_t)(parent.cut |
					  (f->kind == TRACE_FRAME_LOST ? 1u << f->reason : 0)),
		};
	}
}

static struct event_summary *event_of(struct trace_summary *out, uint32_t event)
{
	while (out->events.cnt <= event)
		*vec_push(&out->events) = (struct event_summary){ 0 };
	return &out->events.v[event];
}

/* The stack of so many samples or waits; it may be none. */
static void count_stack(struct counting *c, uint32_t stack, uint64_t cnt)
{
	struct trace_summary *out = c->out;
	const struct path *path;
	uint64_t frames;

	if (stack == TRACE_NONE)
		return;
	stack_quality_add_many(&out->quality, stack, cnt);
	path = &c->paths.v[stack];
	count_once(c, path->hash, COUNTED_STACK, &out->stack_cnt);
	sum_clipped(&out->stack_uses, cnt);
	if (__builtin_mul_overflow(path->depth, cnt, &frames))
		frames = UINT64_MAX;
	sum_clipped(&out->frame_uses, frames);
	if (path->depth > out->deepest)
		out->deepest = path->depth;
	for (unsigned reason = 1; reason < TRACE_REASON_CNT; reason++)
		sum_clipped(&out->cut[reason], path->cut >> reason & 1 ? cnt : 0);
}

static void count_sample(struct counting *c, const struct trace_sample *s)
{
	struct event_summary *event = event_of(c->out, s->event);

	event->sample_cnt++;
	sum_clipped(&event->weight, s->weight);
	count_stack(c, s->stack, 1);
}

static void count_wait_sum(struct counting *c, const struct trace_wait_sum *s)
{
	struct event_summary *event = event_of(c->out, s->event);

	sum_clipped(&event->wait_cnt, s->cnt);
	sum_clipped(&event->weight, s->blocked_ns + s->runnable_ns);
	count_stack(c, s->stack, s->cnt);
	wait_summary_add_sum(&c->out->waits, c->reader, s);
}

static void count_bin(struct counting *c, const struct trace_bin *b)
{
	struct event_summary *event =
		event_of(c->out, trace_reader_series(c->reader, b->series)->event);

	sum_clipped(&event->latency_cnt, b->cnt);
	sum_clipped(&event->weight, b->sum);
	latency_summary_add_bin(&c->out->latencies, trace_reader_slice(c->reader, b->slice));
}

static void count_latency(struct counting *c, const struct trace_latency *l)
{
	event_of(c->out, trace_reader_series(c->reader, l->series)->event)->single_cnt++;
	count_stack(c, l->stack, 1);
}

static void count_record(struct counting *c, const struct trace_record *record)
{
	switch (record->kind) {
	case TRACE_RECORD_KEY_FRAME:
		c->paths.cnt = 0;
		c->threads = 0;
		c->processes = 0;
		c->modules = 0;
		c->slices = 0;
		stack_quality_restart(&c->out->quality);
		break;
	case TRACE_RECORD_SAMPLE:
		count_sample(c, &record->sample);
		break;
	case TRACE_RECORD_WAIT_SUM:
		count_wait_sum(c, &record->wait_sum);
		break;
	case TRACE_RECORD_WAIT:
		c->out->waits.single_cnt++;
		break;
	case TRACE_RECORD_ACCOUNT:
		wait_summary_add_account(&c->out->waits, &record->account);
		break;
	case TRACE_RECORD_BIN:
		count_bin(c, &record->bin);
		break;
	case TRACE_RECORD_LATENCY:
		count_latency(c, &record->latency);
		break;
	case TRACE_RECORD_KERNEL_SYMBOL:
		c->out->kernel_symbol_cnt++;
		break;
	case TRACE_RECORD_JIT_MAP:
		c->out->jit_map_bytes += record->jit_map.len;
		break;
	case TRACE_RECORD_COPY:
		c->out->copy_cnt++;
		c->out->copy_bytes += record->copy.len;
		break;
	default:
		break;
	}
}

int trace_summary_take(struct trace_summary *out, struct trace_reader *r, struct err *err)
{
	struct counting c = { .reader = r, .out = out };
	struct trace_record record;
	struct name_table *names;
	int got;

	*out = (struct trace_summary){ 0 };
	got = name_table_read(&names, r, err);
	if (got < 0)
		return got;
	stack_quality_start(&out->quality, r, names);
	while ((got = trace_reader_next(r, &record, err)) > 0) {
		if (record.kind != TRACE_RECORD_KEY_FRAME) {
			count_tables(&c);
			follow_nodes(&c);
		}
		count_record(&c, &record);
	}
	count_tables(&c); /* of a chunk without records, too */
	while (out->events.cnt < trace_reader_event_cnt(r))
		*vec_push(&out->events) = (struct event_summary){ 0 };
	out->totals = *trace_reader_totals(r);
	out->is_clean = trace_reader_is_clean(r);
	stack_quality_end(&out->quality);
	name_table_free(names);
	vec_release(&c.paths);
	idmap_release(&c.known);
	trace_reader_rewind(r);
	return got;
}

void trace_summary_release(struct trace_summary *s)
{
	vec_release(&s->events);
	stack_quality_release(&s->quality);
}
