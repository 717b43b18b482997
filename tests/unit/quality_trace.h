#ifndef TESTS_UNIT_QUALITY_TRACE_H
#define TESTS_UNIT_QUALITY_TRACE_H

#include <string.h>

#include "formats/name_table.h"
#include "formats/trace_reader.h"
#include "formats/trace_writer.h"

/*
 * A trace of stacks that are whole, cut and copied, each a prime or otherwise telling
 * number of times, in `groups` groups of the same samples:
 *
 *	80  app   main;work                            whole
 *	 5  java  [cut: no frame pointer];[jit]        cut in [jit]
 *	 1  app   [cut: no frame pointer];deflate      cut in libz.so.1
 *	 2  app   [cut: no table];main                 cut in app
 *	 3  app   [lost: full];sys_read                the user stack is lost
 *	 1  app   [lost: full]                         likewise
 *	 4  app   sys_read                             no user stack
 *	 2  app   [cut: too deep];sys_read             no user stack: the kernel's was cut
 *	 7  app   (no stack)
 *	 4  app   copied, whole                        once it has its names
 *	 1  app   copied, cut                          in libz.so.1, likewise
 *	 1  app   copied, not unwound
 *
 * which makes 98 user stacks a group, 84 of them whole.
 */
#define QUALITY_STACKS 98
#define QUALITY_WHOLE 84
#define QUALITY_COPIED 6

struct quality_writer {
	struct trace_writer *w;
	uint64_t time_ns;
	uint64_t copy_id;
	uint32_t java, app; /* processes */
	uint32_t java_thread, app_thread;
};

static const struct trace_module quality_app = { .kind = TRACE_MODULE_FILE,
						 .path = "/usr/bin/app",
						 .build_id = { 0xa9, 0x90 },
						 .build_id_len = 2,
						 .process = TRACE_NONE };
static const struct trace_module quality_libz = { .kind = TRACE_MODULE_FILE,
						  .path = "/usr/lib/libz.so.1",
						  .process = TRACE_NONE };
static const struct trace_module quality_kernel = { .kind = TRACE_MODULE_KERNEL,
						    .path = "vmlinux",
						    .process = TRACE_NONE };

static inline struct trace_process quality_process(uint32_t tgid, const char *comm)
{
	return (struct trace_process){ .tgid = tgid,
				       .generation = 1,
				       .uid = TRACE_NONE,
				       .comm = comm,
				       .executable = "",
				       .cgroup = "" };
}

static inline uint32_t quality_node(struct quality_writer *q, uint32_t parent,
				    const struct trace_module *module, uint64_t offset)
{
	struct trace_frame frame = {
		.kind = module->kind == TRACE_MODULE_KERNEL ? TRACE_FRAME_KERNEL : TRACE_FRAME_USER,
		.module = trace_writer_module(q->w, module),
		.offset = offset,
		.name = "",
		.file = "",
	};

	return trace_writer_node(q->w, parent, trace_writer_frame(q->w, &frame));
}

static inline uint32_t quality_lost(struct quality_writer *q, enum trace_reason reason)
{
	struct trace_frame frame = { .kind = TRACE_FRAME_LOST,
				     .reason = reason,
				     .module = TRACE_NONE,
				     .name = "",
				     .file = "" };

	return trace_writer_node(q->w, TRACE_NONE, trace_writer_frame(q->w, &frame));
}

static inline void quality_samples(struct quality_writer *q, unsigned cnt, uint32_t thread,
				   uint32_t stack)
{
	while (cnt--) {
		struct trace_sample sample = { .time_ns = q->time_ns += 1000000,
					       .weight = 1,
					       .cpu = cnt % 2,
					       .thread = thread,
					       .stack = stack };

		trace_writer_sample(q->w, &sample);
	}
}

static inline struct trace_module quality_owned(enum trace_module_kind kind, uint32_t process)
{
	return (struct trace_module){ .kind = kind, .path = "", .process = process };
}

/* One sample with a copy in place of its stack, and a kernel frame above it. */
static inline void quality_copy(struct quality_writer *q)
{
	struct trace_module module = quality_owned(TRACE_MODULE_COPY, q->app);
	struct trace_mapping rows[] = {
		{ 0x400000, 0x410000, 0, trace_writer_module(q->w, &quality_app) },
		{ 0x7f0000000000, 0x7f0000020000, 0x1000,
		  trace_writer_module(q->w, &quality_libz) },
	};
	struct trace_mappings list = { .process = q->app, .cnt = 2, .v = rows };
	uint64_t registers[17] = { [6] = 0x7ffc00001040, [7] = 0x7ffc00001000, [16] = 0x401000 };
	uint8_t bytes[200];
	struct trace_copy copy = { .module = trace_writer_module(q->w, &module),
				   .mappings = trace_writer_mappings(q->w, &list),
				   .id = ++q->copy_id,
				   .why = TRACE_REASON_UNSUPPORTED,
				   .register_cnt = 17,
				   .registers = registers,
				   .bytes = bytes,
				   .len = sizeof(bytes) };

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * q->copy_id);
	trace_writer_copy(q->w, &copy);
	quality_samples(q, 1, q->app_thread,
			quality_node(q, quality_node(q, TRACE_NONE, &module, copy.id),
				     &quality_kernel, 0x20));
}

static inline void quality_start_group(struct quality_writer *q)
{
	struct trace_process java = quality_process(10, "java"), app = quality_process(20, "app");
	struct trace_thread thread = { .tid = 10, .comm = "java" };

	q->java = thread.process = trace_writer_process(q->w, &java);
	q->java_thread = trace_writer_thread(q->w, &thread);
	thread = (struct trace_thread){ .tid = 20, .comm = "app" };
	q->app = thread.process = trace_writer_process(q->w, &app);
	q->app_thread = trace_writer_thread(q->w, &thread);
}

static inline void quality_group(struct quality_writer *q)
{
	struct trace_module jit;
	uint32_t main_node, lost;

	quality_start_group(q);
	jit = quality_owned(TRACE_MODULE_JIT, q->java);
	main_node = quality_node(q, TRACE_NONE, &quality_app, 0x100);
	quality_samples(q, 80, q->app_thread, quality_node(q, main_node, &quality_app, 0x200));
	lost = quality_lost(q, TRACE_REASON_NO_FRAME_POINTER);
	quality_samples(q, 5, q->java_thread, quality_node(q, lost, &jit, 0x7f1000000000));
	quality_samples(q, 1, q->app_thread, quality_node(q, lost, &quality_libz, 0x1010));
	lost = quality_lost(q, TRACE_REASON_NO_TABLE);
	quality_samples(q, 2, q->app_thread, quality_node(q, lost, &quality_app, 0x100));
	lost = quality_lost(q, TRACE_REASON_COLLISION);
	quality_samples(q, 3, q->app_thread, quality_node(q, lost, &quality_kernel, 0x20));
	quality_samples(q, 1, q->app_thread, lost);
	quality_samples(q, 4, q->app_thread, quality_node(q, TRACE_NONE, &quality_kernel, 0x20));
	lost = quality_lost(q, TRACE_REASON_TOO_DEEP);
	quality_samples(q, 2, q->app_thread, quality_node(q, lost, &quality_kernel, 0x20));
	quality_samples(q, 7, q->app_thread, TRACE_NONE);
	for (unsigned i = 0; i < QUALITY_COPIED; i++)
		quality_copy(q);
}

static inline void quality_heads(struct trace_writer *w, const char *unwind)
{
	static const struct trace_event cpu = { .name = "cpu",
						.source = "cpu-clock",
						.kind = TRACE_EVENT_SAMPLE,
						.unit = TRACE_UNIT_SAMPLES,
						.frequency_hz = 100,
						.period_ns = 10000000 };

	trace_writer_fact(w, TRACE_FACT_TOOL, "profile 0.1.0");
	trace_writer_fact(w, TRACE_FACT_CLOCK_START_NS, "5000000000");
	trace_writer_fact(w, TRACE_FACT_UNWIND, unwind);
	trace_writer_event(w, &cpu);
}

static inline int quality_write(const char *path, unsigned groups, const char *unwind,
				struct err *err)
{
	static const uint8_t id[16] = "quality trace id";
	struct trace_writer_options options = { .group_bytes = 1, .file_id = id };
	struct quality_writer q = { .time_ns = 5000000000 };
	int failed = trace_writer_open(&q.w, path, &options, err);

	if (failed)
		return failed;
	quality_heads(q.w, unwind);
	trace_writer_publish(q.w, err);
	while (groups--) {
		quality_group(&q);
		trace_writer_flush(q.w, err);
	}
	failed = trace_writer_finish(q.w, TRACE_STOP_DURATION, q.time_ns + 1000000, err);
	trace_writer_close(q.w);
	return failed;
}

static inline void quality_name(struct name_table *t, uint32_t module, uint64_t offset,
				const char *name)
{
	struct name_frame frame = { TRACE_FRAME_USER, name, "app.c", 10 };

	name_table_add(t, module, offset, &frame, 1, NAME_REASON_NONE);
}

/* Of the copies of each group four are whole, one is cut, one is not there. */
static inline void quality_copies(struct name_table *t, unsigned groups)
{
	static const struct trace_module module = { .kind = TRACE_MODULE_COPY, .path = "" };
	struct trace_process app = quality_process(20, "app");
	uint32_t copies = name_table_module(t, &module, &app);
	struct name_place places[3] = {
		{ name_table_module(t, &quality_libz, NULL), TRACE_FRAME_USER, 0x1010 },
		{ name_table_module(t, &quality_app, NULL), TRACE_FRAME_USER, 0x200 },
		{ name_table_module(t, &quality_app, NULL), TRACE_FRAME_USER, 0x100 },
	};

	for (uint64_t id = 1; id <= (uint64_t)groups * QUALITY_COPIED; id++) {
		if (id % QUALITY_COPIED < 4)
			name_table_add_copy(t, copies, id, places, 3, 0);
		else if (id % QUALITY_COPIED == 4)
			name_table_add_copy(t, copies, id, places, 1, TRACE_REASON_COPY_CUT);
	}
}

static inline struct name_table *quality_names(unsigned groups)
{
	static const struct name_frame deflate[] = {
		{ TRACE_FRAME_INLINED, "copy", "deflate.c", 5 },
		{ TRACE_FRAME_USER, "deflate", "deflate.c", 99 },
	};
	struct name_table *t = name_table_new();
	uint32_t app = name_table_module(t, &quality_app, NULL);
	uint32_t libz = name_table_module(t, &quality_libz, NULL);

	quality_name(t, app, 0x100, "main");
	quality_name(t, app, 0x200, "work");
	name_table_add(t, libz, 0x1010, deflate, 2, NAME_REASON_NONE);
	quality_copies(t, groups);
	return t;
}

#endif
