#include <sys/auxv.h>

#include "base/io.h"
#include "symbolize/elf_identity.h"
#include "tests/unit/place_trace.h"

/* A trace in, names out: every kind of module, the good and the bad. No root is needed. */

static void every_kind_of_module_has_names_or_a_reason(void **state)
{
	char *path = write_trace(places, PLACE_CNT);
	struct symbolizer_report report = { 0 };
	struct name_table *names = name_it(path, &report);

	(void)state;
	for (size_t i = 0; i < PLACE_CNT; i++)
		expect_name(names, &places[i]);
	assert_int_equal(name_table_cnt(names), PLACE_CNT);
	assert_int_equal(report.address_cnt, PLACE_CNT);
	assert_int_equal(report.named_cnt, 6);
	assert_int_equal(report.cnt, 9);
	symbolizer_report_release(&report);
	name_table_free(names);
	free(path);
}

static const struct symbolizer_module *reported(const struct symbolizer_report *report,
						const char *file)
{
	for (size_t i = 0; i < report->cnt; i++)
		if (strstr(report->v[i].path, file))
			return &report->v[i];
	fail_msg("%s is not in the report", file);
	return NULL;
}

static void expect_note(const struct symbolizer_report *report, const char *file,
			enum name_reason reason, const char *words)
{
	const struct symbolizer_module *m = reported(report, file);

	assert_int_equal(m->reason, reason);
	if (!strstr(m->note, words))
		fail_msg("note of %s: %s", file, m->note);
}

static void notes_say_where_names_came_from_or_what_would_bring_them(void **state)
{
	char *path = write_trace(places, PLACE_CNT);
	struct symbolizer_report report = { 0 };
	struct name_table *names = name_it(path, &report);

	(void)state;
	expect_note(&report, "/app", NAME_REASON_NONE, "all symbols, from /tmp/test_places");
	expect_note(&report, "/other", NAME_REASON_OTHER_BUILD, "build ID 6f746865722d6275696c64");
	expect_note(&report, "/other", NAME_REASON_OTHER_BUILD, "build ID 7265636f72646564");
	expect_note(&report, "/missing", NAME_REASON_NO_FILE, "--debug-dir");
	expect_note(&report, "/bare", NAME_REASON_NO_SYMBOLS, "install the debug package of bare");
	expect_note(&report, "[ext4]", NAME_REASON_HIDDEN, "kptr_restrict");
	expect_note(&report, "[kernel]", NAME_REASON_NONE, "recorded");
	expect_note(&report, "[jit]", NAME_REASON_NONE, "/tmp/perf-42.map");
	symbolizer_report_release(&report);
	name_table_free(names);
	free(path);
}

/* The app with one byte changed, again and again: names may be lost, nothing else. */
static void damaged_file_costs_only_its_own_names(void **state)
{
	char *path = write_trace(places, PLACE_CNT);
	struct buf bytes = { 0 };

	(void)state;
	made_elf_put(&bytes, &app);
	for (size_t at = 16; at < bytes.len; at += 61) {
		struct symbolizer_report report = { 0 };
		struct name_table *names;
		uint8_t kept = bytes.v[at];

		bytes.v[at] = (uint8_t)~kept;
		put_file("app", bytes.v, bytes.len);
		names = name_it(path, &report);
		for (size_t i = 6; i < PLACE_CNT; i++)
			expect_name(names, &places[i]);
		assert_int_equal(name_table_cnt(names), PLACE_CNT);
		symbolizer_report_release(&report);
		name_table_free(names);
		bytes.v[at] = kept;
	}
	put_file("app", bytes.v, bytes.len);
	buf_release(&bytes);
	free(path);
}

/* A debug file that only libelf sees through: its version is 0. */
static void bad_debug_file_does_not_cost_the_exported_names(void **state)
{
	static const struct place p = { TRACE_MODULE_FILE, "split", "split", 0x600, "main", 0 };
	struct made_elf made = app;
	struct symbolizer_report report = { 0 };
	struct buf bytes = { 0 };
	char *path = write_trace(&p, 1);
	struct name_table *names;

	(void)state;
	made.build_id = "split";
	made.is_debug_file = true;
	made_elf_put(&bytes, &made);
	bytes.v[EI_VERSION] = 0;
	put_file("split.debug", bytes.v, bytes.len);
	buf_clear(&bytes);
	made.is_debug_file = false;
	made.exports = functions;
	made.symbols = NULL;
	made.debug_link = "split.debug";
	made_elf_put(&bytes, &made);
	put_file("split", bytes.v, bytes.len);
	names = name_it(path, &report);
	expect_name(names, &p);
	expect_note(&report, "/split", NAME_REASON_NONE, "split.debug is damaged");
	expect_note(&report, "/split", NAME_REASON_NONE, "exported functions only");
	symbolizer_report_release(&report);
	name_table_free(names);
	buf_release(&bytes);
	free(path);
}

static void our_own_vdso_is_named_if_it_is_the_recorded_one(void **state)
{
	const uint8_t *image = (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
	struct elf_source source = { .fd = -1, .bytes = image, .len = 4096 };
	struct symbolizer_report report = { 0 };
	struct place p = { TRACE_MODULE_VDSO, "[vdso]", "", 0, NULL, 0 };
	char build_id[TRACE_BUILD_ID_MAX + 1] = { 0 };
	struct elf_identity id;
	char *path;

	(void)state;
	if (!image || !elf_identity_read(&id, &source) || memchr(id.build_id, 0, id.build_id_len))
		skip();
	memcpy(build_id, id.build_id, id.build_id_len);
	p.build_id = build_id;
	path = write_trace(&p, 1);
	name_table_free(name_it(path, &report));
	assert_int_equal(report.cnt, 1);
	assert_non_null(strstr(report.v[0].note, "vdso of this kernel"));
	symbolizer_report_release(&report);
	free(path);
}

static void damage_of_the_trace_is_reported_and_the_rest_named(void **state)
{
	char *path = write_trace(places, PLACE_CNT);
	struct symbolizer_report report = { 0 };
	struct name_table *names;
	struct io_view whole;
	uint8_t *bytes;

	(void)state;
	assert_int_equal(io_view_open(&whole, path, NULL), 0);
	bytes = (uint8_t *)mem_dup((const char *)whole.v, whole.len);
	bytes[whole.len / 3] ^= 1;
	put_file("trace", bytes, whole.len);
	io_view_close(&whole);
	free(bytes);
	names = name_it(path, &report);
	assert_int_equal(report.damaged_chunk_cnt, 1);
	/* The other group has all places, too. */
	assert_int_equal(report.named_cnt, 6);
	symbolizer_report_release(&report);
	name_table_free(names);
	free(path);
}

static void trace_without_addresses_has_an_empty_table(void **state)
{
	char *path = write_trace(NULL, 0);
	struct symbolizer_report report = { 0 };
	struct name_table *names = name_it(path, &report);

	(void)state;
	assert_int_equal(name_table_cnt(names), 0);
	assert_int_equal(report.cnt, 0);
	name_table_free(names);
	symbolizer_report_release(&report);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_module_has_names_or_a_reason),
		cmocka_unit_test(notes_say_where_names_came_from_or_what_would_bring_them),
		cmocka_unit_test(damaged_file_costs_only_its_own_names),
		cmocka_unit_test(bad_debug_file_does_not_cost_the_exported_names),
		cmocka_unit_test(our_own_vdso_is_named_if_it_is_the_recorded_one),
		cmocka_unit_test(damage_of_the_trace_is_reported_and_the_rest_named),
		cmocka_unit_test(trace_without_addresses_has_an_empty_table),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
