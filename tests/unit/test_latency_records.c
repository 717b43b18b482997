#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "formats/name_table.h"
#include "tests/unit/latency_trace.h"
#include "tests/unit/scratch_file.h"

/* Latencies through a file: what was written is what is read. */

static struct trace_reader *read_back(const struct latency_trace *trace)
{
	struct trace_reader *r = NULL;
	struct err err = { 0 };

	assert_int_equal(latency_trace_write(scratch_path, trace, &err), 0);
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
	fail_msg("no record of kind %d: %s", kind, err.text);
	return record;
}

static bool has_more(struct trace_reader *r)
{
	struct trace_record record;
	struct err err;

	return trace_reader_next(r, &record, &err) > 0;
}

#define COUNT(v) (sizeof(v) / sizeof(*(v)))
#define OF_ROWS(v) ((struct latency_trace){ .rows = (v), .row_cnt = COUNT(v) })

static void bins_come_back_with_their_series(void **state)
{
	static const struct latency_trace_row rows[] = {
		{ "block", "db", { "sda", "read" }, .value = 4000000, .cnt = 7 },
		{ "block", "db", { "sda", "write" }, .start_ms = 100, .value = 5, .cnt = 3 },
		{ "runq", "web", .value = 1000, .cnt = 2, .sum = 1999 },
	};
	struct trace_reader *r = read_back(&OF_ROWS(rows));
	const struct trace_series *series;
	struct trace_bin bin;

	(void)state;
	assert_string_equal(trace_reader_event(r, 0)->labels[0], "device");
	assert_string_equal(trace_reader_event(r, 0)->labels[1], "operation");
	assert_string_equal(trace_reader_event(r, 1)->labels[0], "");
	assert_int_equal(trace_reader_event(r, 1)->kind, TRACE_EVENT_LATENCY);
	bin = next_of(r, TRACE_RECORD_BIN).bin;
	series = trace_reader_series(r, bin.series);
	assert_int_equal(series->event, 0);
	assert_string_equal(series->process, "db");
	assert_string_equal(series->labels[0], "sda");
	assert_string_equal(series->labels[1], "read");
	assert_int_equal(bin.bin, latency_bin_of(4000000));
	assert_int_equal(bin.cnt, 7);
	assert_int_equal(bin.sum, 28000000);
	assert_int_equal(trace_reader_slice(r, bin.slice)->start_ns, LATENCY_TRACE_START_NS);
	bin = next_of(r, TRACE_RECORD_BIN).bin;
	assert_string_equal(trace_reader_series(r, bin.series)->labels[1], "write");
	assert_int_equal(bin.sum, 15);
	assert_int_equal(trace_reader_slice(r, bin.slice)->end_ns,
			 LATENCY_TRACE_START_NS + 200 * LATENCY_TRACE_MS);
	bin = next_of(r, TRACE_RECORD_BIN).bin;
	assert_int_equal(trace_reader_series(r, bin.series)->event, 1);
	assert_int_equal(bin.sum, 1999);
	assert_false(has_more(r));
	trace_reader_close(r);
}

static void equal_bins_of_a_chunk_add_up(void **state)
{
	static const struct latency_trace_row rows[] = {
		{ "runq", "web", .value = 1000, .cnt = 2 },
		{ "runq", "web", .value = 100, .cnt = 1 },
		{ "runq", "web", .value = 1001, .cnt = 3 },
	};
	struct trace_reader *r = read_back(&OF_ROWS(rows));
	struct trace_bin bin;

	(void)state;
	assert_int_equal(next_of(r, TRACE_RECORD_BIN).bin.sum, 100);
	bin = next_of(r, TRACE_RECORD_BIN).bin;
	assert_int_equal(bin.cnt, 5);
	assert_int_equal(bin.sum, 5003);
	assert_false(has_more(r));
	assert_int_equal(trace_reader_totals(r)->latency_cnt, 6);
	trace_reader_close(r);
}

static void any_value_and_count_comes_back(void **state)
{
	static const struct latency_trace_row rows[] = {
		{ "runq", .value = 0, .cnt = 1 },
		{ "runq", .value = 0, .start_ms = 100, .cnt = 1000000000 },
		{ "runq", .value = 15, .start_ms = 200, .cnt = UINT64_MAX },
		{ "runq", .value = 1ull << 63, .start_ms = 300, .cnt = 1 },
		{ "runq", .value = UINT64_MAX, .start_ms = 400, .cnt = 1 },
		{ "runq", .value = UINT64_MAX, .start_ms = 500, .cnt = 1000 },
		{ "runq", .value = 1ull << 60, .start_ms = 600, .cnt = 15 },
		{ "runq", .value = 1ull << 60, .start_ms = 700, .cnt = 16 },
		{ "runq", .value = 1000000, .start_ms = 800, .cnt = 1000000000 },
	};
	struct trace_reader *r = read_back(&OF_ROWS(rows));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct trace_bin bin = next_of(r, TRACE_RECORD_BIN).bin;
		uint64_t sum;

		if (__builtin_mul_overflow(rows[i].cnt, rows[i].value, &sum))
			sum = UINT64_MAX;
		assert_int_equal(bin.bin, latency_bin_of(rows[i].value));
		assert_int_equal(bin.cnt, rows[i].cnt);
		assert_int_equal(bin.sum, sum);
	}
	trace_reader_close(r);
}

static void a_sum_that_cannot_be_is_brought_to_what_can(void **state)
{
	static const struct latency_trace_row rows[] = {
		{ "runq", .value = 1024, .cnt = 2, .sum = 5 },
		{ "runq", .value = 1024, .start_ms = 100, .cnt = 2, .sum = 1000000 },
	};
	struct trace_reader *r = read_back(&OF_ROWS(rows));

	(void)state;
	assert_int_equal(next_of(r, TRACE_RECORD_BIN).bin.sum, 2048);
	assert_int_equal(next_of(r, TRACE_RECORD_BIN).bin.sum, 2 * 1151);
	trace_reader_close(r);
}

static void singles_come_back_whole(void **state)
{
	static const struct latency_trace_row rows[] = {
		{ "block", "db", { "sda", "read" }, .value = 4000000, .cnt = 7 },
	};
	static const struct latency_trace_single singles[] = {
		{ .end_ns = 90000999,
		  .value = 4100000,
		  .tid = 21,
		  .comm = "db-pool",
		  .stack = "main;read;[k]io_schedule",
		  .why = TRACE_LATENCY_DRAWN | TRACE_LATENCY_SLOWER,
		  .cpu = 3,
		  .bytes = 4096,
		  .queued_ns = 100000,
		  .text = "/var/lib/a file" },
		{ .end_ns = 10000000, .value = 3900000, .cpu = TRACE_NONE },
	};
	struct latency_trace trace = {
		.rows = rows, .row_cnt = 1, .singles = singles, .single_cnt = COUNT(singles)
	};
	struct trace_reader *r = read_back(&trace);
	struct trace_latency l;

	(void)state;
	l = next_of(r, TRACE_RECORD_LATENCY).latency;
	assert_int_equal(l.end_ns, LATENCY_TRACE_START_NS + 10000000);
	assert_int_equal(l.value, 3900000);
	assert_int_equal(l.thread, TRACE_NONE);
	assert_int_equal(l.stack, TRACE_NONE);
	assert_int_equal(l.cpu, TRACE_NONE);
	assert_int_equal(l.why, TRACE_LATENCY_LONGEST);
	assert_int_equal(l.bytes, 0);
	assert_string_equal(l.text, "");
	l = next_of(r, TRACE_RECORD_LATENCY).latency;
	assert_int_equal(l.end_ns, LATENCY_TRACE_START_NS + 90000000); /* microseconds */
	assert_int_equal(l.value, 4100000);
	assert_string_equal(trace_reader_thread(r, l.thread)->comm, "db-pool");
	assert_string_equal(trace_reader_frame(r, trace_reader_node(r, l.stack)->frame)->name,
			    "io_schedule");
	assert_int_equal(l.cpu, 3);
	assert_int_equal(l.why, TRACE_LATENCY_DRAWN | TRACE_LATENCY_SLOWER);
	assert_int_equal(l.bytes, 4096);
	assert_int_equal(l.queued_ns, 100000);
	assert_string_equal(l.text, "/var/lib/a file");
	assert_string_equal(trace_reader_series(r, l.series)->labels[1], "read");
	assert_false(has_more(r));
	assert_int_equal(trace_reader_totals(r)->single_cnt, 2);
	trace_reader_close(r);
}

static void totals_say_events_and_those_kept(void **state)
{
	static const struct latency_trace_row rows[] = {
		{ "runq", "web", .start_ms = 100, .value = 1000, .cnt = 5 },
		{ "block", "web", .start_ms = 300, .value = 1000, .cnt = 2 },
	};
	static const struct latency_trace_single singles[] = { { .end_ns = 150000000 } };
	struct latency_trace trace = {
		.rows = rows, .row_cnt = 2, .singles = singles, .single_cnt = 1, .lost = 3
	};
	struct trace_reader *r = read_back(&trace);
	struct trace_totals said;

	(void)state;
	assert_true(trace_reader_recorded_totals(r, &said));
	assert_int_equal(said.latency_cnt, 7);
	assert_int_equal(said.single_cnt, 1);
	assert_int_equal(said.first_ns, LATENCY_TRACE_START_NS + 100 * LATENCY_TRACE_MS);
	assert_int_equal(said.last_ns, LATENCY_TRACE_START_NS + 400 * LATENCY_TRACE_MS);
	assert_int_equal(said.lost[TRACE_LOSS_LATENCIES], 3);
	assert_true(trace_reader_is_clean(r));
	trace_reader_close(r);
}

/* Times of an import may begin at 0, which is none; the order of records does not matter. */
static void totals_begin_with_the_first_time_that_is_one(void **state)
{
	static const uint64_t ends_ns[2][2] = { { 30000000, 50000000 }, { 50000000, 30000000 } };
	const struct trace_slice slice = { .start_ns = 0, .end_ns = 100000000 };
	const struct trace_series series = { .process = "", .labels = { "", "" } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct trace_writer *w;
		struct err err = { 0 };

		assert_int_equal(trace_writer_open(&w, scratch_path, NULL, &err), 0);
		trace_writer_event(w, &latency_trace_events[0]);
		for (size_t k = 0; k < 2; k++) {
			uint32_t id = trace_writer_series(w, &series);
			struct trace_bin bin = { .slice = trace_writer_slice(w, &slice),
						 .series = id,
						 .bin = 5,
						 .cnt = 1,
						 .sum = 5 };
			struct trace_latency latency = { .series = id,
							 .thread = TRACE_NONE,
							 .stack = TRACE_NONE,
							 .cpu = TRACE_NONE,
							 .why = TRACE_LATENCY_SLOWER,
							 .end_ns = ends_ns[i][k],
							 .value = 5 };

			trace_writer_bin(w, &bin);
			trace_writer_latency(w, &latency);
		}
		assert_int_equal(trace_writer_totals(w)->first_ns, 30000000);
		assert_int_equal(trace_writer_totals(w)->last_ns, 100000000);
		trace_writer_close(w);
	}
}

/* Naming writes another trailer, and leaves all else as it was. */
static void a_named_trace_says_the_same_of_latencies(void **state)
{
	static const struct latency_trace_row rows[] = {
		{ "block", "db", { "sda", "read" }, .value = 4000000, .cnt = 7 },
	};
	static const struct latency_trace_single singles[] = { { .text = "/a" } };
	struct latency_trace trace = {
		.rows = rows, .row_cnt = 1, .singles = singles, .single_cnt = 1
	};
	struct name_table *names = name_table_new();
	struct trace_reader *r = read_back(&trace), *named = NULL;
	char path[] = "/tmp/test_latency_records.XXXXXX";
	struct err err = { 0 };

	(void)state;
	close(mkstemp(path));
	assert_int_equal(name_table_write(names, r, path, &err), 0);
	assert_int_equal(trace_reader_open(&named, path, &err), 0);
	unlink(path);
	assert_true(trace_reader_is_clean(named));
	assert_int_equal(trace_reader_totals(named)->latency_cnt, 7);
	assert_int_equal(trace_reader_totals(named)->single_cnt, 1);
	assert_string_equal(trace_reader_event(named, 0)->labels[1], "operation");
	assert_string_equal(next_of(named, TRACE_RECORD_LATENCY).latency.text, "/a");
	trace_reader_close(named);
	trace_reader_close(r);
	name_table_free(names);
}

static const struct trace_event runq = {
	.name = "runq", .source = "", .kind = TRACE_EVENT_LATENCY, .unit = TRACE_UNIT_NS
};

/* Bins and single latencies of a second, some of them flushed. */
static uint64_t put_many(struct trace_writer *w, unsigned second)
{
	const struct trace_slice times = { .start_ns = second * 1000ull,
					   .end_ns = second * 1000ull + 1000 };
	struct trace_latency latency = {
		.thread = TRACE_NONE, .stack = TRACE_NONE, .why = TRACE_LATENCY_DRAWN, .text = ""
	};
	struct trace_bin bin = { .cnt = 3 };
	struct err err = { 0 };
	char comm[16];

	for (unsigned i = 0; i < 100; i++) {
		struct trace_series series = { .process = comm, .labels = { "", "" } };

		snprintf(comm, sizeof(comm), "p%u", (second * 100 + i) * 7919 % 10007);
		bin.series = latency.series = trace_writer_series(w, &series);
		bin.slice = trace_writer_slice(w, &times);
		bin.bin = (second * 31 + i * 17) % 400;
		trace_writer_bin(w, &bin);
		trace_writer_latency(w, &latency);
	}
	trace_writer_flush(w, &err);
	return 100;
}

static void groups_start_series_again(void **state)
{
	struct trace_writer_options options = { .group_bytes = 1 };
	struct trace_reader *r = NULL;
	struct trace_writer *w;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(trace_writer_open(&w, scratch_path, &options, &err), 0);
	trace_writer_event(w, &runq);
	put_many(w, 1);
	put_many(w, 2);
	assert_int_equal(trace_writer_group(w), 2);
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_DURATION, 3000, &err), 0);
	assert_int_equal(trace_writer_publish(w, &err), 0);
	trace_writer_close(w);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	for (unsigned i = 0; i < 2; i++) {
		next_of(r, TRACE_RECORD_KEY_FRAME);
		next_of(r, TRACE_RECORD_BIN);
		assert_int_equal(trace_reader_series_cnt(r), 100);
	}
	trace_reader_close(r);
}

static void latencies_that_could_not_be_written_are_lost(void **state)
{
	const struct rlimit small = { 8192, RLIM_INFINITY };
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	const struct trace_totals *t;
	struct trace_writer *w;
	struct err err = { 0 };
	uint64_t made = 0;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(trace_writer_open(&w, scratch_path, NULL, &err), 0);
	trace_writer_event(w, &runq);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (unsigned i = 0; i < 50; i++)
		made += put_many(w, i);
	setrlimit(RLIMIT_FSIZE, &all);
	t = trace_writer_totals(w);
	assert_true(t->latency_cnt > 0 && t->lost[TRACE_LOSS_LATENCIES] > 0);
	assert_int_equal(t->latency_cnt + t->lost[TRACE_LOSS_LATENCIES], 3 * made);
	assert_int_equal(t->single_cnt + t->lost[TRACE_LOSS_SINGLES], made);
	trace_writer_close(w);
}

/* All chunks fill up, and none beyond its limit. */
static void a_million_without_a_flush_are_all_there(void **state)
{
	const struct trace_series series = { .process = "p", .labels = { "", "" } };
	struct trace_latency latency = { .thread = TRACE_NONE,
					 .stack = TRACE_NONE,
					 .cpu = TRACE_NONE,
					 .why = TRACE_LATENCY_SLOWER };
	struct trace_reader *r = NULL;
	struct trace_record record;
	struct trace_writer *w;
	struct err err = { 0 };
	uint64_t cnt = 0, sum = 0;

	(void)state;
	assert_int_equal(trace_writer_open(&w, scratch_path, NULL, &err), 0);
	trace_writer_event(w, &runq);
	latency.series = trace_writer_series(w, &series);
	for (uint64_t i = 0; i < 1000000; i++) {
		latency.end_ns = i * 1000003;
		latency.value = i << i % 40;
		trace_writer_latency(w, &latency);
	}
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_DURATION, 3000, &err), 0);
	assert_int_equal(trace_writer_publish(w, &err), 0);
	trace_writer_close(w);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	while (trace_reader_next(r, &record, &err) > 0) {
		cnt += record.kind == TRACE_RECORD_LATENCY;
		sum += record.kind == TRACE_RECORD_LATENCY ? record.latency.value : 0;
	}
	for (uint64_t i = 0; i < 1000000; i++)
		sum -= i << i % 40;
	assert_int_equal(cnt, 1000000);
	assert_int_equal(sum, 0);
	assert_true(trace_reader_is_clean(r));
	trace_reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bins_come_back_with_their_series),
		cmocka_unit_test(equal_bins_of_a_chunk_add_up),
		cmocka_unit_test(any_value_and_count_comes_back),
		cmocka_unit_test(a_sum_that_cannot_be_is_brought_to_what_can),
		cmocka_unit_test(singles_come_back_whole),
		cmocka_unit_test(totals_say_events_and_those_kept),
		cmocka_unit_test(totals_begin_with_the_first_time_that_is_one),
		cmocka_unit_test(a_named_trace_says_the_same_of_latencies),
		cmocka_unit_test(groups_start_series_again),
		cmocka_unit_test(latencies_that_could_not_be_written_are_lost),
		cmocka_unit_test(a_million_without_a_flush_are_all_there),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
