#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/strtab.h"

static void id_0_is_the_empty_string(void **state)
{
	struct strtab *t = strtab_new();
	size_t len = 99;

	(void)state;
	assert_int_equal(strtab_cnt(t), 1);
	assert_int_equal(strtab_intern(t, NULL, 0), 0);
	assert_string_equal(strtab_get(t, 0, &len), "");
	assert_int_equal(len, 0);
	strtab_free(t);
}

static void equal_bytes_have_equal_ids(void **state)
{
	struct strtab *t = strtab_new();
	uint32_t a = strtab_intern_text(t, "alpha"), b = strtab_intern_text(t, "beta");

	(void)state;
	assert_int_equal(a, 1);
	assert_int_equal(b, 2);
	assert_int_equal(strtab_intern(t, "alphabet", 5), a);
	assert_int_equal(strtab_find(t, "beta", 4), b);
	assert_int_equal(strtab_find(t, "gamma", 5), UINT32_MAX);
	assert_int_equal(strtab_cnt(t), 3);
	strtab_free(t);
}

static void nul_bytes_tell_strings_apart(void **state)
{
	struct strtab *t = strtab_new();
	uint32_t a = strtab_intern(t, "a\0b", 3), b = strtab_intern(t, "a\0c", 3);
	size_t len;

	(void)state;
	assert_int_not_equal(a, b);
	assert_int_not_equal(a, strtab_intern(t, "a", 1));
	assert_memory_equal(strtab_get(t, a, &len), "a\0b", 4);
	assert_int_equal(len, 3);
	strtab_free(t);
}

static void number(int i, char out[6])
{
	for (int at = 5; at >= 0; at--, i /= 10)
		out[at] = (char)('0' + i % 10);
}

/* Strings around the size that gets a block of its own, in every order. */
static void long_strings_leave_short_ones_in_place(void **state)
{
	enum { STRINGS = 600 };
	struct strtab *t = strtab_new();
	const char *at[STRINGS];

	(void)state;
	for (int i = 0; i < STRINGS; i++) {
		size_t len = i % 3 == 0 ? (size_t)16300 + (size_t)i : (size_t)(i % 90) + 8;
		char *text = mem_alloc(len + 1, 1);

		memset(text, 'a' + i % 26, len);
		number(i, text);
		assert_int_equal(strtab_intern(t, text, len), i + 1);
		at[i] = strtab_get(t, (uint32_t)i + 1, NULL);
		assert_memory_equal(at[i], text, len + 1);
		free(text);
	}
	for (int i = 0; i < STRINGS; i++) {
		char start[6];

		number(i, start);
		assert_ptr_equal(strtab_get(t, (uint32_t)i + 1, NULL), at[i]);
		assert_memory_equal(at[i], start, sizeof(start));
	}
	strtab_free(t);
}

static void ids_are_dense_and_stay(void **state)
{
	struct strtab *t = strtab_new();
	char text[16];

	(void)state;
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 1; i <= 20000; i++) {
			int len = snprintf(text, sizeof(text), "s%u", i);

			assert_int_equal(strtab_intern(t, text, (size_t)len), i);
		}
	assert_int_equal(strtab_cnt(t), 20001);
	strtab_free(t);
}

static void ids_are_known_by_the_place_of_the_bytes(void **state)
{
	static char text[100000];
	struct strtab *t = strtab_new();

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t len = 0; len < sizeof(text); len = 2 * len + 1)
		strtab_intern(t, text, len);
	for (uint32_t id = 0; id < strtab_cnt(t); id++)
		assert_int_equal(strtab_id_of(strtab_get(t, id, NULL)), id);
	strtab_free(t);
}

static void free_accepts_null(void **state)
{
	(void)state;
	strtab_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(id_0_is_the_empty_string),
		cmocka_unit_test(equal_bytes_have_equal_ids),
		cmocka_unit_test(nul_bytes_tell_strings_apart),
		cmocka_unit_test(long_strings_leave_short_ones_in_place),
		cmocka_unit_test(ids_are_dense_and_stay),
		cmocka_unit_test(ids_are_known_by_the_place_of_the_bytes),
		cmocka_unit_test(free_accepts_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
