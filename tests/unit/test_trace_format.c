#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "collector/trace_format.h"

static const char format[] = "name: probe\n"
			     "ID: 658\n"
			     "format:\n"
			     "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
			     "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
			     "\n"
			     "\tfield:const void * ptr;\toffset:8;\tsize:8;\tsigned:0;\n"
			     "\tfield:int node;\toffset:16;\tsize:4;\tsigned:1;\n"
			     "\tfield:char comm[16];\toffset:20;\tsize:16;\tsigned:0;\n"
			     "\tfield:__data_loc char[] name;\toffset:36;\tsize:4;\tsigned:0;\n"
			     "\tfield:__rel_loc char[] other;\toffset:40;\tsize:4;\tsigned:0;\n"
			     "\tfield:struct three odd;\toffset:44;\tsize:3;\tsigned:0;\n"
			     "\tfield:u8 far;\toffset:70000;\tsize:1;\tsigned:0;\n"
			     "\tfield:u8 cut;\toffset:50;\tsize:1;\n"
			     "\n"
			     "print fmt: \"field:int fake;\\toffset:8;\", REC->node\n";

static int find(const char *field, struct abi_probe_value *out)
{
	return trace_format_find(format, field, out);
}

static void finds_numbers_with_place_size_and_sign(void **state)
{
	struct abi_probe_value v = { 0 };

	(void)state;
	assert_int_equal(find("node", &v), 0);
	assert_int_equal(v.from, ABI_PROBE_CONTEXT);
	assert_int_equal(v.at, 16);
	assert_int_equal(v.size, 4);
	assert_true(v.is_signed);
	assert_int_equal(find("ptr", &v), 0);
	assert_int_equal(v.at, 8);
	assert_int_equal(v.size, 8);
	assert_false(v.is_signed);
}

static void texts_and_arrays_are_no_numbers(void **state)
{
	static const char *const names[] = { "comm", "name", "other", "odd" };
	struct abi_probe_value v = { .at = 77 };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(find(names[i], &v), -EINVAL);
	assert_int_equal(v.at, 77);
}

static void programs_do_not_find_the_common_fields(void **state)
{
	struct abi_probe_value v;

	(void)state;
	assert_int_equal(find("common_pid", &v), -EINVAL);
}

static void offsets_beyond_a_record_are_refused(void **state)
{
	struct abi_probe_value v;

	(void)state;
	assert_int_equal(find("far", &v), -EINVAL);
}

static void only_whole_names_are_found(void **state)
{
	static const char *const names[] = { "nod", "node2", "", "void", "cut", "16", "fake" };
	struct abi_probe_value v;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(find(names[i], &v), -ENOENT);
	assert_int_equal(trace_format_find("", "node", &v), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_numbers_with_place_size_and_sign),
		cmocka_unit_test(texts_and_arrays_are_no_numbers),
		cmocka_unit_test(programs_do_not_find_the_common_fields),
		cmocka_unit_test(offsets_beyond_a_record_are_refused),
		cmocka_unit_test(only_whole_names_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
