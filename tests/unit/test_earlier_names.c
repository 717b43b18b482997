#include "base/io.h"
#include "tests/unit/place_trace.h"

/* Naming a trace again: the same bytes, and never fewer names. */

static void write_named(const char *path, const char *out)
{
	struct symbolizer_report report = { 0 };
	struct name_table *names = name_it(path, &report);
	struct trace_reader *r;
	struct err err = { 0 };

	assert_int_equal(trace_reader_open(&r, path, &err), 0);
	if (name_table_write(names, r, out, &err))
		fail_msg("%s", err.text);
	trace_reader_close(r);
	symbolizer_report_release(&report);
	name_table_free(names);
}

static void expect_same_bytes(const char *one, const char *other)
{
	struct io_view a;
	struct io_view b;

	assert_int_equal(io_view_open(&a, one, NULL), 0);
	assert_int_equal(io_view_open(&b, other, NULL), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.v, b.v, a.len);
	io_view_close(&a);
	io_view_close(&b);
}

static void naming_twice_and_naming_a_named_trace_give_the_same_bytes(void **state)
{
	char *path = write_trace(places, PLACE_CNT);
	char *once = mem_printf("%s/once", folder);
	char *twice = mem_printf("%s/twice", folder);
	char *again = mem_printf("%s/again", folder);

	(void)state;
	write_named(path, once);
	write_named(path, twice);
	write_named(once, again);
	expect_same_bytes(once, twice);
	expect_same_bytes(once, again);
	write_named(once, once);
	expect_same_bytes(once, again);
	free(path);
	free(once);
	free(twice);
	free(again);
}

static void naming_where_files_are_missing_keeps_the_names_there_were(void **state)
{
	char *path = write_trace(places, PLACE_CNT);
	char *once = mem_printf("%s/once", folder);
	char *again = mem_printf("%s/again", folder);
	char *file = mem_printf("%s/app", folder);
	struct symbolizer_report report = { 0 };
	struct name_table *names;

	(void)state;
	write_named(path, once);
	assert_int_equal(unlink(file), 0);
	write_named(once, again);
	expect_same_bytes(once, again);
	names = name_it(once, &report);
	assert_int_equal(report.named_cnt, 6);
	symbolizer_report_release(&report);
	name_table_free(names);
	/* Without names before, the same files name less. */
	names = name_it(path, &report);
	assert_int_equal(report.named_cnt, 2);
	symbolizer_report_release(&report);
	name_table_free(names);
	put_files();
	free(path);
	free(once);
	free(again);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(naming_twice_and_naming_a_named_trace_give_the_same_bytes),
		cmocka_unit_test(naming_where_files_are_missing_keeps_the_names_there_were),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
