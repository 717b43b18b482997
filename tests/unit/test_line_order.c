#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "render/line_order.h"

static size_t line_len(const char *line, const char *end)
{
	const char *newline = memchr(line, '\n', (size_t)(end - line));

	return (size_t)((newline ? newline : end) - line);
}

static int compare_lines(const char *a, const char *b, const char *end)
{
	size_t a_len = line_len(a, end), b_len = line_len(b, end);
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* Every line is there once, and none before a smaller one. */
static void assert_sorts(const struct buf *text)
{
	const char *start = (const char *)text->v, *end = start + text->len;
	struct line_order order = { 0 };
	uint8_t *seen = calloc(text->len + 1, 1);

	for (const char *p = start; p < end; p += line_len(p, end) + 1)
		line_order_add(&order, p);
	line_order_sort(&order, end);
	for (size_t i = 0; i < order.cnt; i++) {
		const char *line = order.v[i].line;

		assert_false(seen[line - start]++);
		if (i) {
			assert_true(compare_lines(order.v[i - 1].line, line, end) <= 0);
			assert_false(line_order_before(line, order.v[i - 1].line, end));
		}
	}
	vec_release(&order);
	free(seen);
}

/* The text as it is, in memory that ends where it does. */
static void assert_sorts_text(const char *given)
{
	struct buf text = { 0 };

	buf_put(&text, given, strlen(given));
	assert_sorts(&text);
	buf_release(&text);
}

static void lines_of_any_end_are_sorted(void **state)
{
	(void)state;
	assert_sorts_text("");
	assert_sorts_text("\n");
	assert_sorts_text("b\na\n");
	assert_sorts_text("b\n\na");
	assert_sorts_text("12345678\n1234567\n123456789\n12345678\n");
	assert_sorts_text("\xff\x80z\n\xffz\n\x01\n~\n");
}

static void a_long_shared_beginning_is_passed(void **state)
{
	struct buf text = { 0 };

	(void)state;
	for (int i = 0; i < 300; i++) {
		for (int j = 0; j < 40; j++)
			buf_puts(&text, "frame;");
		buf_printf(&text, "%d\n", i * 7919 % 300);
	}
	assert_sorts(&text);
	buf_release(&text);
}

/* Few letters, so that beginnings of all lengths are shared and lines repeated. */
static void many_wild_lines_are_sorted(void **state)
{
	struct buf text = { 0 };
	uint32_t wild = 11;

	(void)state;
	for (int i = 0; i < 60000; i++) {
		wild = wild * 1664525 + 1013904223;
		buf_u8(&text, (uint8_t) "ab;\n\xfe"[(wild >> 16) % 5]);
	}
	assert_sorts(&text);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_any_end_are_sorted),
		cmocka_unit_test(a_long_shared_beginning_is_passed),
		cmocka_unit_test(many_wild_lines_are_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
