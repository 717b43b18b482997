#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "formats/name_table.h"
#include "render/wait_walk.h"
#include "tests/unit/wait_text.h"

#define S 1000000000ull

/* The totals of two slices of a second each: 3 waits, then 5. */
static struct wait_totals totals_from(uint64_t first_ns, uint64_t last_ns)
{
	const struct wait_request request = { .drawing = WAIT_DRAWING_OFFCPU };
	const struct selection s = { .time = { first_ns, last_ns } };
	struct trace_reader *r = wait_text("slice 0 1000 0\n"
					   "sum web/10 interruptible main 3 30 1 20\n"
					   "slice 1000 2000 0\n"
					   "sum web/10 interruptible main 5 50 1 20\n");
	struct name_table *names = name_table_new();
	struct wait_totals totals;
	struct trace_wait_sum sum;
	struct wait_walk walk;
	struct err err = { 0 };

	assert_int_equal(wait_walk_start(&walk, r, names, &s, &request, &err), 0);
	while (wait_walk_next(&walk, &sum, &err) > 0)
		;
	wait_walk_end(&walk, &totals);
	wait_totals_release(&totals);
	name_table_free(names);
	trace_reader_close(r);
	return totals;
}

static void slices_that_only_touch_the_time_are_not_in_it(void **state)
{
	(void)state;
	assert_int_equal(totals_from(0, 1 * S).kept_cnt, 3);
	assert_int_equal(totals_from(0, 1 * S).slices_to_ns, 1 * S);
	assert_int_equal(totals_from(1 * S, 2 * S).kept_cnt, 5);
	assert_int_equal(totals_from(1 * S, 2 * S).slices_from_ns, 1 * S);
	assert_int_equal(totals_from(S / 2, 1 * S + 1).kept_cnt, 8);
	assert_int_equal(totals_from(2 * S, 3 * S).kept_cnt, 0);
}

static void a_moment_is_in_the_slices_on_both_sides(void **state)
{
	(void)state;
	assert_int_equal(totals_from(1 * S, 1 * S).kept_cnt, 8);
	assert_int_equal(totals_from(S / 2, S / 2).kept_cnt, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_that_only_touch_the_time_are_not_in_it),
		cmocka_unit_test(a_moment_is_in_the_slices_on_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
