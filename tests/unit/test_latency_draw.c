#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/latency_draw.h"

#define ALL UINT32_MAX

/* How many are drawn if as many come again. */
static double drawn(uint64_t cnt, uint32_t draw)
{
	return (double)cnt * draw / ALL;
}

static void one_measure_has_all_that_is_wanted(void **state)
{
	const uint64_t cnt[ABI_MEASURE_CNT] = { 0, 100000 };
	const uint32_t most[ABI_MEASURE_CNT] = { 0, ALL };
	uint32_t out[ABI_MEASURE_CNT];

	(void)state;
	latency_draw_share(500, cnt, most, out);
	assert_int_equal(out[0], 0);
	assert_true(drawn(cnt[1], out[1]) > 499 && drawn(cnt[1], out[1]) < 501);
}

static void what_a_rare_one_leaves_is_for_the_others(void **state)
{
	const uint64_t cnt[ABI_MEASURE_CNT] = { 10, 100000, 500000, 0 };
	const uint32_t most[ABI_MEASURE_CNT] = { ALL, ALL, ALL, ALL };
	uint32_t out[ABI_MEASURE_CNT];

	(void)state;
	latency_draw_share(300, cnt, most, out);
	assert_int_equal(out[0], ALL);
	assert_true(drawn(cnt[1], out[1]) > 144 && drawn(cnt[1], out[1]) < 146);
	assert_true(drawn(cnt[2], out[2]) > 144 && drawn(cnt[2], out[2]) < 146);
	assert_int_equal(out[3], ALL);
	assert_int_equal(out[4], 0);
}

static void all_of_few_are_drawn_and_never_more_than_the_most(void **state)
{
	const uint64_t cnt[ABI_MEASURE_CNT] = { 10, 10 };
	const uint32_t most[ABI_MEASURE_CNT] = { ALL, ALL / 64 };
	uint32_t out[ABI_MEASURE_CNT];

	(void)state;
	latency_draw_share(500, cnt, most, out);
	assert_int_equal(out[0], ALL);
	assert_int_equal(out[1], ALL / 64);
}

static void nothing_is_drawn_where_nothing_is_wanted(void **state)
{
	const uint64_t cnt[ABI_MEASURE_CNT] = { 10, UINT64_MAX, 0 };
	const uint32_t most[ABI_MEASURE_CNT] = { ALL, ALL, ALL };
	uint32_t out[ABI_MEASURE_CNT];

	(void)state;
	latency_draw_share(0, cnt, most, out);
	assert_int_equal(out[0], 0);
	assert_int_equal(out[1], 0);
	assert_int_equal(out[2], 0);
}

static void as_many_as_are_wanted_are_all_drawn(void **state)
{
	const uint64_t cnt[ABI_MEASURE_CNT] = { 10, 0 };
	const uint32_t most[ABI_MEASURE_CNT] = { ALL, ALL };
	uint32_t out[ABI_MEASURE_CNT];

	(void)state;
	latency_draw_share(10, cnt, most, out);
	assert_int_equal(out[0], ALL);
	assert_int_equal(out[1], ALL);
}

static void the_longest_of_all_measures_keep_to_their_room(void **state)
{
	const double of_slice[ABI_MEASURE_CNT] = { 20000, 500, 1.5, 0.1 };
	double used;

	(void)state;
	assert_int_equal(latency_draw_longest(10, of_slice, &used), 4);
	assert_true(used > 9.5 && used < 9.7);
	assert_int_equal(latency_draw_longest(1000, of_slice, &used), ABI_LATENCY_LONGEST_MAX);
	assert_int_equal(latency_draw_longest(0.1, of_slice, &used), 1);
}

static void where_little_happens_all_of_it_is_among_the_longest(void **state)
{
	const double of_slice[ABI_MEASURE_CNT] = { 6, 2, 0, 1 };
	double used;

	(void)state;
	assert_true(latency_draw_longest(10, of_slice, &used) >= 6);
	assert_true(used > 8.9 && used < 9.1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_measure_has_all_that_is_wanted),
		cmocka_unit_test(what_a_rare_one_leaves_is_for_the_others),
		cmocka_unit_test(all_of_few_are_drawn_and_never_more_than_the_most),
		cmocka_unit_test(nothing_is_drawn_where_nothing_is_wanted),
		cmocka_unit_test(as_many_as_are_wanted_are_all_drawn),
		cmocka_unit_test(the_longest_of_all_measures_keep_to_their_room),
		cmocka_unit_test(where_little_happens_all_of_it_is_among_the_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
