#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "render/heatmap_rows.h"

#define US 1000ull
#define MS 1000000ull
#define HEIGHT 40000

static uint64_t cnt[LATENCY_BINS];
static struct heatmap_rows rows;

/* Bins that hold something from one value to another. */
static void fill(uint64_t from, uint64_t to)
{
	for (uint32_t bin = latency_bin_of(from); bin <= latency_bin_of(to); bin++)
		cnt[bin] = 1;
}

static void choose(struct range shown, bool is_linear)
{
	heatmap_rows_choose(&rows, cnt, shown, is_linear, HEIGHT);
	memset(cnt, 0, sizeof(cnt));
}

static const struct range all;

/* Every row stands on the one below, and every bin that counts is in one row. */
static void assert_sound(const uint64_t held[LATENCY_BINS])
{
	int32_t y = 0;

	assert_true(rows.cnt >= 1 && rows.cnt <= HEATMAP_ROWS_MAX);
	for (uint32_t i = 0; i < rows.cnt; i++) {
		assert_true(rows.v[i].y >= y);
		assert_true(rows.v[i].h > 0);
		assert_int_equal(rows.v[i].y % 100, 0);
		assert_int_equal(rows.v[i].h % 100, 0);
		y = rows.v[i].y + rows.v[i].h;
		assert_true(i == 0 || rows.v[i].first > rows.v[i - 1].last ||
			    rows.v[i].kind == HEATMAP_ROW_ABOVE);
	}
	assert_int_equal(rows.height, y);
	for (uint32_t bin = 0; bin < LATENCY_BINS; bin++) {
		const struct heatmap_row *row = &rows.v[rows.of[bin]];

		if (!held[bin])
			continue;
		assert_true(bin >= row->first && bin <= row->last);
		assert_int_not_equal(row->kind, HEATMAP_ROW_BREAK);
		assert_true(heatmap_rows_bin_y(&rows, bin) >= row->y);
		assert_true(heatmap_rows_bin_y(&rows, bin) <= row->y + row->h);
	}
}

static void rows_are_whole_bins_equally_high(void **state)
{
	uint64_t held[LATENCY_BINS];

	(void)state;
	fill(10 * US, 8 * MS);
	memcpy(held, cnt, sizeof(held));
	choose(all, false);
	assert_sound(held);
	assert_int_equal(rows.bins_a_row, 1);
	assert_false(rows.is_broken);
	for (uint32_t i = 0; i < rows.cnt; i++) {
		assert_int_equal(rows.v[i].h, rows.v[0].h);
		assert_int_equal(rows.v[i].first, rows.v[i].last);
	}
	assert_true(rows.height <= HEIGHT);
}

static void many_decades_take_rows_of_several_bins(void **state)
{
	uint64_t held[LATENCY_BINS];

	(void)state;
	fill(0, UINT64_MAX);
	memcpy(held, cnt, sizeof(held));
	choose(all, false);
	assert_sound(held);
	assert_int_equal(rows.bins_a_row, 8);
	assert_int_equal(rows.cnt, 62);
	assert_int_equal(rows.v[5].first, 40);
	assert_int_equal(rows.v[5].last, 47);
}

static void empty_decades_are_a_break(void **state)
{
	uint64_t held[LATENCY_BINS];

	(void)state;
	fill(0, 0);
	fill(90 * US, 110 * US);
	fill(1ull << 63, 1ull << 63);
	memcpy(held, cnt, sizeof(held));
	choose(all, false);
	assert_sound(held);
	assert_true(rows.is_broken);
	assert_int_equal(rows.v[0].first, 0);
	assert_int_equal(rows.v[0].last, 0);
	assert_int_equal(rows.v[1].kind, HEATMAP_ROW_BREAK);
	assert_int_equal(rows.v[rows.cnt - 2].kind, HEATMAP_ROW_BREAK);
	assert_int_equal(rows.v[rows.cnt - 1].first, latency_bin_of(1ull << 63));
	assert_int_equal(rows.bins_a_row, 1);
}

static void two_decades_without_events_are_none(void **state)
{
	(void)state;
	fill(10 * US, 12 * US);
	fill(2 * MS, 3 * MS);
	choose(all, false);
	assert_false(rows.is_broken);
}

static void what_was_not_asked_for_has_rows_of_its_own(void **state)
{
	const struct range shown = { 1 * MS, 10 * MS };
	uint64_t held[LATENCY_BINS];

	(void)state;
	fill(3, 3);
	fill(900 * US, 20 * MS);
	fill(5000 * MS, 5000 * MS);
	memcpy(held, cnt, sizeof(held));
	choose(shown, false);
	assert_sound(held);
	assert_int_equal(rows.v[0].kind, HEATMAP_ROW_BELOW);
	assert_int_equal(rows.v[rows.cnt - 1].kind, HEATMAP_ROW_ABOVE);
	assert_int_equal(rows.of[3], 0);
	assert_int_equal(rows.of[latency_bin_of(5000 * MS)], rows.cnt - 1);
	/* Bins that the range only touches are in it. */
	assert_int_equal(rows.v[rows.of[latency_bin_of(1 * MS)]].kind, HEATMAP_ROW_VALUES);
	assert_int_equal(rows.v[rows.of[latency_bin_of(10 * MS)]].kind, HEATMAP_ROW_VALUES);
	assert_int_equal(rows.v[rows.of[latency_bin_of(12 * MS)]].kind, HEATMAP_ROW_ABOVE);
}

static void one_value_stands_between_others(void **state)
{
	uint64_t held[LATENCY_BINS];

	(void)state;
	fill(5 * MS, 5 * MS);
	memcpy(held, cnt, sizeof(held));
	choose(all, false);
	assert_sound(held);
	assert_int_equal(rows.cnt, 16);
	assert_in_range(rows.of[latency_bin_of(5 * MS)], 5, 10);
}

static void a_linear_axis_has_rows_as_high_as_their_bins(void **state)
{
	uint64_t held[LATENCY_BINS];
	int32_t y;

	(void)state;
	fill(1 * MS, 100 * MS);
	memcpy(held, cnt, sizeof(held));
	choose(all, true);
	assert_sound(held);
	assert_int_equal(rows.bins_a_row, 0);
	for (uint32_t i = 0; i < rows.cnt; i++)
		assert_true(rows.v[i].h >= HEATMAP_ROW_LEAST);
	assert_true(heatmap_rows_y(&rows, 50 * MS, &y));
	assert_in_range(y, HEIGHT * 45 / 100, HEIGHT * 51 / 100);
	assert_true(heatmap_rows_y(&rows, 25 * MS, &y));
	assert_in_range(y, HEIGHT * 22 / 100, HEIGHT * 26 / 100);
}

static void a_linear_axis_takes_any_values(void **state)
{
	static const uint64_t ends[] = { 0, 1, 17, 5 * MS, 1ull << 63, UINT64_MAX };

	(void)state;
	for (size_t a = 0; a < 6; a++)
		for (size_t b = a; b < 6; b++)
			for (int is_linear = 0; is_linear < 2; is_linear++) {
				uint64_t held[LATENCY_BINS];

				cnt[latency_bin_of(ends[a])] = cnt[latency_bin_of(ends[b])] = 1;
				memcpy(held, cnt, sizeof(held));
				choose(all, is_linear);
				assert_sound(held);
			}
}

static void there_are_rows_where_there_is_nothing(void **state)
{
	const struct range shown = { 1 * MS, 10 * MS };
	const uint64_t held[LATENCY_BINS] = { 0 };

	(void)state;
	choose(all, false);
	assert_sound(held);
	choose(shown, false);
	assert_sound(held);
	choose(shown, true);
	assert_sound(held);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_whole_bins_equally_high),
		cmocka_unit_test(many_decades_take_rows_of_several_bins),
		cmocka_unit_test(empty_decades_are_a_break),
		cmocka_unit_test(two_decades_without_events_are_none),
		cmocka_unit_test(what_was_not_asked_for_has_rows_of_its_own),
		cmocka_unit_test(one_value_stands_between_others),
		cmocka_unit_test(a_linear_axis_has_rows_as_high_as_their_bins),
		cmocka_unit_test(a_linear_axis_takes_any_values),
		cmocka_unit_test(there_are_rows_where_there_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
