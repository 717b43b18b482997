#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "formats/latency_bin.h"
#include "formats/latency_import.h"
#include "formats/trace_reader.h"
#include "tests/unit/scratch_file.h"

#define S 1000000000ull

static void expect_line(const char *text, uint64_t end_ns, uint64_t latency_ns)
{
	struct latency_lines l = latency_lines_of(text, strlen(text), 1, 1);
	struct latency_line line = { 0 };

	if (!latency_lines_next(&l, &line))
		fail_msg("'%s' is taken for no line", text);
	assert_int_equal(line.end_ns, end_ns);
	assert_int_equal(line.latency_ns, latency_ns);
	assert_false(latency_lines_next(&l, &line));
	assert_int_equal(l.bad_cnt, 0);
}

static void expect_none(const char *text, uint64_t bad_cnt)
{
	struct latency_lines l = latency_lines_of(text, strlen(text), 1, 1);
	struct latency_line line;

	if (latency_lines_next(&l, &line))
		fail_msg("'%s' is taken for a line", text);
	if (l.bad_cnt != bad_cnt)
		fail_msg("'%s' counts as %d", text, (int)l.bad_cnt);
}

static void a_line_is_two_numbers(void **state)
{
	(void)state;
	expect_line("1 2", 1, 2);
	expect_line("1 2\n", 1, 2);
	expect_line("\t 1 \t 2 \r\n", 1, 2);
	expect_line("0 0\n", 0, 0);
	expect_line("18446744073709551615 18446744073709551615", UINT64_MAX, UINT64_MAX);
	expect_line("1.9 2.", 1, 2); /* nothing is finer than a nanosecond */
	expect_line("007 008", 7, 8);
}

static void what_is_no_line_is_counted(void **state)
{
	static const char *const bad[] = {
		"1",	  "1 ",	  "x 1",     "1 x",   "1 2 3", "-1 2",
		"1 -2",	  "+1 2", "1,2",     "1;2",   "1 2;",  "1e9 2",
		"0x10 2", ".5 1", "1 2.5.6", "1. . ", "inf 1", "18446744073709551616 1",
		"1 2 # 3"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		expect_none(bad[i], 1);
	expect_none("", 0);
	expect_none("\n\r\n \t\n", 0);
	expect_none("# 1 2\n  #1 2\n", 0);
	expect_none("1 2 3\n\n4\n", 2);
}

static void the_first_bad_line_is_told(void **state)
{
	const char *text = "1 2\n\n# a\nx\n3 4\ny\n";
	struct latency_lines l = latency_lines_of(text, strlen(text), 1, 1);
	struct latency_line line;

	(void)state;
	while (latency_lines_next(&l, &line))
		;
	assert_int_equal(l.line_cnt, 6);
	assert_int_equal(l.bad_cnt, 2);
	assert_int_equal(l.bad_line, 4);
	assert_memory_equal(l.bad.s, "x", l.bad.len);
	assert_null(l.rounded.s);
}

static void a_number_that_awk_rounded_is_told(void **state)
{
	const char *text = "WHEN LATENCY\n1 2\n2.14748e+09 17 \n3e+9 1\n1e9 1\n1e+";
	struct latency_lines l = latency_lines_of(text, strlen(text), 1, 1);
	struct latency_counts counts;
	struct latency_line line;
	struct err err = { 0 };

	(void)state;
	while (latency_lines_next(&l, &line))
		;
	assert_int_equal(l.bad_cnt, 5);
	assert_int_equal(l.rounded.len, strlen("2.14748e+09 17 "));
	assert_memory_equal(l.rounded.s, "2.14748e+09 17 ", l.rounded.len);
	l = latency_lines_of("8e+99 1", 7, 1, 1);
	assert_int_equal(latency_import(&l, "request", scratch_path, &counts, &err), -ENODATA);
	assert_non_null(strstr(err.text, "'8e+99 1' lacks its last digits"));
}

static void units_are_exact_to_the_nanosecond(void **state)
{
	const char *text = "1700000000.123456789 0.25\n18446744073.709551615 1\n"
			   "18446744073.709551616 1\n18446744074 1\n1 18446744073709.6\n";
	struct latency_lines l = latency_lines_of(text, strlen(text), S, 1000000);
	struct latency_line line = { 0 };

	(void)state;
	assert_true(latency_lines_next(&l, &line));
	assert_int_equal(line.end_ns, 1700000000123456789);
	assert_int_equal(line.latency_ns, 250000);
	assert_true(latency_lines_next(&l, &line));
	assert_int_equal(line.end_ns, UINT64_MAX);
	assert_false(latency_lines_next(&l, &line));
	assert_int_equal(l.bad_cnt, 3); /* beyond 64 bits */
}

static struct trace_reader *import(const char *text, struct latency_counts *counts)
{
	struct latency_lines l = latency_lines_of(text, strlen(text), 1, 1);
	struct trace_reader *r = NULL;
	struct err err = { 0 };

	assert_int_equal(latency_import(&l, "request", scratch_path, counts, &err), 0);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	return r;
}

static struct trace_record next_of(struct trace_reader *r, enum trace_record_kind kind)
{
	struct trace_record record = { 0 };
	struct err err = { 0 };

	while (trace_reader_next(r, &record, &err) > 0)
		if (record.kind == kind)
			return record;
	fail_msg("no record of kind %d", kind);
	return record;
}

static void each_line_is_kept_and_counted(void **state)
{
	struct latency_counts counts;
	struct trace_reader *r =
		import("250000000 5\nx\n110000000 1000000\n250000999 5\n", &counts);
	const struct trace_event *event = trace_reader_event(r, 0);
	struct trace_latency l;
	struct trace_bin b;

	(void)state;
	assert_int_equal(counts.latency_cnt, 3);
	assert_int_equal(counts.bad_cnt, 1);
	assert_int_equal(counts.bad_line, 2);
	assert_string_equal(event->name, "request");
	assert_int_equal(event->kind, TRACE_EVENT_LATENCY);
	assert_int_equal(event->unit, TRACE_UNIT_NS);
	b = next_of(r, TRACE_RECORD_BIN).bin;
	assert_int_equal(trace_reader_slice(r, b.slice)->start_ns, 200000000);
	assert_int_equal(b.bin, 5);
	assert_int_equal(b.cnt, 2);
	b = next_of(r, TRACE_RECORD_BIN).bin;
	assert_int_equal(trace_reader_slice(r, b.slice)->end_ns, 200000000);
	assert_int_equal(b.sum, 1000000);
	l = next_of(r, TRACE_RECORD_LATENCY).latency;
	assert_int_equal(l.end_ns, 110000000);
	assert_int_equal(l.why, TRACE_LATENCY_SLOWER);
	assert_int_equal(l.thread, TRACE_NONE);
	l = next_of(r, TRACE_RECORD_LATENCY).latency;
	assert_int_equal(l.end_ns, 250000000);
	assert_int_equal(trace_reader_totals(r)->single_cnt, 3);
	assert_int_equal(trace_reader_totals(r)->latency_cnt, 3);
	trace_reader_close(r);
}

static void the_recording_starts_with_the_first_end(void **state)
{
	struct latency_counts counts;
	struct trace_reader *r = import("1234567890 5000000000\n1334567890 1\n", &counts);

	(void)state;
	assert_true(trace_reader_has_times(r));
	assert_int_equal(trace_reader_fact_number(r, TRACE_FACT_CLOCK_START_NS), 1200000000);
	assert_string_equal(trace_reader_fact(r, TRACE_FACT_CLOCK_REALTIME_NS), "");
	assert_string_equal(trace_reader_fact(r, TRACE_FACT_IMPORTED_FROM), "latency");
	assert_int_equal(trace_reader_totals(r)->end_ns, 1400000000);
	trace_reader_close(r);
}

static void times_since_1970_say_when_it_was(void **state)
{
	struct latency_counts counts;
	struct trace_reader *r = import("1700000000123456789 5\n", &counts);

	(void)state;
	assert_int_equal(trace_reader_fact_number(r, TRACE_FACT_CLOCK_REALTIME_NS),
			 1700000000100000000);
	trace_reader_close(r);
}

/* Slices of an import from 0 to `last`, and how many there can be. */
static uint64_t slice_of(uint64_t last, uint64_t *out_end_ns)
{
	struct latency_counts counts;
	struct trace_reader *r;
	struct buf text = { 0 };
	uint64_t start_ns;
	struct trace_bin b;

	buf_printf(&text, "0 1\n%llu 1\n", (unsigned long long)last);
	r = import(buf_text(&text), &counts);
	b = next_of(r, TRACE_RECORD_BIN).bin;
	start_ns = trace_reader_slice(r, b.slice)->start_ns;
	assert_int_equal(start_ns, 0);
	*out_end_ns = trace_reader_totals(r)->end_ns;
	start_ns = trace_reader_slice(r, b.slice)->end_ns;
	trace_reader_close(r);
	buf_release(&text);
	return start_ns;
}

static void slices_are_long_enough_to_be_few(void **state)
{
	static const uint64_t lasts[] = {
		0, 1, 409599999999, 409600000000, 100000 * S, 3000000000 * S, UINT64_MAX
	};
	uint64_t end_ns;

	(void)state;
	for (size_t i = 0; i < sizeof(lasts) / sizeof(*lasts); i++) {
		uint64_t slice_ns = slice_of(lasts[i], &end_ns);

		assert_true(lasts[i] / slice_ns < LATENCY_IMPORT_SLICES);
		assert_true(end_ns > lasts[i] || end_ns == UINT64_MAX);
	}
	assert_int_equal(slice_of(409599999999, &end_ns), 100000000);
	assert_int_equal(slice_of(409600000000, &end_ns), 200000000);
	assert_int_equal(slice_of(819200000000, &end_ns), 500000000);
	assert_int_equal(slice_of(4096 * S, &end_ns), 2 * S);
}

static void a_file_without_latencies_leaves_no_trace(void **state)
{
	struct latency_lines l = latency_lines_of("a b\n", 4, 1, 1);
	struct latency_counts counts;
	struct err err = { 0 };

	(void)state;
	assert_true(latency_import(&l, "latency", "/nowhere/at/all", &counts, &err) < 0);
	assert_non_null(strstr(err.text, "no latencies"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_two_numbers),
		cmocka_unit_test(what_is_no_line_is_counted),
		cmocka_unit_test(the_first_bad_line_is_told),
		cmocka_unit_test(a_number_that_awk_rounded_is_told),
		cmocka_unit_test(units_are_exact_to_the_nanosecond),
		cmocka_unit_test(each_line_is_kept_and_counted),
		cmocka_unit_test(the_recording_starts_with_the_first_end),
		cmocka_unit_test(times_since_1970_say_when_it_was),
		cmocka_unit_test(slices_are_long_enough_to_be_few),
		cmocka_unit_test(a_file_without_latencies_leaves_no_trace),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
