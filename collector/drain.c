#include "collector/drain.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collector/backlog.h"
#include "collector/copy_replay.h"
#include "collector/jit_names.h"
#include "collector/kernel_log.h"
#include "collector/latencies.h"
#include "collector/module_log.h"
#include "collector/programs.h"
#include "collector/ring_reader.h"
#include "collector/sample_buffers.h"
#include "collector/sample_log.h"
#include "collector/waits.h"

/* A record takes its time before it stands in the ring; by so much at most, generously. */
#define LATE_NS 2000000ull

/* Entries between two pauses of a round. */
#define BATCH 4096

/* Entries of the backlog that are many: time to put them into the trace. */
#define BACKLOG_LARGE 32768

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
	struct ring_reader reader;
	struct sample_buffers buffers;
	struct stack_stores *stores;
	struct module_log *modules;
	struct task_log *tasks;
	struct kernel_log *kernel;
	struct unwind_tables *tables; /* NULL: of no use on this machine */
	struct stack_resolver resolver;
	struct task_ids ids;
	struct copy_log copy_log;
	struct sample_log *samples;
	struct waits *waits;	     /* NULL: none are recorded */
	struct latencies *latencies; /* likewise */
	struct copy_replay copies;
	struct drain_counts counts;
	uint64_t flip_ns; /* when the epoch was flipped last, or shortly before */
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

static void open_logs(struct drain *d, uint32_t frame_max)
{
	struct trace_writer *writer = d->options.writer;

	d->modules = module_log_new();
	d->tasks = task_log_new(d->modules);
	d->kernel = kernel_log_new(d->options.programs);
	d->tables = open_tables(d);
	d->resolver = (struct stack_resolver){
		.tasks = d->tasks,
		.modules = d->modules,
		.kernel = d->kernel,
		.stacks = stack_stores_table(d->stores),
		.tables = d->tables,
		.frame_max = frame_max,
		.jit = jit_log_new(d->modules),
	};
	d->ids = (struct task_ids){ .writer = writer, .tasks = d->tasks };
	d->copy_log.to = (struct resolved_target){ writer, d->modules, d->kernel };
}

static void open_waits(struct drain *d)
{
	const struct waits_parts parts = {
		.options = d->options.waits,
		.event = d->options.wait_event,
		.programs = d->options.programs,
		.ids = &d->ids,
		.resolver = &d->resolver,
		.copies = &d->copy_log,
		.online_cnt = d->options.online_cnt,
		.rings = d->options.rings,
	};

	if (parts.options)
		d->waits = waits_new(&parts);
}

static void open_latencies(struct drain *d)
{
	const struct latencies_parts parts = {
		.options = d->options.latency,
		.events = d->options.latency_events,
		.programs = d->options.programs,
		.ids = &d->ids,
		.resolver = &d->resolver,
		.copies = &d->copy_log,
		.online_cnt = d->options.online_cnt,
		.rings = d->options.rings,
		.shares_copies = d->waits != NULL,
	};

	if (parts.options)
		d->latencies = latencies_new(&parts);
}

struct drain *drain_new(const struct drain_options *options)
{
	struct drain *d = mem_alloc(1, sizeof(*d));
	struct stack_stores_maps stores;

	d->options = *options;
	programs_stores(options->programs, &stores);
	d->stores = stack_stores_new(&stores);
	d->reader = (struct ring_reader){
		.backlog = &d->backlog,
		.stores = d->stores,
		.event_cnt = options->event_cnt,
		.reads_waits = options->waits != NULL,
		.reads_latencies = options->latency != NULL,
	};
	d->buffers.buffers = programs_buffers(options->programs, &d->buffers.cpu_cnt);
	d->buffers.event_cnt = options->event_cnt;
	open_logs(d, stores.frame_max);
	d->samples =
		sample_log_new(&(struct sample_log_parts){ &d->resolver, &d->ids, &d->copy_log });
	open_waits(d);
	open_latencies(d);
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
	waits_free(d->waits);
	latencies_free(d->latencies);
	sample_log_free(d->samples);
	copy_log_release(&d->copy_log);
	jit_log_free(d->resolver.jit);
	unwind_tables_free(d->tables);
	kernel_log_free(d->kernel);
	task_log_free(d->tasks);
	module_log_free(d->modules);
	stack_stores_free(d->stores);
	free(d);
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

bool drain_wants_tables(const struct drain *d)
{
	uint32_t live = !stack_stores_idle(d->stores);

	return d->copies.tables && ((d->waits && waits_want_tables(d->waits, live)) ||
				    (d->latencies && latencies_want_tables(d->latencies, live)));
}

bool drain_looks_for_tables(const struct drain *d)
{
	return d->copies.tables && (d->waits || d->latencies);
}

bool drain_busy(const struct drain *d)
{
	return d->latencies && latencies_busy(d->latencies, !stack_stores_idle(d->stores));
}

bool drain_filling(const struct drain *d)
{
	return d->backlog.entries.cnt > BACKLOG_LARGE ||
	       d->backlog.copy_bytes > BACKLOG_COPY_BYTES_MAX / 2 ||
	       stack_stores_filling(d->stores) ||
	       (d->waits && waits_filling(d->waits, !stack_stores_idle(d->stores))) ||
	       (d->latencies && latencies_filling(d->latencies, !stack_stores_idle(d->stores)));
}

void drain_flip(struct drain *d, uint64_t now_ns)
{
	d->flip_ns = now_ns;
	stack_stores_flip(d->stores);
	if (d->waits)
		waits_flip(d->waits, stack_stores_idle(d->stores), now_ns);
	if (d->latencies)
		latencies_flip(d->latencies, stack_stores_idle(d->stores), now_ns);
}

bool drain_settled(struct drain *d)
{
	return stack_stores_settled(d->stores);
}

struct waits *drain_waits(struct drain *d)
{
	return d->waits;
}

struct latencies *drain_latencies(struct drain *d)
{
	return d->latencies;
}

void drain_get_counts(const struct drain *d, struct drain_counts *out)
{
	*out = d->counts;
	out->unreadable_tasks = d->reader.unreadable_tasks;
	out->lost_records = d->reader.lost_records;
	out->throttled = d->reader.throttled;
	out->copies = d->copies.copy_cnt;
	out->copies_kept = d->copies.kept_cnt;
	out->copies_kept_bytes = d->copies.kept_bytes;
	out->copies_cut = d->copies.cut_cnt;
	out->copies_dropped = d->copies.dropped_cnt;
	if (d->tables)
		unwind_tables_counts(d->tables, &out->tables);
}

void drain_read(struct drain *d)
{
	for (size_t i = 0; i < d->options.rings->open.cnt; i++)
		ring_reader_read(&d->reader, d->options.rings->open.v[i]);
	if (d->latencies)
		latencies_brake(d->latencies, clock_now_ns());
}

static uint32_t resolve_user(struct drain *d, const struct backlog_entry *e)
{
	const struct abi_body *carried = backlog_carried(&d->backlog, e);

	return carried ? stack_stores_add(d->stores, carried)
		       : stack_stores_resolve(d->stores, &e->stacks.user);
}

static void resolve(struct drain *d)
{
	uint32_t idle = stack_stores_idle(d->stores);

	for (size_t i = 0; i < d->backlog.entries.cnt; i++) {
		struct backlog_entry *e = &d->backlog.entries.v[i];
		struct backlog_stacks *s = &e->stacks;

		if (!backlog_has_stacks(e) || s->resolved || s->epoch != idle)
			continue;
		s->kernel_stack = stack_stores_resolve(d->stores, &s->kernel);
		s->user_stack = resolve_user(d, e);
		s->resolved = true;
	}
}

/* What was remembered by ids of the stack table, or by addresses of the kernel. */
static void forget_stacks(struct drain *d)
{
	sample_log_forget(d->samples);
	if (d->waits)
		waits_forget(d->waits);
	if (d->latencies)
		latencies_forget(d->latencies);
}

static void apply_task(struct drain *d, const struct backlog_entry *e)
{
	struct perf_record r;

	if (!perf_record_decode(backlog_record(&d->backlog, e), &r))
		return;
	task_log_apply(d->tasks, &r);
	if (r.type == PERF_RECORD_EXIT)
		jit_names_write(&d->resolver, &d->ids, r.pid);
	if (kernel_log_apply(d->kernel, &r))
		forget_stacks(d);
}

/* The stacks of an entry, a copy as what can be made of it. */
static struct held_source judge_stacks(struct drain *d, const struct backlog_entry *e)
{
	struct held_source stacks = { e->stacks.kernel_stack, e->stacks.user_stack };
	struct copy_verdict verdict;

	if (!e->stacks.copy)
		return stacks;
	verdict = copy_replay_judge(&d->copies, e->pid, e->stacks.copy, e->time_ns);
	stacks.user_stack = verdict.stack;
	stacks.copy = verdict.keep ? e->stacks.copy : NULL;
	stacks.copy_why = verdict.why;
	return stacks;
}

static void write_sample(struct drain *d, const struct backlog_entry *e)
{
	struct held_source stacks = judge_stacks(d, e);

	sample_log_add(
		d->samples,
		&(struct sample_log_sample){
			.time_ns = e->time_ns,
			.weight = d->options.weighs_one[e->sample.event] ? 1 : e->sample.weight,
			.cpu = e->cpu,
			.event = d->options.event_ids[e->sample.event],
			.tgid = e->pid,
			.tid = e->tid,
			.kernel_stack = stacks.kernel_stack,
			.user_stack = stacks.user_stack,
			.copy = stacks.copy,
			.copy_why = stacks.copy_why,
			.by_program = e->sample.event >= d->options.sampled_cnt,
			.foreign = e->sample.foreign,
		});
	d->counts.kept[e->sample.event]++;
}

static void write_entry(struct drain *d, size_t at)
{
	const struct backlog_entry *e = &d->backlog.entries.v[at];
	struct held_source stacks;

	switch (e->kind) {
	case BACKLOG_TASK:
		apply_task(d, e);
		return;
	case BACKLOG_SAMPLE:
		write_sample(d, e);
		break;
	case BACKLOG_WAIT:
		stacks = judge_stacks(d, e);
		waits_add(d->waits, backlog_record(&d->backlog, e), e->time_ns, &stacks);
		break;
	case BACKLOG_LINK:
		stacks = judge_stacks(d, e);
		waits_add_link(d->waits, backlog_record(&d->backlog, e), e->time_ns, &stacks);
		break;
	case BACKLOG_ACCOUNT:
		waits_add_account(d->waits, backlog_record(&d->backlog, e));
		break;
	case BACKLOG_LATENCY:
		stacks = judge_stacks(d, e);
		latencies_add(d->latencies, backlog_record(&d->backlog, e), e->time_ns, &stacks);
		break;
	}
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
		write_entry(d, i);
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

/* Of what came after the flip, the buffers may hold more that nobody has seen yet. */
static uint64_t horizon(const struct drain *d, bool all)
{
	uint64_t until = backlog_first_unresolved(&d->backlog);
	uint64_t late = clock_now_ns() - LATE_NS;

	if (all)
		return UINT64_MAX;
	if (d->buffers.buffers && d->flip_ns < late)
		late = d->flip_ns;
	return late < until ? late : until;
}

/* Between rounds, when no entry that waits holds an id of the stack table. */
static void limit_memory(struct drain *d)
{
	if (stack_table_bytes(stack_stores_table(d->stores)) < STACKS_BYTES_MAX)
		return;
	for (size_t i = 0; i < d->backlog.entries.cnt; i++)
		if (d->backlog.entries.v[i].stacks.resolved)
			return;
	stack_stores_forget(d->stores);
	forget_stacks(d);
}

int drain_round(struct drain *d, bool all, struct err *err)
{
	int code;

	stack_stores_begin(d->stores);
	sample_buffers_read(&d->buffers, stack_stores_idle(d->stores), &d->backlog);
	resolve(d);
	backlog_sort(&d->backlog);
	code = write_until(d, horizon(d, all), err);
	if (d->waits)
		waits_round(d->waits, stack_stores_idle(d->stores), all);
	if (d->latencies)
		latencies_round(d->latencies, stack_stores_idle(d->stores), all);
	stack_stores_finish(d->stores);
	limit_memory(d);
	task_log_sweep(d->tasks);
	if (d->tables)
		unwind_tables_settled(d->tables);
	return code;
}

bool drain_has_open(const struct drain *d)
{
	return d->waits != NULL;
}

int drain_open(struct drain *d, struct err *err)
{
	return waits_close(d->waits, &d->copies, stack_stores_table(d->stores), err);
}

void drain_finish(struct drain *d)
{
	jit_names_write(&d->resolver, &d->ids, 0);
}
