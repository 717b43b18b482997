#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "render/heatmap_bins.h"

static struct heatmap_cell of(uint64_t cnt, uint64_t sum)
{
	return (struct heatmap_cell){ cnt, sum };
}

static void every_cell_holds_what_was_added_to_it(void **state)
{
	struct heatmap_bins b;

	(void)state;
	heatmap_bins_init(&b, 3, 10, 13);
	heatmap_bins_add(&b, 0, 10, of(1, 10));
	heatmap_bins_add(&b, 2, 13, of(2, 26));
	heatmap_bins_add(&b, 2, 13, of(3, 39));
	for (uint32_t col = 0; col < 3; col++)
		for (uint32_t bin = 10; bin < 14; bin++) {
			const struct heatmap_row row = { .first = bin, .last = bin };
			struct heatmap_cell cell = heatmap_bins_row(&b, col, &row);

			assert_int_equal(cell.cnt, !col && bin == 10	   ? 1
						   : col == 2 && bin == 13 ? 5
									   : 0);
			assert_int_equal(cell.sum, cell.cnt * bin);
		}
	assert_int_equal(b.total.cnt, 6);
	assert_int_equal(b.total.sum, 75);
	heatmap_bins_release(&b);
}

static void a_row_is_the_sum_of_its_bins(void **state)
{
	const struct heatmap_row all = { .first = 0, .last = LATENCY_BINS - 1 };
	const struct heatmap_row upper = { .first = 12, .last = 40 };
	struct heatmap_bins b;

	(void)state;
	heatmap_bins_init(&b, 1, 10, 20);
	for (uint32_t bin = 10; bin <= 20; bin++)
		heatmap_bins_add(&b, 0, bin, of(1, bin));
	assert_int_equal(heatmap_bins_row(&b, 0, &all).cnt, 11);
	assert_int_equal(heatmap_bins_row(&b, 0, &upper).cnt, 9);
	assert_int_equal(heatmap_bins_row(&b, 0, &upper).sum, 144);
	heatmap_bins_release(&b);
}

static void what_has_no_cell_is_outside(void **state)
{
	struct heatmap_bins b;

	(void)state;
	heatmap_bins_init(&b, 2, 10, 20);
	heatmap_bins_add(&b, 2, 15, of(1, 1));
	heatmap_bins_add(&b, 0, 9, of(2, 2));
	heatmap_bins_add(&b, 0, 21, of(4, 4));
	heatmap_bins_add(&b, 1, 20, of(8, 8));
	assert_int_equal(b.outside, 7);
	assert_int_equal(b.total.cnt, 8);
	heatmap_bins_release(&b);
}

static void the_first_and_the_last_bin_are_bins_like_others(void **state)
{
	const struct heatmap_row last = { .first = LATENCY_BINS - 1, .last = LATENCY_BINS - 1 };
	const struct heatmap_row first = { .first = 0, .last = 0 };
	struct heatmap_bins b;

	(void)state;
	heatmap_bins_init(&b, 1, 0, LATENCY_BINS - 1);
	heatmap_bins_add(&b, 0, LATENCY_BINS - 1, of(1, UINT64_MAX));
	heatmap_bins_add(&b, 0, LATENCY_BINS - 1, of(1, UINT64_MAX));
	heatmap_bins_add(&b, 0, 0, of(UINT64_MAX, 0));
	heatmap_bins_add(&b, 0, 0, of(5, 0));
	assert_int_equal(heatmap_bins_row(&b, 0, &last).cnt, 2);
	assert_true(heatmap_bins_row(&b, 0, &last).sum == UINT64_MAX);
	assert_true(heatmap_bins_row(&b, 0, &first).cnt == UINT64_MAX);
	heatmap_bins_release(&b);
}

static void percentiles_of_a_column_are_exact_bins(void **state)
{
	struct latency_values values = { 0 };
	struct heatmap_bins b;

	(void)state;
	heatmap_bins_init(&b, 2, 0, 100);
	heatmap_bins_add(&b, 1, 7, of(50, 350));
	heatmap_bins_add(&b, 1, 30, of(49, 49 * 50));
	heatmap_bins_add(&b, 1, 100, of(1, latency_bin_first(100)));
	heatmap_bins_column(&b, 0, &values);
	assert_int_equal(latency_values_bin(&values, LATENCY_MEDIAN), LATENCY_BINS);
	heatmap_bins_column(&b, 1, &values);
	assert_int_equal(latency_values_bin(&values, LATENCY_MEDIAN), 7);
	assert_int_equal(latency_values_bin(&values, 99 * LATENCY_PERCENT), 30);
	assert_int_equal(latency_values_bin(&values, LATENCY_GREATEST), 100);
	heatmap_bins_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_holds_what_was_added_to_it),
		cmocka_unit_test(a_row_is_the_sum_of_its_bins),
		cmocka_unit_test(what_has_no_cell_is_outside),
		cmocka_unit_test(the_first_and_the_last_bin_are_bins_like_others),
		cmocka_unit_test(percentiles_of_a_column_are_exact_bins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
