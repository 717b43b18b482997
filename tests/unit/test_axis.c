#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/axis.h"

static void steps_are_round_and_not_too_many(void **state)
{
	static const uint64_t round_steps[] = { 1,   2,	  5,	10,   15,   30,	   60,	  120,	300,
						600, 900, 1800, 3600, 7200, 21600, 43200, 86400 };

	(void)state;
	for (uint64_t seconds = 1; seconds < 1000000; seconds += seconds / 7 + 1) {
		uint64_t step = axis_time_step(seconds, 10);
		int found = 0;

		assert_true(seconds / step <= 10);
		for (size_t i = 0; i < sizeof(round_steps) / sizeof(round_steps[0]); i++)
			found |= step == round_steps[i];
		assert_true(found || step % 86400 == 0);
	}
}

static void any_length_of_time_ends(void **state)
{
	(void)state;
	assert_true(UINT64_MAX / axis_time_step(UINT64_MAX, 10) <= 10);
	assert_true(axis_time_step(0, 0) == 1);
	assert_true(axis_time_step(100, 0) == 60);
}

static void texts_read_like_a_clock(void **state)
{
	char text[UNITS_TEXT_MAX];

	(void)state;
	assert_string_equal(axis_time_text(text, 0), "0 s");
	assert_string_equal(axis_time_text(text, 59), "59 s");
	assert_string_equal(axis_time_text(text, 90), "1:30");
	assert_string_equal(axis_time_text(text, 3605), "1:00:05");
	assert_string_equal(axis_time_text(text, 360000), "100:00:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_round_and_not_too_many),
		cmocka_unit_test(any_length_of_time_ends),
		cmocka_unit_test(texts_read_like_a_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
