#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/jit_code.h"

static void load(struct jit_code *c, uint64_t start, uint64_t size, uint64_t time_ns,
		 const char *name)
{
	jit_code_add(c, &(struct jit_load){ start, size, time_ns, false, name, strlen(name) });
}

static void expect(const struct jit_code *c, uint64_t address, const char *name)
{
	struct jit_place place;

	assert_int_equal(jit_code_find(c, address, &place), name != NULL);
	if (name)
		assert_string_equal(place.name, name);
}

static void an_address_that_is_used_again_has_the_name_of_its_time(void **state)
{
	struct jit_code *c = jit_code_new();

	(void)state;
	load(c, 0x1000, 0x100, 10, "first");
	load(c, 0x1000, 0x80, 20, "second");
	load(c, 0x1040, 0x10, 30, "third");
	jit_code_reach(c, 9);
	expect(c, 0x1000, NULL);
	jit_code_reach(c, 10);
	expect(c, 0x1000, "first");
	expect(c, 0x1100, NULL);
	jit_code_reach(c, 25);
	expect(c, 0x1040, "second");
	expect(c, 0x1080, "first");
	jit_code_reach(c, 30);
	expect(c, 0x103f, "second");
	expect(c, 0x1040, "third");
	expect(c, 0x1050, "second");
	jit_code_reach(c, 5); /* never back */
	expect(c, 0x1040, "third");
	jit_code_free(c);
}

static void what_is_read_too_late_is_there_after_a_rewind(void **state)
{
	struct jit_code *c = jit_code_new();

	(void)state;
	load(c, 0x1000, 0x10, 10, "old");
	jit_code_reach(c, 100);
	load(c, 0x1000, 0x10, 50, "new");
	load(c, 0x1000, 0x10, 30, "middle");
	jit_code_reach(c, 100);
	expect(c, 0x1000, "new");
	jit_code_rewind(c);
	jit_code_reach(c, 29);
	expect(c, 0x1000, "old");
	jit_code_reach(c, 49);
	expect(c, 0x1000, "middle");
	jit_code_free(c);
}

static void moved_code_leaves_its_place(void **state)
{
	struct jit_code *c = jit_code_new();

	(void)state;
	load(c, 0x1000, 0x100, 10, "f");
	jit_code_move(c, 0x1000, 0x5000, 0x100, 20);
	jit_code_move(c, 0x5000, 0x9000, 0x100, 30);
	jit_code_move(c, 0x7000, 0x1000, 0x100, 40); /* of which nothing is known */
	jit_code_reach(c, 19);
	expect(c, 0x10ff, "f");
	expect(c, 0x5000, NULL);
	jit_code_reach(c, 20);
	expect(c, 0x10ff, NULL);
	expect(c, 0x50ff, "f");
	jit_code_reach(c, 40);
	expect(c, 0x50ff, NULL);
	expect(c, 0x9000, "f");
	expect(c, 0x1000, NULL);
	jit_code_free(c);
}

static void expect_line(const struct jit_code *c, uint64_t address, const char *file, uint32_t line)
{
	struct jit_place place;

	assert_true(jit_code_find(c, address, &place));
	assert_string_equal(place.file, file);
	assert_int_equal(place.line, line);
}

static void lines_go_with_their_code(void **state)
{
	struct jit_code *c = jit_code_new();

	(void)state;
	jit_code_lines_begin(c, 0x8000);
	jit_code_line(c, 0x8000, 99, "never.js", 8);
	jit_code_lines_begin(c, 0x1000);
	jit_code_line(c, 0x1010, 7, "a.js", 4);
	jit_code_line(c, 0x1020, 3, "b.jsx", 4);
	load(c, 0x1000, 0x40, 10, "f");
	load(c, 0x3000, 0x40, 10, "without");
	jit_code_move(c, 0x1000, 0x2000, 0x40, 20);
	jit_code_reach(c, 10);
	expect_line(c, 0x100f, "", 0);
	expect_line(c, 0x101f, "a.js", 7);
	expect_line(c, 0x103f, "b.js", 3);
	expect_line(c, 0x3010, "", 0);
	jit_code_reach(c, 20);
	expect_line(c, 0x2010, "a.js", 7);
	jit_code_free(c);
}

static void the_epoch_changes_with_every_answer(void **state)
{
	struct jit_code *c = jit_code_new();
	uint64_t before;

	(void)state;
	load(c, 0x1000, 0x10, 10, "f");
	before = jit_code_epoch(c);
	jit_code_reach(c, 9);
	assert_int_equal(jit_code_epoch(c), before);
	jit_code_reach(c, 10);
	assert_int_not_equal(jit_code_epoch(c), before);
	before = jit_code_epoch(c);
	load(c, 0x1000, 0x10, 5, "late");
	assert_int_not_equal(jit_code_epoch(c), before);
	jit_code_free(c);
}

static void hostile_sizes_and_names_are_bounded(void **state)
{
	struct jit_code *c = jit_code_new();
	char *name = malloc(100000);
	struct jit_place place;

	(void)state;
	memset(name, 'n', 99999);
	name[99999] = 0;
	load(c, 0x1000, UINT64_MAX, 1, name);
	load(c, 0x2000, 0, 1, "empty");
	load(c, 0x2000, 16, 1, "");
	load(c, UINT64_MAX, 16, 1, "at the end");
	jit_code_move(c, 0x1000, UINT64_MAX - 4, 0x100, 2);
	jit_code_reach(c, 3);
	assert_true(jit_code_find(c, 0x2000, &place));
	assert_int_equal(place.name_len, JIT_NAME_MAX);
	expect(c, 0xfff, NULL);
	for (uint64_t i = 0; i < 3000; i++)
		load(c, i << 52, UINT64_MAX, 4 + i, "all");
	jit_code_reach(c, 5000);
	expect(c, UINT64_MAX - 1, "all");
	assert_true(jit_code_bytes(c) < 2000000);
	free(name);
	jit_code_free(c);
}

/* Against an array of all addresses, over many more pieces than are looked through. */
static void thousands_of_pieces_answer_as_an_array_would(void **state)
{
	enum { ROOM = 4096, ROUNDS = 20000 };
	static char names[ROOM][16];
	struct jit_code *c = jit_code_new();
	uint32_t random = 1;

	(void)state;
	for (uint64_t t = 1; t <= ROUNDS; t++) {
		uint32_t start, size, seen;
		char name[16];

		random = random * 1103515245u + 12345;
		start = random >> 8 & (ROOM - 1);
		size = 1 + (random >> 20 & 63);
		seen = random >> 4 & (ROOM - 1);
		snprintf(name, sizeof(name), "f%u", (unsigned)t);
		load(c, 0x10000 + start, size, t, name);
		for (uint32_t i = start; i < start + size && i < ROOM; i++)
			strcpy(names[i], name);
		jit_code_reach(c, t);
		if (seen >= start && seen < start + size)
			seen = start;
		expect(c, 0x10000 + seen, *names[seen] ? names[seen] : NULL);
	}
	for (uint32_t i = 0; i < ROOM; i++)
		expect(c, 0x10000 + i, *names[i] ? names[i] : NULL);
	jit_code_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_that_is_used_again_has_the_name_of_its_time),
		cmocka_unit_test(what_is_read_too_late_is_there_after_a_rewind),
		cmocka_unit_test(moved_code_leaves_its_place),
		cmocka_unit_test(lines_go_with_their_code),
		cmocka_unit_test(the_epoch_changes_with_every_answer),
		cmocka_unit_test(hostile_sizes_and_names_are_bounded),
		cmocka_unit_test(thousands_of_pieces_answer_as_an_array_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
