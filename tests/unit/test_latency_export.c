#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "formats/latency_export.h"
#include "formats/latency_import.h"
#include "tests/unit/latency_trace.h"
#include "tests/unit/scratch_file.h"

static char out_path[] = "/tmp/test_latency_export.XXXXXX";

static struct trace_reader *write_and_open(const struct latency_trace *trace)
{
	struct trace_reader *r = NULL;
	struct err err = { 0 };

	assert_int_equal(latency_trace_write(scratch_path, trace, &err), 0);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	return r;
}

/* The lines of an event, and the reader closed. */
static struct latency_export export(struct trace_reader *r, const char *event, bool singles,
				    struct buf *out)
{
	struct latency_export e;
	struct io_view view;
	struct err err = { 0 };

	assert_int_equal(latency_export_start(&e, r, event, singles, &err), 0);
	assert_int_equal(latency_export_write(&e, r, out_path, &err), 0);
	trace_reader_close(r);
	assert_int_equal(io_view_open(&view, out_path, &err), 0);
	buf_clear(out);
	buf_put(out, view.v, view.len);
	io_view_close(&view);
	return e;
}

static const struct latency_trace_row rows[] = {
	{ "runq", "web", .value = 1000, .cnt = 4, .sum = 4001 },
	{ "runq", "db", .start_ms = 200, .end_ms = 300, .value = 7 },
	{ "block", "db", .value = 50000, .cnt = 2, .sum = 100001 },
};
static const struct latency_trace_single singles[] = {
	{ .row = 2, .end_ns = 10000000, .value = 50000 },
	{ .row = 0, .end_ns = 20000000, .value = 1001 },
	{ .row = 2, .end_ns = 30000000, .value = 50001 },
};
static const struct latency_trace trace = {
	.rows = rows, .row_cnt = 3, .singles = singles, .single_cnt = 3
};

static void events_that_were_all_kept_have_their_own_times(void **state)
{
	struct latency_export e;
	struct buf out = { 0 };

	(void)state;
	e = export(write_and_open(&trace), "block", false, &out);
	assert_string_equal(buf_text(&out), "5010000000 50000\n5030000000 50001\n");
	assert_false(e.from_bins);
	assert_int_equal(e.latency_cnt, 2);
	assert_int_equal(e.single_cnt, 2);
	buf_release(&out);
}

static void others_are_spread_over_slice_and_bin(void **state)
{
	struct latency_export e;
	struct buf out = { 0 };

	(void)state;
	e = export(write_and_open(&trace), NULL, false, &out);
	assert_string_equal(buf_text(&out), "5012500000 1001\n5037500000 1000\n5062500000 1000\n"
					    "5087500000 1000\n5250000000 7\n");
	assert_true(e.from_bins);
	assert_int_equal(e.latency_cnt, 5);
	assert_int_equal(e.single_cnt, 1);
	assert_int_equal(e.longest_slice_ns, 100000000);
	buf_release(&out);
}

static void singles_alone_are_those_that_were_kept(void **state)
{
	struct latency_export e;
	struct buf out = { 0 };

	(void)state;
	e = export(write_and_open(&trace), "runq", true, &out);
	assert_string_equal(buf_text(&out), "5020000000 1001\n");
	assert_false(e.from_bins);
	buf_release(&out);
}

/* What was exported is imported as it was: number, and sum of each bin. */
static void an_export_is_imported_with_the_same_bins(void **state)
{
	static const struct latency_trace_row many[] = {
		{ "runq", .value = 1000, .cnt = 100003, .sum = 99999999 },
		{ "runq", .start_ms = 100, .value = 1ull << 40, .cnt = 5 },
	};
	const struct latency_trace given = { .rows = many, .row_cnt = 2 };
	uint64_t cnt = 0, sum = 0;
	struct latency_counts counts;
	struct latency_lines lines;
	struct trace_record record;
	struct trace_reader *r;
	struct buf out = { 0 };
	struct err err = { 0 };

	(void)state;
	export(write_and_open(&given), NULL, false, &out);
	lines = latency_lines_of((const char *)out.v, out.len, 1, 1);
	assert_int_equal(latency_import(&lines, "runq", scratch_path, &counts, &err), 0);
	assert_int_equal(counts.latency_cnt, 100008);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	while (trace_reader_next(r, &record, &err) > 0) {
		if (record.kind != TRACE_RECORD_BIN || record.bin.bin >= latency_bin_of(1ull << 40))
			continue;
		assert_int_equal(record.bin.bin, latency_bin_of(999));
		assert_int_equal(trace_reader_slice(r, record.bin.slice)->start_ns,
				 LATENCY_TRACE_START_NS);
		cnt += record.bin.cnt;
		sum += record.bin.sum;
	}
	assert_int_equal(cnt, 100003);
	assert_int_equal(sum, 99999999);
	trace_reader_close(r);
	buf_release(&out);
}

static void a_sum_that_is_too_large_to_say_is_spread_as_the_least(void **state)
{
	static const struct latency_trace_row huge[] = { { "runq", .value = 1ull << 63,
							   .cnt = 3 } };
	const struct latency_trace given = { .rows = huge, .row_cnt = 1 };
	struct buf out = { 0 };

	(void)state;
	export(write_and_open(&given), NULL, false, &out);
	assert_string_equal(buf_text(&out), "5016666666 9223372036854775808\n"
					    "5050000000 9223372036854775808\n"
					    "5083333333 9223372036854775808\n");
	buf_release(&out);
}

static void more_than_anybody_reads_is_refused(void **state)
{
	static const struct latency_trace_row huge[] = {
		{ "runq", .value = 1, .cnt = LATENCY_EXPORT_MAX + 1 },
	};
	const struct latency_trace given = { .rows = huge, .row_cnt = 1 };
	struct trace_reader *r = write_and_open(&given);
	struct latency_export e;
	struct err err = { 0 };

	(void)state;
	assert_true(latency_export_start(&e, r, NULL, false, &err) < 0);
	assert_non_null(strstr(err.text, "--singles"));
	assert_int_equal(latency_export_start(&e, r, NULL, true, &err), 0);
	trace_reader_close(r);
}

static void an_event_that_is_not_there_names_those_that_are(void **state)
{
	struct trace_reader *r = write_and_open(&trace);
	struct latency_export e;
	struct err err = { 0 };

	(void)state;
	assert_true(latency_export_start(&e, r, "dns", false, &err) < 0);
	assert_non_null(strstr(err.text, "runq, block"));
	trace_reader_close(r);
}

static int make_paths(void **state)
{
	return close(mkstemp(out_path)) ? -1 : scratch_make(state);
}

static int remove_paths(void **state)
{
	return unlink(out_path) ? -1 : scratch_remove(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_that_were_all_kept_have_their_own_times),
		cmocka_unit_test(others_are_spread_over_slice_and_bin),
		cmocka_unit_test(singles_alone_are_those_that_were_kept),
		cmocka_unit_test(an_export_is_imported_with_the_same_bins),
		cmocka_unit_test(a_sum_that_is_too_large_to_say_is_spread_as_the_least),
		cmocka_unit_test(more_than_anybody_reads_is_refused),
		cmocka_unit_test(an_event_that_is_not_there_names_those_that_are),
	};

	return cmocka_run_group_tests(tests, make_paths, remove_paths);
}
