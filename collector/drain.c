#include "collector/drain.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collector/backlog.h"
#include "collector/copy_replay.h"
#include "collector/kernel_log.h"
#include "collector/module_log.h"
#include "collector/programs.h"
#include "collector/sample_log.h"

/* A record takes its time before it stands in the ring; by so much at most, generously. */
#define LATE_NS 2000000ull

#define IDLE_TID 0 /* of every idle task */

/* Entries between two pauses of a round. */
#define BATCH 4096

/* A ring holds some tens of copies, and writing them or making their tables takes time: rings
 * are read again after so many bytes. */
#define COPY_BATCH ((size_t)512 << 10)

/* Stacks are forgotten beyond this, so that memory is bound whatever is recorded. */
#define STACKS_BYTES_MAX ((size_t)12 << 20)

/* Of tables that we keep for ourselves: one word of text is a row, in 1 KiB are some ten. */
#define OWN_ROWS_A_BLOCK 8

struct drain {
	struct drain_options options;
	struct backlog backlog;
	struct stack_stores *stores;
	struct module_log *modules;
	struct task_log *tasks;
	struct kernel_log *kernel;
	struct sample_log *samples;
	struct unwind_tables *tables; /* NULL: of no use on this machine */
	struct copy_replay copies;
	struct drain_counts counts;
};

/* Where programs walk by tables those are theirs; else only the roots of stacks are looked
 * up, or copies replayed. */
static struct unwind_tables *open_tables(struct drain *d)
{
	struct unwind_arrays arrays;

#ifndef __x86_64__
	return NULL;
#endif
	programs_unwind(d->options.programs, &arrays);
	if (!arrays.rows) {
		arrays.row_max = (uint32_t)(d->options.unwind_bytes / sizeof(*arrays.rows));
		arrays.block_max = arrays.row_max / OWN_ROWS_A_BLOCK;
		arrays.row_max -= arrays.block_max;
		arrays.rule_max = UNWIND_RULES_MAX;
		arrays.mapping_max = UNWIND_MAPPINGS_MAX;
		arrays.process_fd = -1;
	}
	return unwind_tables_new(&arrays, d->modules, d->tasks, NULL);
}

struct drain *drain_new(const struct drain_options *options)
{
	struct drain *d = mem_alloc(1, sizeof(*d));
	struct stack_stores_maps stores;

	d->options = *options;
	programs_stores(options->programs, &stores);
	d->stores = stack_stores_new(&stores);
	d->modules = module_log_new();
	d->tasks = task_log_new(d->modules);
	d->kernel = kernel_log_new(options->programs);
	d->tables = open_tables(d);
	d->samples = sample_log_new(options->writer, d->tasks, d->modules, d->kernel,
				    stack_stores_table(d->stores), d->tables, stores.frame_max);
	d->copies = (struct copy_replay){
		.tables = options->unwind == ABI_UNWIND_COPY ? NULL : d->tables,
		.tasks = d->tasks,
		.stacks = stack_stores_table(d->stores),
		.copy_bytes = options->copy_bytes,
	};
	return d;
}

void drain_free(struct drain *d)
{
	if (!d)
		return;
	backlog_release(&d->backlog);
	sample_log_free(d->samples);
	unwind_tables_free(d->tables);
	kernel_log_free(d->kernel);
	task_log_free(d->tasks);
	module_log_free(d->modules);
	stack_stores_free(d->stores);
	free(d);
}

size_t drain_waiting(const struct drain *d)
{
	return d->backlog.entries.cnt;
}

struct stack_stores *drain_stores(struct drain *d)
{
	return d->stores;
}

struct task_log *drain_tasks(struct drain *d)
{
	return d->tasks;
}

bool drain_kernel_hidden(const struct drain *d)
{
	return kernel_log_hidden(d->kernel);
}

bool drain_copies_wait(const struct drain *d)
{
	return d->copies.tables && d->backlog.copy_bytes;
}

bool drain_copies_filling(const struct drain *d)
{
	return d->backlog.copy_bytes > BACKLOG_COPY_BYTES_MAX / 2;
}

void drain_get_counts(const struct drain *d, struct drain_counts *out)
{
	*out = d->counts;
	out->copies = d->copies.copy_cnt;
	out->copies_kept = d->copies.kept_cnt;
	out->copies_kept_bytes = d->copies.kept_bytes;
	out->copies_cut = d->copies.cut_cnt;
	out->copies_dropped = d->copies.dropped_cnt;
	if (d->tables)
		unwind_tables_counts(d->tables, &out->tables);
}

static bool read_body(struct drain *d, const struct perf_record *r)
{
	size_t head = offsetof(struct abi_body, frames);
	struct abi_body body;

	if (r->raw.len < head)
		return false;
	memcpy(&body, r->raw.bytes, head);
	if (body.cnt > ABI_STACK_MAX || r->raw.len < head + body.cnt * sizeof(uint64_t))
		return false;
	memcpy(body.frames, r->raw.bytes + head, body.cnt * sizeof(uint64_t));
	stack_stores_add_body(d->stores, &body);
	return true;
}

static bool read_copy(struct drain *d, const struct perf_record *r)
{
	struct abi_copy head;

	if (r->raw.len < sizeof(head))
		return false;
	memcpy(&head, r->raw.bytes, sizeof(head));
	if (head.len > ABI_COPY_MAX || r->raw.len < sizeof(head) + head.len)
		return false;
	backlog_add_copy(&d->backlog, r);
	return true;
}

static bool read_sample(struct drain *d, const struct perf_record *r)
{
	struct abi_sample sample;

	if (r->raw.len < sizeof(sample))
		return false;
	memcpy(&sample, r->raw.bytes, sizeof(sample));
	if (sample.event >= d->options.event_cnt)
		return false;
	backlog_add_sample(&d->backlog, r, &sample);
	return true;
}

static bool read_raw(struct drain *d, const struct perf_record *r)
{
	if (!r->raw.len)
		return false;
	switch (r->raw.bytes[0]) {
	case ABI_RECORD_SAMPLE:
		return read_sample(d, r);
	case ABI_RECORD_BODY:
		return read_body(d, r);
	case ABI_RECORD_COPY:
		return read_copy(d, r);
	default:
		return false;
	}
}

static bool read_record(struct drain *d, const struct perf_event_header *header)
{
	struct perf_record r;

	if (!perf_record_decode(header, &r))
		return false;
	switch (r.type) {
	case PERF_RECORD_SAMPLE:
		return read_raw(d, &r);
	case PERF_RECORD_LOST:
		d->counts.lost_records += r.lost;
		return true;
	case PERF_RECORD_THROTTLE:
		/* The limit is per tick, and an idle CPU may have none for long. */
		d->counts.throttled += r.tid != IDLE_TID;
		return true;
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
	case PERF_RECORD_COMM:
	case PERF_RECORD_MMAP2:
	case PERF_RECORD_KSYMBOL:
		backlog_add_task(&d->backlog, &r, header);
		return true;
	default:
		return true;
	}
}

static void read_ring(struct drain *d, struct perf_ring *ring)
{
	const struct perf_event_header *header;

	while ((header = perf_ring_next(ring)))
		if (!read_record(d, header) && header->type != PERF_RECORD_SAMPLE)
			d->counts.unreadable_tasks++;
	perf_ring_release(ring);
}

void drain_read(struct drain *d)
{
	for (size_t i = 0; i < d->options.rings->open.cnt; i++)
		read_ring(d, d->options.rings->open.v[i]);
}

static void resolve(struct drain *d)
{
	uint32_t idle = stack_stores_idle(d->stores);

	for (size_t i = 0; i < d->backlog.entries.cnt; i++) {
		struct backlog_entry *e = &d->backlog.entries.v[i];
		struct backlog_sample *s = &e->sample;

		if (e->kind != BACKLOG_SAMPLE || s->resolved || s->epoch != idle)
			continue;
		s->kernel_stack = stack_stores_resolve(d->stores, &s->kernel);
		s->user_stack = stack_stores_resolve(d->stores, &s->user);
		s->resolved = true;
	}
}

static void apply_task(struct drain *d, const struct backlog_entry *e)
{
	struct perf_record r;

	if (!perf_record_decode(backlog_record(&d->backlog, e), &r))
		return;
	task_log_apply(d->tasks, &r);
	if (r.type == PERF_RECORD_EXIT)
		sample_log_write_jit_maps(d->samples, r.pid);
	if (kernel_log_apply(d->kernel, &r))
		sample_log_forget(d->samples);
}

static void judge_copy(struct drain *d, const struct backlog_entry *e,
		       struct sample_log_sample *sample)
{
	struct copy_verdict verdict =
		copy_replay_judge(&d->copies, e->pid, e->sample.copy, e->time_ns);

	sample->user_stack = verdict.stack;
	sample->copy = verdict.keep ? e->sample.copy : NULL;
	sample->copy_why = verdict.why;
}

static void write_sample(struct drain *d, size_t at)
{
	const struct backlog_entry *e = &d->backlog.entries.v[at];
	struct sample_log_sample sample = {
		.time_ns = e->time_ns,
		.weight = d->options.weighs_one[e->sample.event] ? 1 : e->sample.weight,
		.cpu = e->cpu,
		.event = d->options.event_ids[e->sample.event],
		.tgid = e->pid,
		.tid = e->tid,
		.kernel_stack = e->sample.kernel_stack,
		.user_stack = e->sample.user_stack,
	};

	if (e->sample.copy)
		judge_copy(d, e, &sample);
	sample_log_add(d->samples, &sample);
	d->counts.kept[e->sample.event]++;
	backlog_drop_copy(&d->backlog, at);
}

/* Between batches of a long round: room in the rings, and in the writer. */
static int pause_round(struct drain *d, struct err *err)
{
	drain_read(d);
	return trace_writer_flush(d->options.writer, err);
}

/* What is read meanwhile stands behind the first `cnt` entries, and waits. An error of the
 * writer sticks, and it counts what it is given after that: so all is given to it. */
static int write_until(struct drain *d, uint64_t horizon_ns, struct err *err)
{
	size_t cnt = d->backlog.entries.cnt, i = 0, copies = 0, before;
	int code = 0;

	for (; i < cnt; i++) {
		const struct backlog_entry *e = &d->backlog.entries.v[i];

		if (e->time_ns >= horizon_ns)
			break;
		before = d->backlog.copy_bytes;
		if (e->kind == BACKLOG_TASK)
			apply_task(d, e);
		else
			write_sample(d, i);
		copies += before - d->backlog.copy_bytes;
		if (copies >= COPY_BATCH)
			drain_read(d);
		copies %= COPY_BATCH;
		if (i % BATCH == BATCH - 1)
			code = pause_round(d, err);
	}
	backlog_drop(&d->backlog, i);
	return code;
}

static uint64_t horizon(const struct drain *d, bool all)
{
	uint64_t until = backlog_first_unresolved(&d->backlog);
	uint64_t now = clock_now_ns();

	if (all)
		return UINT64_MAX;
	return now - LATE_NS < until ? now - LATE_NS : until;
}

/* Between rounds, when no entry that waits holds an id of the stack table. */
static void limit_memory(struct drain *d)
{
	if (stack_table_bytes(stack_stores_table(d->stores)) < STACKS_BYTES_MAX)
		return;
	for (size_t i = 0; i < d->backlog.entries.cnt; i++)
		if (d->backlog.entries.v[i].kind == BACKLOG_SAMPLE &&
		    d->backlog.entries.v[i].sample.resolved)
			return;
	stack_stores_forget(d->stores);
	sample_log_forget(d->samples);
}

int drain_round(struct drain *d, bool all, struct err *err)
{
	int code;

	stack_stores_begin(d->stores);
	resolve(d);
	backlog_sort(&d->backlog);
	code = write_until(d, horizon(d, all), err);
	if (all)
		sample_log_write_jit_maps(d->samples, 0);
	stack_stores_finish(d->stores);
	limit_memory(d);
	task_log_sweep(d->tasks);
	if (d->tables)
		unwind_tables_settled(d->tables);
	return code;
}
