#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collector/mappings.h"

static void add(struct mappings *m, uint64_t start, uint64_t end, uint64_t offset, uint32_t module)
{
	mappings_add(m, &(struct mapping){ start, end, offset, module });
}

static uint32_t module_at(const struct mappings *m, uint64_t address)
{
	const struct mapping *found = mappings_find(m, address);

	return found ? found->module : 0;
}

static void finds_by_address_and_nothing_in_gaps(void **state)
{
	struct mappings m = { 0 };

	(void)state;
	add(&m, 0x3000, 0x4000, 0, 2);
	add(&m, 0x1000, 0x2000, 0, 1);
	assert_int_equal(module_at(&m, 0xfff), 0);
	assert_int_equal(module_at(&m, 0x1000), 1);
	assert_int_equal(module_at(&m, 0x1fff), 1);
	assert_int_equal(module_at(&m, 0x2000), 0);
	assert_int_equal(module_at(&m, 0x3fff), 2);
	assert_int_equal(module_at(&m, 0x4000), 0);
	mappings_release(&m);
}

static void a_new_mapping_splits_the_one_below(void **state)
{
	struct mappings m = { 0 };

	(void)state;
	add(&m, 0x1000, 0x9000, 0x100000, 1);
	add(&m, 0x3000, 0x5000, 0, 2);
	assert_int_equal(m.cnt, 3);
	assert_int_equal(module_at(&m, 0x2fff), 1);
	assert_int_equal(module_at(&m, 0x3000), 2);
	assert_int_equal(module_at(&m, 0x5000), 1);
	assert_int_equal(mappings_find(&m, 0x5000)->file_offset, 0x104000);
	mappings_release(&m);
}

static void an_empty_mapping_changes_nothing(void **state)
{
	struct mappings m = { 0 };

	(void)state;
	add(&m, 0x1000, 0x2000, 0, 1);
	add(&m, 0x1800, 0x1800, 0, 2);
	add(&m, 0x1800, 0x1700, 0, 2);
	assert_int_equal(m.cnt, 1);
	mappings_release(&m);
}

/* Against an array that holds the owner of each address. */
static void agrees_with_a_map_of_single_addresses(void **state)
{
	enum { SPACE = 256 };
	uint32_t owner[SPACE] = { 0 };
	struct mappings m = { 0 };

	(void)state;
	srand(3);
	for (uint32_t round = 1; round < 2000; round++) {
		uint64_t start = (uint64_t)(rand() % SPACE);
		uint64_t end = start + 1 + (uint64_t)(rand() % 40);

		if (end > SPACE)
			end = SPACE;
		add(&m, start, end, start, round);
		for (uint64_t at = start; at < end; at++)
			owner[at] = round;
		for (uint64_t at = 0; at < SPACE; at++)
			assert_int_equal(module_at(&m, at), owner[at]);
		for (size_t i = 0; i < m.cnt; i++)
			assert_int_equal(m.v[i].file_offset, m.v[i].start);
	}
	mappings_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_address_and_nothing_in_gaps),
		cmocka_unit_test(a_new_mapping_splits_the_one_below),
		cmocka_unit_test(an_empty_mapping_changes_nothing),
		cmocka_unit_test(agrees_with_a_map_of_single_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
