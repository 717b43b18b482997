#ifndef TESTS_UNIT_LATENCY_TRACE_H
#define TESTS_UNIT_LATENCY_TRACE_H

#include <string.h>

#include "formats/latency_bin.h"
#include "formats/trace_reader.h"
#include "formats/trace_writer.h"
#include "tests/unit/wait_trace.h"

/*
 * Traces of latencies from rows: what a test wants to see drawn, it says in a table.
 *
 *	static const struct latency_trace_row rows[] = {
 *		{ "block", "db", { "sda", "read" }, .end_ms = 100, .value = 4000000, .cnt = 7 },
 *	};
 *	static const struct latency_trace_single singles[] = {
 *		{ .row = 0, .end_ns = 50000000, .value = 4100000, .stack = "main;[k]io_schedule" },
 *	};
 *	latency_trace_write(path, &(struct latency_trace){ .rows = rows, .row_cnt = 1,
 *		.singles = singles, .single_cnt = 1, .end_ms = 100 }, &err);
 *
 * Times are since the start of the recording, which is LATENCY_TRACE_START_NS.
 */
#define LATENCY_TRACE_START_NS 5000000000ull
#define LATENCY_TRACE_MS 1000000ull

/* So many events of one series in one slice, with equal values. */
struct latency_trace_row {
	const char *event;   /* of latency_trace_events, or one of nanoseconds without labels */
	const char *process; /* NULL: "" */
	const char *labels[TRACE_LABELS_MAX]; /* NULL: "" */
	uint64_t start_ms, end_ms;	      /* of the slice; start_ms + 100 where end_ms is 0 */
	uint64_t value;
	uint64_t cnt; /* 0: one */
	uint64_t sum; /* 0: cnt * value, cut at 64 bits */
};

/* One of a row, kept. */
struct latency_trace_single {
	size_t row;	   /* whose series */
	const char *stack; /* as wait_trace_stack() has it; NULL: none */
	const char *comm;  /* of its thread; NULL: that of the row's process */
	uint32_t tid;	   /* 0: nobody's */
	uint32_t why;	   /* 0: the longest */
	uint32_t cpu;
	uint64_t end_ns;
	uint64_t value;
	uint64_t bytes, queued_ns;
	const char *text;
};

struct latency_trace {
	const struct latency_trace_row *rows;
	size_t row_cnt;
	const struct latency_trace_single *singles;
	size_t single_cnt;
	const struct trace_event *events; /* beside those below */
	size_t event_cnt;
	uint64_t end_ms; /* of the recording; 0: the end of the last row's slice */
	uint64_t lost;	 /* latency events that found no room */
	const char *slower_ns;
	/* Whatever else is to be in it; may be NULL. */
	void (*also)(struct trace_writer *w);
};

static const struct trace_event latency_trace_events[] = {
	{ .name = "block",
	  .source = "block_rq_issue, block_rq_complete",
	  .kind = TRACE_EVENT_LATENCY,
	  .unit = TRACE_UNIT_NS,
	  .labels = { "device", "operation" } },
	{ .name = "block-bytes",
	  .source = "block_rq_issue, block_rq_complete",
	  .kind = TRACE_EVENT_LATENCY,
	  .unit = TRACE_UNIT_BYTES,
	  .labels = { "device", "operation" } },
	{ .name = "runq",
	  .source = "sched_wakeup, sched_switch",
	  .kind = TRACE_EVENT_LATENCY,
	  .unit = TRACE_UNIT_NS },
	{ .name = "syscall",
	  .source = "sys_enter, sys_exit",
	  .kind = TRACE_EVENT_LATENCY,
	  .unit = TRACE_UNIT_NS,
	  .labels = { "syscall" } },
	{ .name = "file",
	  .source = "sys_enter, sys_exit",
	  .kind = TRACE_EVENT_LATENCY,
	  .unit = TRACE_UNIT_NS,
	  .labels = { "filesystem", "operation" } },
	{ .name = "open",
	  .source = "sys_enter_openat, sys_exit_openat",
	  .kind = TRACE_EVENT_LATENCY,
	  .unit = TRACE_UNIT_NS,
	  .labels = { "result" } },
};
#define LATENCY_TRACE_EVENT_CNT (sizeof(latency_trace_events) / sizeof(*latency_trace_events))

/* The events of a trace that is being written, by their names. */
struct latency_trace_writer {
	struct trace_writer *w;
	const char *names[TRACE_EVENTS_MAX];
	uint32_t event_cnt;
};

/* Writes an event if it is not there yet. */
static inline uint32_t latency_trace_event(struct latency_trace_writer *t,
					   const struct trace_event *event)
{
	for (uint32_t i = 0; i < t->event_cnt; i++)
		if (!strcmp(t->names[i], event->name))
			return i;
	t->names[t->event_cnt++] = event->name;
	return trace_writer_event(t->w, event);
}

static inline uint32_t latency_trace_event_named(struct latency_trace_writer *t, const char *name)
{
	struct trace_event other = {
		.name = name, .source = name, .kind = TRACE_EVENT_LATENCY, .unit = TRACE_UNIT_NS
	};

	for (size_t i = 0; i < LATENCY_TRACE_EVENT_CNT; i++)
		if (!strcmp(latency_trace_events[i].name, name))
			return latency_trace_event(t, &latency_trace_events[i]);
	return latency_trace_event(t, &other);
}

static inline uint32_t latency_trace_series(struct latency_trace_writer *t,
					    const struct latency_trace_row *row)
{
	struct trace_series series = {
		.event = latency_trace_event_named(t, row->event),
		.process = row->process ? row->process : "",
	};

	for (size_t i = 0; i < TRACE_LABELS_MAX; i++)
		series.labels[i] = row->labels[i] ? row->labels[i] : "";
	return trace_writer_series(t->w, &series);
}

static inline uint64_t latency_trace_row_end_ms(const struct latency_trace_row *row)
{
	return row->end_ms ? row->end_ms : row->start_ms + 100;
}

static inline void latency_trace_bin(struct latency_trace_writer *t,
				     const struct latency_trace_row *row)
{
	struct trace_slice slice = {
		.start_ns = LATENCY_TRACE_START_NS + row->start_ms * LATENCY_TRACE_MS,
		.end_ns = LATENCY_TRACE_START_NS + latency_trace_row_end_ms(row) * LATENCY_TRACE_MS,
	};
	struct trace_bin bin = { .series = latency_trace_series(t, row),
				 .slice = trace_writer_slice(t->w, &slice),
				 .bin = latency_bin_of(row->value),
				 .cnt = row->cnt ? row->cnt : 1,
				 .sum = row->sum };

	if (!bin.sum && __builtin_mul_overflow(bin.cnt, row->value, &bin.sum))
		bin.sum = UINT64_MAX;
	trace_writer_bin(t->w, &bin);
}

static inline uint32_t latency_trace_thread(struct latency_trace_writer *t,
					    const struct latency_trace_row *row,
					    const struct latency_trace_single *single)
{
	struct wait_writer writer = { .w = t->w };
	const char *comm = row->process ? row->process : "";

	if (!single->tid)
		return TRACE_NONE;
	return wait_trace_thread(&writer, wait_trace_process(&writer, single->tid, comm),
				 single->tid, single->comm ? single->comm : comm);
}

static inline void latency_trace_single(struct latency_trace_writer *t,
					const struct latency_trace_row *row,
					const struct latency_trace_single *single)
{
	struct wait_writer writer = { .w = t->w };
	struct trace_latency latency = {
		.series = latency_trace_series(t, row),
		.thread = latency_trace_thread(t, row, single),
		.stack = single->stack ? wait_trace_stack(&writer, single->stack) : TRACE_NONE,
		.why = single->why ? single->why : TRACE_LATENCY_LONGEST,
		.cpu = single->cpu,
		.end_ns = LATENCY_TRACE_START_NS + single->end_ns,
		.value = single->value,
		.bytes = single->bytes,
		.queued_ns = single->queued_ns,
		.text = single->text ? single->text : "",
	};

	trace_writer_latency(t->w, &latency);
}

static inline void latency_trace_losses(struct latency_trace_writer *t,
					const struct latency_trace *trace)
{
	struct trace_loss_count loss = { .event = 0,
					 .loss = TRACE_LOSS_LATENCIES,
					 .count = trace->lost };

	if (trace->lost)
		trace_writer_loss(t->w, &loss);
}

/* Events come before all records: in the order of the rows. */
static inline void latency_trace_records(struct latency_trace_writer *t,
					 const struct latency_trace *trace)
{
	for (size_t i = 0; i < trace->event_cnt; i++)
		latency_trace_event(t, &trace->events[i]);
	for (size_t i = 0; i < trace->row_cnt; i++)
		latency_trace_event_named(t, trace->rows[i].event);
	for (size_t i = 0; i < trace->row_cnt; i++)
		latency_trace_bin(t, &trace->rows[i]);
	for (size_t i = 0; i < trace->single_cnt; i++)
		latency_trace_single(t, &trace->rows[trace->singles[i].row], &trace->singles[i]);
	latency_trace_losses(t, trace);
	if (trace->also)
		trace->also(t->w);
}

static inline uint64_t latency_trace_end_ns(const struct latency_trace *trace)
{
	uint64_t end_ms = trace->end_ms;

	for (size_t i = 0; !trace->end_ms && i < trace->row_cnt; i++)
		if (latency_trace_row_end_ms(&trace->rows[i]) > end_ms)
			end_ms = latency_trace_row_end_ms(&trace->rows[i]);
	return LATENCY_TRACE_START_NS + end_ms * LATENCY_TRACE_MS;
}

static inline int latency_trace_write(const char *path, const struct latency_trace *trace,
				      struct err *err)
{
	static const uint8_t file_id[16] = "latencies";
	struct trace_writer_options options = { .file_id = file_id };
	struct latency_trace_writer t = { 0 };
	int failed = trace_writer_open(&t.w, path, &options, err);

	if (failed)
		return failed;
	trace_writer_fact(t.w, TRACE_FACT_TARGET, "all processes");
	trace_writer_fact(t.w, TRACE_FACT_CLOCK_START_NS, "5000000000");
	if (trace->slower_ns)
		trace_writer_fact(t.w, TRACE_FACT_SLOWER_NS, trace->slower_ns);
	latency_trace_records(&t, trace);
	failed = trace_writer_finish(t.w, TRACE_STOP_DURATION, latency_trace_end_ns(trace), err);
	if (!failed)
		failed = trace_writer_publish(t.w, err);
	trace_writer_close(t.w);
	return failed;
}

#endif
