#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/wait_copies.h"

#define RING (2u << 20)
#define MS 1000000ull
#define SECOND (1000 * MS)

static void what_is_not_used_is_there_for_the_next_slice(void **state)
{
	struct wait_copies c = wait_copies_of(RING);

	(void)state;
	assert_int_equal(wait_copies_next(&c, 0, 200 * MS), RING / 2);
	assert_int_equal(wait_copies_next(&c, 300000, 0), RING / 2 - 300000);
	assert_int_equal(wait_copies_next(&c, 0, 100 * MS),
			 RING / 2 - 300000 + WAIT_COPIES_BYTES_PER_S / 10);
}

static void never_more_than_half_of_a_ring(void **state)
{
	struct wait_copies c = wait_copies_of(128 << 10);

	(void)state;
	assert_int_equal(wait_copies_next(&c, 1000, 60 * SECOND), 64 << 10);
}

static void who_never_gets_tables_uses_up_what_hastens_rounds(void **state)
{
	struct wait_copies c = wait_copies_of(RING);
	uint64_t copied = 0, room = RING / 2;
	int soon = 0;

	(void)state;
	for (int i = 0; i < 500; i++) {
		soon += wait_copies_want_tables(&c, room);
		copied += room;
		room = wait_copies_next(&c, room, 20 * MS);
	}
	assert_true(soon <= 1);
	assert_true(copied <= RING / 2 + 10ull * WAIT_COPIES_BYTES_PER_S);
}

static void without_copies_there_is_no_hurry(void **state)
{
	struct wait_copies c = wait_copies_of(RING);

	(void)state;
	assert_false(wait_copies_want_tables(&c, 0));
	assert_true(wait_copies_want_tables(&c, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_used_is_there_for_the_next_slice),
		cmocka_unit_test(never_more_than_half_of_a_ring),
		cmocka_unit_test(who_never_gets_tables_uses_up_what_hastens_rounds),
		cmocka_unit_test(without_copies_there_is_no_hurry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
