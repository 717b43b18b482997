#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/xml_out.h"

static void assert_out(struct xml_out *x, const char *expected)
{
	assert_string_equal(buf_text(&x->buf), expected);
	xml_out_release(x);
	*x = (struct xml_out){ 0 };
}

static void lengths_have_no_trailing_zeros(void **state)
{
	static const struct {
		int32_t length;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 5, ".05" },
		{ 50, ".5" },
		{ 100, "1" },
		{ 1250, "12.5" },
		{ 1234, "12.34" },
		{ -300, "-3" },
		{ -5, "-.05" },
		{ INT32_MAX, "21474836.47" },
		{ INT32_MIN, "-21474836.48" },
	};
	struct xml_out x = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		xml_out_put_length(&x, cases[i].length);
		assert_out(&x, cases[i].text);
	}
}

static void colours_are_as_short_as_can_be(void **state)
{
	struct xml_out x = { 0 };

	(void)state;
	xml_out_colour(&x, "fill", 0xffffff);
	xml_out_colour(&x, "fill", 0x00a1ff);
	xml_out_colour(&x, "fill", 0x1122ff);
	assert_out(&x, " fill=\"#fff\" fill=\"#00a1ff\" fill=\"#12f\"");
}

static void text_cannot_become_markup(void **state)
{
	static const char name[] = "</title><script>x('\"&\")";
	struct xml_out x = { 0 };

	(void)state;
	xml_out_element(&x, "title", name, sizeof(name) - 1);
	assert_out(&x, "<title>&lt;/title&gt;&lt;script&gt;x(&#39;&quot;&amp;&quot;)</title>");
	xml_out_start(&x, "g");
	xml_out_attribute(&x, "aria-label", "a\"b<c\n");
	xml_out_end_empty(&x);
	assert_out(&x, "<g aria-label=\"a&quot;b&lt;c\\x0a\"/>");
}

static void bytes_that_xml_forbids_are_shown(void **state)
{
	struct xml_out x = { 0 };

	(void)state;
	xml_out_text(&x, "a\0b\x1b\xff\xef\xbf\xbe\xe2\x80\xae", 11);
	assert_out(&x, "a\\x00b\\x1b\\xff\\u{fffe}\\u{202e}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_have_no_trailing_zeros),
		cmocka_unit_test(colours_are_as_short_as_can_be),
		cmocka_unit_test(text_cannot_become_markup),
		cmocka_unit_test(bytes_that_xml_forbids_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
