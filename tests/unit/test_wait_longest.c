#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render/wait_longest.h"

static struct wait_longest longest;

static int clear(void **state)
{
	(void)state;
	wait_longest_release(&longest);
	return 0;
}

static void offer(uint64_t ns, uint64_t start_ns, uint32_t thread)
{
	const struct long_wait wait = { .blocked_ns = ns - ns / 3,
					.runnable_ns = ns / 3,
					.start_ns = start_ns,
					.thread = thread };

	wait_longest_add(&longest, &wait);
}

static void keeps_the_longest_of_many(void **state)
{
	(void)state;
	wait_longest_start(&longest, 10);
	for (uint64_t i = 0; i < 10007; i++)
		offer(i * 7919 % 10007, i, 0);
	wait_longest_finish(&longest);
	assert_int_equal(longest.v.cnt, 10);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(long_wait_ns(&longest.v.v[i]), 10006 - i);
}

/* However many are equal, those that came first are kept, in the order of time. */
static void equal_ones_are_in_order_of_time(void **state)
{
	(void)state;
	wait_longest_start(&longest, 3);
	for (uint32_t i = 0; i < 100; i++)
		offer(50, 1000 - i, i);
	offer(50, 1000, 200);
	wait_longest_finish(&longest);
	assert_int_equal(longest.v.cnt, 3);
	assert_int_equal(longest.v.v[0].start_ns, 901);
	assert_int_equal(longest.v.v[2].start_ns, 903);
}

static void a_wait_that_was_kept_twice_is_one(void **state)
{
	(void)state;
	wait_longest_start(&longest, 3);
	for (int i = 0; i < 2; i++) {
		offer(50, 10, 1);
		offer(50, 10, 2);
		offer(40, 10, 1);
	}
	offer(30, 10, 1);
	wait_longest_finish(&longest);
	assert_int_equal(longest.v.cnt, 3);
	assert_int_equal(longest.v.v[1].thread, 2);
	assert_int_equal(long_wait_ns(&longest.v.v[2]), 40);
}

static void wants_no_shorter_ones(void **state)
{
	(void)state;
	wait_longest_start(&longest, 2);
	assert_true(wait_longest_wants(&longest, 0));
	for (uint64_t i = 1; i < 9; i++)
		offer(i * 10, 0, 0);
	assert_false(wait_longest_wants(&longest, 69));
	assert_true(wait_longest_wants(&longest, 81));
}

static void none_are_kept_where_none_are_asked_for(void **state)
{
	(void)state;
	wait_longest_start(&longest, 0);
	offer(50, 1, 1);
	wait_longest_finish(&longest);
	assert_int_equal(longest.v.cnt, 0);
}

static void huge_parts_do_not_wrap(void **state)
{
	const struct long_wait wait = { .blocked_ns = UINT64_MAX, .runnable_ns = UINT64_MAX };

	(void)state;
	assert_true(long_wait_ns(&wait) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(keeps_the_longest_of_many, clear),
		cmocka_unit_test_teardown(equal_ones_are_in_order_of_time, clear),
		cmocka_unit_test_teardown(a_wait_that_was_kept_twice_is_one, clear),
		cmocka_unit_test_teardown(wants_no_shorter_ones, clear),
		cmocka_unit_test_teardown(none_are_kept_where_none_are_asked_for, clear),
		cmocka_unit_test_teardown(huge_parts_do_not_wrap, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
