#include <stdio.h>
#include <stdlib.h>

#include "base/io.h"
#include "formats/chunk_walk.h"
#include "formats/name_table.h"
#include "tests/unit/latency_trace.h"
#include "tests/unit/quality_trace.h"
#include "tests/unit/trace_sample.h"
#include "tests/unit/wait_text.h"

/*
 * Makes the traces of the fuzz corpus and the damage test, the same each time:
 *
 *	make_trace OUT SEED SECONDS HZ CPUS DEPTH UNIQUE_PERCENT GROUP_BYTES [named]
 *	make_trace chunks TRACE OUT      its chunks as fuzz_trace_chunks takes them
 *	make_trace offsets TRACE         where its chunks begin
 *	make_trace waits TEXT OUT        waits, as a text says them (tests/unit/wait_text.h)
 *	make_trace latencies OUT         latencies of all kinds, in four chunks and two groups
 *	make_trace stacks OUT            whole, cut and copied stacks (tests/unit/quality_trace.h)
 */

static int write_chunks(const char *path, const char *out_path, struct err *err)
{
	struct trace_source source;
	struct chunk_walk walk;
	struct chunk chunk;
	struct buf out = { 0 };
	FILE *f = fopen(out_path, "wb");

	if (!f || trace_source_open(&source, path, err) || chunk_walk_open(&walk, &source, err))
		return -1;
	while (chunk_walk_next(&walk, &chunk)) {
		buf_u8(&out, chunk.header.type);
		buf_u8(&out, chunk.header.flags);
		buf_u16(&out, (uint16_t)bytes_left(&chunk.raw));
		buf_put(&out, chunk.raw.p, bytes_left(&chunk.raw));
	}
	fwrite(out.v, 1, out.len, f);
	buf_release(&out);
	chunk_walk_close(&walk);
	trace_source_close(&source);
	return fclose(f);
}

static int add_names(const char *path, struct err *err)
{
	struct name_table *t = name_table_new();
	struct trace_reader *r;
	int failed = trace_reader_open(&r, path, err);

	for (unsigned i = 0; i < 60; i++) {
		struct trace_module m = maker_module(i % MAKER_MODULES);
		char function[32];
		struct name_frame frame = { TRACE_FRAME_USER, function, "work.c", i };

		snprintf(function, sizeof(function), "function_%u", i);
		name_table_add(t, name_table_module(t, &m, NULL), 0x1000 + i * 8ull, &frame,
			       i % 10 != 0, NAME_REASON_NO_MATCH);
	}
	if (!failed) {
		failed = name_table_write(t, r, path, err);
		trace_reader_close(r);
	}
	name_table_free(t);
	return failed;
}

static int print_offsets(const char *path, struct err *err)
{
	struct trace_source source;
	struct chunk_walk walk;
	struct chunk chunk;

	if (trace_source_open(&source, path, err) || chunk_walk_open(&walk, &source, err))
		return -1;
	while (chunk_walk_find(&walk, &chunk))
		printf("%llu\n", (unsigned long long)chunk.at);
	chunk_walk_close(&walk);
	trace_source_close(&source);
	return 0;
}

static int write_stacks(const char *path, struct err *err)
{
	struct name_table *t = quality_names(2);
	struct trace_reader *r = NULL;
	int failed = quality_write(path, 2, "auto", err);

	if (!failed)
		failed = trace_reader_open(&r, path, err);
	if (!failed)
		failed = name_table_write(t, r, path, err);
	trace_reader_close(r);
	name_table_free(t);
	return failed;
}

static int write_waits(const char *text_path, const char *path, struct err *err)
{
	struct io_view text;
	int failed = io_view_open(&text, text_path, err);

	if (failed)
		return failed;
	failed = wait_text_write(path, (const char *)text.v, err);
	io_view_close(&text);
	return failed;
}

static const struct latency_trace_row latency_rows[] = {
	{ "block", "db", { "sda", "read" }, .value = 4000000, .cnt = 7, .sum = 28111111 },
	{ "block", "db", { "sda", "write" }, .value = 90000000, .cnt = 1 },
	{ "runq", "web", .value = 1000, .cnt = 2000, .sum = 1999000 },
	{ "runq", "web", .value = 0, .cnt = 3 },
	{ "block-bytes", "db", { "sda", "read" }, .value = 4096, .cnt = 7 },
	{ "open", "web", { "ENOENT" }, .start_ms = 100, .value = 5200, .cnt = 2 },
	{ "runq", "", .start_ms = 100, .value = 1ull << 63, .cnt = 3 },
	{ "block", "db", { "sda", "read" }, .start_ms = 100, .value = 4100000, .cnt = 1000000 },
};
#define LATENCY_ROWS_EACH 2

static const struct latency_trace_single latency_singles[] = {
	{ .row = 0,
	  .end_ns = 90000999,
	  .value = 4100000,
	  .tid = 21,
	  .comm = "db-pool",
	  .stack = "main;read;[k]io_schedule",
	  .why = TRACE_LATENCY_DRAWN | TRACE_LATENCY_SLOWER,
	  .cpu = 3,
	  .bytes = 4096,
	  .queued_ns = 100000 },
	{ .row = 1,
	  .end_ns = 110000000,
	  .value = 5300,
	  .tid = 10,
	  .cpu = TRACE_NONE,
	  .stack = "main;open",
	  .text = "/etc/web.conf" },
};

/* The same singles in each chunk, of its rows. */
static void put_latencies(struct latency_trace_writer *t)
{
	size_t cnt = sizeof(latency_rows) / sizeof(*latency_rows);
	struct latency_trace part = {
		.row_cnt = LATENCY_ROWS_EACH, .singles = latency_singles, .single_cnt = 2, .lost = 4
	};
	struct err err;

	for (size_t at = 0; at < cnt; at++)
		latency_trace_event_named(t, latency_rows[at].event);
	for (size_t at = 0; at < cnt; at += LATENCY_ROWS_EACH) {
		part.rows = &latency_rows[at];
		latency_trace_records(t, &part);
		trace_writer_flush(t->w, &err);
	}
}

static int write_latencies(const char *path, struct err *err)
{
	static const uint8_t file_id[16] = "latencies";
	struct trace_writer_options options = { .file_id = file_id, .group_bytes = 700 };
	struct latency_trace_writer t = { 0 };
	int failed = trace_writer_open(&t.w, path, &options, err);

	if (failed)
		return failed;
	trace_writer_fact(t.w, TRACE_FACT_CLOCK_START_NS, "5000000000");
	trace_writer_fact(t.w, TRACE_FACT_SLOWER_NS, "1000000");
	put_latencies(&t);
	failed = trace_writer_finish(t.w, TRACE_STOP_DURATION, LATENCY_TRACE_START_NS * 2, err);
	if (!failed)
		failed = trace_writer_publish(t.w, err);
	trace_writer_close(t.w);
	return failed;
}

int main(int argc, char **argv)
{
	struct trace_maker maker;
	struct err err = { 0 };
	struct trace_shape shape = { .rare = true };
	int failed;

	if (argc == 3 && !strcmp(argv[1], "stacks"))
		return write_stacks(argv[2], &err) != 0;
	if (argc == 3 && !strcmp(argv[1], "latencies"))
		return write_latencies(argv[2], &err) != 0;
	if (argc == 3)
		return print_offsets(argv[2], &err) != 0;
	if (argc == 4 && !strcmp(argv[1], "waits"))
		return write_waits(argv[2], argv[3], &err) != 0;
	if (argc == 4)
		return write_chunks(argv[2], argv[3], &err) != 0;
	if (argc < 9)
		return 2;
	shape.seed = strtoull(argv[2], NULL, 10);
	shape.seconds = (unsigned)atoi(argv[3]);
	shape.hz = (unsigned)atoi(argv[4]);
	shape.cpus = (unsigned)atoi(argv[5]);
	shape.depth = (unsigned)atoi(argv[6]);
	shape.unique_pct = (unsigned)atoi(argv[7]);
	shape.group_bytes = strtoull(argv[8], NULL, 10);
	failed = maker_write(&maker, &shape, argv[1], &err);
	vec_release(&maker.digests);
	if (!failed && argc > 9)
		failed = add_names(argv[1], &err);
	if (failed)
		fprintf(stderr, "%s\n", err.text);
	return failed != 0;
}
