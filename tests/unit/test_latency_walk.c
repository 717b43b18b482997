#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "render/latency_walk.h"
#include "tests/unit/latency_trace.h"
#include "tests/unit/scratch_file.h"

#define MS LATENCY_TRACE_MS

/* 31 events of block, 7 of runq; two of block were kept. */
static const struct latency_trace_row rows[] = {
	{ "block", "db", { "sda", "read" }, .start_ms = 0, .value = 1 * MS, .cnt = 11 },
	{ "block", "db", { "sda", "read" }, .start_ms = 100, .value = 2 * MS, .cnt = 13 },
	{ "block", "web", { "sdb", "write" }, .start_ms = 100, .value = 64 * MS, .cnt = 5 },
	{ "runq", "web", { 0 }, .start_ms = 100, .value = 3, .cnt = 7 },
	{ "block", NULL, { 0 }, .start_ms = 200, .value = 0, .cnt = 2 },
};
static const struct latency_trace_single singles[] = {
	{ .row = 1, .end_ns = 150 * MS, .value = 2 * MS, .stack = "main;[k]io", .tid = 70 },
	{ .row = 2, .end_ns = 199 * MS, .value = 64 * MS, .tid = 80 },
};

/* Of block, of runq, and of none. */
static const struct trace_loss_count losses[] = {
	{ .event = 3, .loss = TRACE_LOSS_LATENCIES, .count = 5 },
	{ .event = 4, .loss = TRACE_LOSS_LATENCIES, .count = 9 },
	{ .event = TRACE_NONE, .loss = TRACE_LOSS_COARSE, .count = 17 },
};

/* A sampled event with values, one without, and waits, beside those. */
static void add_others(struct trace_writer *w)
{
	struct wait_writer t = { .w = w };
	uint32_t process = wait_trace_process(&t, 90, "alloc");
	struct trace_sample sample = {
		.time_ns = LATENCY_TRACE_START_NS + 20 * MS,
		.weight = 4096,
		.thread = wait_trace_thread(&t, process, 91, "alloc"),
		.event = 0,
		.stack = TRACE_NONE,
	};
	struct trace_wait wait = { .event = 2,
				   .thread = sample.thread,
				   .stack = TRACE_NONE,
				   .chain = TRACE_NONE,
				   .state = TRACE_WAIT_INTERRUPTIBLE,
				   .why = TRACE_WAIT_LONGEST,
				   .start_ns = LATENCY_TRACE_START_NS + 10 * MS,
				   .blocked_ns = 30 * MS,
				   .runnable_ns = 2 * MS };

	trace_writer_sample(w, &sample);
	sample.weight = 100;
	trace_writer_sample(w, &sample);
	trace_writer_wait(w, &wait);
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++)
		trace_writer_loss(w, &losses[i]);
}

static const struct trace_event others[] = {
	{ .name = "malloc",
	  .source = "uprobe",
	  .kind = TRACE_EVENT_SAMPLE,
	  .unit = TRACE_UNIT_BYTES },
	{ .name = "cpu",
	  .source = "cpu-clock",
	  .kind = TRACE_EVENT_SAMPLE,
	  .unit = TRACE_UNIT_SAMPLES },
	{ .name = "chain", .source = "sched", .kind = TRACE_EVENT_WAIT, .unit = TRACE_UNIT_NS },
};

static struct trace_reader *open_trace(void)
{
	const struct latency_trace trace = { .rows = rows,
					     .row_cnt = 5,
					     .singles = singles,
					     .single_cnt = 2,
					     .events = others,
					     .event_cnt = 3,
					     .also = add_others };
	struct trace_reader *r = NULL;
	struct err err = { 0 };

	assert_int_equal(latency_trace_write(scratch_path, &trace, &err), 0);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	return r;
}

/* Walks, and holds the invariant against what the trace has of the event. */
static struct latency_totals walk(struct selection s, uint64_t all_cnt)
{
	struct trace_reader *r = open_trace();
	struct latency_totals totals;
	struct latency_cell cell;
	struct latency_walk w;
	struct err err = { 0 };
	uint64_t cnt = 0;
	int got;

	assert_int_equal(latency_walk_start(&w, r, &s, &err), 0);
	while ((got = latency_walk_next(&w, &cell, &err)) > 0)
		cnt += cell.cnt;
	assert_int_equal(got, 0);
	latency_walk_end(&w, &totals);
	assert_int_equal(totals.kept_cnt, cnt);
	assert_int_equal(totals.kept_cnt + totals.outside_cnt, all_cnt);
	trace_reader_close(r);
	return totals;
}

static void a_value_of_0_may_be_all_that_is_meant(void **state)
{
	struct selection zero = { .latency = { .is_zero = true } };

	(void)state;
	assert_int_equal(walk(zero, 31).kept_cnt, 2);
	assert_int_equal(walk((struct selection){ .latency = { 0 } }, 31).kept_cnt, 31);
}

static void losses_are_told_apart_by_event(void **state)
{
	struct latency_totals totals = walk((struct selection){ .event = "block" }, 31);

	(void)state;
	assert_int_equal(totals.lost[TRACE_LOSS_LATENCIES], 5);
	assert_int_equal(totals.lost_others[TRACE_LOSS_LATENCIES], 9);
	assert_int_equal(totals.lost[TRACE_LOSS_COARSE], 0);
	assert_int_equal(totals.lost_others[TRACE_LOSS_COARSE], 0);
	totals = walk((struct selection){ .event = "runq" }, 7);
	assert_int_equal(totals.lost[TRACE_LOSS_LATENCIES], 9);
}

static void whatever_is_selected_the_share_of_losses_is_of_all(void **state)
{
	(void)state;
	assert_int_equal(walk((struct selection){ .process = "web" }, 31).counted_cnt, 31);
	assert_int_equal(walk((struct selection){ .thread = 80 }, 2).counted_cnt, 31);
}

static void bins_of_the_event_are_all_of_it(void **state)
{
	struct latency_totals totals = walk((struct selection){ 0 }, 31);

	(void)state;
	assert_int_equal(totals.kept_cnt, 31);
	assert_int_equal(totals.kept_sum, 11 * MS + 26 * MS + 320 * MS);
	assert_int_equal(totals.least, 0);
	assert_true(totals.most >= 64 * MS && totals.most < 72 * MS);
	assert_int_equal(totals.slice_ns, 100 * MS);
	assert_int_equal(totals.from_ns, 0);
	assert_int_equal(totals.to_ns, 300 * MS);
	assert_int_equal(totals.stack_cnt, 1);
	assert_false(totals.is_exact || totals.is_sample);
	assert_int_equal(walk((struct selection){ .event = "runq" }, 7).kept_cnt, 7);
}

static void a_slice_is_taken_where_it_begins(void **state)
{
	(void)state;
#define KEPT(first, last) walk((struct selection){ .time = { (first)*MS, (last)*MS } }, 31).kept_cnt
	assert_int_equal(KEPT(0, 100), 11);
	assert_int_equal(KEPT(100, 200), 18);
	assert_int_equal(KEPT(1, 101), 18);
	assert_int_equal(KEPT(100, 100), 18);
	assert_int_equal(KEPT(120, 180), 0);
	assert_int_equal(KEPT(0, 100) + KEPT(100, 200) + KEPT(200, 300), 31);
#undef KEPT
}

static void a_bin_is_taken_that_values_asked_for_touch(void **state)
{
	struct latency_totals totals =
		walk((struct selection){ .latency = { 1 * MS, 2 * MS } }, 31);

	(void)state;
	assert_int_equal(totals.kept_cnt, 24);
	assert_true(totals.least <= 1 * MS && totals.most >= 2 * MS);
	assert_int_equal(totals.stack_cnt, 1);
	totals = walk((struct selection){ .latency = { 65 * MS, UINT64_MAX } }, 31);
	assert_int_equal(totals.kept_cnt, 5);
	totals = walk((struct selection){ .latency = { 1, 1000 } }, 31);
	assert_int_equal(totals.kept_cnt, 0);
}

static void processes_are_told_by_their_series(void **state)
{
	(void)state;
	assert_int_equal(walk((struct selection){ .process = "d*" }, 31).kept_cnt, 24);
	assert_int_equal(walk((struct selection){ .process = "w?b" }, 31).kept_cnt, 5);
	assert_int_equal(walk((struct selection){ .process = "nobody" }, 31).kept_cnt, 0);
}

static void threads_are_known_of_single_events_only(void **state)
{
	struct latency_totals totals = walk((struct selection){ .thread = 80 }, 2);

	(void)state;
	assert_true(totals.is_sample);
	assert_int_equal(totals.kept_cnt, 1);
	assert_int_equal(totals.kept_sum, 64 * MS);
}

static void a_sample_is_the_value_of_its_weight(void **state)
{
	struct latency_totals totals = walk((struct selection){ .event = "malloc" }, 2);

	(void)state;
	assert_true(totals.is_exact);
	assert_int_equal(totals.kept_sum, 4196);
	assert_int_equal(totals.from_ns, 20 * MS);
	assert_int_equal(totals.slice_ns, 0);
	totals = walk((struct selection){ .event = "malloc", .latency = { 0, 100 } }, 2);
	assert_int_equal(totals.kept_cnt, 1);
}

static void a_wait_is_as_long_as_both_of_its_parts(void **state)
{
	struct latency_totals totals = walk((struct selection){ .event = "offcpu" }, 1);

	(void)state;
	assert_true(totals.is_sample);
	assert_int_equal(totals.kept_sum, 32 * MS);
	assert_int_equal(totals.from_ns, 42 * MS);
	assert_int_equal(walk((struct selection){ .event = "chain", .thread = 5 }, 1).kept_cnt, 0);
}

static void samples_with_values_are_meant_where_there_are_no_latencies(void **state)
{
	const struct latency_trace trace = {
		.events = others, .event_cnt = 3, .end_ms = 100, .also = add_others
	};
	struct trace_reader *r = NULL;
	struct err err = { 0 };
	uint32_t event;

	(void)state;
	assert_int_equal(latency_trace_write(scratch_path, &trace, &err), 0);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	assert_int_equal(latency_event_find(r, NULL, &event, &err), 0);
	assert_string_equal(trace_reader_event(r, event)->name, "malloc");
	trace_reader_close(r);
}

static void what_has_no_values_is_refused_with_a_sentence(void **state)
{
	struct trace_reader *r = open_trace();
	struct err err = { 0 };
	uint32_t event;

	(void)state;
	assert_int_equal(latency_event_find(r, NULL, &event, &err), 0);
	assert_string_equal(trace_reader_event(r, event)->name, "block");
	assert_int_equal(latency_event_find(r, "cpu", &event, &err), -ENOTSUP);
	assert_non_null(strstr(err.text, "have no values"));
	err = (struct err){ 0 };
	assert_int_equal(latency_event_find(r, "disk", &event, &err), -ENOENT);
	assert_non_null(strstr(err.text, "no event 'disk', but: malloc, cpu, chain, block, runq"));
	trace_reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_of_0_may_be_all_that_is_meant),
		cmocka_unit_test(losses_are_told_apart_by_event),
		cmocka_unit_test(whatever_is_selected_the_share_of_losses_is_of_all),
		cmocka_unit_test(bins_of_the_event_are_all_of_it),
		cmocka_unit_test(a_slice_is_taken_where_it_begins),
		cmocka_unit_test(a_bin_is_taken_that_values_asked_for_touch),
		cmocka_unit_test(processes_are_told_by_their_series),
		cmocka_unit_test(threads_are_known_of_single_events_only),
		cmocka_unit_test(a_sample_is_the_value_of_its_weight),
		cmocka_unit_test(a_wait_is_as_long_as_both_of_its_parts),
		cmocka_unit_test(samples_with_values_are_meant_where_there_are_no_latencies),
		cmocka_unit_test(what_has_no_values_is_refused_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
