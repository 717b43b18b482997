#include <sys/auxv.h>
#include <sys/resource.h>

#include "base/io.h"
#include "symbolize/elf_identity.h"
#include "symbolize/sandbox.h"
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

/* ---- a file and its debug file ---- */

static const struct place in_split = { TRACE_MODULE_FILE, "split", "split", 0x600, "main", 0 };

/* Both have `main`; the file only exports it. Returns what is in the debug file. */
static struct made_elf put_split(bool is_file_bad, bool is_debug_bad)
{
	struct made_elf debug = app;
	struct made_elf file = app;
	struct buf bytes = { 0 };

	debug.build_id = file.build_id = "split";
	debug.is_debug_file = true;
	made_elf_put(&bytes, &debug);
	if (is_debug_bad)
		bytes.v[EI_VERSION] = 0; /* only libelf sees through it */
	put_file("split.debug", bytes.v, bytes.len);
	buf_clear(&bytes);
	file.exports = functions;
	file.symbols = NULL;
	file.debug_link = "split.debug";
	made_elf_put(&bytes, &file);
	if (is_file_bad)
		bytes.v[EI_VERSION] = 0;
	put_file("split", bytes.v, bytes.len);
	buf_release(&bytes);
	return debug;
}

static void bad_debug_file_does_not_cost_the_exported_names(void **state)
{
	struct symbolizer_report report = { 0 };
	char *path = write_trace(&in_split, 1);
	struct name_table *names;

	(void)state;
	put_split(false, true);
	names = name_it(path, &report);
	expect_name(names, &in_split);
	expect_note(&report, "/split", NAME_REASON_NONE, "split.debug was not used: not an ELF");
	expect_note(&report, "/split", NAME_REASON_NONE, "exported functions only");
	symbolizer_report_release(&report);
	name_table_free(names);
	free(path);
}

static void bad_file_does_not_cost_the_names_of_its_debug_file(void **state)
{
	struct symbolizer_report report = { 0 };
	char *path = write_trace(&in_split, 1);
	struct name_table *names;

	(void)state;
	put_split(true, false);
	names = name_it(path, &report);
	expect_name(names, &in_split);
	expect_note(&report, "/split", NAME_REASON_NONE, "/split was not used: not an ELF file");
	expect_note(&report, "/split", NAME_REASON_NONE, "all symbols, from /tmp");
	symbolizer_report_release(&report);
	name_table_free(names);
	put_split(true, true);
	names = name_it(path, &report);
	expect_note(&report, "/split", NAME_REASON_BAD_FILE, "/split: not an ELF file");
	symbolizer_report_release(&report);
	name_table_free(names);
	free(path);
}

/* Lowers a soft limit; returns what it was. */
static struct rlimit lower(int resource, rlim_t most)
{
	struct rlimit before;
	struct rlimit now;

	assert_int_equal(getrlimit(resource, &before), 0);
	now = (struct rlimit){ most, before.rlim_max };
	assert_int_equal(setrlimit(resource, &now), 0);
	return before;
}

/* Enough descriptors for both files and one end of a pipe. */
static void debug_file_is_not_blamed_for_a_child_that_did_not_start(void **state)
{
	struct symbolizer_report report = { 0 };
	char *path = write_trace(&in_split, 1);
	struct trace_reader *r;
	struct rlimit before;
	struct name_table *names;
	int free_fd;

	(void)state;
	put_split(false, false);
	assert_int_equal(trace_reader_open(&r, path, NULL), 0);
	free_fd = dup(0);
	close(free_fd);
	before = lower(RLIMIT_NOFILE, (rlim_t)free_fd + 3);
	assert_int_equal(
		symbolizer_run(r, &(struct symbolizer_options){ 0 }, &names, &report, NULL), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	expect_note(&report, "/split", NAME_REASON_BAD_FILE, "no process could be started");
	assert_null(strstr(reported(&report, "/split")->note, "not used"));
	symbolizer_report_release(&report);
	name_table_free(names);
	trace_reader_close(r);
	free(path);
}

struct told {
	size_t cnt;
	size_t total;
};

static void expect_next(void *arg, size_t done, size_t total)
{
	struct told *told = arg;

	assert_int_equal(done, ++told->cnt);
	assert_true(done <= total);
	told->total = total;
}

#define MANY_SYMBOLS 1000000

/* A debug file with more symbols than the memory that is left to read them. */
static void debug_file_that_kills_its_reader_does_not_cost_the_exported_names(void **state)
{
	struct made_symbol *list;
	struct symbolizer_report report = { 0 };
	struct made_elf debug;
	struct told told = { 0 };
	struct symbolizer_options options = { .progress = expect_next, .progress_arg = &told };
	unsigned long long pages = 0;
	struct buf bytes = { 0 };
	struct name_table *names;
	struct rlimit before;
	FILE *statm;
	char *path;

	(void)state;
	if (!SANDBOX_HAS_WALLS)
		skip();
	path = write_trace(&in_split, 1);
	debug = put_split(false, false);
	list = mem_alloc(MANY_SYMBOLS + 1, sizeof(*list));
	for (uint64_t i = 0; i < MANY_SYMBOLS; i++)
		list[i] = (struct made_symbol){ "f", 0x201600 + i, 1, STT_FUNC, STB_GLOBAL };
	debug.symbols = list;
	debug.size = MANY_SYMBOLS;
	made_elf_put(&bytes, &debug);
	put_file("split.debug", bytes.v, bytes.len);
	statm = fopen("/proc/self/statm", "r");
	assert_non_null(statm);
	assert_int_equal(fscanf(statm, "%llu", &pages), 1);
	fclose(statm);
	before = lower(RLIMIT_AS, pages * (rlim_t)sysconf(_SC_PAGESIZE) + bytes.len + (8 << 20));
	names = name_it_so(path, &options, &report);
	assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
	assert_int_equal(told.cnt, 1); /* though it was tried twice */
	expect_name(names, &in_split);
	expect_note(&report, "/split", NAME_REASON_NONE, "split.debug was not used: reading it");
	symbolizer_report_release(&report);
	name_table_free(names);
	buf_release(&bytes);
	free(list);
	free(path);
}

static void progress_counts_every_module_once(void **state)
{
	char *path = write_trace(places, PLACE_CNT);
	struct told told = { 0 };
	struct symbolizer_options options = { .progress = expect_next, .progress_arg = &told };

	(void)state;
	name_table_free(name_it_so(path, &options, NULL));
	assert_int_equal(told.cnt, 9);
	assert_int_equal(told.total, 9);
	free(path);
}

static void every_path_of_a_build_is_tried(void **state)
{
	static const struct place both[] = {
		{ TRACE_MODULE_FILE, "gone", "app-build", 0x600, "main", 0 },
		{ TRACE_MODULE_FILE, "app", "app-build", 0x640, "app::loop", 0 },
	};
	char *path = write_trace(both, 2);
	struct symbolizer_report report = { 0 };
	struct name_table *names = name_it(path, &report);

	(void)state;
	assert_int_equal(report.cnt, 1);
	expect_name(names, &both[0]);
	expect_name(names, &both[1]);
	symbolizer_report_release(&report);
	name_table_free(names);
	free(path);
}

static void jit_map_beyond_the_limit_is_left_out_and_told(void **state)
{
	static const struct place whole = { TRACE_MODULE_JIT,	   "[jit]", "", 0x7f0000001010,
					    "sum /app/index.js:3", 0 };
	static const char map[] = "7f0000001000 40 sum /app/index.js:3\n";
	char *path = write_trace(&whole, 1);
	struct symbolizer_report report = { 0 };
	struct symbolizer_options options = { .jit_bytes_max = strlen(map) + 1 };
	struct name_table *names = name_it_so(path, &options, &report);

	(void)state;
	expect_name(names, &whole);
	assert_null(strstr(reported(&report, "[jit]")->note, "left out"));
	symbolizer_report_release(&report);
	name_table_free(names);
	options.jit_bytes_max--;
	names = name_it_so(path, &options, &report);
	expect_note(&report, "[jit]", NAME_REASON_NO_MATCH, "a part of it was left out");
	symbolizer_report_release(&report);
	name_table_free(names);
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
		cmocka_unit_test(bad_file_does_not_cost_the_names_of_its_debug_file),
		cmocka_unit_test(debug_file_is_not_blamed_for_a_child_that_did_not_start),
		cmocka_unit_test(debug_file_that_kills_its_reader_does_not_cost_the_exported_names),
		cmocka_unit_test(progress_counts_every_module_once),
		cmocka_unit_test(every_path_of_a_build_is_tried),
		cmocka_unit_test(jit_map_beyond_the_limit_is_left_out_and_told),
		cmocka_unit_test(our_own_vdso_is_named_if_it_is_the_recorded_one),
		cmocka_unit_test(damage_of_the_trace_is_reported_and_the_rest_named),
		cmocka_unit_test(trace_without_addresses_has_an_empty_table),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
