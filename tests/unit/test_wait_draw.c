#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/wait_draw.h"

#define SECOND 1000000000ull

static void draws_as_many_as_are_to_be_kept(void **state)
{
	double part;

	(void)state;
	part = wait_draw(1000, 100000, SECOND) / (double)UINT32_MAX;
	assert_true(part > 0.0099 && part < 0.0101);
	part = wait_draw(1000, 100000, SECOND / 10) / (double)UINT32_MAX;
	assert_true(part > 0.00099 && part < 0.00101);
}

static void draws_all_of_few_and_none_for_nothing(void **state)
{
	(void)state;
	assert_int_equal(wait_draw(1000, 10, SECOND), UINT32_MAX);
	assert_int_equal(wait_draw(1000, 0, SECOND), UINT32_MAX);
	assert_int_equal(wait_draw(1000, 0, 0), UINT32_MAX);
	assert_int_equal(wait_draw(0, 0, SECOND), 0);
	assert_int_equal(wait_draw(0, 100000, SECOND), 0);
	assert_int_equal(wait_draw(1, UINT64_MAX, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_as_many_as_are_to_be_kept),
		cmocka_unit_test(draws_all_of_few_and_none_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
