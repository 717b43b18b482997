#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/perf_event.h>

#include "collector/sampling_plan.h"

static const struct event_row cpu = { .name = "cpu",
				      .source = EVENT_SOURCE_CPU,
				      .kind = TRACE_EVENT_SAMPLE,
				      .unit = TRACE_UNIT_SAMPLES };
static const struct event_row faults = { .name = "page-faults",
					 .source = EVENT_SOURCE_PERF,
					 .kind = TRACE_EVENT_SAMPLE,
					 .unit = TRACE_UNIT_EVENTS,
					 .perf_type = PERF_TYPE_SOFTWARE,
					 .perf_config = PERF_COUNT_SW_PAGE_FAULTS };
static const struct event_row misses = { .name = "cache-misses",
					 .source = EVENT_SOURCE_PERF,
					 .kind = TRACE_EVENT_SAMPLE,
					 .unit = TRACE_UNIT_EVENTS,
					 .perf_type = PERF_TYPE_HARDWARE,
					 .perf_config = PERF_COUNT_HW_CACHE_MISSES };

static void a_clock_is_sampled_by_time(void **state)
{
	struct sampling_plan p;

	(void)state;
	sampling_plan_make(&p, &cpu, "cpu-clock", 0);
	assert_true(p.sampled.by_time);
	assert_int_equal(p.sampled.perf_type, PERF_TYPE_SOFTWARE);
	assert_int_equal(p.sampled.perf_config, PERF_COUNT_SW_CPU_CLOCK);
	assert_int_equal(p.sampled.period, 1000000000 / 99);
	assert_true(p.weighs_one);
	assert_string_equal(p.event.source, "cpu-clock");
	assert_int_equal(p.event.frequency_hz, 99);
	assert_int_equal(p.event.period_ns, 1000000000 / 99);
}

static void cycles_are_sampled_at_a_rate_and_count_one(void **state)
{
	struct sampling_plan p;

	(void)state;
	sampling_plan_make(&p, &cpu, "cycles", 499);
	assert_false(p.sampled.by_time);
	assert_int_equal(p.sampled.perf_type, PERF_TYPE_HARDWARE);
	assert_int_equal(p.sampled.perf_config, PERF_COUNT_HW_CPU_CYCLES);
	assert_int_equal(p.sampled.frequency_hz, 499);
	assert_true(p.sampled.dithered);
	assert_int_equal(p.sampled.period, 0);
	assert_true(p.weighs_one);
	assert_int_equal(p.event.period_ns, 1000000000 / 499);
}

static void software_events_are_taken_one_by_one(void **state)
{
	struct sampling_plan p;

	(void)state;
	sampling_plan_make(&p, &faults, "page-faults", 0);
	assert_int_equal(p.sampled.period, 1);
	assert_false(p.weighs_one);
	assert_int_equal(p.event.period_ns, 0);
	assert_int_equal(p.event.frequency_hz, 0);
}

static void a_rate_that_was_asked_for_counts_for_every_event(void **state)
{
	struct sampling_plan p;

	(void)state;
	sampling_plan_make(&p, &faults, "page-faults", 1000);
	assert_int_equal(p.sampled.period, 0);
	assert_int_equal(p.sampled.frequency_hz, 1000);
	assert_false(p.sampled.dithered);
	assert_false(p.weighs_one);
	sampling_plan_make(&p, &misses, "cache-misses", 0);
	assert_int_equal(p.sampled.frequency_hz, SAMPLING_DEFAULT_HZ);
	assert_int_equal(p.event.period_ns, 0);
}

static void what_fires_seldom_is_known(void **state)
{
	struct sampling_plan p;

	(void)state;
	sampling_plan_make(&p, &cpu, "cpu-clock", 0);
	assert_true(p.seldom);
	sampling_plan_make(&p, &cpu, "cycles", SAMPLING_SELDOM_HZ);
	assert_true(p.seldom);
	sampling_plan_make(&p, &cpu, "cpu-clock", SAMPLING_SELDOM_HZ + 1);
	assert_false(p.seldom);
	sampling_plan_make(&p, &faults, "page-faults", 0);
	assert_false(p.seldom);
	sampling_plan_make(&p, &faults, "page-faults", 99);
	assert_true(p.seldom);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_is_sampled_by_time),
		cmocka_unit_test(cycles_are_sampled_at_a_rate_and_count_one),
		cmocka_unit_test(software_events_are_taken_one_by_one),
		cmocka_unit_test(a_rate_that_was_asked_for_counts_for_every_event),
		cmocka_unit_test(what_fires_seldom_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
