#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/latency_bin.h"
#include "render/value_axis.h"

#define LENGTH 100000
#define MS 1000000ull

static void bins_are_equal_steps_of_a_logarithmic_axis(void **state)
{
	struct value_axis a;

	(void)state;
	value_axis_init(&a, false, TRACE_UNIT_NS, 80, 95, LENGTH);
	assert_int_equal(value_axis_at(&a, latency_bin_first(80)), 0);
	for (uint32_t bin = 81; bin < 96; bin++)
		assert_int_equal(value_axis_at(&a, latency_bin_first(bin)),
				 (int64_t)LENGTH * (bin - 80) / 16);
	assert_int_equal(value_axis_at(&a, 0), 0);
	assert_int_equal(value_axis_at(&a, latency_bin_first(96)), LENGTH);
	assert_int_equal(value_axis_at(&a, UINT64_MAX), LENGTH);
}

static void one_value_has_room_around_it(void **state)
{
	struct value_axis a;

	(void)state;
	for (uint32_t bin = 0; bin < LATENCY_BINS; bin++) {
		value_axis_init(&a, false, TRACE_UNIT_NS, bin, bin, LENGTH);
		assert_true(a.first <= latency_bin_first(bin) && a.last >= latency_bin_last(bin));
		assert_true(latency_bin_of(a.last) - latency_bin_of(a.first) >= 15);
	}
}

static void values_rise_along_the_axis(void **state)
{
	(void)state;
	for (int is_linear = 0; is_linear < 2; is_linear++) {
		struct value_axis a;
		int32_t before = 0;

		value_axis_init(&a, is_linear, TRACE_UNIT_NS, 0, LATENCY_BINS - 1, LENGTH);
		for (uint32_t bin = 0; bin < LATENCY_BINS; bin++) {
			int32_t at = value_axis_at(&a, latency_bin_first(bin));

			assert_true(at >= before && at <= LENGTH);
			before = at;
		}
	}
}

static void expect_marks(const struct value_axis *a, int32_t apart, const uint64_t *marks,
			 size_t cnt)
{
	uint64_t v[VALUE_AXIS_MARKS_MAX];
	size_t got = value_axis_marks(a, apart, v);

	for (size_t i = 0; i < got && i < cnt; i++)
		assert_int_equal(v[i], marks[i]);
	assert_int_equal(got, cnt);
}

static void marks_are_round(void **state)
{
	static const uint64_t fine[] = { 100000, 200000, 500000, 1000000 };
	static const uint64_t tens[] = { 1000, 10000, 100000, 1000000 };
	static const uint64_t sizes[] = { 4096, 8192, 16384, 32768 };
	static const uint64_t linear[] = { 0, 200000, 400000, 600000, 800000, 1000000 };
	static const uint64_t clock[] = { 10000000000, 20000000000, 60000000000, 120000000000 };
	struct value_axis a;

	(void)state;
	value_axis_init(&a, false, TRACE_UNIT_NS, latency_bin_of(70000), latency_bin_of(1000000),
			LENGTH);
	expect_marks(&a, 7200, fine, 4);
	value_axis_init(&a, false, TRACE_UNIT_NS, latency_bin_of(600), latency_bin_of(1000000),
			LENGTH);
	expect_marks(&a, 20000, tens, 4);
	value_axis_init(&a, false, TRACE_UNIT_BYTES, latency_bin_of(4096), latency_bin_of(60000),
			LENGTH);
	expect_marks(&a, 7200, sizes, 4);
	value_axis_init(&a, true, TRACE_UNIT_NS, latency_bin_of(100), latency_bin_of(1000000),
			LENGTH);
	expect_marks(&a, 12000, linear, 6);
	value_axis_init(&a, false, TRACE_UNIT_NS, latency_bin_of(9000000000),
			latency_bin_of(120000000000), LENGTH);
	expect_marks(&a, 7200, clock, 4);
}

static void marks_end_wherever_values_do(void **state)
{
	static const enum trace_unit units[] = { TRACE_UNIT_NS, TRACE_UNIT_BYTES,
						 TRACE_UNIT_EVENTS };
	uint64_t v[VALUE_AXIS_MARKS_MAX];

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct value_axis a;
		size_t cnt;

		value_axis_init(&a, i % 2, units[i / 2], 0, LATENCY_BINS - 1, 30000);
		cnt = value_axis_marks(&a, 7200, v);
		assert_true(cnt >= 1 && cnt <= 30000 / 7200 + 1);
		for (size_t k = 1; k < cnt; k++)
			assert_true(v[k] > v[k - 1]);
	}
}

static void steps_are_no_more_than_asked_for(void **state)
{
	(void)state;
	assert_int_equal(value_axis_step(TRACE_UNIT_EVENTS, 2000, 7), 500);
	assert_int_equal(value_axis_step(TRACE_UNIT_EVENTS, 7, 7), 1);
	assert_int_equal(value_axis_step(TRACE_UNIT_EVENTS, 0, 7), 1);
	assert_int_equal(value_axis_step(TRACE_UNIT_BYTES, 1000000, 4), 262144);
	for (uint64_t value = 1; value < 1ull << 62; value = value * 3 + 1)
		assert_true(value / value_axis_step(TRACE_UNIT_NS, value, 5) <= 5);
}

static void values_are_said_in_few_characters(void **state)
{
	char text[UNITS_TEXT_MAX];

	(void)state;
	assert_string_equal(value_axis_text(text, TRACE_UNIT_NS, 0), "0 ns");
	assert_string_equal(value_axis_text(text, TRACE_UNIT_NS, 1500), "1.5 us");
	assert_string_equal(value_axis_text(text, TRACE_UNIT_NS, 10 * MS), "10 ms");
	assert_string_equal(value_axis_text(text, TRACE_UNIT_NS, 100000 * MS), "100 s");
	assert_string_equal(value_axis_text(text, TRACE_UNIT_NS, 120000 * MS), "2 min");
	assert_string_equal(value_axis_text(text, TRACE_UNIT_NS, 36000000 * MS), "10 h");
	assert_string_equal(value_axis_text(text, TRACE_UNIT_NS, UINT64_MAX), "18 Gs");
	assert_string_equal(value_axis_text(text, TRACE_UNIT_BYTES, 65536), "64 KiB");
	assert_string_equal(value_axis_text(text, TRACE_UNIT_EVENTS, 1200), "1.2k");
	assert_string_equal(value_axis_text(text, TRACE_UNIT_EVENTS, UINT64_MAX), "18E");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bins_are_equal_steps_of_a_logarithmic_axis),
		cmocka_unit_test(one_value_has_room_around_it),
		cmocka_unit_test(values_rise_along_the_axis),
		cmocka_unit_test(marks_are_round),
		cmocka_unit_test(marks_end_wherever_values_do),
		cmocka_unit_test(steps_are_no_more_than_asked_for),
		cmocka_unit_test(values_are_said_in_few_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
