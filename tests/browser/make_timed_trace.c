#include <stdio.h>
#include <string.h>

#include "formats/trace_writer.h"

/*
 * A trace whose heat map is known: make_timed_trace OUT. Forty seconds of two CPUs; second s
 * has one sample at offset 0, and s % 10 == 7 is busy all through, 100 samples more.
 */
#define START_NS 5000000000000ull
#define SECOND_NS 1000000000ull
#define SECONDS 40

static uint32_t make_stack(struct trace_writer *w)
{
	static const char *const names[] = { "main", "handle", "</script>" };
	uint32_t node = TRACE_NONE;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct trace_frame frame = { .kind = TRACE_FRAME_USER,
					     .module = TRACE_NONE,
					     .name = names[i],
					     .name_len = strlen(names[i]),
					     .file = "" };

		node = trace_writer_node(w, node, trace_writer_frame(w, &frame));
	}
	return node;
}

static uint32_t make_thread(struct trace_writer *w)
{
	struct trace_process process = {
		.tgid = 10, .comm = "served", .executable = "", .cgroup = ""
	};
	struct trace_thread thread = { .process = trace_writer_process(w, &process),
				       .tid = 10,
				       .comm = "served" };

	return trace_writer_thread(w, &thread);
}

static void write_samples(struct trace_writer *w, uint32_t event)
{
	struct trace_sample sample = { .weight = 1, .event = event, .thread = make_thread(w) };

	sample.stack = make_stack(w);
	for (uint64_t second = 0; second < SECONDS; second++) {
		sample.time_ns = START_NS + second * SECOND_NS;
		trace_writer_sample(w, &sample);
		for (uint64_t i = 0; second % 10 == 7 && i < 100; i++) {
			sample.time_ns = START_NS + second * SECOND_NS + i * SECOND_NS / 100;
			trace_writer_sample(w, &sample);
		}
	}
}

int main(int argc, char **argv)
{
	struct trace_event event = { .name = "cpu",
				     .source = "cpu-clock",
				     .kind = TRACE_EVENT_SAMPLE,
				     .unit = TRACE_UNIT_SAMPLES,
				     .frequency_hz = 100,
				     .period_ns = 10000000 };
	struct trace_writer *w;
	struct err err = { 0 };

	if (argc != 2 || trace_writer_open(&w, argv[1], NULL, &err) < 0)
		return fprintf(stderr, "make_timed_trace: %s\n", err.text), 1;
	trace_writer_fact(w, TRACE_FACT_HOST, "db-7");
	trace_writer_fact(w, TRACE_FACT_KERNEL, "6.12.1 #1 SMP");
	trace_writer_fact(w, TRACE_FACT_ARCH, "x86_64");
	trace_writer_fact(w, TRACE_FACT_CPU_CNT, "2");
	trace_writer_fact(w, TRACE_FACT_TARGET, "all processes");
	trace_writer_fact(w, TRACE_FACT_CLOCK_START_NS, "5000000000000");
	trace_writer_fact(w, TRACE_FACT_CLOCK_REALTIME_NS, "1700000000000000000");
	uint32_t id = trace_writer_event(w, &event);
	if (!trace_writer_publish(w, &err))
		write_samples(w, id);
	trace_writer_finish(w, TRACE_STOP_DURATION, START_NS + SECONDS * SECOND_NS, &err);
	trace_writer_close(w);
	if (err.code)
		fprintf(stderr, "make_timed_trace: %s\n", err.text);
	return err.code != 0;
}
