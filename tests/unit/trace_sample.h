#ifndef TESTS_UNIT_TRACE_SAMPLE_H
#define TESTS_UNIT_TRACE_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/vec.h"
#include "formats/checksum.h"
#include "formats/trace_layout.h"
#include "formats/trace_reader.h"
#include "formats/trace_writer.h"

/*
 * Traces that look like real ones, the same each time, for tests that need one:
 * stacks that share their root side, modules with build IDs, a kernel, CPUs that
 * sample at a dithered rate, threads that stay on a CPU for a while. And the digest of
 * a record: a number over all that it says, ids resolved, so that streams of
 * records can be compared whatever their ids are.
 */
struct trace_shape {
	uint64_t seed;
	unsigned seconds;
	unsigned hz;
	unsigned cpus;
	unsigned depth;	     /* frames of a stack, roughly */
	unsigned unique_pct; /* of samples whose stack is new below some point */
	uint64_t group_bytes;
	bool rare; /* also records of the rare kinds */
};

struct digests {
	VEC(uint64_t);
};

struct trace_maker {
	struct trace_shape shape;
	struct trace_writer *w;
	uint64_t state;
	struct digests digests; /* of the samples, in the order in which they were made */
};

static inline uint64_t maker_random(struct trace_maker *m)
{
	m->state = m->state * 6364136223846793005ull + 1442695040888963407ull;
	return m->state >> 33;
}

#define MAKER_MODULES 12
#define MAKER_FUNCTIONS 700

static inline struct trace_module maker_module(unsigned i)
{
	static char path[MAKER_MODULES][64];
	struct trace_module m = { .kind = i ? TRACE_MODULE_FILE : TRACE_MODULE_KERNEL,
				  .path = path[i],
				  .build_id_len = 20,
				  .process = TRACE_NONE };

	snprintf(path[i], sizeof(path[i]), i ? "/usr/lib/libwork%u.so.1.%u" : "vmlinux%.0u", i, i);
	for (unsigned k = 0; k < 20; k++)
		m.build_id[k] = (uint8_t)(i * 31 + k * 7);
	return m;
}

/* What goes into the digest of a sample; the same on both sides. */
static inline void digest_frame(struct buf *b, const struct trace_frame *f,
				const struct trace_module *module)
{
	buf_u8(b, (uint8_t)f->kind);
	buf_u8(b, (uint8_t)f->reason);
	if (module) {
		buf_u64(b, f->offset);
		buf_puts(b, module->path);
		buf_put(b, module->build_id, module->build_id_len);
	} else {
		buf_put(b, f->name, f->name_len);
		buf_puts(b, f->file ? f->file : "");
		buf_u32(b, f->line);
	}
}

static inline void digest_head(struct buf *b, const struct trace_sample *s, const char *event,
			       const struct trace_thread *t, const struct trace_process *p)
{
	buf_u64(b, s->time_ns / 1000);
	buf_u64(b, s->weight);
	buf_u32(b, s->cpu);
	buf_puts(b, event);
	buf_u32(b, t->tid);
	buf_puts(b, t->comm);
	buf_u32(b, p->tgid);
	buf_u64(b, p->start_ns);
	buf_puts(b, p->comm);
}

static inline struct trace_process maker_process(unsigned i)
{
	static char comm[8][16];

	snprintf(comm[i], sizeof(comm[i]), "worker%u", i);
	return (struct trace_process){ .tgid = 1000 + i,
				       .parent_tgid = 1,
				       .generation = 1,
				       .start_ns = 1000000000ull * (i + 1),
				       .uid = 1000,
				       .comm = comm[i],
				       .executable = "/usr/bin/worker",
				       .cgroup = "/user.slice" };
}

/* Function `f` at call site `site`: which module, which offset. */
static inline struct trace_frame maker_frame(unsigned f, unsigned site, unsigned *out_module)
{
	unsigned module = f < 60 ? 0 : 1 + f * f % (MAKER_MODULES - 1);

	*out_module = module;
	return (struct trace_frame){ .kind = module ? TRACE_FRAME_USER : TRACE_FRAME_KERNEL,
				     .offset = 0x1000 + (uint64_t)f * 0x2e5 + site * 0x13 };
}

static inline uint32_t maker_stack(struct trace_maker *m, struct buf *digest)
{
	const struct trace_shape *s = &m->shape;
	bool fresh = maker_random(m) % 100 < s->unique_pct;
	unsigned path = (unsigned)(maker_random(m) % 23), f = 60 + path % 5;
	unsigned depth = s->depth * 3 / 4 + path * path % (s->depth / 2 + 1);
	uint32_t node = TRACE_NONE;

	for (unsigned i = 0; i < depth; i++) {
		bool own = fresh && i > depth / 3;
		unsigned turn = own ? (unsigned)(maker_random(m) % 6) : (path + i) % 3, module_at;
		unsigned kernel_from = path % 4 == 0 ? depth - 3 : depth;
		struct trace_module module;
		struct trace_frame frame;

		f = i >= kernel_from ? (f * 7 + i) % 60
				     : 60 + (f * 13 + turn * 29 + i * (own ? turn : 1)) % 640;
		frame = maker_frame(f, turn, &module_at);
		module = maker_module(module_at);
		frame.module = trace_writer_module(m->w, &module);
		digest_frame(digest, &frame, &module);
		node = trace_writer_node(m->w, node, trace_writer_frame(m->w, &frame));
	}
	return node;
}

static inline uint64_t digest_end(struct buf *b)
{
	uint64_t digest = checksum_long(b->v, b->len, 0);

	buf_release(b);
	return digest;
}

static inline void maker_sample(struct trace_maker *m, uint64_t time_ns, unsigned cpu, unsigned who)
{
	struct trace_process process = maker_process(who % 8);
	char comm[32];
	struct trace_thread thread = { .tid = 2000 + who, .comm = comm };
	struct trace_sample sample = { .time_ns = time_ns, .weight = 1, .cpu = cpu };
	struct buf head = { 0 }, stack = { 0 };

	snprintf(comm, sizeof(comm), "pool-%u", who);
	thread.process = trace_writer_process(m->w, &process);
	sample.thread = trace_writer_thread(m->w, &thread);
	sample.stack = maker_stack(m, &stack);
	trace_writer_sample(m->w, &sample);
	digest_head(&head, &sample, "cpu", &thread, &process);
	buf_put(&head, stack.v, stack.len);
	buf_release(&stack);
	*vec_push(&m->digests) = digest_end(&head);
}

static inline void maker_second(struct trace_maker *m, unsigned second)
{
	const struct trace_shape *s = &m->shape;
	uint64_t period_ns = 1000000000ull / s->hz;

	for (unsigned cpu = 0; cpu < s->cpus; cpu++) {
		uint64_t at = 77000000000ull + second * 1000000000ull + cpu * 1234567;
		unsigned who = (unsigned)(maker_random(m) % 40);

		for (unsigned i = 0; i < s->hz; i++) {
			if (maker_random(m) % 20 == 0)
				who = (unsigned)(maker_random(m) % 40);
			at += period_ns * 9 / 10 + maker_random(m) % (period_ns / 5);
			maker_sample(m, at, cpu, who);
		}
	}
}

static inline void maker_facts(struct trace_writer *w)
{
	static const struct trace_event cpu = { .name = "cpu",
						.source = "cpu-clock",
						.kind = TRACE_EVENT_SAMPLE,
						.unit = TRACE_UNIT_SAMPLES,
						.frequency_hz = 99,
						.period_ns = 10101010 };

	trace_writer_fact(w, TRACE_FACT_TOOL, "profile 0.1.0");
	trace_writer_fact(w, TRACE_FACT_HOST, "box");
	trace_writer_fact(w, TRACE_FACT_KERNEL, "6.18.44 #1 SMP");
	trace_writer_fact(w, TRACE_FACT_ARCH, "x86_64");
	trace_writer_fact(w, TRACE_FACT_CPU_CNT, "4");
	trace_writer_fact(w, TRACE_FACT_TARGET, "all processes");
	trace_writer_fact(w, TRACE_FACT_CLOCK_START_NS, "77000000000");
	trace_writer_fact(w, TRACE_FACT_CLOCK_REALTIME_NS, "1790000000000000000");
	trace_writer_fact(w, TRACE_FACT_CLOCK_BOOTTIME_NS, "77000000000");
	trace_writer_fact(w, TRACE_FACT_UNWIND, "fp");
	trace_writer_event(w, &cpu);
}

/* One record of each rare kind, and a stack of frames with given names. */
static inline void maker_rare(struct trace_maker *m, unsigned second)
{
	struct trace_process process = maker_process(second % 8);
	struct trace_module jit = { .kind = TRACE_MODULE_JIT, .path = "//anon" }, kernel;
	struct trace_frame named = { .kind = TRACE_FRAME_INTERPRETED,
				     .module = TRACE_NONE,
				     .name = "handle\x1b[31m",
				     .name_len = 11,
				     .file = "app.py",
				     .line = second };
	struct trace_frame lost = { .kind = TRACE_FRAME_LOST,
				    .reason = TRACE_REASON_FAULT,
				    .module = TRACE_NONE };
	struct trace_thread thread = { .tid = 1, .comm = "main" };
	struct trace_sample sample = { .time_ns = 77000000000ull + second * 1000000000ull,
				       .weight = 1000 + second };

	kernel = maker_module(0);
	thread.process = jit.process = trace_writer_process(m->w, &process);
	sample.thread = trace_writer_thread(m->w, &thread);
	sample.stack = trace_writer_node(
		m->w, trace_writer_node(m->w, TRACE_NONE, trace_writer_frame(m->w, &lost)),
		trace_writer_frame(m->w, &named));
	trace_writer_sample(m->w, &sample);
	trace_writer_kernel_symbol(
		m->w, &(struct trace_kernel_symbol){ .module = trace_writer_module(m->w, &kernel),
						     .offset = 0x1000 + second,
						     .size = 64,
						     .name = "do_syscall_64" });
	trace_writer_jit_map(m->w,
			     &(struct trace_jit_map){ .module = trace_writer_module(m->w, &jit),
						      .text = "7f00 40 Lcom/x;::run\n",
						      .len = 21 });
	trace_writer_cpu_change(m->w, &(struct trace_cpu_change){ .time_ns = sample.time_ns,
								  .cpu = second % 4,
								  .online = second % 2 });
	trace_writer_loss(m->w, &(struct trace_loss_count){ .event = second % 2 ? 0 : TRACE_NONE,
							    .loss = TRACE_LOSS_RING_FULL,
							    .count = second + 1 });
}

/* Writes the trace and fills m->digests (the caller's to release). 0 or an error. */
static inline int maker_write(struct trace_maker *m, const struct trace_shape *shape,
			      const char *path, struct err *err)
{
	uint8_t id[TRACE_FILE_ID_BYTES] = { (uint8_t)shape->seed, 'i', 'd' };
	struct trace_writer_options options = { .group_bytes = shape->group_bytes, .file_id = id };
	int failed;

	*m = (struct trace_maker){ .shape = *shape, .state = shape->seed };
	failed = trace_writer_open(&m->w, path, &options, err);
	if (failed)
		return failed;
	maker_facts(m->w);
	trace_writer_publish(m->w, err);
	for (unsigned second = 0; second < shape->seconds; second++) {
		maker_second(m, second);
		if (shape->rare)
			maker_rare(m, second);
		trace_writer_flush(m->w, err);
	}
	failed = trace_writer_finish(m->w, TRACE_STOP_DURATION,
				     77000000000ull + shape->seconds * 1000000000ull, err);
	trace_writer_close(m->w);
	return failed;
}

/* The digest of a sample that was read; *out_damaged: a part of it is not there. */
static inline uint64_t digest_sample(const struct trace_reader *r, const struct trace_sample *s,
				     bool *out_damaged)
{
	const struct trace_thread *thread = trace_reader_thread(r, s->thread);
	uint32_t path[TRACE_DEPTH_MAX];
	struct buf b = { 0 };
	size_t depth = 0;

	*out_damaged = thread->process == 0;
	digest_head(&b, s, trace_reader_event(r, s->event)->name, thread,
		    trace_reader_process(r, thread->process));
	for (uint32_t n = s->stack; n != TRACE_NONE; n = trace_reader_node(r, n)->parent)
		path[depth++] = trace_reader_node(r, n)->frame;
	while (depth) {
		const struct trace_frame *f = trace_reader_frame(r, path[--depth]);

		*out_damaged |= f->reason == TRACE_REASON_DAMAGED;
		digest_frame(&b, f,
			     f->module == TRACE_NONE ? NULL : trace_reader_module(r, f->module));
		if (f->module != TRACE_NONE &&
		    trace_reader_module(r, f->module)->kind == TRACE_MODULE_UNMAPPED)
			*out_damaged = true;
	}
	return digest_end(&b);
}

static inline int digest_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

#endif
