#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"

static void assert_written(void (*write)(struct buf *out, const char *s, size_t len), const char *s,
			   size_t len, const char *want)
{
	struct buf out = { 0 };

	write(&out, s, len);
	assert_string_equal(buf_text(&out), want);
	buf_release(&out);
}

#define assert_visible(literal, want)                                                              \
	assert_written(text_visible, literal, sizeof(literal) - 1, want)

static void leaves_plain_text_alone(void **state)
{
	(void)state;
	assert_visible("", "");
	assert_visible("std::vector<int>::push_back(int&&) [clone .cold]",
		       "std::vector<int>::push_back(int&&) [clone .cold]");
	assert_visible("a\\b", "a\\b");
	assert_visible("\xc3\xa4 \xe4\xb8\xad \xf0\x9f\x94\xa5",
		       "\xc3\xa4 \xe4\xb8\xad \xf0\x9f\x94\xa5");
	assert_visible("\xef\xbf\xbd", "\xef\xbf\xbd");
}

static void controls_become_visible(void **state)
{
	(void)state;
	assert_visible("\x1b[31m", "\\x1b[31m");
	assert_visible("a\0b", "a\\x00b");
	assert_visible("\t\n\r\x7f", "\\x09\\x0a\\x0d\\x7f");
	assert_visible("\xc2\x80\xc2\x9b\xc2\x9f", "\\u{0080}\\u{009b}\\u{009f}");
	assert_visible("\xc2\xa0", "\xc2\xa0");
}

/* The examples of the Unicode standard's table of well-formed byte sequences, broken. */
static void invalid_utf8_becomes_bytes(void **state)
{
	(void)state;
	assert_visible("\x80", "\\x80");
	assert_visible("\xc0\xaf", "\\xc0\\xaf");
	assert_visible("\xc1\xbf", "\\xc1\\xbf");
	assert_visible("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
	assert_visible("\xe0\x9f\xbf", "\\xe0\\x9f\\xbf");
	assert_visible("\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf");
	assert_visible("\xed\xa0\x80", "\\xed\\xa0\\x80");
	assert_visible("\xed\xbf\xbf", "\\xed\\xbf\\xbf");
	assert_visible("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	assert_visible("\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80");
	assert_visible("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
	assert_visible("\xfe\xff", "\\xfe\\xff");
	assert_visible("\xc3(", "\\xc3(");
	assert_visible("\xe4\xb8", "\\xe4\\xb8");
	assert_visible("\xf0\x9f\x94", "\\xf0\\x9f\\x94");
	assert_visible("\xc3\xc3\xa4", "\\xc3\xc3\xa4");
}

static void the_edges_of_utf8_are_valid(void **state)
{
	(void)state;
	assert_visible("\xc2\xa1", "\xc2\xa1");
	assert_visible("\xdf\xbf", "\xdf\xbf");
	assert_visible("\xe0\xa0\x80", "\xe0\xa0\x80");
	assert_visible("\xed\x9f\xbf", "\xed\x9f\xbf");
	assert_visible("\xee\x80\x80", "\xee\x80\x80");
	assert_visible("\xf0\x90\x80\x80", "\xf0\x90\x80\x80");
	assert_visible("\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd");
}

static void what_has_no_look_becomes_visible(void **state)
{
	(void)state;
	assert_visible("\xe2\x80\xae"
		       "cba",
		       "\\u{202e}cba");
	assert_visible("\xe2\x80\x8e\xe2\x80\x8f", "\\u{200e}\\u{200f}");
	assert_visible("\xe2\x80\xaa\xe2\x80\xad", "\\u{202a}\\u{202d}");
	assert_visible("\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}");
	assert_visible("\xd8\x9c", "\\u{061c}");
	assert_visible("\xef\xbb\xbf", "\\u{feff}");
	assert_visible("\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}");
	assert_visible("\xe2\x80\x8b", "\\u{200b}");
	assert_visible("\xf3\xa0\x81\x81", "\\u{e0041}");
}

static void non_characters_become_visible(void **state)
{
	(void)state;
	assert_visible("\xef\xbf\xbe\xef\xbf\xbf", "\\u{fffe}\\u{ffff}");
	assert_visible("\xef\xb7\x90\xef\xb7\xaf", "\\u{fdd0}\\u{fdef}");
	assert_visible("\xf0\x9f\xbf\xbe", "\\u{1fffe}");
	assert_visible("\xf4\x8f\xbf\xbf", "\\u{10ffff}");
	assert_visible("\xef\xb7\x8f", "\xef\xb7\x8f");
}

static void xml_has_no_markup_left(void **state)
{
	static const char s[] = "</script><script>\"&'\x1b\xff\xe2\x80\xae";

	(void)state;
	assert_written(text_xml, s, sizeof(s) - 1,
		       "&lt;/script&gt;&lt;script&gt;&quot;&amp;&#39;\\x1b\\xff\\u{202e}");
	assert_written(text_xml, "]]>", 3, "]]&gt;");
}

static void json_may_stand_in_a_script(void **state)
{
	static const char s[] = "\"\\</script>&\n\0\xff\xe2\x80\xa8\xe2\x80\xae";

	(void)state;
	assert_written(
		text_json, s, sizeof(s) - 1,
		"\\\"\\\\\\u003c/script\\u003e\\u0026\\\\x0a\\\\x00\\\\xff\\u2028\\\\u{202e}");
}

static void assert_folded(const char *s, bool leaf, const char *want)
{
	struct buf out = { 0 };

	text_folded(&out, s, strlen(s), leaf);
	assert_string_equal(buf_text(&out), want);
	buf_release(&out);
}

static void folded_frames_stay_one_frame(void **state)
{
	(void)state;
	assert_folded("a;b", false, "a:b");
	assert_folded("a\nb\r", false, "a\\nb\\r");
	assert_folded("\x1b;\xff", true, "\\x1b:\\xff");
	assert_folded("operator new(unsigned long)", true, "operator new(unsigned long)");
}

static void a_leaf_never_ends_like_a_value(void **state)
{
	(void)state;
	assert_folded("thread 12", true, "thread_12");
	assert_folded("thread 12", false, "thread 12");
	assert_folded("a 1 2", true, "a 1_2");
	assert_folded("a 1.5", true, "a_1.5");
	assert_folded("a12", true, "a12");
	assert_folded("a b 12 ", true, "a b_12_");
	assert_folded("a  ", true, "a  ");
	assert_folded("12", true, "12");
	assert_folded(" 12", true, "_12");
	assert_folded("a 12b", true, "a 12b");
	assert_folded("a ", true, "a ");
	assert_folded("", true, "");
}

static uint32_t chance_state;

static uint8_t chance(void)
{
	chance_state = chance_state * 1664525u + 1013904223u;
	return (uint8_t)(chance_state >> 24);
}

static bool is_plain(const char *s, size_t len)
{
	struct buf again = { 0 };
	bool same;

	text_visible(&again, s, len);
	same = again.len == len && (!len || !memcmp(again.v, s, len));
	buf_release(&again);
	return same;
}

/* Any bytes: what comes out is valid, has nothing hidden, and the width was foretold. */
static void any_bytes_come_out_plain(void **state)
{
	static const uint8_t spice[] = { 0xe2, 0x80, 0xae, 0xf0, 0x9f, 0xc2, 0xed, 0xa0, 0xbf };
	char s[24];

	(void)state;
	for (int round = 0; round < 100000; round++) {
		size_t len = chance() % sizeof(s), columns = 0, step;
		struct buf out = { 0 };

		for (size_t i = 0; i < len; i++)
			s[i] = (char)(chance() & 1 ? spice[chance() % sizeof(spice)] : chance());
		text_visible(&out, s, len);
		assert_true(is_plain((const char *)out.v, out.len));
		for (size_t i = 0; i < out.len; i += step, columns++)
			assert_int_not_equal(
				text_code_point((const char *)out.v + i, out.len - i, &step),
				TEXT_INVALID);
		assert_int_equal(text_columns(s, len), columns);
		buf_release(&out);
	}
}

static bool matches(const char *pattern, const char *s)
{
	return text_glob(pattern, s, strlen(s));
}

static void globs_match_whole_texts(void **state)
{
	(void)state;
	assert_true(matches("", ""));
	assert_true(matches("nginx", "nginx"));
	assert_false(matches("nginx", "nginx2"));
	assert_false(matches("nginx2", "nginx"));
	assert_true(matches("*", ""));
	assert_true(matches("***", "anything"));
	assert_true(matches("ng*", "nginx"));
	assert_true(matches("*x", "nginx"));
	assert_true(matches("n*i*x", "nginx"));
	assert_false(matches("n*y*x", "nginx"));
	assert_true(matches("a*b", "aXbYb"));
	assert_true(matches("kworker/?:?", "kworker/3:1"));
	assert_false(matches("?", ""));
	assert_true(matches("?", "\xe4\xb8\xad"));
	assert_true(matches("\\*", "*"));
	assert_false(matches("\\*", "a"));
	assert_true(matches("\\", "\\"));
}

static void glob_sets_have_ranges_and_inversion(void **state)
{
	(void)state;
	assert_true(matches("cpu[0-9]", "cpu7"));
	assert_false(matches("cpu[0-9]", "cpux"));
	assert_true(matches("[!a-c]", "d"));
	assert_false(matches("[!a-c]", "b"));
	assert_true(matches("[^a-c]", "d"));
	assert_true(matches("[]]", "]"));
	assert_true(matches("[a-]", "-"));
	assert_true(matches("[-a]", "-"));
	assert_true(matches("[abc]*z", "bz"));
	assert_true(matches("[\xf0-\xff]", "\xf5"));
	assert_true(matches("a[", "a["));
	assert_true(matches("[a", "[a"));
	assert_false(matches("[a", "a"));
}

/* 2^4000 ways for one that tries each star anew: this test would not end. */
static void many_stars_cost_little(void **state)
{
	char pattern[8001], s[4000];

	(void)state;
	memset(s, 'a', sizeof(s));
	for (size_t i = 0; i < 8000; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[8000] = '\0';
	assert_true(text_glob(pattern, s, sizeof(s)));
	pattern[7999] = 'b';
	assert_false(text_glob(pattern, s, sizeof(s)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_plain_text_alone),
		cmocka_unit_test(controls_become_visible),
		cmocka_unit_test(invalid_utf8_becomes_bytes),
		cmocka_unit_test(the_edges_of_utf8_are_valid),
		cmocka_unit_test(what_has_no_look_becomes_visible),
		cmocka_unit_test(non_characters_become_visible),
		cmocka_unit_test(xml_has_no_markup_left),
		cmocka_unit_test(json_may_stand_in_a_script),
		cmocka_unit_test(folded_frames_stay_one_frame),
		cmocka_unit_test(a_leaf_never_ends_like_a_value),
		cmocka_unit_test(any_bytes_come_out_plain),
		cmocka_unit_test(globs_match_whole_texts),
		cmocka_unit_test(glob_sets_have_ranges_and_inversion),
		cmocka_unit_test(many_stars_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
