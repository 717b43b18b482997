#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "formats/bin_column.h"
#include "formats/chunk_walk.h"
#include "formats/latency_export.h"
#include "formats/trace_summary.h"
#include "tests/unit/latency_trace.h"
#include "tests/unit/scratch_file.h"

/* What is left of latencies where a chunk of their group is missing. */

static const struct latency_trace_row rows[] = {
	{ "runq", "web", .value = 10, .cnt = 1 },
	{ "block", "db", { "sda", "read" }, .start_ms = 100, .value = 20, .cnt = 2 },
	{ "block", "db", { "sdb", "read" }, .start_ms = 100, .value = 30, .cnt = 3 },
	{ "block", "db", { "sda", "read" }, .start_ms = 100, .value = 40, .cnt = 4 },
};
#define ROW_CNT (sizeof(rows) / sizeof(*rows))

/* A chunk for each row. */
static void write_rows(void)
{
	struct latency_trace_writer t = { 0 };
	struct err err = { 0 };

	assert_int_equal(trace_writer_open(&t.w, scratch_path, NULL, &err), 0);
	for (size_t i = 0; i < ROW_CNT; i++)
		latency_trace_event_named(&t, rows[i].event);
	for (size_t i = 0; i < ROW_CNT; i++) {
		latency_trace_bin(&t, &rows[i]);
		assert_int_equal(trace_writer_flush(t.w, &err), 0);
	}
	assert_int_equal(trace_writer_finish(t.w, TRACE_STOP_DURATION, 6000000000, &err), 0);
	assert_int_equal(trace_writer_publish(t.w, &err), 0);
	trace_writer_close(t.w);
}

static void read_trace(struct buf *out)
{
	struct io_view view;
	struct err err = { 0 };

	assert_int_equal(io_view_open(&view, scratch_path, &err), 0);
	buf_put(out, view.v, view.len);
	io_view_close(&view);
}

/* The trace in scratch_path without chunk `number`. */
static struct trace_reader *open_broken(uint32_t number, struct buf *bytes)
{
	struct trace_reader *r = NULL;
	struct trace_source source;
	struct chunk_walk walk;
	struct chunk chunk;
	struct err err = { 0 };

	read_trace(bytes);
	trace_source_open_bytes(&source, bytes->v, bytes->len, "broken");
	assert_int_equal(chunk_walk_open(&walk, &source, &err), 0);
	while (chunk_walk_find(&walk, &chunk))
		if (chunk.header.number == number)
			bytes->v[chunk.at + CHUNK_HEADER_BYTES + 8] ^= 0xff;
	chunk_walk_close(&walk);
	trace_source_close(&source);
	assert_int_equal(trace_reader_open_bytes(&r, bytes->v, bytes->len, "broken", &err), 0);
	return r;
}

static struct trace_bin next_bin(struct trace_reader *r)
{
	struct trace_record record = { 0 };
	struct err err = { 0 };

	while (trace_reader_next(r, &record, &err) > 0)
		if (record.kind == TRACE_RECORD_BIN)
			return record.bin;
	fail_msg("no bin is left");
	return record.bin;
}

static void a_series_that_was_lost_is_still_of_its_event(void **state)
{
	struct buf bytes = { 0 };
	const struct trace_series *series;
	struct trace_reader *r;

	(void)state;
	write_rows();
	r = open_broken(1, &bytes); /* with sda */
	assert_int_equal(next_bin(r).cnt, 1);
	series = trace_reader_series(r, next_bin(r).series);
	assert_string_equal(series->labels[0], "sdb");
	series = trace_reader_series(r, next_bin(r).series);
	assert_string_equal(series->process, "[damaged]");
	assert_string_equal(series->labels[0], "");
	assert_string_equal(trace_reader_event(r, series->event)->name, "block");
	trace_reader_close(r);
	buf_release(&bytes);
}

static void without_the_key_frame_labels_are_those_of_the_trailer(void **state)
{
	struct buf bytes = { 0 };
	struct trace_reader *r;
	struct trace_bin bin;

	(void)state;
	write_rows();
	r = open_broken(0, &bytes);
	bin = next_bin(r);
	assert_int_equal(bin.cnt, 2);
	assert_string_equal(trace_reader_series(r, bin.series)->labels[1], "read");
	assert_string_equal(trace_reader_event(r, 1)->labels[1], "operation");
	assert_int_equal(trace_reader_totals(r)->lost[TRACE_LOSS_DAMAGED_CHUNKS], 1);
	next_bin(r);
	next_bin(r);
	assert_int_equal(trace_reader_totals(r)->latency_cnt, 9);
	trace_reader_close(r);
	buf_release(&bytes);
}

/* The slice that ended at 200 ms is in the chunk that is missing. */
static void events_without_a_slice_are_not_at_time_0(void **state)
{
	struct trace_summary summary;
	struct buf bytes = { 0 };
	struct latency_export e;
	struct trace_reader *r;
	struct err err = { 0 };
	struct io_view view;

	(void)state;
	write_rows();
	r = open_broken(1, &bytes);
	assert_int_equal(latency_export_start(&e, r, "block", false, &err), 0);
	assert_int_equal(e.latency_cnt, 7);
	assert_int_equal(e.untimed_cnt, 7);
	assert_int_equal(latency_export_write(&e, r, scratch_path, &err), 0);
	assert_int_equal(io_view_open(&view, scratch_path, &err), 0);
	assert_int_equal(view.len, 0);
	io_view_close(&view);
	trace_reader_rewind(r);
	assert_int_equal(latency_export_start(&e, r, "runq", false, &err), 0);
	assert_int_equal(e.untimed_cnt, 0);
	assert_int_equal(trace_summary_take(&summary, r, &err), 0);
	assert_int_equal(summary.latencies.bin_cnt, 3);
	assert_int_equal(summary.latencies.shortest_slice_ns, 100 * LATENCY_TRACE_MS);
	trace_summary_release(&summary);
	trace_reader_close(r);
	buf_release(&bytes);
}

/* A bin of series 0, said to be of an event that this series is not of. */
static void a_bin_of_another_event_than_its_series_is_damage(void **state)
{
	struct chunk_packer *packer = chunk_packer_new(1);
	struct event_bin bin = { .event = 0, .bin = { .bin = 5, .cnt = 1, .sum = 5 } };
	struct buf bytes = { 0 }, raw = { 0 }, content = { 0 };
	struct trace_reader *r = NULL;
	struct chunk_header h;
	struct trace_record record;
	struct err err = { 0 };

	(void)state;
	write_rows();
	read_trace(&bytes);
	assert_true(chunk_header_take(&h, bytes.v + TRACE_HEADER_BYTES));
	bytes.len = TRACE_HEADER_BYTES + chunk_bytes(&h);
	for (uint32_t event = 0; event < 2; event++) {
		bin.event = event;
		buf_clear(&raw);
		buf_clear(&content);
		bin_column_put(&content, &bin, 1);
		chunk_section_put(&raw, SECTION_BINS, true, &content);
		h.flags = 0;
		h.number = event + 1;
		chunk_pack(packer, &h, raw.v, raw.len, &bytes);
	}
	assert_int_equal(trace_reader_open_bytes(&r, bytes.v, bytes.len, "made", &err), 0);
	assert_int_equal(next_bin(r).cnt, 1);
	assert_int_equal(next_bin(r).sum, 5);
	while (trace_reader_next(r, &record, &err) > 0)
		assert_int_not_equal(record.kind, TRACE_RECORD_BIN);
	assert_int_equal(trace_reader_totals(r)->lost[TRACE_LOSS_DAMAGED_CHUNKS], 1);
	trace_reader_close(r);
	chunk_packer_free(packer);
	buf_release(&bytes);
	buf_release(&raw);
	buf_release(&content);
}

/* Whether the first chunk has an empty section of series before its tables. */
static bool is_warned(enum trace_section type)
{
	struct trace_source source;
	struct chunk_walk walk;
	struct bytes content;
	struct chunk chunk;
	struct err err = { 0 };
	uint64_t got;
	bool required, warned = false;

	assert_int_equal(trace_source_open(&source, scratch_path, &err), 0);
	assert_int_equal(chunk_walk_open(&walk, &source, &err), 0);
	assert_true(chunk_walk_next(&walk, &chunk));
	while (chunk_section_take(&chunk.raw, &got, &required, &content))
		warned |= got == (uint64_t)type && required && !bytes_left(&content);
	chunk_walk_close(&walk);
	trace_source_close(&source);
	return warned;
}

static void write_loss(enum trace_loss loss)
{
	const struct trace_loss_count count = { .event = TRACE_NONE, .loss = loss, .count = 3 };
	const struct trace_process process = { .comm = "x", .executable = "", .cgroup = "" };
	struct trace_writer *w;
	struct err err = { 0 };

	assert_int_equal(trace_writer_open(&w, scratch_path, NULL, &err), 0);
	trace_writer_process(w, &process);
	trace_writer_loss(w, &count);
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_DURATION, 1, &err), 0);
	assert_int_equal(trace_writer_publish(w, &err), 0);
	trace_writer_close(w);
}

static void readers_before_latencies_are_told_of_later_losses(void **state)
{
	struct trace_reader *r = NULL;
	struct err err = { 0 };

	(void)state;
	write_loss(TRACE_LOSS_ACCOUNTS);
	assert_true(is_warned(SECTION_LINKS));
	assert_false(is_warned(SECTION_SERIES));
	write_loss(TRACE_LOSS_COARSE);
	assert_true(is_warned(SECTION_SERIES));
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	assert_int_equal(trace_reader_totals(r)->lost[TRACE_LOSS_COARSE], 3);
	assert_true(trace_reader_is_clean(r));
	trace_reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_series_that_was_lost_is_still_of_its_event),
		cmocka_unit_test(events_without_a_slice_are_not_at_time_0),
		cmocka_unit_test(without_the_key_frame_labels_are_those_of_the_trailer),
		cmocka_unit_test(a_bin_of_another_event_than_its_series_is_damage),
		cmocka_unit_test(readers_before_latencies_are_told_of_later_losses),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
