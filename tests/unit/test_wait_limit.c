#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/wait_limit.h"

#define MS 1000000ull
#define PERCENT 10000

/* A slice of 100 ms on two CPUs. */
static uint64_t after(struct wait_limit *l, uint64_t busy_ns, uint64_t switches)
{
	return wait_limit_next(l, &(struct wait_load){ .busy_ns = busy_ns,
						       .switches = switches,
						       .time_ns = 200 * MS });
}

static void holds_what_was_asked_for_while_that_is_cheap(void **state)
{
	struct wait_limit l = wait_limit_of(0, PERCENT);

	(void)state;
	assert_int_equal(l.threshold_ns, 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(after(&l, 1 * MS, 100), 0);
	assert_int_equal(l.highest_ns, 0);
}

static void rises_by_twos_to_a_second_and_sinks_again(void **state)
{
	struct wait_limit l = wait_limit_of(0, PERCENT);

	(void)state;
	assert_int_equal(after(&l, 3 * MS, 0), 1000);
	assert_int_equal(after(&l, 3 * MS, 0), 2000);
	assert_int_equal(after(&l, 1 * MS, 0), 2000); /* between a third and all */
	for (int i = 0; i < 40; i++)
		after(&l, 3 * MS, 0);
	assert_int_equal(l.threshold_ns, 1000 * MS);
	for (int i = 0; i < 40; i++)
		after(&l, MS / 2, 0);
	assert_int_equal(l.threshold_ns, 0);
	assert_int_equal(l.highest_ns, 1000 * MS);
}

static void never_sinks_below_what_was_asked_for(void **state)
{
	struct wait_limit l = wait_limit_of(3000, PERCENT);

	(void)state;
	assert_int_equal(after(&l, 3 * MS, 0), 6000);
	for (int i = 0; i < 10; i++)
		after(&l, 0, 0);
	assert_int_equal(l.threshold_ns, 3000);
	l = wait_limit_of(2000 * MS, PERCENT);
	assert_int_equal(after(&l, 100 * MS, 0), 2000 * MS);
}

/* No threshold avoids them: what they leave is for stacks, and a tenth in any case. */
static void stamps_alone_raise_nothing(void **state)
{
	struct wait_limit l = wait_limit_of(0, PERCENT);

	(void)state;
	assert_int_equal(after(&l, MS / 20, 1000000), 0);
	assert_int_equal(after(&l, MS / 4, 1000000), 1000);
	l = wait_limit_of(0, PERCENT);
	assert_int_equal(after(&l, MS * 3 / 2, 0), 0);
	assert_int_equal(after(&l, MS * 3 / 2, 10000), 1000); /* which are another 1 ms */
}

static void without_a_bound_only_counts(void **state)
{
	struct wait_limit l = wait_limit_of(0, 0);

	(void)state;
	assert_int_equal(after(&l, 150 * MS, 10), 0);
	assert_int_equal(l.cost_ns, 150 * MS + 10 * WAIT_SWITCH_NS);
	assert_int_equal(l.time_ns, 200 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_what_was_asked_for_while_that_is_cheap),
		cmocka_unit_test(rises_by_twos_to_a_second_and_sinks_again),
		cmocka_unit_test(never_sinks_below_what_was_asked_for),
		cmocka_unit_test(stamps_alone_raise_nothing),
		cmocka_unit_test(without_a_bound_only_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
