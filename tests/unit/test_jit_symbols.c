#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "symbolize/jit_symbols.h"

/* NULL stands for no name. */
static void expect_text(const char *text, size_t len, uint64_t address, const char *name)
{
	struct jit_names names;
	char *got;

	jit_symbols_find(&names, text, len, &address, 1);
	assert_int_equal(names.cnt, 1);
	if (!name) {
		assert_null(names.v[0].v);
	} else {
		assert_non_null(names.v[0].v);
		got = mem_dup(names.v[0].v, names.v[0].len);
		assert_string_equal(got, name);
		free(got);
	}
	jit_names_release(&names);
}

static void expect(const char *text, uint64_t address, const char *name)
{
	expect_text(text, strlen(text), address, name);
}

static void names_the_whole_range_and_nothing_beside_it(void **state)
{
	static const char map[] = "1000 20 one\n2000 10 two\n";

	(void)state;
	expect(map, 0xfff, NULL);
	expect(map, 0x1000, "one");
	expect(map, 0x101f, "one");
	expect(map, 0x1020, NULL);
	expect(map, 0x200f, "two");
	expect("", 0x1000, NULL);
}

static void takes_names_with_blanks_and_numbers_with_0x(void **state)
{
	(void)state;
	expect("0x7F31A0C00100 0X80 LazyCompile:*sum /app/a b.js:3:13\n", 0x7f31a0c00100,
	       "LazyCompile:*sum /app/a b.js:3:13");
	expect("1000  10  padded \r\n", 0x1000, "padded ");
	expect("1000 10 no newline at the end", 0x1000, "no newline at the end");
}

static void later_line_wins_where_lines_overlap(void **state)
{
	static const char map[] = "1000 100 old\n1040 20 new\n";

	(void)state;
	expect(map, 0x103f, "old");
	expect(map, 0x1040, "new");
	expect(map, 0x105f, "new");
	expect(map, 0x1060, "old");
	expect("1040 20 hidden\n1000 100 over it\n", 0x1040, "over it");
}

static void passes_over_lines_that_are_not_of_the_form(void **state)
{
	static const char *const lines[] = {
		"",
		"x",
		"1000",
		"1000 ",
		"1000 10",
		"1000 10 ",
		"1000 0 empty",
		"zz 10 name",
		"1000 g name",
		"-1000 10 name",
		"11112222333344445 10 too long",
		"1000 11112222333344445 too long",
		" 1000 10 lead",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct buf map = { 0 };

		buf_printf(&map, "2000 10 before\n%s\n3000 10 behind", lines[i]);
		expect_text((char *)map.v, map.len, 0x1000, NULL);
		expect_text((char *)map.v, map.len, 0x2000, "before");
		expect_text((char *)map.v, map.len, 0x3000, "behind");
		buf_release(&map);
	}
	expect_text("1000 10 a\0b\n", 12, 0x1000, NULL);
}

static void range_that_would_wrap_ends_at_the_top(void **state)
{
	(void)state;
	expect("fffffffffffffff0 ffff top\n", 0xfffffffffffffff8ull, "top");
	expect("fffffffffffffff0 ffff top\n", 8, NULL);
}

/* 10^5 lines that all cover 10^4 addresses: 10^9 steps if each line visited each. */
static void many_lines_over_the_same_addresses_do_not_multiply(void **state)
{
	struct buf map = { 0 };
	uint64_t *addresses = mem_alloc(10000, sizeof(*addresses));
	struct jit_names names;

	(void)state;
	for (size_t i = 0; i < 10000; i++)
		addresses[i] = 0x1000 + i;
	for (size_t i = 0; i < 100000; i++)
		buf_printf(&map, "1000 100000 f%zu\n", i);
	jit_symbols_find(&names, (char *)map.v, map.len, addresses, 10000);
	for (size_t i = 0; i < 10000; i++)
		assert_memory_equal(names.v[i].v, "f99999", 6);
	jit_names_release(&names);
	buf_release(&map);
	free(addresses);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_whole_range_and_nothing_beside_it),
		cmocka_unit_test(takes_names_with_blanks_and_numbers_with_0x),
		cmocka_unit_test(later_line_wins_where_lines_overlap),
		cmocka_unit_test(passes_over_lines_that_are_not_of_the_form),
		cmocka_unit_test(range_that_would_wrap_ends_at_the_top),
		cmocka_unit_test(many_lines_over_the_same_addresses_do_not_multiply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
