#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/wait_stack.h"
#include "render/call_tree.h"
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

/*
 * What people with a kind of colour blindness see, after Vienot, Brettel and Mollon
 * (1999): linear light, the missing cone's answer taken from the other two.
 */
static uint32_t as_seen(uint32_t rgb, const double matrix[3][3])
{
	double light[3];
	uint32_t seen = 0;

	for (int i = 0; i < 3; i++)
		light[i] = pow((rgb >> (16 - 8 * i) & 255) / 255.0, 2.2);
	for (int i = 0; i < 3; i++) {
		double v =
			matrix[i][0] * light[0] + matrix[i][1] * light[1] + matrix[i][2] * light[2];

		v = v < 0 ? 0 : v > 1 ? 1 : v;
		seen = seen << 8 | (uint32_t)lround(pow(v, 1 / 2.2) * 255);
	}
	return seen;
}

static const double protanopia[3][3] = { { 0.11238, 0.88762, 0 },
					 { 0.11238, 0.88762, 0 },
					 { 0.00401, -0.00401, 1 } };
static const double deuteranopia[3][3] = { { 0.29275, 0.70725, 0 },
					   { 0.29275, 0.70725, 0 },
					   { -0.02234, 0.02234, 1 } };

static void roles_tell_apart(enum palette_family a, enum palette_family b)
{
	for (unsigned i = 0; i < PALETTE_SHADES; i++)
		for (unsigned j = 0; j < PALETTE_SHADES; j++) {
			uint32_t x = palette_frame(a, i), y = palette_frame(b, j);

			assert_true(distance(x, y) > 24 * 24);
			assert_true(distance(as_seen(x, protanopia), as_seen(y, protanopia)) >
				    16 * 16);
			assert_true(distance(as_seen(x, deuteranopia), as_seen(y, deuteranopia)) >
				    16 * 16);
		}
}

static void roles_of_a_wait_tell_apart_whatever_the_eyes(void **state)
{
	static const uint8_t roles[] = { PALETTE_BLOCKED_USER, PALETTE_BLOCKED_KERNEL,
					 PALETTE_SEPARATOR,    PALETTE_RUNNABLE,
					 PALETTE_WAKER_USER_1, PALETTE_WAKER_KERNEL_1,
					 PALETTE_SHORT,	       PALETTE_CONTEXT };

	(void)state;
	for (size_t a = 0; a < sizeof(roles); a++)
		for (size_t b = 0; b < a; b++)
			roles_tell_apart(roles[a], roles[b]);
}

static unsigned light_of(uint32_t rgb)
{
	return palette_contrast(rgb);
}

static void each_waker_is_darker_than_the_one_before(void **state)
{
	(void)state;
	for (int link = 1; link < PALETTE_LINKS; link++)
		for (unsigned i = 0; i < PALETTE_SHADES; i++)
			for (unsigned j = 0; j < PALETTE_SHADES; j++) {
				assert_true(
					light_of(palette_frame(PALETTE_WAKER_USER_1 + link, i)) <
					light_of(
						palette_frame(PALETTE_WAKER_USER_1 + link - 1, j)));
				assert_true(
					light_of(palette_frame(PALETTE_WAKER_KERNEL_1 + link, i)) <
					light_of(palette_frame(PALETTE_WAKER_KERNEL_1 + link - 1,
							       j)));
			}
}

static void a_role_chooses_the_colour_and_counts_the_links(void **state)
{
	enum palette_family waker =
		palette_family_of(TRACE_FRAME_KERNEL, false, CALL_ROLE(WAIT_ROLE_WAKER_KERNEL, 3));

	(void)state;
	assert_int_equal(waker, PALETTE_WAKER_KERNEL_1 + 2);
	assert_int_equal(palette_family_link(waker), 3);
	assert_string_equal(palette_family_text(waker), "waker 3, kernel");
	assert_int_equal(palette_family_of(TRACE_FRAME_USER, false, WAIT_ROLE_PROCESS),
			 PALETTE_BLOCKED_USER);
	assert_int_equal(palette_family_of(TRACE_FRAME_LOST, false, WAIT_ROLE_BLOCKED_USER),
			 PALETTE_LOST);
	assert_int_equal(palette_family_link(PALETTE_BLOCKED_USER), 0);
	/* More links than there are colours: the last one's. */
	assert_int_equal(
		palette_family_of(TRACE_FRAME_USER, false, CALL_ROLE(WAIT_ROLE_WAKER_USER, 15)),
		PALETTE_WAKER_USER_1 + PALETTE_LINKS - 1);
}

static void a_frame_without_a_name_looks_like_one(void **state)
{
	(void)state;
	assert_int_equal(palette_family_of(TRACE_FRAME_USER, false, 0), PALETTE_USER);
	assert_int_equal(palette_family_of(TRACE_FRAME_USER, true, 0), PALETTE_UNNAMED);
	assert_int_equal(palette_family_of(TRACE_FRAME_LOST, true, 0), PALETTE_LOST);
	assert_int_equal(palette_family_of(0, false, 0), PALETTE_ALL);
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
		cmocka_unit_test(roles_of_a_wait_tell_apart_whatever_the_eyes),
		cmocka_unit_test(each_waker_is_darker_than_the_one_before),
		cmocka_unit_test(a_role_chooses_the_colour_and_counts_the_links),
		cmocka_unit_test(a_frame_without_a_name_looks_like_one),
		cmocka_unit_test(heat_darkens_with_every_step),
		cmocka_unit_test(heat_steps_reach_from_one_to_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
