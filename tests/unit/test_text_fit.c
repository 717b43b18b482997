#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "render/scene.h"
#include "render/text_fit.h"

static void assert_fit(const char *text, size_t columns, const char *expected)
{
	struct buf out = { 0 };

	text_fit(&out, text, strlen(text), columns);
	assert_string_equal(buf_text(&out), expected);
	buf_release(&out);
}

static void keeps_what_fits(void **state)
{
	(void)state;
	assert_fit("main", 4, "main");
	assert_fit("main", 100, "main");
	assert_fit("", 0, "");
	assert_fit("f", 1, "f");
}

static void shows_a_cut(void **state)
{
	(void)state;
	assert_fit("std::vector<int>::push_back", 12, "std::vecto..");
	assert_fit("abcdef", 5, "abc..");
}

static void leaves_out_what_would_not_be_readable(void **state)
{
	(void)state;
	assert_fit("abcdef", 4, "");
	assert_fit("abcdef", 0, "");
}

static void counts_code_points_and_never_splits_one(void **state)
{
	(void)state;
	assert_fit("\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 5,
		   "\xc3\xa4\xc3\xa4\xc3\xa4..");
}

static void wide_letters_take_two_columns(void **state)
{
	(void)state;
	assert_fit("\xe4\xb8\xad\xe6\x96\x87", 4, "\xe4\xb8\xad\xe6\x96\x87");
	assert_fit("\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad", 5, "\xe4\xb8\xad..");
}

static void cuts_before_an_escape_and_not_inside(void **state)
{
	(void)state;
	assert_fit("ab\x1b[31mred", 7, "ab..");
	assert_fit("ab\x1b[31mred", 8, "ab\\x1b..");
}

static void never_exceeds_the_columns(void **state)
{
	static const char text[] = "a\xff\xe2\x80\xae<b>\x01 \xf0\x9f\x98\x80 long enough to cut";

	(void)state;
	for (size_t columns = 0; columns < 60; columns++) {
		struct buf out = { 0 };

		text_fit(&out, text, sizeof(text) - 1, columns);
		assert_true(text_columns((const char *)out.v, out.len) <= columns);
		buf_release(&out);
	}
}

static void columns_are_six_tenths_of_the_size(void **state)
{
	(void)state;
	assert_int_equal(text_fit_columns(72 * SCENE_PX, 12 * SCENE_PX), 10);
	assert_int_equal(text_fit_columns(71 * SCENE_PX, 12 * SCENE_PX), 9);
	assert_int_equal(text_fit_columns(-5, 12 * SCENE_PX), 0);
}

static void joins_parts_into_lines(void **state)
{
	static const char *const parts[] = { "one", "two", "three", "a part beyond any line" };
	struct buf out = { 0 };

	(void)state;
	text_fit_lines(&out, parts, 4, 12);
	assert_string_equal(buf_text(&out), "one · two\nthree\na part\nbeyond any\nline");
	buf_release(&out);
}

static void cuts_a_part_that_cannot_be_broken_or_takes_too_many_lines(void **state)
{
	static const char *const parts[] = { "unbreakable_and_long", "so",
					     "1 3 5 7 9 1 3 5 7 9 1 3 5 7 9" };
	static const char *const blank[] = { "          x", " abcdefghijklm" };
	struct buf out = { 0 };

	(void)state;
	text_fit_lines(&out, parts, 3, 9);
	assert_string_equal(buf_text(&out), "unbreak..\nso\n1 3 5 7 9\n1 3 5 7 9\n1 3 5 7 9");
	buf_clear(&out);
	text_fit_lines(&out, parts + 2, 1, 7);
	assert_string_equal(buf_text(&out), "1 3 5 7\n9 1 3 5\n7 9 1..");
	buf_clear(&out);
	text_fit_lines(&out, blank, 2, 9);
	assert_string_equal(buf_text(&out), "         \nx\n abcdef..");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_fits),
		cmocka_unit_test(shows_a_cut),
		cmocka_unit_test(leaves_out_what_would_not_be_readable),
		cmocka_unit_test(counts_code_points_and_never_splits_one),
		cmocka_unit_test(wide_letters_take_two_columns),
		cmocka_unit_test(cuts_before_an_escape_and_not_inside),
		cmocka_unit_test(never_exceeds_the_columns),
		cmocka_unit_test(columns_are_six_tenths_of_the_size),
		cmocka_unit_test(joins_parts_into_lines),
		cmocka_unit_test(cuts_a_part_that_cannot_be_broken_or_takes_too_many_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
