#ifndef TESTS_UNIT_TRACE_EXAMPLE_H
#define TESTS_UNIT_TRACE_EXAMPLE_H

#include "formats/trace_writer.h"

/* The trace that formats/TRACE.md takes apart byte for byte. */
static inline int example_write(const char *path, struct err *err)
{
	static const uint8_t id[16] = { 'e', 'x', 'a', 'm', 'p', 'l', 'e' };
	static const struct trace_event cpu = { .name = "cpu",
						.source = "cpu-clock",
						.kind = TRACE_EVENT_SAMPLE,
						.unit = TRACE_UNIT_SAMPLES,
						.frequency_hz = 99,
						.period_ns = 10101010 };
	static const struct trace_process process = { .tgid = 300,
						      .parent_tgid = 1,
						      .generation = 1,
						      .start_ns = 5,
						      .uid = 1000,
						      .comm = "work",
						      .executable = "/bin/work",
						      .cgroup = "/" };
	static const struct trace_module module = { .kind = TRACE_MODULE_FILE,
						    .path = "/bin/work",
						    .build_id = { 0xca, 0xfe },
						    .build_id_len = 2,
						    .process = TRACE_NONE };
	struct trace_writer_options options = { .file_id = id };
	struct trace_thread thread = { .tid = 301, .comm = "work" };
	struct trace_frame frame = { .kind = TRACE_FRAME_USER };
	struct trace_sample sample = { .time_ns = 2000000000, .weight = 1, .cpu = 3 };
	struct trace_writer *w;
	uint32_t root, leaf;
	int failed = trace_writer_open(&w, path, &options, err);

	if (failed)
		return failed;
	trace_writer_fact(w, TRACE_FACT_ARCH, "x86_64");
	trace_writer_event(w, &cpu);
	thread.process = trace_writer_process(w, &process);
	sample.thread = trace_writer_thread(w, &thread);
	frame.module = trace_writer_module(w, &module);
	frame.offset = 0x1180;
	root = trace_writer_node(w, TRACE_NONE, trace_writer_frame(w, &frame));
	frame.offset = 0x1139;
	leaf = trace_writer_node(w, root, trace_writer_frame(w, &frame));
	sample.stack = leaf;
	trace_writer_sample(w, &sample);
	sample.time_ns += 10100000;
	sample.stack = root;
	trace_writer_sample(w, &sample);
	sample.time_ns += 10400000;
	sample.stack = leaf;
	trace_writer_sample(w, &sample);
	trace_writer_loss(w, &(struct trace_loss_count){
				     .event = 0, .loss = TRACE_LOSS_RING_FULL, .count = 7 });
	failed = trace_writer_finish(w, TRACE_STOP_COMMAND_ENDED, 2030000000, err);
	if (!failed)
		failed = trace_writer_publish(w, err);
	trace_writer_close(w);
	return failed;
}

#endif
