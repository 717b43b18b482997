#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/stack_table.h"

static void an_equal_stack_is_the_same_entry(void **state)
{
	const uint64_t a[] = { 1, 2, 3 }, b[] = { 1, 2, 4 };
	struct stack_table *t = stack_table_new();
	uint32_t first = stack_table_add(t, a, 3, 0);

	(void)state;
	assert_int_equal(stack_table_add(t, a, 3, 0), first);
	assert_int_not_equal(stack_table_add(t, b, 3, 0), first);
	assert_int_not_equal(stack_table_add(t, a, 2, 0), first);
	assert_int_not_equal(stack_table_add(t, a, 3, UNWIND_END_WHOLE), first);
	stack_table_free(t);
}

static void gives_back_what_was_put_in(void **state)
{
	struct stack_table *t = stack_table_new();
	uint64_t frames[127];
	uint32_t cnt;

	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		for (uint32_t f = 0; f < 127; f++)
			frames[f] = (uint64_t)i * 1000 + f;
		assert_int_equal(stack_table_add(t, frames, 1 + i % 127, 0), i);
	}
	for (uint32_t i = 0; i < 2000; i++) {
		const uint64_t *got = stack_table_get(t, i, &cnt);

		assert_int_equal(cnt, 1 + i % 127);
		for (uint32_t f = 0; f < cnt; f++)
			assert_int_equal(got[f], (uint64_t)i * 1000 + f);
	}
	stack_table_free(t);
}

static void a_stack_may_be_empty(void **state)
{
	const uint64_t frame = 1;
	struct stack_table *t = stack_table_new();
	uint32_t cnt = 1;

	(void)state;
	stack_table_get(t, stack_table_add(t, &frame, 0, 0), &cnt);
	assert_int_equal(cnt, 0);
	assert_int_equal(stack_table_add(t, &frame, 0, 0), 0);
	stack_table_free(t);
}

static void statuses_are_no_entries(void **state)
{
	(void)state;
	for (unsigned reason = 1; reason < TRACE_REASON_CNT; reason++) {
		assert_true(stack_is_lost(stack_lost(reason)));
		assert_int_equal(stack_lost_reason(stack_lost(reason)), reason);
		assert_int_not_equal(stack_lost(reason), STACK_ABSENT);
	}
	assert_false(stack_is_lost(STACK_ABSENT));
	assert_false(stack_is_lost(0));
}

static void clearing_gives_memory_back(void **state)
{
	const uint64_t a[] = { 1, 2, 3 };
	struct stack_table *t = stack_table_new();

	(void)state;
	stack_table_add(t, a, 3, 0);
	assert_in_range(stack_table_bytes(t), 1, SIZE_MAX);
	stack_table_clear(t);
	assert_int_equal(stack_table_bytes(t), 0);
	assert_int_equal(stack_table_add(t, a, 3, 0), 0);
	stack_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_equal_stack_is_the_same_entry),
		cmocka_unit_test(gives_back_what_was_put_in),
		cmocka_unit_test(a_stack_may_be_empty),
		cmocka_unit_test(statuses_are_no_entries),
		cmocka_unit_test(clearing_gives_memory_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
