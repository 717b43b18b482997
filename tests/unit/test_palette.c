#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/palette.h"

static void every_fill_carries_black_text(void **state)
{
	(void)state;
	for (int family = 0; family < PALETTE_FAMILY_CNT; family++)
		for (unsigned shade = 0; shade < PALETTE_SHADES; shade++)
			assert_true(palette_contrast(palette_frame(family, shade)) >= 450);
}

static void contrast_is_that_of_the_standard(void **state)
{
	(void)state;
	assert_int_equal(palette_contrast(0xffffff), 2100);
	assert_int_equal(palette_contrast(0x000000), 100);
	assert_in_range(palette_contrast(0x767676), 455, 465); /* 4.62 */
}

static void a_name_keeps_its_shade_for_good(void **state)
{
	(void)state;
	assert_int_equal(palette_shade("main", 4), 1);
	assert_int_equal(palette_shade("do_syscall_64", 13), 16);
	assert_int_equal(palette_frame(PALETTE_USER, 0), 0xf38749);
	assert_int_equal(palette_frame(PALETTE_KERNEL, 23), 0x97b4e7);
}

static void shades_are_all_used(void **state)
{
	unsigned seen[PALETTE_SHADES] = { 0 };
	char name[16];

	(void)state;
	for (int i = 0; i < 2400; i++) {
		int len = snprintf(name, sizeof(name), "f%d", i);

		seen[palette_shade(name, (size_t)len)]++;
	}
	for (int i = 0; i < PALETTE_SHADES; i++)
		assert_in_range(seen[i], 40, 200);
}

static double distance(uint32_t a, uint32_t b)
{
	double sum = 0;

	for (int shift = 0; shift < 24; shift += 8) {
		double d = (double)(a >> shift & 255) - (double)(b >> shift & 255);

		sum += d * d;
	}
	return sum;
}

static void families_share_no_colour(void **state)
{
	(void)state;
	for (int a = 0; a < PALETTE_FAMILY_CNT; a++)
		for (int b = 0; b < a; b++)
			for (unsigned i = 0; i < PALETTE_SHADES; i++)
				for (unsigned j = 0; j < PALETTE_SHADES; j++)
					assert_true(distance(palette_frame(a, i),
							     palette_frame(b, j)) > 25);
}

static void a_frame_without_a_name_looks_like_one(void **state)
{
	(void)state;
	assert_int_equal(palette_family_of(TRACE_FRAME_USER, false), PALETTE_USER);
	assert_int_equal(palette_family_of(TRACE_FRAME_USER, true), PALETTE_UNNAMED);
	assert_int_equal(palette_family_of(TRACE_FRAME_LOST, true), PALETTE_LOST);
	assert_int_equal(palette_family_of(0, false), PALETTE_ALL);
}

static void heat_darkens_with_every_step(void **state)
{
	(void)state;
	for (unsigned step = 1; step < PALETTE_HEAT_STEPS; step++)
		assert_true(palette_contrast(palette_heat(step)) <
			    palette_contrast(palette_heat(step - 1)));
}

static void heat_steps_reach_from_one_to_the_most(void **state)
{
	(void)state;
	assert_int_equal(palette_heat_step(1, 1), 0);
	assert_int_equal(palette_heat_step(1, 1000), 0);
	assert_int_equal(palette_heat_step(1000, 1000), PALETTE_HEAT_STEPS - 1);
	assert_int_equal(palette_heat_step(UINT64_MAX, UINT64_MAX), PALETTE_HEAT_STEPS - 1);
	assert_in_range(palette_heat_step(500, 1000), 7, 8);
	for (uint64_t n = 1; n <= 100; n++)
		assert_true(palette_heat_step(n, 100) < PALETTE_HEAT_STEPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fill_carries_black_text),
		cmocka_unit_test(contrast_is_that_of_the_standard),
		cmocka_unit_test(a_name_keeps_its_shade_for_good),
		cmocka_unit_test(shades_are_all_used),
		cmocka_unit_test(families_share_no_colour),
		cmocka_unit_test(a_frame_without_a_name_looks_like_one),
		cmocka_unit_test(heat_darkens_with_every_step),
		cmocka_unit_test(heat_steps_reach_from_one_to_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
