#ifndef TESTS_UNIT_WAIT_RIG_H
#define TESTS_UNIT_WAIT_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "collector/wait_log.h"
#include "collector/waker_log.h"
#include "formats/trace_reader.h"

/*
 * All that waits and latencies need between a plain struct and a trace, and the trace as text.
 * Processes are numbers that no /proc knows; each has the program of map() at RIG_PROGRAM.
 */
#define RIG_PID 900001
#define RIG_WAKER 900002
#define RIG_PROGRAM 0x1000
#define RIG_KERNEL 0xffffffffc1230000u
#define RIG_PATH "/tmp/test_waits.XXXXXX"

struct wait_rig {
	char path[sizeof(RIG_PATH)];
	struct trace_writer *writer;
	struct module_log *modules;
	struct task_log *tasks;
	struct kernel_log *kernel;
	struct stack_table *stack_table;
	struct stack_resolver resolver;
	struct task_ids ids;
	struct copy_log copies;
	struct held_stacks stacks;
	struct waker_log wakers;
	struct wait_log log;
};

static inline void rig_apply(struct wait_rig *r, const struct perf_record *record)
{
	task_log_apply(r->tasks, record);
	if (kernel_log_apply(r->kernel, record))
		held_stacks_forget(&r->stacks);
}

static inline void rig_exec(struct wait_rig *r, uint32_t pid, const char *comm)
{
	struct perf_record record = { .type = PERF_RECORD_COMM, .pid = pid, .tid = pid };

	record.comm.name = comm;
	record.comm.exec = true;
	rig_apply(r, &record);
}

static inline void rig_map(struct wait_rig *r, uint32_t pid, const char *path)
{
	struct perf_record record = { .type = PERF_RECORD_MMAP2, .pid = pid, .tid = pid };

	record.map.start = RIG_PROGRAM;
	record.map.len = 0x1000;
	record.map.inode = 7;
	record.map.path = path;
	rig_apply(r, &record);
}

/* A BPF program at RIG_KERNEL + 256 * place. */
static inline void rig_program(struct wait_rig *r, uint32_t place, const char *name)
{
	struct perf_record record = { .type = PERF_RECORD_KSYMBOL };

	record.symbol.start = RIG_KERNEL + 256 * place;
	record.symbol.len = 256;
	record.symbol.is_bpf = true;
	record.symbol.name = name;
	rig_apply(r, &record);
}

static inline void rig_open_parts(struct wait_rig *r)
{
	r->modules = module_log_new();
	r->tasks = task_log_new(r->modules);
	r->kernel = kernel_log_new(NULL);
	r->stack_table = stack_table_new();
	r->resolver = (struct stack_resolver){
		.tasks = r->tasks,
		.modules = r->modules,
		.kernel = r->kernel,
		.stacks = r->stack_table,
		.frame_max = 16,
		.jit = jit_log_new(r->modules),
	};
	r->ids = (struct task_ids){ r->writer, r->tasks };
	r->copies.to = (struct resolved_target){ r->writer, r->modules, r->kernel };
	r->stacks = (struct held_stacks){ .resolver = &r->resolver, .copies = &r->copies };
	r->wakers = (struct waker_log){ .ids = &r->ids, .stacks = &r->stacks };
	r->log = (struct wait_log){
		.ids = &r->ids,
		.resolver = &r->resolver,
		.stacks = &r->stacks,
		.wakers = &r->wakers,
		.slices = { { 10, 20, 0 }, { 20, 30, 7 } },
	};
}

/* group_bytes: as of the writer's options; a small number makes a group of each flush. */
static inline struct wait_rig *rig_new(uint64_t group_bytes)
{
	struct trace_writer_options options = { .group_bytes = group_bytes };
	struct wait_rig *r = calloc(1, sizeof(*r));
	int fd;

	memcpy(r->path, RIG_PATH, sizeof(RIG_PATH));
	fd = mkstemp(r->path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(trace_writer_open(&r->writer, r->path, &options, NULL), 0);
	trace_writer_event(r->writer, &(struct trace_event){ .name = "chain",
							     .source = "sched_switch",
							     .kind = TRACE_EVENT_WAIT,
							     .unit = TRACE_UNIT_NS });
	rig_open_parts(r);
	rig_exec(r, RIG_PID, "sleeper");
	rig_map(r, RIG_PID, "/bin/sleeper");
	rig_exec(r, RIG_WAKER, "waker");
	rig_map(r, RIG_WAKER, "/bin/waker");
	return r;
}

/* A user stack of two frames, of a walk of ours. */
static inline uint32_t rig_user(struct wait_rig *r, uint64_t offset)
{
	const uint64_t frames[] = { RIG_PROGRAM + offset, RIG_PROGRAM + offset + 1 };

	return stack_table_add(r->stack_table, frames, 2, UNWIND_END_WHOLE);
}

static inline struct held_source rig_source(struct wait_rig *r, uint64_t offset)
{
	return (struct held_source){ .kernel_stack = STACK_ABSENT,
				     .user_stack = rig_user(r, offset) };
}

static inline struct process *rig_process(struct wait_rig *r, uint32_t tgid)
{
	return stack_resolver_reach(&r->resolver, tgid, 1000);
}

static inline void rig_put_stack(const struct trace_reader *t, uint32_t leaf, struct buf *out)
{
	const struct trace_node *node;
	const struct trace_frame *f;
	const struct trace_module *m;

	if (leaf == TRACE_NONE)
		return;
	node = trace_reader_node(t, leaf);
	f = trace_reader_frame(t, node->frame);
	rig_put_stack(t, node->parent, out);
	m = f->module == TRACE_NONE ? NULL : trace_reader_module(t, f->module);
	if (f->kind == TRACE_FRAME_LOST)
		buf_printf(out, " lost%d", f->reason);
	else if (m && m->kind == TRACE_MODULE_COPY)
		buf_printf(out, " copy%u", (unsigned)f->offset);
	else
		buf_printf(out, " %s+%x", m ? m->path : f->name, (unsigned)f->offset);
}

/* "<waker:900002 /bin/waker+2", or "<softirq", "<lost": nearest link first. */
static inline void rig_put_chain(const struct trace_reader *t, uint32_t chain, struct buf *out)
{
	const struct trace_link *link;

	if (chain == TRACE_NONE)
		return;
	link = trace_reader_link(t, chain);
	rig_put_chain(t, link->parent, out);
	buf_puts(out, " <");
	if (link->thread != TRACE_NONE)
		buf_printf(out, "%s:%u", trace_reader_thread(t, link->thread)->comm,
			   trace_reader_thread(t, link->thread)->tid);
	else
		buf_puts(out, trace_context_text(link->context));
	rig_put_stack(t, link->stack, out);
}

static inline void rig_put_sum(const struct trace_reader *t, const struct trace_wait_sum *s,
			       struct buf *out)
{
	buf_printf(out, "sum %s %s %ux%u+%u max %u [%u", trace_reader_process(t, s->process)->comm,
		   trace_wait_state_text(s->state), (unsigned)s->cnt, (unsigned)s->blocked_ns,
		   (unsigned)s->runnable_ns, (unsigned)s->longest_ns,
		   (unsigned)trace_reader_slice(t, s->slice)->start_ns);
	buf_printf(out, "..%u]", (unsigned)trace_reader_slice(t, s->slice)->end_ns);
	rig_put_stack(t, s->stack, out);
	rig_put_chain(t, s->chain, out);
	buf_puts(out, "\n");
}

static inline void rig_put_wait(const struct trace_reader *t, const struct trace_wait *w,
				struct buf *out)
{
	buf_printf(out, "wait %u why%u at %u %u+%u", trace_reader_thread(t, w->thread)->tid, w->why,
		   (unsigned)w->start_ns, (unsigned)w->blocked_ns, (unsigned)w->runnable_ns);
	rig_put_stack(t, w->stack, out);
	rig_put_chain(t, w->chain, out);
	buf_puts(out, "\n");
}

/* "syscall reader read" */
static inline void rig_put_series(const struct trace_reader *t, uint32_t id, struct buf *out)
{
	const struct trace_series *s = trace_reader_series(t, id);

	buf_printf(out, "%s %s", trace_reader_event(t, s->event)->name, s->process);
	for (int i = 0; i < TRACE_LABELS_MAX; i++)
		if (*s->labels[i])
			buf_printf(out, " %s", s->labels[i]);
}

static inline void rig_put_bin(const struct trace_reader *t, const struct trace_bin *b,
			       struct buf *out)
{
	const struct trace_slice *slice = trace_reader_slice(t, b->slice);

	buf_puts(out, "bin ");
	rig_put_series(t, b->series, out);
	buf_printf(out, " #%u %ux sum %u [%u..%u]\n", b->bin, (unsigned)b->cnt, (unsigned)b->sum,
		   (unsigned)(slice->start_ns / 1000000), (unsigned)(slice->end_ns / 1000000));
}

static inline void rig_put_latency(const struct trace_reader *t, const struct trace_latency *l,
				   struct buf *out)
{
	buf_puts(out, "latency ");
	rig_put_series(t, l->series, out);
	if (l->thread != TRACE_NONE)
		buf_printf(out, " of %s:%u", trace_reader_thread(t, l->thread)->comm,
			   trace_reader_thread(t, l->thread)->tid);
	buf_printf(out, " why%u %u", l->why, (unsigned)l->value);
	if (*l->text)
		buf_printf(out, " \"%s\"", l->text);
	rig_put_stack(t, l->stack, out);
	buf_puts(out, "\n");
}

static inline void rig_close(struct wait_rig *r)
{
	wait_log_release(&r->log);
	waker_log_release(&r->wakers);
	held_stacks_release(&r->stacks);
	copy_log_release(&r->copies);
	jit_log_free(r->resolver.jit);
	stack_table_free(r->stack_table);
	kernel_log_free(r->kernel);
	task_log_free(r->tasks);
	module_log_free(r->modules);
	unlink(r->path);
	free(r);
}

/* Ends the recording and frees all; the trace's waits and latencies in its order, a line each. */
static inline void rig_expect(struct wait_rig *r, const char *lines)
{
	struct trace_reader *reader;
	struct trace_record record;
	struct buf text = { 0 };

	assert_int_equal(trace_writer_publish(r->writer, NULL), 0);
	assert_int_equal(trace_writer_finish(r->writer, TRACE_STOP_DURATION, 100, NULL), 0);
	trace_writer_close(r->writer);
	assert_int_equal(trace_reader_open(&reader, r->path, NULL), 0);
	while (trace_reader_next(reader, &record, NULL) == 1) {
		if (record.kind == TRACE_RECORD_WAIT_SUM)
			rig_put_sum(reader, &record.wait_sum, &text);
		else if (record.kind == TRACE_RECORD_WAIT)
			rig_put_wait(reader, &record.wait, &text);
		else if (record.kind == TRACE_RECORD_BIN)
			rig_put_bin(reader, &record.bin, &text);
		else if (record.kind == TRACE_RECORD_LATENCY)
			rig_put_latency(reader, &record.latency, &text);
		else if (record.kind == TRACE_RECORD_ACCOUNT)
			buf_printf(&text, "account %u: %u\n",
				   trace_reader_thread(reader, record.account.thread)->tid,
				   (unsigned)(record.account.to_ns - record.account.from_ns));
	}
	assert_string_equal(buf_text(&text), lines);
	buf_release(&text);
	trace_reader_close(reader);
	rig_close(r);
}

#endif
