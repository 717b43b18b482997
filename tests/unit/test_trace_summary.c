#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/io.h"
#include "formats/trace_layout.h"
#include "formats/trace_reader.h"
#include "formats/trace_summary.h"
#include "formats/trace_writer.h"
#include "tests/unit/scratch_file.h"
#include "tests/unit/wait_text.h"

static const struct trace_event event = {
	.name = "cpu", .source = "", .kind = TRACE_EVENT_SAMPLE, .unit = TRACE_UNIT_SAMPLES
};

/* A trace of samples that weigh so much. */
static void make_trace(const uint64_t *weights, size_t cnt, const char *imported_from)
{
	struct trace_process process = { .comm = "x", .executable = "", .cgroup = "" };
	struct trace_thread thread = { .comm = "x" };
	struct trace_writer *w;
	struct err err = { 0 };

	assert_int_equal(trace_writer_open(&w, scratch_path, NULL, &err), 0);
	trace_writer_fact(w, TRACE_FACT_IMPORTED_FROM, imported_from);
	trace_writer_event(w, &event);
	thread.process = trace_writer_process(w, &process);
	for (size_t i = 0; i < cnt; i++)
		trace_writer_sample(w, &(struct trace_sample){
					       .thread = trace_writer_thread(w, &thread),
					       .stack = TRACE_NONE,
					       .weight = weights[i],
				       });
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_DURATION, 0, &err), 0);
	assert_int_equal(trace_writer_publish(w, &err), 0);
	trace_writer_close(w);
}

/* The sums that a reader gets of the first `len` bytes. */
static void check_sums(const struct io_view *view, size_t len, uint64_t want)
{
	struct trace_summary summary;
	struct trace_reader *r;
	struct err err = { 0 };

	assert_int_equal(trace_reader_open_bytes(&r, view->v, len, "sums", &err), 0);
	assert_int_equal(trace_summary_take(&summary, r, &err), 0);
	assert_int_equal(summary.events.v[0].sample_cnt, 2);
	assert_true(summary.events.v[0].weight == want);
	assert_true(summary.totals.sample_weight == want);
	trace_summary_release(&summary);
	trace_reader_close(r);
}

static void sums_end_at_the_largest_number(void **state)
{
	static const struct {
		uint64_t weights[2], sum;
	} cases[] = {
		{ { UINT64_MAX, 2 }, UINT64_MAX },
		{ { UINT64_MAX - 2, 2 }, UINT64_MAX },
		{ { UINT64_MAX - 2, 1 }, UINT64_MAX - 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct io_view view;
		struct err err = { 0 };

		make_trace(cases[i].weights, 2, "");
		assert_int_equal(io_view_open(&view, scratch_path, &err), 0);
		check_sums(&view, view.len, cases[i].sum);			/* the trailer's */
		check_sums(&view, view.len - TRACE_FOOTER_BYTES, cases[i].sum); /* read through */
		io_view_close(&view);
	}
}

static void imports_have_no_times(void **state)
{
	static const char *const from[] = { "", "folded" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct trace_reader *r;
		struct err err = { 0 };

		make_trace((const uint64_t[]){ 1, 1 }, 2, from[i]);
		assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
		assert_int_equal(trace_reader_has_times(r), i == 0);
		trace_reader_close(r);
	}
}

/* When nothing was long enough, the threshold is what says why. */
static void a_threshold_counts_that_no_wait_reached(void **state)
{
	struct trace_reader *r = wait_text("slice 0 1000 0\n"
					   "sum web/10 interruptible main 3 30 1 20\n"
					   "chunk\nslice 1000 2000 8\n");
	struct trace_summary waits;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(trace_summary_take(&waits, r, &err), 0);
	assert_int_equal(waits.waits.highest_block_ns, 8000000);
	trace_summary_release(&waits);
	trace_reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_end_at_the_largest_number),
		cmocka_unit_test(a_threshold_counts_that_no_wait_reached),
		cmocka_unit_test(imports_have_no_times),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
