#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/range_heap.h"

#define MAX 1000

static void neighbours_that_are_free_are_one(void **state)
{
	struct range_heap h;
	struct heap_range r[4], all;

	(void)state;
	range_heap_init(&h, 40);
	for (int i = 0; i < 4; i++)
		assert_true(range_heap_take(&h, 10, &r[i]));
	assert_false(range_heap_take(&h, 1, &all));
	range_heap_give(&h, r[2]);
	range_heap_give(&h, r[0]);
	range_heap_give(&h, r[3]);
	range_heap_give(&h, r[1]);
	range_heap_settle(&h);
	range_heap_settle(&h);
	assert_true(range_heap_take(&h, 40, &all));
	assert_int_equal(all.first, 0);
	range_heap_release(&h);
}

static void what_is_given_back_waits_for_two_settles(void **state)
{
	struct range_heap h;
	struct heap_range r, again;

	(void)state;
	range_heap_init(&h, 10);
	assert_true(range_heap_take(&h, 10, &r));
	range_heap_settle(&h);
	range_heap_give(&h, r);
	assert_int_equal(h.quarantine_cnt, 10);
	assert_false(range_heap_take(&h, 1, &again));
	range_heap_settle(&h);
	assert_false(range_heap_take(&h, 1, &again));
	range_heap_settle(&h);
	assert_true(range_heap_take(&h, 10, &again));
	assert_int_equal(h.quarantine_cnt, 0);
	range_heap_release(&h);
}

static void nothing_is_a_range_too(void **state)
{
	struct range_heap h;
	struct heap_range r;

	(void)state;
	range_heap_init(&h, 0);
	assert_true(range_heap_take(&h, 0, &r));
	range_heap_give(&h, r);
	assert_false(range_heap_take(&h, 1, &r));
	range_heap_release(&h);
}

/* Against a list of who has which index. */
static void ranges_never_overlap(void **state)
{
	uint8_t owner[MAX] = { 0 };
	struct heap_range taken[200] = { 0 };
	struct range_heap h;
	uint32_t seed = 1;

	(void)state;
	range_heap_init(&h, MAX);
	for (int i = 0; i < 20000; i++) {
		struct heap_range *r = &taken[(seed >> 8) % 200];

		seed = seed * 1103515245 + 12345;
		if (r->cnt) {
			memset(&owner[r->first], 0, r->cnt);
			range_heap_give(&h, *r);
			*r = (struct heap_range){ 0 };
		} else if (range_heap_take(&h, 1 + (seed >> 16) % 20, r)) {
			for (uint32_t k = r->first; k < r->first + r->cnt; k++)
				assert_int_equal(owner[k]++, 0);
		}
		if (seed % 7 == 0)
			range_heap_settle(&h);
	}
	range_heap_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_that_are_free_are_one),
		cmocka_unit_test(what_is_given_back_waits_for_two_settles),
		cmocka_unit_test(nothing_is_a_range_too),
		cmocka_unit_test(ranges_never_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
