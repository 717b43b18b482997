#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/jit_map.h"

static int file_with(const char *text, size_t len)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fflush(f);
	rewind(f);
	return fileno(f);
}

static void keeps_lines_that_hold_an_address(void **state)
{
	static const char map[] = "1000 10 first\n2000 20 second one\n3000 8 third\nnonsense\n"
				  "2010 8 second again\n4000\n5000 zz\n";
	const uint64_t addresses[] = { 0x0fff, 0x1000, 0x2017, 0x3008 };
	struct buf out = { 0 };

	(void)state;
	jit_map_read(file_with(map, strlen(map)), addresses, 4, &out);
	assert_string_equal(buf_text(&out),
			    "1000 10 first\n2000 20 second one\n2010 8 second again\n");
	buf_release(&out);
}

static void a_line_longer_than_any_buffer_is_passed_over(void **state)
{
	size_t len = 300000;
	char *map = malloc(len + 64);
	const uint64_t address = 0x1000;
	struct buf out = { 0 };
	int tail;

	(void)state;
	memset(map, 'x', len);
	memcpy(map, "1000 10 ", 8);
	tail = sprintf(map + len, "\n1000 10 good\n");
	jit_map_read(file_with(map, len + (size_t)tail), &address, 1, &out);
	assert_string_equal(buf_text(&out), "1000 10 good\n");
	buf_release(&out);
	free(map);
}

static void expect(struct jit_code *c, uint64_t address, const char *name)
{
	struct jit_place place;

	assert_int_equal(jit_code_find(c, address, &place), name != NULL);
	if (name)
		assert_string_equal(place.name, name);
}

static void whole_lines_become_code_and_the_later_one_has_the_address(void **state)
{
	static const char map[] = "1000 10 first\n0x2000 0x20 second one\n1008 4 inner\n"
				  "nonsense\n4000\n5000 zz bad\n6000 0 empty\n7000 8 torn";
	struct jit_code *c = jit_code_new();

	(void)state;
	assert_int_equal(jit_map_take(map, strlen(map), 0, c), strlen(map) - 11);
	jit_code_reach(c, 1);
	expect(c, 0x1000, "first");
	expect(c, 0x1008, "inner");
	expect(c, 0x100c, "first");
	expect(c, 0x1010, NULL);
	expect(c, 0x201f, "second one");
	expect(c, 0x5000, NULL);
	expect(c, 0x6000, NULL);
	expect(c, 0x7000, NULL);
	jit_code_free(c);
}

static void a_line_read_later_names_what_had_no_name_before(void **state)
{
	static const char before[] = "1000 10 old\n", later[] = "1000 10 new\n2000 8 first\n"
								"2000 8 second\n";
	struct jit_code *c = jit_code_new();

	(void)state;
	jit_map_take(before, strlen(before), 0, c);
	jit_map_take(later, strlen(later), 100, c);
	jit_code_reach(c, 50);
	expect(c, 0x1000, "old");
	expect(c, 0x2000, "second");
	jit_code_reach(c, 100);
	expect(c, 0x1000, "new");
	expect(c, 0x2000, "second");
	jit_code_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_lines_that_hold_an_address),
		cmocka_unit_test(a_line_longer_than_any_buffer_is_passed_over),
		cmocka_unit_test(whole_lines_become_code_and_the_later_one_has_the_address),
		cmocka_unit_test(a_line_read_later_names_what_had_no_name_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
