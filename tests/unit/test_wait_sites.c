#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render/wait_sites.h"

#define COMM 1
#define GIST 2

static struct wait_sites sites;

static int clear(void **state)
{
	(void)state;
	wait_sites_release(&sites);
	return 0;
}

static uint32_t add(enum trace_wait_state state, uint32_t process, uint64_t cnt, uint64_t ns,
		    uint64_t longest_ns)
{
	const struct trace_wait_sum sum = {
		.cnt = cnt, .blocked_ns = ns, .runnable_ns = 1, .longest_ns = longest_ns
	};
	uint32_t site = wait_sites_number(&sites, COMM, GIST, (struct stack_gist){ 0 }, state);

	wait_sites_add(&sites, site, process, &sum);
	return site;
}

static void ended(uint32_t site, uint32_t thread, uint32_t comm, uint32_t gist, uint64_t ns)
{
	const struct wait_ending ending = { .site = site,
					    .thread = thread,
					    .context = TRACE_CONTEXT_TASK,
					    .comm = comm,
					    .gist = gist,
					    .cnt = 1,
					    .blocked_ns = ns };

	wait_sites_add_ending(&sites, &ending);
}

static void sums_of_one_place_add_up(void **state)
{
	uint32_t site = add(TRACE_WAIT_INTERRUPTIBLE, 1, 3, 30, 15);

	(void)state;
	assert_int_equal(add(TRACE_WAIT_INTERRUPTIBLE, 2, 2, UINT64_MAX, 20), site);
	assert_int_not_equal(add(TRACE_WAIT_UNINTERRUPTIBLE, 1, 1, 1, 1), site);
	assert_int_equal(sites.v.v[site].cnt, 5);
	assert_int_equal(sites.v.v[site].longest_ns, 20);
	assert_int_equal(sites.v.v[site].runnable_ns, 2);
	assert_true(sites.v.v[site].blocked_ns == UINT64_MAX);
}

/* Of many threads of one name and one place, none of which ended the most alone. */
static void who_ended_most_is_told_by_name_and_place(void **state)
{
	uint32_t site = add(TRACE_WAIT_INTERRUPTIBLE, 1, 6, 100, 50);

	(void)state;
	ended(site, 10, 7, 1, 20);
	ended(site, 11, 8, 1, 30);
	ended(site, 12, 7, 1, 20);
	ended(site, 12, 7, 2, 25);
	ended(site, 12, 7, 1, 5);
	wait_sites_finish(&sites);
	assert_int_equal(sites.v.v[site].main.comm, 7);
	assert_int_equal(sites.v.v[site].main.gist, 1);
	assert_int_equal(sites.v.v[site].main.cnt, 3);
	assert_int_equal(sites.v.v[site].main.blocked_ns, 45);
	assert_int_equal(sites.v.v[site].ending_cnt, 4);
}

/* What a sum could not hold was left out with its own sum. */
static void single_waits_are_found_where_a_sum_may_hold_them(void **state)
{
	uint32_t site = add(TRACE_WAIT_INTERRUPTIBLE, 1, 3, 30, 15);
	enum trace_wait_state interruptible = TRACE_WAIT_INTERRUPTIBLE;

	(void)state;
	assert_int_equal(wait_sites_find(&sites, COMM, GIST, interruptible, 1, 15), site);
	assert_int_equal(wait_sites_find(&sites, COMM, GIST, interruptible, 1, 16), IDMAP_NONE);
	assert_int_equal(wait_sites_find(&sites, COMM, GIST, interruptible, 2, 1), IDMAP_NONE);
	assert_int_equal(wait_sites_find(&sites, COMM, GIST + 1, interruptible, 1, 1), IDMAP_NONE);
	assert_int_equal(wait_sites_find(&sites, COMM, GIST, TRACE_WAIT_STOPPED, 1, 1), IDMAP_NONE);
}

static void a_thread_is_one_waiter_however_often_it_waits(void **state)
{
	uint32_t site = add(TRACE_WAIT_INTERRUPTIBLE, 1, 3, 30, 15);

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		wait_sites_add_waiter(&sites, site, i % 3, TRACE_NONE);
	assert_int_equal(sites.v.v[site].waiter_cnt, 3);
	assert_true(wait_sites_has_waiter(&sites, site, 2));
	assert_false(wait_sites_has_waiter(&sites, site, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(sums_of_one_place_add_up, clear),
		cmocka_unit_test_teardown(who_ended_most_is_told_by_name_and_place, clear),
		cmocka_unit_test_teardown(single_waits_are_found_where_a_sum_may_hold_them, clear),
		cmocka_unit_test_teardown(a_thread_is_one_waiter_however_often_it_waits, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
