#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render/heatmap_shades.h"
#include "render/palette.h"

static struct heatmap_shades shades;

static void start(enum heatmap_shade how)
{
	heatmap_shades_init(&shades, how);
}

static void add(uint64_t value, uint64_t cells)
{
	while (cells-- > 0)
		heatmap_shades_add(&shades, value);
}

static void ranks_lay_cells_out_evenly(void **state)
{
	(void)state;
	start(HEATMAP_RANK);
	for (uint64_t i = 0; i < 100; i++)
		add(i * i * i, 1);
	heatmap_shades_finish(&shades);
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(heatmap_shades_step(&shades, i * i * i), i / 10);
	assert_int_equal(shades.steps[3].least, 27000);
	assert_int_equal(shades.steps[3].most, 39ull * 39 * 39);
	heatmap_shades_release(&shades);
}

/* One hot cell takes the whole range of a linear scale, and nothing of ranks. */
static void one_full_cell_leaves_the_others_their_colours(void **state)
{
	(void)state;
	for (int how = HEATMAP_RANK; how <= HEATMAP_LINEAR; how++) {
		start((enum heatmap_shade)how);
		add(1, 10);
		add(20, 10);
		add(1000000000, 1);
		heatmap_shades_finish(&shades);
		assert_int_equal(heatmap_shades_step(&shades, 1000000000), HEATMAP_STEPS - 1);
		if (how == HEATMAP_RANK)
			assert_true(heatmap_shades_step(&shades, 1) + 2 <
				    heatmap_shades_step(&shades, 20));
		else
			assert_int_equal(heatmap_shades_step(&shades, 20), 0);
		heatmap_shades_release(&shades);
	}
}

static void shares_and_their_roots(void **state)
{
	(void)state;
	start(HEATMAP_LINEAR);
	add(25, 1);
	add(100, 1);
	heatmap_shades_finish(&shades);
	assert_int_equal(heatmap_shades_step(&shades, 25), 2);
	heatmap_shades_release(&shades);
	start(HEATMAP_SQRT);
	add(25, 1);
	add(100, 1);
	heatmap_shades_finish(&shades);
	assert_int_equal(heatmap_shades_step(&shades, 25), 5);
	assert_false(heatmap_shades_has(&shades, 4));
	assert_true(heatmap_shades_has(&shades, 9));
	heatmap_shades_release(&shades);
}

/* Cells of events that took no time, weighed by it. */
static void nothing_but_zeros_has_a_colour(void **state)
{
	(void)state;
	for (int how = HEATMAP_RANK; how <= HEATMAP_LINEAR; how++) {
		start((enum heatmap_shade)how);
		add(0, 3);
		heatmap_shades_finish(&shades);
		assert_true(heatmap_shades_step(&shades, 0) < HEATMAP_STEPS);
		heatmap_shades_release(&shades);
	}
}

static void any_values_have_a_step(void **state)
{
	static const uint64_t values[] = { 0, 1, 1ull << 53, UINT64_MAX - 1, UINT64_MAX };

	(void)state;
	for (int how = HEATMAP_RANK; how <= HEATMAP_LINEAR; how++) {
		start((enum heatmap_shade)how);
		for (int i = 0; i < 5; i++)
			add(values[i], 2);
		heatmap_shades_finish(&shades);
		for (int i = 0; i < 5; i++)
			assert_true(heatmap_shades_step(&shades, values[i]) < HEATMAP_STEPS);
		heatmap_shades_release(&shades);
	}
}

/* Neither the ground of a light theme nor that of a dark one is near to any. */
static void every_step_is_seen_and_darker_than_the_one_before(void **state)
{
	const unsigned ground = palette_contrast(0xf1f1f3);

	(void)state;
	for (unsigned step = 0; step < HEATMAP_STEPS; step++) {
		unsigned here = palette_contrast(heatmap_shades_rgb(step));

		assert_true(here * 145 < ground * 100);
		if (step)
			assert_true(here < palette_contrast(heatmap_shades_rgb(step - 1)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks_lay_cells_out_evenly),
		cmocka_unit_test(one_full_cell_leaves_the_others_their_colours),
		cmocka_unit_test(shares_and_their_roots),
		cmocka_unit_test(nothing_but_zeros_has_a_colour),
		cmocka_unit_test(any_values_have_a_step),
		cmocka_unit_test(every_step_is_seen_and_darker_than_the_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
