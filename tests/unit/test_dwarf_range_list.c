#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "symbolize/dwarf_range_list.h"

#define ADDRESS(address) address, 0, 0, 0, 0, 0, 0, 0
#define BASE(address) 5, ADDRESS(address)
#define OFFSETS(start, end) 4, start, end
#define START_END(start, end) 6, ADDRESS(start), ADDRESS(end)
#define START_LENGTH(start, length) 7, ADDRESS(start), length
#define NUMBERED(start, length) 3, start, length
#define END 0

#define LIST(...)                                                                                  \
	{                                                                                          \
		.in = bytes_of((const uint8_t[]){ __VA_ARGS__ },                                   \
			       sizeof((const uint8_t[]){ __VA_ARGS__ })),                          \
		.base = 0x40, .address_bytes = 8                                                   \
	}

static void expect(struct dwarf_range_list *l, uint64_t start, uint64_t end)
{
	uint64_t at;
	uint64_t to;

	assert_true(dwarf_range_list_next(l, &at, &to));
	assert_int_equal(at, start);
	assert_int_equal(to, end);
}

static void expect_end(struct dwarf_range_list *l, bool is_odd)
{
	uint64_t start;
	uint64_t end;

	assert_false(dwarf_range_list_next(l, &start, &end));
	assert_int_equal(l->is_odd, is_odd);
}

static void offsets_count_from_the_unit_and_then_from_the_last_base(void **state)
{
	struct dwarf_range_list l = LIST(OFFSETS(1, 3), BASE(0x10), OFFSETS(1, 3), END);

	(void)state;
	expect(&l, 0x41, 0x43);
	expect(&l, 0x11, 0x13);
	expect_end(&l, false);
}

static void addresses_stand_for_themselves(void **state)
{
	struct dwarf_range_list l = LIST(START_END(0x20, 0x24), START_LENGTH(0x30, 2), END);

	(void)state;
	expect(&l, 0x20, 0x24);
	expect(&l, 0x30, 0x32);
	expect_end(&l, false);
}

static void number_of_an_address_is_left_to_libdw(void **state)
{
	struct dwarf_range_list l = LIST(OFFSETS(1, 3), NUMBERED(0, 2), END);

	(void)state;
	expect(&l, 0x41, 0x43);
	expect_end(&l, true);
}

static void list_that_is_cut_ends(void **state)
{
	struct dwarf_range_list l = LIST(OFFSETS(1, 3), 6, 1, 2);
	struct dwarf_range_list endless = LIST(OFFSETS(1, 3));

	(void)state;
	expect(&l, 0x41, 0x43);
	expect_end(&l, false);
	expect(&endless, 0x41, 0x43);
	expect_end(&endless, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_count_from_the_unit_and_then_from_the_last_base),
		cmocka_unit_test(addresses_stand_for_themselves),
		cmocka_unit_test(number_of_an_address_is_left_to_libdw),
		cmocka_unit_test(list_that_is_cut_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
