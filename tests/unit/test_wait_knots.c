#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/trace.h"
#include "render/wait_knots.h"

static struct wait_knots knots;

static int clear(void **state)
{
	(void)state;
	wait_knots_release(&knots);
	return 0;
}

static void edge(uint32_t from, uint32_t to, uint64_t ns)
{
	wait_knots_add(&knots, from, to, ns);
}

static void expect_knot(size_t at, uint64_t cnt, const uint32_t *members)
{
	const struct wait_knot *k = &knots.v.v[at];

	assert_true(at < knots.v.cnt);
	assert_int_equal(k->cnt, cnt);
	for (size_t i = 0; i < cnt; i++)
		assert_int_equal(knots.members.v[k->first + i], members[i]);
}

static void a_pair_that_waits_for_each_other_is_one(void **state)
{
	(void)state;
	edge(3, 1, 60);
	edge(1, 3, 50);
	edge(3, 1, 40);
	wait_knots_find(&knots, 5);
	assert_int_equal(knots.v.cnt, 1);
	expect_knot(0, 2, (uint32_t[]){ 1, 3 });
	assert_int_equal(knots.v.v[0].blocked_ns, 150);
	assert_int_equal(knots.v.v[0].inside_ns, 150);
}

static void who_only_feeds_others_is_none(void **state)
{
	(void)state;
	edge(1, 0, 100); /* 2 waits for 1, that for 0, and 0 for the disk */
	edge(2, 1, 100);
	edge(0, TRACE_NONE, 100);
	wait_knots_find(&knots, 3);
	assert_int_equal(knots.v.cnt, 0);
}

static void a_pipeline_that_waits_both_ways_is_one(void **state)
{
	(void)state;
	edge(0, 1, 100);
	edge(1, 0, 50);
	edge(1, 2, 50);
	edge(2, 1, 95);
	edge(2, TRACE_NONE, 5);
	wait_knots_find(&knots, 3);
	expect_knot(0, 3, (uint32_t[]){ 0, 1, 2 });
	assert_int_equal(knots.v.v[0].inside_ns, 295);
}

static void waits_for_others_untie_it(void **state)
{
	(void)state;
	edge(0, 1, 74);
	edge(0, TRACE_NONE, 26);
	edge(1, 0, 74);
	edge(1, TRACE_NONE, 26);
	wait_knots_find(&knots, 2);
	assert_int_equal(knots.v.cnt, 0);
}

static void three_quarters_of_the_time_tie_it(void **state)
{
	(void)state;
	edge(0, 1, 75);
	edge(0, TRACE_NONE, 25);
	edge(1, 0, 75);
	edge(1, TRACE_NONE, 25);
	wait_knots_find(&knots, 2);
	assert_int_equal(knots.v.cnt, 1);
}

/* Once in a while 1 is woken by 2, and 3 by 0. */
static void rare_wakes_do_not_join_two(void **state)
{
	(void)state;
	edge(0, 1, 100);
	edge(1, 0, 95);
	edge(1, 2, 5);
	edge(2, 3, 200);
	edge(3, 2, 195);
	edge(3, 0, 5);
	wait_knots_find(&knots, 4);
	assert_int_equal(knots.v.cnt, 2);
	expect_knot(0, 2, (uint32_t[]){ 2, 3 });
	expect_knot(1, 2, (uint32_t[]){ 0, 1 });
	assert_int_equal(knots.v.v[1].inside_ns, 195);
}

/* Each waits for each for a hundredth of its time: no edge is heavy, all together are. */
static void many_light_edges_are_one_knot(void **state)
{
	(void)state;
	for (uint32_t from = 0; from < 101; from++)
		for (uint32_t to = 0; to < 101; to++)
			if (from != to)
				edge(from, to, 7);
	wait_knots_find(&knots, 101);
	assert_int_equal(knots.v.cnt, 1);
	assert_int_equal(knots.v.v[0].cnt, 101);
}

static void a_thread_alone_is_none(void **state)
{
	(void)state;
	edge(0, 0, 100);
	wait_knots_find(&knots, 1);
	assert_int_equal(knots.v.cnt, 0);
}

#define RING 300000

/* A search that called itself would need a stack as deep. */
static void a_ring_of_very_many_is_found(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < RING; i++)
		edge(i, (i + 1) % RING, UINT64_MAX);
	wait_knots_find(&knots, RING);
	assert_int_equal(knots.v.cnt, 1);
	assert_int_equal(knots.v.v[0].cnt, RING);
	assert_int_equal(knots.v.v[0].blocked_ns, UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_pair_that_waits_for_each_other_is_one, clear),
		cmocka_unit_test_teardown(who_only_feeds_others_is_none, clear),
		cmocka_unit_test_teardown(a_pipeline_that_waits_both_ways_is_one, clear),
		cmocka_unit_test_teardown(waits_for_others_untie_it, clear),
		cmocka_unit_test_teardown(three_quarters_of_the_time_tie_it, clear),
		cmocka_unit_test_teardown(rare_wakes_do_not_join_two, clear),
		cmocka_unit_test_teardown(many_light_edges_are_one_knot, clear),
		cmocka_unit_test_teardown(a_thread_alone_is_none, clear),
		cmocka_unit_test_teardown(a_ring_of_very_many_is_found, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
