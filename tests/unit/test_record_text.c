#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "collector/record_text.h"

static void says_what_was_recorded(void **state)
{
	const struct recorder_summary s = {
		.totals = { .sample_cnt = 1187 },
		.wall_ns = 5020000000,
		.bytes = 24000,
	};
	struct buf out = { 0 };

	(void)state;
	record_text_result(&out, &s, "profile.data");
	assert_string_equal(buf_text(&out),
			    "1,187 samples in 5.02 s, 0 lost, 23.4 KiB -> profile.data");
	buf_release(&out);
}

static void names_each_reason_of_a_loss(void **state)
{
	struct recorder_summary s = { .totals = { .sample_cnt = 1 } };
	struct buf out = { 0 };

	(void)state;
	s.totals.lost[TRACE_LOSS_RING_FULL] = 300;
	s.totals.lost[TRACE_LOSS_RECURSION] = 12;
	s.totals.lost[TRACE_LOSS_TASK_EVENTS] = 5;
	assert_int_equal(record_text_lost(&s), 312);
	record_text_result(&out, &s, "-");
	assert_non_null(strstr(buf_text(&out), "1 sample in "));
	assert_non_null(strstr(buf_text(&out), "312 lost ("));
	assert_non_null(strstr(buf_text(&out), " 300, "));
	assert_non_null(strstr(buf_text(&out), " 12)"));
	assert_non_null(strstr(buf_text(&out), "-> stdout"));
	buf_release(&out);
}

static void says_other_losses_apart_and_nothing_without(void **state)
{
	struct recorder_summary s = { 0 };
	struct buf out = { 0 };

	(void)state;
	record_text_other_losses(&out, &s);
	assert_int_equal(out.len, 0);
	s.totals.lost[TRACE_LOSS_TASK_EVENTS] = 5;
	s.totals.lost[TRACE_LOSS_THROTTLED] = 1;
	record_text_other_losses(&out, &s);
	assert_non_null(strstr(buf_text(&out), "not seen 5 times"));
	assert_non_null(strstr(buf_text(&out), "paused sampling 1 time;"));
	buf_clear(&out);
	s.totals.lost[TRACE_LOSS_UNFOLLOWED] = 2;
	record_text_other_losses(&out, &s);
	assert_non_null(strstr(buf_text(&out), "could not be followed 2 times:"));
	assert_non_null(strstr(buf_text(&out), "; mappings, names"));
	assert_int_equal(record_text_lost(&s), 0);
	buf_release(&out);
}

static void progress_counts_minutes_and_seconds(void **state)
{
	const struct recorder_summary s = { .totals = { .sample_cnt = 12 }, .bytes = 512 };
	struct buf out = { 0 };

	(void)state;
	record_text_progress(&out, &s, 72000000000);
	assert_string_equal(buf_text(&out), "01:12  12 samples  0 lost  512 B");
	buf_release(&out);
}

static void says_waits_beside_samples_and_alone(void **state)
{
	struct recorder_summary s = {
		.totals = { .sample_cnt = 1919, .wait_cnt = 48211 },
		.waits = { .resume_source = "sched_exit_tp" },
		.generated = 1919,
		.wall_ns = 10000000000,
		.bytes = 24000,
	};
	struct buf out = { 0 };

	(void)state;
	record_text_result(&out, &s, "profile.data");
	assert_string_equal(buf_text(&out), "1,919 samples, 48,211 waits in 10.0 s, 0 lost, "
					    "23.4 KiB -> profile.data");
	buf_clear(&out);
	s.totals.sample_cnt = s.generated = 0;
	s.totals.wait_cnt = 1;
	s.totals.lost[TRACE_LOSS_WAITS] = 7;
	s.totals.lost[TRACE_LOSS_WAIT_NS] = 7000;
	record_text_result(&out, &s, "profile.data");
	assert_string_equal(buf_text(&out), "1 wait in 10.0 s, 7 lost (no room or end not seen 7), "
					    "23.4 KiB -> profile.data");
	buf_clear(&out);
	record_text_progress(&out, &s, 72000000000);
	assert_string_equal(buf_text(&out), "01:12  1 wait  7 lost  23.4 KiB");
	buf_release(&out);
}

static void says_latencies_and_how_many_are_kept_one_by_one(void **state)
{
	struct recorder_summary s = {
		.totals = { .latency_cnt = 187024, .single_cnt = 2169 },
		.latencies = { .recorded = true, .generated = 187030 },
		.wall_ns = 10000000000,
		.bytes = 24000,
	};
	struct buf out = { 0 };

	(void)state;
	s.totals.lost[TRACE_LOSS_LATENCIES] = 6;
	s.totals.lost[TRACE_LOSS_UNSTARTED] = 20;
	record_text_result(&out, &s, "profile.data");
	assert_non_null(
		strstr(buf_text(&out), "187,024 latencies (2,169 one by one) in 10.0 s, 6 lost ("));
	buf_clear(&out);
	record_text_latencies(&out, &s);
	assert_string_equal(buf_text(&out), "latencies: 187,030 generated = 187,024 counted + 6 "
					    "lost; 2,169 kept one by one; 20 more had begun "
					    "before");
	buf_clear(&out);
	s.totals = (struct trace_totals){ .sample_cnt = 3, .wait_cnt = 2, .latency_cnt = 1 };
	s.waits.resume_source = "sched_switch";
	record_text_result(&out, &s, "profile.data");
	assert_non_null(strstr(buf_text(&out), "3 samples, 2 waits, 1 latency in 10.0 s, 0 lost"));
	buf_clear(&out);
	s.latencies.recorded = false;
	record_text_latencies(&out, &s);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

static void says_what_became_of_waits_and_what_they_cost(void **state)
{
	struct recorder_summary s = { 0 };
	struct buf out = { 0 };

	(void)state;
	record_text_waits(&out, &s);
	assert_int_equal(out.len, 0);
	s.waits = (struct waits_summary){
		.generated = 1007,
		.open_cnt = 12,
		.threshold_ns = 1000,
		.highest_ns = 4000,
		.cost_ns = 4,
		.time_ns = 1000,
		.resume_source = "sched_exit_tp",
	};
	s.totals.wait_cnt = 1012;
	s.totals.lost[TRACE_LOSS_WAITS] = 7;
	record_text_waits(&out, &s);
	assert_string_equal(
		buf_text(&out),
		"waits: 1,007 generated + 12 still open = 1,012 kept + 7 lost; "
		"stacks at sched_exit_tp; cost 0.40 % of all CPUs, threshold 1.00 us, at "
		"most 4.00 us");
	buf_release(&out);
}

static void says_why_stacks_were_cut_off(void **state)
{
	struct recorder_summary s = { 0 };
	struct buf out = { 0 };

	(void)state;
	record_text_cut_stacks(&out, &s);
	assert_int_equal(out.len, 0);
	s.counts.copies_cut = 1;
	s.counts.copies_dropped = 1200;
	record_text_cut_stacks(&out, &s);
	assert_string_equal(buf_text(&out),
			    "1 stack cut off at the end of a copy; --copy-size makes those of "
			    "samples longer, of waits and latencies they have 32KiB; "
			    "1,200 stacks "
			    "cut off for want of room for copies; fewer with a lower -F");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_was_recorded),
		cmocka_unit_test(names_each_reason_of_a_loss),
		cmocka_unit_test(says_other_losses_apart_and_nothing_without),
		cmocka_unit_test(progress_counts_minutes_and_seconds),
		cmocka_unit_test(says_why_stacks_were_cut_off),
		cmocka_unit_test(says_waits_beside_samples_and_alone),
		cmocka_unit_test(says_latencies_and_how_many_are_kept_one_by_one),
		cmocka_unit_test(says_what_became_of_waits_and_what_they_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
