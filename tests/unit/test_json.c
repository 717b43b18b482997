#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"

static void objects_and_arrays_nest(void **state)
{
	struct buf out = { 0 };
	struct json j;

	(void)state;
	json_start(&j, &out);
	json_object(&j, NULL);
	json_text(&j, "name", "cpu");
	json_array(&j, "events");
	json_count(&j, NULL, 1);
	json_object(&j, NULL);
	json_flag(&j, "on", true);
	json_end(&j, '}');
	json_end(&j, ']');
	json_null(&j, "none");
	json_end(&j, '}');
	assert_string_equal(buf_text(&out), "{\n"
					    "  \"name\": \"cpu\",\n"
					    "  \"events\": [\n"
					    "    1,\n"
					    "    {\n"
					    "      \"on\": true\n"
					    "    }\n"
					    "  ],\n"
					    "  \"none\": null\n"
					    "}\n");
	buf_release(&out);
}

static void what_is_empty_stays_on_its_line(void **state)
{
	struct buf out = { 0 };
	struct json j;

	(void)state;
	json_start(&j, &out);
	json_object(&j, NULL);
	json_array(&j, "a");
	json_end(&j, ']');
	json_object(&j, "b");
	json_end(&j, '}');
	json_end(&j, '}');
	assert_string_equal(buf_text(&out), "{\n  \"a\": [],\n  \"b\": {}\n}\n");
	buf_release(&out);
}

static void integers_are_whole_at_any_size(void **state)
{
	struct buf out = { 0 };
	struct json j;

	(void)state;
	json_start(&j, &out);
	json_array(&j, NULL);
	json_count(&j, NULL, UINT64_MAX);
	json_count(&j, NULL, 9007199254740993);
	json_end(&j, ']');
	assert_string_equal(buf_text(&out), "[\n  18446744073709551615,\n"
					    "  9007199254740993\n]\n");
	buf_release(&out);
}

static void numbers_that_json_lacks_are_null(void **state)
{
	struct buf out = { 0 };
	struct json j;

	(void)state;
	json_start(&j, &out);
	json_array(&j, NULL);
	json_number(&j, NULL, 1.0 / 3, 3);
	json_number(&j, NULL, NAN, 3);
	json_number(&j, NULL, -INFINITY, 3);
	json_number(&j, NULL, 2.5, 0);
	json_end(&j, ']');
	assert_string_equal(buf_text(&out), "[\n  0.333,\n  null,\n  null,\n  2\n]\n");
	buf_release(&out);
}

static void keys_and_texts_are_quoted(void **state)
{
	struct buf out = { 0 };
	struct json j;

	(void)state;
	json_start(&j, &out);
	json_object(&j, NULL);
	json_bytes(&j, "a\"b", "x\0</script>", 11);
	json_end(&j, '}');
	assert_string_equal(buf_text(&out),
			    "{\n  \"a\\\"b\": \"x\\\\x00\\u003c/script\\u003e\"\n}\n");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_and_arrays_nest),
		cmocka_unit_test(what_is_empty_stays_on_its_line),
		cmocka_unit_test(integers_are_whole_at_any_size),
		cmocka_unit_test(numbers_that_json_lacks_are_null),
		cmocka_unit_test(keys_and_texts_are_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
