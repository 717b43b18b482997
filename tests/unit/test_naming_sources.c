#include <lzma.h>

#include "tests/unit/place_trace.h"

/* Names that are not in the symbol tables of a file or of its debug file. */

static const struct place in_inner = { TRACE_MODULE_FILE, "split", "split", 0x640, "app::loop", 0 };
static const struct place in_outer = { TRACE_MODULE_FILE, "split", "split", 0x600, "main", 0 };

static void put_made(const char *name, const struct made_elf *made)
{
	struct buf bytes = { 0 };

	made_elf_put(&bytes, made);
	put_file(name, bytes.v, bytes.len);
	buf_release(&bytes);
}

/* A stripped file that exports main and has app::loop in .gnu_debugdata. */
static struct made_elf put_stripped(struct buf *section, bool is_damaged)
{
	static const struct made_symbol exports[] = {
		{ "main", 0x201600, 0x40, STT_FUNC, STB_GLOBAL }, { 0 }
	};
	static const struct made_symbol locals[] = {
		{ "_ZN3app4loopEi", 0x201640, 0x40, STT_FUNC, STB_LOCAL }, { 0 }
	};
	struct made_elf inner = app;
	struct made_elf file = app;
	struct buf bytes = { 0 };

	inner.symbols = locals;
	inner.is_debug_file = true;
	made_elf_put(&bytes, &inner);
	buf_reserve(section, bytes.len + 4096);
	assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, bytes.v, bytes.len,
						 section->v, &section->len, bytes.len + 4096),
			 LZMA_OK);
	if (is_damaged)
		section->v[section->len / 2] ^= 1;
	file.build_id = "split";
	file.symbols = NULL;
	file.exports = exports;
	file.debugdata = section;
	put_made("split", &file);
	buf_release(&bytes);
	return file;
}

static void expect_note(const struct symbolizer_report *report, const char *words)
{
	assert_int_equal(report->cnt, 1);
	if (!strstr(report->v[0].note, words))
		fail_msg("note: %s", report->v[0].note);
}

static void stripped_file_is_named_by_its_debugdata_and_its_exports(void **state)
{
	const struct place both[] = { in_inner, in_outer };
	char *path = write_trace(both, 2);
	struct symbolizer_report report = { 0 };
	struct name_table *names;
	struct buf section = { 0 };

	(void)state;
	put_stripped(&section, false);
	names = name_it(path, &report);
	expect_name(names, &in_inner);
	expect_name(names, &in_outer);
	expect_note(&report, ".gnu_debugdata");
	symbolizer_report_release(&report);
	name_table_free(names);
	buf_release(&section);
	free(path);
}

static void damaged_debugdata_costs_only_its_own_names(void **state)
{
	const struct place both[] = { in_inner, in_outer };
	struct place lost = in_inner;
	char *path = write_trace(both, 2);
	struct name_table *names;
	struct buf section = { 0 };

	(void)state;
	put_stripped(&section, true);
	names = name_it(path, NULL);
	expect_name(names, &in_outer);
	lost.name = NULL;
	lost.reason = NAME_REASON_NO_MATCH;
	expect_name(names, &lost);
	name_table_free(names);
	buf_release(&section);
	free(path);
}

/* Its .symtab is the whole of what .gnu_debugdata is an excerpt of. */
static void debug_file_goes_before_debugdata(void **state)
{
	static const struct made_symbol other[] = {
		{ "by_the_debug_file", 0x201640, 0x40, STT_FUNC, STB_LOCAL }, { 0 }
	};
	struct place expected = in_inner;
	char *path = write_trace(&in_inner, 1);
	struct made_elf debug = app;
	struct made_elf file;
	struct name_table *names;
	struct buf section = { 0 };

	(void)state;
	file = put_stripped(&section, false);
	file.debug_link = "split.debug";
	put_made("split", &file);
	debug.build_id = "split";
	debug.symbols = other;
	debug.is_debug_file = true;
	put_made("split.debug", &debug);
	names = name_it(path, NULL);
	expected.name = "by_the_debug_file";
	expect_name(names, &expected);
	name_table_free(names);
	buf_release(&section);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stripped_file_is_named_by_its_debugdata_and_its_exports),
		cmocka_unit_test(damaged_debugdata_costs_only_its_own_names),
		cmocka_unit_test(debug_file_goes_before_debugdata),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
