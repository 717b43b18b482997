#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/subsecond_bins.h"

#define S 1000000000ull
#define MS 1000000ull

static uint64_t sum(const struct subsecond_bins *b)
{
	uint64_t all = b->outside;

	for (uint32_t col = 0; col < b->col_cnt; col++)
		for (uint32_t row = 0; row < b->row_cnt; row++)
			all += subsecond_bins_get(b, col, row);
	return all;
}

static void a_sample_lands_at_its_second_and_offset(void **state)
{
	struct subsecond_bins b;

	(void)state;
	subsecond_bins_init(&b, 100 * S, 8, 50);
	subsecond_bins_add(&b, 100 * S, 1);
	subsecond_bins_add(&b, 103 * S + 20 * MS - 1, 2);
	subsecond_bins_add(&b, 103 * S + 20 * MS, 4);
	subsecond_bins_add(&b, 104 * S - 1, 8);
	assert_int_equal(b.col_cnt, 4);
	assert_int_equal(subsecond_bins_get(&b, 0, 0), 1);
	assert_int_equal(subsecond_bins_get(&b, 3, 0), 2);
	assert_int_equal(subsecond_bins_get(&b, 3, 1), 4);
	assert_int_equal(subsecond_bins_get(&b, 3, 49), 8);
	assert_int_equal(subsecond_bins_max(&b), 8);
	subsecond_bins_release(&b);
}

static void columns_are_halved_when_time_outgrows_them(void **state)
{
	struct subsecond_bins b;

	(void)state;
	subsecond_bins_init(&b, 0, 4, 10);
	for (uint64_t second = 0; second < 5; second++)
		subsecond_bins_add(&b, second * S, 1);
	assert_int_equal(b.col_seconds, 2);
	assert_int_equal(b.col_cnt, 3);
	assert_int_equal(subsecond_bins_get(&b, 0, 0), 2);
	assert_int_equal(subsecond_bins_get(&b, 1, 0), 2);
	assert_int_equal(subsecond_bins_get(&b, 2, 0), 1);
	subsecond_bins_release(&b);
}

static void nothing_is_lost_whatever_the_times_are(void **state)
{
	static const uint64_t times[] = { 0,	     1,		 5 * S, UINT64_MAX, UINT64_MAX - 1,
					  7 * S + 1, 1ull << 62, 3 };
	struct subsecond_bins b;
	uint64_t added = 0;

	(void)state;
	subsecond_bins_init(&b, 5 * S, 3, 50);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		subsecond_bins_add(&b, times[i], i + 1);
		added += i + 1;
		assert_int_equal(sum(&b), added);
	}
	assert_int_equal(b.outside, 1 + 2 + 8);
	assert_true(b.col_cnt <= 3);
	subsecond_bins_release(&b);
}

static void many_samples_sum_up_at_any_width(void **state)
{
	(void)state;
	for (uint32_t col_max = 2; col_max < 70; col_max += 11) {
		struct subsecond_bins b;

		subsecond_bins_init(&b, 17, col_max, 50);
		for (uint64_t i = 0; i < 5000; i++)
			subsecond_bins_add(&b, 17 + i * 11 * MS, 1);
		assert_int_equal(sum(&b), 5000);
		assert_true(b.col_cnt <= col_max && b.col_cnt * b.col_seconds >= 55);
		subsecond_bins_release(&b);
	}
}

static void sums_end_at_the_largest_number(void **state)
{
	struct subsecond_bins b;

	(void)state;
	subsecond_bins_init(&b, 5 * S, 2, 1);
	for (int i = 0; i < 2; i++) {
		subsecond_bins_add(&b, 0, UINT64_MAX);
		subsecond_bins_add(&b, 5 * S, UINT64_MAX);
		subsecond_bins_add(&b, 6 * S, UINT64_MAX);
	}
	assert_true(b.outside == UINT64_MAX);
	assert_true(subsecond_bins_get(&b, 0, 0) == UINT64_MAX);
	subsecond_bins_add(&b, 7 * S, 1); /* halves the columns */
	assert_true(subsecond_bins_get(&b, 0, 0) == UINT64_MAX);
	assert_int_equal(subsecond_bins_get(&b, 1, 0), 1);
	subsecond_bins_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sample_lands_at_its_second_and_offset),
		cmocka_unit_test(columns_are_halved_when_time_outgrows_them),
		cmocka_unit_test(nothing_is_lost_whatever_the_times_are),
		cmocka_unit_test(many_samples_sum_up_at_any_width),
		cmocka_unit_test(sums_end_at_the_largest_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
