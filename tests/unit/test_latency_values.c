#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render/latency_values.h"

#define US 1000ull
#define MS 1000000ull

static void add(struct latency_values *v, uint64_t value, uint64_t cnt)
{
	latency_values_add(v, latency_bin_of(value), cnt, value * cnt);
}

static void expect_range(const struct latency_values *v, uint32_t percent, uint64_t first,
			 uint64_t last)
{
	uint64_t from, to;

	latency_values_range(v, percent, &from, &to);
	assert_int_equal(from, first);
	assert_int_equal(to, last);
}

static void bins_hold_their_values(void **state)
{
	(void)state;
	for (uint32_t bin = 0; bin < LATENCY_BINS; bin++) {
		assert_int_equal(latency_bin_of(latency_bin_first(bin)), bin);
		assert_int_equal(latency_bin_of(latency_bin_last(bin)), bin);
	}
	assert_int_equal(latency_bin_of(UINT64_MAX), LATENCY_BINS - 1);
	assert_int_equal(latency_bin_last(LATENCY_BINS - 1), UINT64_MAX);
}

static void nothing_has_no_percentile(void **state)
{
	struct latency_values v = { 0 };

	(void)state;
	assert_int_equal(latency_values_bin(&v, LATENCY_MEDIAN), LATENCY_BINS);
	assert_int_equal(latency_values_percentile(&v, LATENCY_GREATEST), 0);
	assert_int_equal(latency_values_mean(&v), 0);
	expect_range(&v, LATENCY_MEDIAN, 0, 0);
}

/* 1 to 100 us, one each: a percentile is its own number, to its bin. */
static void percentiles_of_a_ramp_are_within_their_bin(void **state)
{
	struct latency_values v = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 100; i++)
		add(&v, i * US, 1);
	for (uint32_t percent = 1; percent <= 100; percent++) {
		uint32_t bin = latency_values_bin(&v, percent * LATENCY_PERCENT);

		assert_int_equal(bin, latency_bin_of(percent * US));
	}
	assert_int_equal(latency_values_mean(&v), 50500);
}

static void two_modes_and_one_outlier_in_a_million(void **state)
{
	struct latency_values v = { 0 };

	(void)state;
	add(&v, 100 * US, 599999);
	add(&v, 8 * MS, 400000);
	add(&v, 3000 * MS, 1);
	assert_int_equal(latency_values_percentile(&v, 50 * LATENCY_PERCENT), 100 * US);
	assert_int_equal(latency_values_percentile(&v, 60 * LATENCY_PERCENT), 8 * MS);
	assert_int_equal(latency_values_percentile(&v, 99900), 8 * MS);
	assert_int_equal(latency_values_percentile(&v, 99999), 8 * MS);
	assert_int_equal(latency_values_percentile(&v, LATENCY_GREATEST), 3000 * MS);
	expect_range(&v, LATENCY_MEDIAN, 98304, 106495);
	expect_range(&v, LATENCY_GREATEST, 3000 * MS, 3000 * MS);
}

static void percentile_zero_is_the_least(void **state)
{
	struct latency_values v = { 0 };

	(void)state;
	add(&v, 0, 1);
	add(&v, 5, 9);
	assert_int_equal(latency_values_bin(&v, 0), 0);
	assert_int_equal(latency_values_percentile(&v, 10000), 0);
	assert_int_equal(latency_values_percentile(&v, 10001), 5);
	expect_range(&v, LATENCY_GREATEST, 5, 5);
}

static void the_greatest_values_do_not_overflow(void **state)
{
	struct latency_values v = { 0 };

	(void)state;
	latency_values_add(&v, LATENCY_BINS - 1, 2, UINT64_MAX);
	latency_values_add(&v, 0, UINT64_MAX, 0);
	assert_int_equal(v.total_cnt, UINT64_MAX);
	assert_int_equal(latency_values_mean(&v), UINT64_MAX);
	assert_int_equal(latency_values_percentile(&v, LATENCY_MEDIAN), 0);
	/* The sum says nothing: the middle of the bin. */
	struct latency_values one = { 0 };
	latency_values_add(&one, LATENCY_BINS - 1, 2, UINT64_MAX);
	assert_int_equal(latency_values_percentile(&one, LATENCY_MEDIAN),
			 latency_bin_first(LATENCY_BINS - 1) + ((1ull << 60) - 1) / 2);
}

static void sizes_that_are_all_equal_are_known(void **state)
{
	struct latency_values v = { 0 };

	(void)state;
	add(&v, 4096, 1000);
	expect_range(&v, LATENCY_MEDIAN, 4096, 4096);
	add(&v, 4100, 1);
	expect_range(&v, LATENCY_MEDIAN, 4096, 4607);
}

static void a_sum_that_cannot_be_is_not_believed(void **state)
{
	struct latency_values v = { 0 };

	(void)state;
	latency_values_add(&v, latency_bin_of(1 * MS), 1, 7);
	expect_range(&v, LATENCY_MEDIAN, latency_bin_first(latency_bin_of(1 * MS)),
		     latency_bin_last(latency_bin_of(1 * MS)));
	assert_int_equal(latency_bin_of(latency_values_percentile(&v, LATENCY_MEDIAN)),
			 latency_bin_of(1 * MS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bins_hold_their_values),
		cmocka_unit_test(nothing_has_no_percentile),
		cmocka_unit_test(percentiles_of_a_ramp_are_within_their_bin),
		cmocka_unit_test(two_modes_and_one_outlier_in_a_million),
		cmocka_unit_test(percentile_zero_is_the_least),
		cmocka_unit_test(the_greatest_values_do_not_overflow),
		cmocka_unit_test(sizes_that_are_all_equal_are_known),
		cmocka_unit_test(a_sum_that_cannot_be_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
