#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render/heatmap_columns.h"

#define MS 1000000ull
#define S 1000000000ull

static struct heatmap_slices slices;
static struct heatmap_columns columns;

static void add(uint64_t from_ms, uint64_t to_ms, uint64_t length_ms)
{
	for (uint64_t at = from_ms; at < to_ms; at += length_ms)
		heatmap_slices_add(&slices, at * MS, (at + length_ms) * MS);
}

static void choose(uint64_t from_ms, uint64_t to_ms, uint32_t max)
{
	heatmap_slices_finish(&slices);
	heatmap_columns_choose(&columns, &slices, from_ms * MS, to_ms * MS, max);
	vec_release(&slices);
}

static void a_column_is_a_slice_where_there_is_room(void **state)
{
	(void)state;
	add(0, 1000, 100);
	choose(0, 1000, 10);
	assert_int_equal(columns.cnt, 10);
	assert_int_equal(columns.column_ns, 100 * MS);
	for (uint32_t col = 0; col < 10; col++) {
		assert_int_equal(heatmap_columns_of(&columns, col * 100 * MS), col);
		assert_int_equal(heatmap_columns_start(&columns, col), col * 100 * MS);
	}
	assert_int_equal(heatmap_columns_start(&columns, 10), 1000 * MS);
}

static void a_last_column_of_less_than_half_its_time_is_not_whole(void **state)
{
	(void)state;
	add(0, 900, 100);
	add(900, 940, 40);
	choose(0, 940, 20);
	assert_int_equal(columns.cnt, 10);
	assert_int_equal(columns.whole_cnt, 9);
	add(0, 900, 100);
	add(900, 950, 50);
	choose(0, 950, 20);
	assert_int_equal(columns.whole_cnt, 10);
	add(0, 40, 40);
	choose(0, 40, 20);
	assert_int_equal(columns.whole_cnt, 1);
}

static void whole_slices_are_joined_where_there_is_none(void **state)
{
	(void)state;
	add(0, 1000, 100);
	choose(0, 1000, 9);
	assert_int_equal(columns.column_ns, 200 * MS);
	assert_int_equal(columns.cnt, 5);
	assert_int_equal(columns.slice_ns, 100 * MS);
	assert_int_equal(columns.cut_cnt, 0);
	assert_int_equal(heatmap_columns_of(&columns, 300 * MS), 1);
	assert_int_equal(heatmap_columns_of(&columns, 400 * MS), 2);
}

static void no_slice_is_cut_where_lengths_differ(void **state)
{
	(void)state;
	add(0, 2000, 200);
	add(2000, 5000, 500);
	choose(0, 5000, 100);
	assert_int_equal(columns.column_ns, 1000 * MS);
	assert_int_equal(columns.cut_cnt, 0);
	assert_int_equal(columns.cnt, 5);
}

/* Slices begin at multiples of their length since a moment that is not the recording's start. */
static void columns_begin_where_slices_do(void **state)
{
	(void)state;
	add(37, 1037, 100);
	add(1037, 5037, 1000);
	choose(0, 5000, 100);
	assert_int_equal(columns.column_ns, 1000 * MS);
	assert_int_equal(columns.cut_cnt, 0);
	assert_int_equal(columns.cnt, 6);
	assert_int_equal(heatmap_columns_start(&columns, 0), 0);
	assert_int_equal(heatmap_columns_start(&columns, 1), 37 * MS);
	assert_int_equal(heatmap_columns_of(&columns, 37 * MS), 1);
	assert_int_equal(heatmap_columns_of(&columns, 1037 * MS), 2);
	assert_int_equal(heatmap_columns_of(&columns, 36 * MS), 0);
}

static void slices_that_were_cut_short_do_not_set_the_pace(void **state)
{
	(void)state;
	add(0, 1000, 100);
	heatmap_slices_add(&slices, 1070 * MS, 1200 * MS);
	choose(0, 1200, 100);
	assert_int_equal(columns.slice_ns, 100 * MS);
	assert_int_equal(columns.column_ns, 200 * MS);
	assert_int_equal(columns.cut_cnt, 0);
}

static void lengths_that_fit_nothing_count_where_they_begin(void **state)
{
	(void)state;
	heatmap_slices_add(&slices, 0, 70 * MS);
	heatmap_slices_add(&slices, 70 * MS, 140 * MS);
	heatmap_slices_add(&slices, 13 * MS, 110 * MS + 7);
	heatmap_slices_add(&slices, 199 * MS, 1001 * MS + 1);
	heatmap_slices_add(&slices, 999 * MS, 7001 * MS + 1);
	heatmap_slices_add(&slices, 6999 * MS, 70001 * MS);
	choose(0, 70001, 1001);
	assert_true(columns.cnt >= 1);
	assert_true(columns.cut_cnt > 0);
	assert_int_equal(heatmap_columns_of(&columns, 0), 0);
}

static void moments_are_laid_out_by_the_room_there_is(void **state)
{
	(void)state;
	heatmap_slices_add(&slices, 0, 0);
	heatmap_slices_add(&slices, 10 * S, 10 * S);
	choose(0, 10000, 300);
	assert_int_equal(columns.slice_ns, 0);
	assert_in_range(columns.cnt, 200, 300);
	assert_int_equal(heatmap_columns_of(&columns, 10 * S), columns.cnt - 1);
}

static void a_recording_without_events_has_columns(void **state)
{
	(void)state;
	choose(0, 5000, 300);
	assert_in_range(columns.cnt, 200, 300);
	choose(0, 0, 300);
	assert_int_equal(columns.cnt, 1);
}

/* What no recorder writes, but a file may hold. */
static void no_time_is_too_long(void **state)
{
	(void)state;
	heatmap_slices_add(&slices, 0, UINT64_MAX);
	heatmap_slices_add(&slices, UINT64_MAX, UINT64_MAX);
	heatmap_slices_add(&slices, UINT64_MAX - 1, UINT64_MAX);
	heatmap_slices_add(&slices, 5, 3);
	heatmap_slices_finish(&slices);
	heatmap_columns_choose(&columns, &slices, 0, UINT64_MAX, 400);
	assert_true(columns.cnt >= 1 && columns.cnt <= 400);
	for (size_t i = 0; i < slices.cnt; i++)
		assert_true(heatmap_columns_of(&columns, slices.v[i].start_ns) < columns.cnt);
	assert_true(heatmap_columns_start(&columns, columns.cnt) >= UINT64_MAX - 1);
	vec_release(&slices);
	heatmap_slices_add(&slices, UINT64_MAX - 100 * MS, UINT64_MAX);
	heatmap_slices_add(&slices, 0, 100 * MS);
	heatmap_slices_finish(&slices);
	heatmap_columns_choose(&columns, &slices, 0, 0, 400);
	assert_true(columns.cnt >= 1 && columns.cnt <= 400);
	vec_release(&slices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_column_is_a_slice_where_there_is_room),
		cmocka_unit_test(a_last_column_of_less_than_half_its_time_is_not_whole),
		cmocka_unit_test(whole_slices_are_joined_where_there_is_none),
		cmocka_unit_test(no_slice_is_cut_where_lengths_differ),
		cmocka_unit_test(columns_begin_where_slices_do),
		cmocka_unit_test(slices_that_were_cut_short_do_not_set_the_pace),
		cmocka_unit_test(lengths_that_fit_nothing_count_where_they_begin),
		cmocka_unit_test(moments_are_laid_out_by_the_room_there_is),
		cmocka_unit_test(a_recording_without_events_has_columns),
		cmocka_unit_test(no_time_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
