#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render/wait_convoys.h"

#define COMM 1
#define PROCESS 0
#define LOCKED 5 /* gists: where they wait, where they leave */
#define UNLOCKED 6
#define ELSEWHERE 7
#define OTHER_LOCKED 8 /* the same lock, in another function */

static struct wait_sites sites;
static struct wait_convoys convoys;

static int clear(void **state)
{
	(void)state;
	wait_convoys_release(&convoys);
	wait_sites_release(&sites);
	return 0;
}

/* A site at which so many threads, from 1 on, are known to have waited. */
static uint32_t site_of(uint32_t gist, enum trace_wait_state state, uint32_t waiter_cnt)
{
	const struct stack_gist function = { .kernel = gist == OTHER_LOCKED ? LOCKED : gist };
	uint32_t site = wait_sites_number(&sites, COMM, gist, function, state);

	for (uint32_t thread = 1; thread <= waiter_cnt; thread++)
		wait_sites_add_waiter(&sites, site, thread, TRACE_NONE);
	return site;
}

static void ended_in(uint32_t site, uint32_t thread, enum trace_context context, uint64_t cnt,
		     uint64_t ns)
{
	const struct trace_wait_sum sum = { .cnt = cnt, .blocked_ns = ns, .longest_ns = ns };
	const struct wait_ending ending = { .site = site,
					    .thread = thread,
					    .context = context,
					    .comm = COMM,
					    .gist = context == TRACE_CONTEXT_TASK ? UNLOCKED
										  : ELSEWHERE,
					    .cnt = cnt,
					    .blocked_ns = ns };

	wait_sites_add(&sites, site, PROCESS, &sum);
	wait_sites_add_ending(&sites, &ending);
}

static void ended(uint32_t site, uint32_t thread, uint64_t cnt, uint64_t ns)
{
	ended_in(site, thread, TRACE_CONTEXT_TASK, cnt, ns);
}

static size_t find(void)
{
	wait_sites_finish(&sites);
	wait_convoys_find(&convoys, &sites);
	return convoys.cnt;
}

static void threads_that_hand_a_lock_over_are_a_convoy(void **state)
{
	uint32_t site = site_of(LOCKED, TRACE_WAIT_INTERRUPTIBLE, 3);

	(void)state;
	ended(site, 1, 3, 300);
	ended(site, 2, 2, 500);
	ended(site, 3, 1, 100);
	ended(site, 9, 1, 50); /* the first one never had to wait */
	assert_int_equal(find(), 1);
	assert_int_equal(convoys.v[0].kind, WAIT_CONVOY_HANDED);
	assert_int_equal(convoys.v[0].waiter_cnt, 3);
	assert_int_equal(convoys.v[0].cnt, 6);
	assert_int_equal(convoys.v[0].lost_ns, 900);
	assert_int_equal(convoys.v[0].holder, 2);
	assert_int_equal(convoys.v[0].holder_ns, 500);
	assert_int_equal(convoys.v[0].gist, UNLOCKED);
	assert_int_equal(convoys.v[0].gist_ns, 900);
}

static void a_pool_that_one_producer_feeds_is_none(void **state)
{
	uint32_t site = site_of(LOCKED, TRACE_WAIT_INTERRUPTIBLE, 4);

	(void)state;
	ended(site, 9, 100, 1000);
	ended(site, 2, 1, 10); /* a worker that passes its work on */
	assert_int_equal(find(), 1);
	assert_int_equal(convoys.v[0].kind, WAIT_CONVOY_FED);
	assert_int_equal(convoys.v[0].holder, 9);
	assert_int_equal(convoys.v[0].lost_ns, 1000);
}

/* Thread 9 takes the lock in a function of its own, and is let in by those that it lets in. */
static void a_lock_that_one_holds_most_is_a_convoy(void **state)
{
	uint32_t site = site_of(LOCKED, TRACE_WAIT_INTERRUPTIBLE, 3);
	uint32_t own = site_of(OTHER_LOCKED, TRACE_WAIT_INTERRUPTIBLE, 0);

	(void)state;
	wait_sites_add_waiter(&sites, own, 9, 2);
	ended(own, 2, 1, 10);
	ended(site, 9, 100, 1000);
	ended(site, 2, 1, 10);
	assert_int_equal(find(), 1);
	assert_int_equal(convoys.v[0].kind, WAIT_CONVOY_HELD);
	assert_int_equal(convoys.v[0].site, site);
	assert_int_equal(convoys.v[0].holder, 9);
}

/* It reads from somebody else what it hands to the pool. */
static void a_producer_that_others_feed_is_no_holder(void **state)
{
	uint32_t site = site_of(LOCKED, TRACE_WAIT_INTERRUPTIBLE, 3);
	uint32_t own = site_of(OTHER_LOCKED, TRACE_WAIT_INTERRUPTIBLE, 0);

	(void)state;
	wait_sites_add_waiter(&sites, own, 9, 50);
	ended(own, 50, 100, 1000);
	ended(site, 9, 100, 1000);
	assert_int_equal(find(), 1);
	assert_int_equal(convoys.v[0].kind, WAIT_CONVOY_FED);
}

static void two_threads_are_none(void **state)
{
	uint32_t site = site_of(LOCKED, TRACE_WAIT_INTERRUPTIBLE, 2);

	(void)state;
	ended(site, 1, 100, 1000);
	ended(site, 2, 100, 1000);
	assert_int_equal(find(), 0);
}

static void waits_that_come_once_are_none(void **state)
{
	uint32_t site = site_of(LOCKED, TRACE_WAIT_INTERRUPTIBLE, 3);

	(void)state;
	ended(site, 1, 1, 1000);
	ended(site, 2, 1, 1000);
	ended(site, 3, 3, 1000);
	assert_int_equal(find(), 0);
}

/* Softirqs that run in the thread of a waiter are not its doing. */
static void interrupts_hand_nothing_over(void **state)
{
	uint32_t site = site_of(LOCKED, TRACE_WAIT_UNINTERRUPTIBLE, 3);

	(void)state;
	ended_in(site, TRACE_NONE, TRACE_CONTEXT_HARDIRQ, 100, 1000);
	ended_in(site, 1, TRACE_CONTEXT_SOFTIRQ, 100, 1000);
	assert_int_equal(find(), 0);
}

static void less_than_half_of_the_time_is_none(void **state)
{
	uint32_t site = site_of(LOCKED, TRACE_WAIT_INTERRUPTIBLE, 3);

	(void)state;
	ended(site, 1, 10, 499);
	ended_in(site, TRACE_NONE, TRACE_CONTEXT_HARDIRQ, 10, 501);
	assert_int_equal(find(), 0);
}

static void half_of_the_time_is_enough(void **state)
{
	uint32_t site = site_of(LOCKED, TRACE_WAIT_INTERRUPTIBLE, 3);

	(void)state;
	ended(site, 1, 10, 500);
	ended_in(site, TRACE_NONE, TRACE_CONTEXT_HARDIRQ, 10, 500);
	assert_int_equal(find(), 1);
}

static void who_was_preempted_waited_for_nobody(void **state)
{
	uint32_t site = site_of(LOCKED, TRACE_WAIT_PREEMPTED, 3);

	(void)state;
	ended(site, 1, 100, 1000);
	assert_int_equal(find(), 0);
}

static void convoys_come_first_and_the_longest_of_them(void **state)
{
	uint32_t fed = site_of(LOCKED, TRACE_WAIT_INTERRUPTIBLE, 3);
	uint32_t light = site_of(UNLOCKED, TRACE_WAIT_INTERRUPTIBLE, 3);
	uint32_t heavy = site_of(ELSEWHERE, TRACE_WAIT_UNINTERRUPTIBLE, 3);

	(void)state;
	ended(fed, 9, 100, 5000);
	ended(light, 1, 100, 10);
	ended(heavy, 1, 100, 20);
	assert_int_equal(find(), 3);
	assert_int_equal(convoys.v[0].site, heavy);
	assert_int_equal(convoys.v[1].site, light);
	assert_int_equal(convoys.v[2].site, fed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(threads_that_hand_a_lock_over_are_a_convoy, clear),
		cmocka_unit_test_teardown(a_pool_that_one_producer_feeds_is_none, clear),
		cmocka_unit_test_teardown(a_lock_that_one_holds_most_is_a_convoy, clear),
		cmocka_unit_test_teardown(a_producer_that_others_feed_is_no_holder, clear),
		cmocka_unit_test_teardown(two_threads_are_none, clear),
		cmocka_unit_test_teardown(waits_that_come_once_are_none, clear),
		cmocka_unit_test_teardown(interrupts_hand_nothing_over, clear),
		cmocka_unit_test_teardown(less_than_half_of_the_time_is_none, clear),
		cmocka_unit_test_teardown(half_of_the_time_is_enough, clear),
		cmocka_unit_test_teardown(who_was_preempted_waited_for_nobody, clear),
		cmocka_unit_test_teardown(convoys_come_first_and_the_longest_of_them, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
