#ifndef TESTS_UNIT_SMALL_TRACE_H
#define TESTS_UNIT_SMALL_TRACE_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "formats/name_table.h"
#include "formats/trace_reader.h"
#include "formats/trace_writer.h"

/*
 * A trace small enough to be known by heart, in as many groups as are asked for. Each group
 * holds the same samples, a second later:
 *
 *	web  10  main;deflate (inlined: copy)         cpu, 1 sample at +0.1 s
 *	web  11  main;[libz.so.1.2.13];sys_read       cpu, 2 samples at +0.2 s
 *	db   20  main;[stack lost: busy]              cpu, 4 samples at +0.3 s
 *	db   20  (no stack)                           cpu, 8 samples at +0.4 s
 *	web  10  main                                 page-faults, 16 events
 *
 * and the loss of 5 samples of cpu, because a ring was full.
 */
#define SMALL_START_NS 5000000000ull
#define SMALL_SECOND_NS 1000000000ull
#define SMALL_LIBZ "/usr/lib/libz.so.1.2.13 (deleted)"

struct small_writer {
	struct trace_writer *w;
	uint32_t cpu, faults;
	uint64_t at_ns;
	enum trace_stop stop; /* what ends it; 0: its duration */
};

static inline uint32_t small_thread(struct small_writer *s, uint32_t tgid, uint32_t tid,
				    const char *comm)
{
	struct trace_process process = {
		.tgid = tgid,
		.uid = TRACE_NONE,
		.comm = comm,
		.executable = "",
		.cgroup = "",
	};
	struct trace_thread thread = { .tid = tid, .comm = comm };

	thread.process = trace_writer_process(s->w, &process);
	return trace_writer_thread(s->w, &thread);
}

static inline uint32_t small_named(struct small_writer *s, uint32_t parent, const char *name)
{
	struct trace_frame frame = {
		.kind = TRACE_FRAME_USER,
		.module = TRACE_NONE,
		.name = name,
		.file = "",
	};

	frame.name_len = strlen(name);
	return trace_writer_node(s->w, parent, trace_writer_frame(s->w, &frame));
}

static inline uint32_t small_addressed(struct small_writer *s, uint32_t parent,
				       const struct trace_module *module, uint64_t offset)
{
	bool kernel = module->kind <= TRACE_MODULE_BPF;
	struct trace_frame frame = {
		.kind = kernel ? TRACE_FRAME_KERNEL : TRACE_FRAME_USER,
		.module = trace_writer_module(s->w, module),
		.offset = offset,
		.name = "",
		.file = "",
	};

	return trace_writer_node(s->w, parent, trace_writer_frame(s->w, &frame));
}

static inline uint32_t small_lost(struct small_writer *s, uint32_t parent)
{
	struct trace_frame frame = {
		.kind = TRACE_FRAME_LOST,
		.reason = TRACE_REASON_BUSY,
		.module = TRACE_NONE,
		.name = "",
		.file = "",
	};

	return trace_writer_node(s->w, parent, trace_writer_frame(s->w, &frame));
}

static inline void small_sample(struct small_writer *s, uint32_t event, uint32_t thread,
				uint32_t stack, uint64_t weight, uint64_t tenths)
{
	struct trace_sample sample = {
		.time_ns = s->at_ns + tenths * SMALL_SECOND_NS / 10,
		.weight = weight,
		.event = event,
		.thread = thread,
		.stack = stack,
	};

	trace_writer_sample(s->w, &sample);
}

static const struct trace_module small_libz = { .kind = TRACE_MODULE_FILE,
						.path = SMALL_LIBZ,
						.process = TRACE_NONE };
static const struct trace_module small_kernel = { .kind = TRACE_MODULE_KERNEL,
						  .path = "vmlinux",
						  .process = TRACE_NONE };

static inline void small_group(struct small_writer *s)
{
	uint32_t web = small_thread(s, 10, 10, "web"), other = small_thread(s, 10, 11, "web");
	uint32_t db = small_thread(s, 20, 20, "db"), node = small_named(s, TRACE_NONE, "main");
	struct trace_loss_count loss = { s->cpu, TRACE_LOSS_RING_FULL, 5 };

	trace_writer_loss(s->w, &loss);
	small_sample(s, s->cpu, web, small_addressed(s, node, &small_libz, 0x10), 1, 1);
	small_sample(s, s->faults, web, node, 16, 1);
	small_sample(s, s->cpu, db, small_lost(s, node), 4, 3);
	small_sample(s, s->cpu, db, TRACE_NONE, 8, 4);
	node = small_addressed(s, node, &small_libz, 0x99);
	node = small_addressed(s, node, &small_kernel, 0x20);
	small_sample(s, s->cpu, other, node, 2, 2);
	s->at_ns += SMALL_SECOND_NS;
}

/* The same with other groups, each written by write_group. */
static inline struct trace_reader *small_trace_of(unsigned group_cnt,
						  void (*write_group)(struct small_writer *))
{
	static const struct trace_writer_options options = { .group_bytes = 1 };
	char path[] = "/tmp/small_trace.XXXXXX";
	struct trace_event event = { .name = "cpu", .source = "cpu-clock" };
	struct small_writer s = { .at_ns = SMALL_START_NS };
	struct trace_reader *r = NULL;
	struct err err = { 0 };
	int fd = mkstemp(path);

	close(fd);
	if (trace_writer_open(&s.w, path, &options, &err))
		abort();
	trace_writer_fact(s.w, TRACE_FACT_CLOCK_START_NS, "5000000000");
	trace_writer_fact(s.w, TRACE_FACT_CPU_CNT, "2");
	event.kind = TRACE_EVENT_SAMPLE;
	event.unit = TRACE_UNIT_SAMPLES;
	event.frequency_hz = 100;
	event.period_ns = 10000000;
	s.cpu = trace_writer_event(s.w, &event);
	event.name = event.source = "page-faults";
	event.unit = TRACE_UNIT_EVENTS;
	s.faults = trace_writer_event(s.w, &event);
	event.name = "offcpu";
	event.kind = TRACE_EVENT_WAIT;
	trace_writer_event(s.w, &event);
	for (unsigned i = 0; i < group_cnt; i++) {
		write_group(&s);
		trace_writer_flush(s.w, &err);
	}
	trace_writer_finish(s.w, s.stop ? s.stop : TRACE_STOP_DURATION, s.at_ns, &err);
	trace_writer_publish(s.w, &err);
	trace_writer_close(s.w);
	if (err.code || trace_reader_open(&r, path, &err))
		abort();
	unlink(path);
	return r;
}

static inline struct trace_reader *small_trace(unsigned group_cnt)
{
	return small_trace_of(group_cnt, small_group);
}

/* Two of the three addresses have names. */
static inline struct name_table *small_names(void)
{
	static const struct name_frame deflate[] = {
		{ TRACE_FRAME_INLINED, "copy", "zutil.c", 12 },
		{ TRACE_FRAME_USER, "deflate", "deflate.c", 99 },
	};
	static const struct name_frame sys_read[] = { { TRACE_FRAME_KERNEL, "sys_read", "", 0 } };
	struct name_table *t = name_table_new();
	uint32_t libz = name_table_module(t, &small_libz, NULL);

	name_table_add(t, libz, 0x10, deflate, 2, NAME_REASON_NONE);
	name_table_add(t, libz, 0x99, NULL, 0, NAME_REASON_NO_SYMBOLS);
	name_table_set_module_note(t, libz, NAME_REASON_NO_SYMBOLS, "install zlib1g-dbgsym");
	name_table_add(t, name_table_module(t, &small_kernel, NULL), 0x20, sys_read, 1,
		       NAME_REASON_NONE);
	return t;
}

#endif
