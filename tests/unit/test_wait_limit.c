#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/wait_limit.h"

#define MS 1000000ull
#define PERCENT 10000

/* A slice of 100 ms on two CPUs, so that a percent is 2 ms; credit is 40 ms. */
static uint64_t after(struct wait_limit *l, uint64_t busy_ns, uint64_t switches)
{
	return wait_limit_next(l, &(struct wait_load){ .busy_ns = busy_ns,
						       .switches = switches,
						       .wall_ns = 100 * MS,
						       .cpu_cnt = 2 });
}

/* One that has nothing left. */
static struct wait_limit poor(uint64_t asked_ns)
{
	struct wait_limit l = wait_limit_of(asked_ns, PERCENT);

	after(&l, 42 * MS, 0);
	assert_int_equal(l.credit_ns, 0);
	assert_int_equal(l.threshold_ns, asked_ns);
	return l;
}

static void holds_what_was_asked_for_while_that_is_cheap(void **state)
{
	struct wait_limit l = wait_limit_of(0, PERCENT);

	(void)state;
	assert_int_equal(l.threshold_ns, 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(after(&l, 2 * MS, 0), 0);
	assert_int_equal(l.highest_ns, 0);
}

static void a_burst_is_no_reason(void **state)
{
	struct wait_limit l = wait_limit_of(0, PERCENT);

	(void)state;
	assert_int_equal(after(&l, 40 * MS, 0), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(after(&l, 0, 0), 0);
	assert_int_equal(after(&l, 40 * MS, 0), 0);
	assert_int_equal(after(&l, 5 * MS, 0), 2000);
}

static void rises_by_twos_to_a_second_and_sinks_again(void **state)
{
	struct wait_limit l = poor(0);

	(void)state;
	assert_int_equal(after(&l, 3 * MS, 0), 1000);
	assert_int_equal(after(&l, 3 * MS, 0), 2000);
	assert_int_equal(after(&l, 1 * MS, 0), 2000);
	for (int i = 0; i < 40; i++)
		after(&l, 3 * MS, 0);
	assert_int_equal(l.threshold_ns, 1000 * MS);
	for (int i = 0; i < 80; i++)
		after(&l, MS / 2, 0);
	assert_int_equal(l.threshold_ns, 0);
	assert_int_equal(l.highest_ns, 1000 * MS);
}

static void rises_faster_where_it_is_far_too_little(void **state)
{
	struct wait_limit l = poor(0);

	(void)state;
	assert_int_equal(after(&l, 30 * MS, 0), 8000);
	l = poor(1000);
	assert_int_equal(after(&l, 5 * MS, 0), 4000);
}

/* All waits are of 5 us; above it nothing costs, below it 20 times too much. */
static void stays_within_the_bound_where_waits_are_all_alike(void **state)
{
	struct wait_limit l = wait_limit_of(0, PERCENT);
	uint64_t busy = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t now = l.threshold_ns <= 5000 ? 40 * MS : 0;

		busy += now;
		after(&l, now, 0);
	}
	assert_true(busy < 1000 * 2 * MS * 5 / 4);
	assert_true(busy > 1000 * 2 * MS / 2);
}

static void never_sinks_below_what_was_asked_for(void **state)
{
	struct wait_limit l = poor(3000);

	(void)state;
	assert_int_equal(after(&l, 3 * MS, 0), 6000);
	for (int i = 0; i < 10; i++)
		after(&l, 0, 0);
	assert_int_equal(l.threshold_ns, 3000);
	l = poor(2000 * MS);
	assert_int_equal(after(&l, 100 * MS, 0), 2000 * MS);
}

/* No threshold avoids them: what they leave is for stacks, and half in any case. */
static void stamps_alone_raise_nothing(void **state)
{
	struct wait_limit l = poor(0);

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(after(&l, MS, 1000000), 0);
	assert_int_equal(after(&l, MS * 5 / 4, 1000000), 1000);
	l = poor(0);
	assert_int_equal(after(&l, MS * 3 / 2, MS / 2 / WAIT_SWITCH_NS), 0);
	assert_int_equal(after(&l, MS * 3 / 2, MS / WAIT_SWITCH_NS), 1000);
}

static void without_a_bound_only_counts(void **state)
{
	struct wait_limit l = wait_limit_of(0, 0);

	(void)state;
	assert_int_equal(after(&l, 150 * MS, 10), 0);
	assert_int_equal(l.cost_ns, 150 * MS + 10 * WAIT_SWITCH_NS);
	assert_int_equal(l.time_ns, 200 * MS);
}

static void a_slice_of_no_length_is_no_harm(void **state)
{
	struct wait_limit l = wait_limit_of(0, PERCENT);

	(void)state;
	assert_int_equal(wait_limit_next(&l, &(struct wait_load){ .cpu_cnt = 2 }), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_what_was_asked_for_while_that_is_cheap),
		cmocka_unit_test(rises_by_twos_to_a_second_and_sinks_again),
		cmocka_unit_test(never_sinks_below_what_was_asked_for),
		cmocka_unit_test(stamps_alone_raise_nothing),
		cmocka_unit_test(without_a_bound_only_counts),
		cmocka_unit_test(a_burst_is_no_reason),
		cmocka_unit_test(rises_faster_where_it_is_far_too_little),
		cmocka_unit_test(stays_within_the_bound_where_waits_are_all_alike),
		cmocka_unit_test(a_slice_of_no_length_is_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
