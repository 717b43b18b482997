#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "symbolize/kernel_symbols.h"

static struct module_symbol list[] = {
	{ 0x3000, 0, (char *)"last" },	  { 0x1000, 0x20, (char *)"sized" },
	{ 0x2000, 0, (char *)"unsized" }, { 0x1010, 0x4, (char *)"inside" },
	{ 0x2800, 0, (char *)"" },
};

static void expect(uint64_t offset, const char *name)
{
	struct module_addresses m = { .symbols = { .v = list, .cnt = 5, .cap = 5 } };
	struct kernel_symbols k;
	const char *got;

	kernel_symbols_index(&k, &m);
	got = kernel_symbols_find(&k, offset);
	if (name)
		assert_string_equal(got, name);
	else
		assert_null(got);
	kernel_symbols_release(&k);
}

static void symbol_with_a_size_ends_there(void **state)
{
	(void)state;
	expect(0xfff, NULL);
	expect(0x1000, "sized");
	expect(0x100f, "sized");
	expect(0x1013, "inside");
	expect(0x1020, NULL);
}

static void symbol_without_a_size_reaches_to_the_next(void **state)
{
	(void)state;
	expect(0x2000, "unsized");
	expect(0x2fff, "unsized");
	expect(0x3000, "last");
	expect(UINT64_MAX, "last");
}

static void module_without_symbols_names_nothing(void **state)
{
	struct module_addresses m = { 0 };
	struct kernel_symbols k;

	(void)state;
	kernel_symbols_index(&k, &m);
	assert_null(kernel_symbols_find(&k, 0));
	kernel_symbols_release(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symbol_with_a_size_ends_there),
		cmocka_unit_test(symbol_without_a_size_reaches_to_the_next),
		cmocka_unit_test(module_without_symbols_names_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
