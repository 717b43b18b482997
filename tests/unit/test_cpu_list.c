#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/cpu_list.h"

static size_t parsed_cnt(const char *text)
{
	struct cpu_list l = { 0 };
	size_t cnt = cpu_list_parse(&l, text) ? l.cnt : SIZE_MAX;

	cpu_list_release(&l);
	return cnt;
}

static void reads_numbers_and_ranges(void **state)
{
	struct cpu_list l = { 0 };

	(void)state;
	assert_true(cpu_list_parse(&l, "0-2,5,8-9\n"));
	assert_int_equal(l.cnt, 6);
	assert_int_equal(l.v[3], 5);
	assert_true(cpu_list_has(&l, 9));
	assert_false(cpu_list_has(&l, 7));
	cpu_list_release(&l);
}

static void refuses_what_is_no_ascending_list(void **state)
{
	static const char *const wrong[] = {
		"",	"\n", "a",   "1-",  "3-1",  "1,1",     "2,1",
		"0-1,", "-1", "1 2", "0-x", "0--1", "0-65536", "99999"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (parsed_cnt(wrong[i]) != SIZE_MAX)
			fail_msg("took \"%s\"", wrong[i]);
}

static void takes_as_many_as_a_trace_can_name(void **state)
{
	(void)state;
	assert_int_equal(parsed_cnt("0-65535"), 65536);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_numbers_and_ranges),
		cmocka_unit_test(refuses_what_is_no_ascending_list),
		cmocka_unit_test(takes_as_many_as_a_trace_can_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
