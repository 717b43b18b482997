#include <fcntl.h>
#include <sys/stat.h>

#include "base/cache_folder.h"
#include "base/io.h"
#include "symbolize/name_cache.h"
#include "tests/unit/place_trace.h"

/* Naming with what earlier runs know, and in pieces: the result is always the same. */

static struct cache_folder cache;

static const struct place few[] = {
	{ TRACE_MODULE_FILE, "app", "app-build", 0x600, "main", 0 },
	{ TRACE_MODULE_FILE, "app", "app-build", 0x6a0, NULL, NAME_REASON_NO_MATCH },
};

/* The trace named into the folder's file `name`. */
static void name_into(const char *trace, const char *name, bool with_cache)
{
	struct symbolizer_options options = { .cache = with_cache ? &cache : NULL };
	struct symbolizer_report report = { 0 };
	char *path = mem_printf("%s/%s", folder, name);
	struct name_table *names;
	struct trace_reader *r;
	struct err err = { 0 };

	assert_int_equal(trace_reader_open(&r, trace, &err), 0);
	if (symbolizer_run(r, &options, &names, &report, &err) ||
	    name_table_write(names, r, path, &err))
		fail_msg("%s", err.text);
	symbolizer_report_release(&report);
	name_table_free(names);
	trace_reader_close(r);
	free(path);
}

static void expect_same(const char *a, const char *b)
{
	char *a_path = mem_printf("%s/%s", folder, a);
	char *b_path = mem_printf("%s/%s", folder, b);
	struct io_view left;
	struct io_view right;

	assert_int_equal(io_view_open(&left, a_path, NULL), 0);
	assert_int_equal(io_view_open(&right, b_path, NULL), 0);
	assert_int_equal(left.len, right.len);
	assert_memory_equal(left.v, right.v, left.len);
	io_view_close(&left);
	io_view_close(&right);
	free(a_path);
	free(b_path);
}

static void names_from_the_cache_make_the_same_file(void **state)
{
	char *trace = write_trace(places, PLACE_CNT);

	(void)state;
	name_into(trace, "once", false);
	name_into(trace, "twice", true);
	expect_same("once", "twice");
	assert_true(cache.has_grown);
	cache.has_grown = false;
	name_into(trace, "again", true);
	expect_same("once", "again");
	assert_false(cache.has_grown);
	free(trace);
}

static void names_partly_known_make_the_same_file(void **state)
{
	char *trace = write_trace(few, 2);

	(void)state;
	name_into(trace, "twice", true);
	free(trace);
	trace = write_trace(places, PLACE_CNT);
	name_into(trace, "once", false);
	name_into(trace, "twice", true);
	expect_same("once", "twice");
	free(trace);
	trace = write_trace(few, 2);
	name_into(trace, "once", false);
	name_into(trace, "twice", true);
	expect_same("once", "twice");
	free(trace);
}

/* All names in the app's file become x, and nobody can tell by looking at it. */
static void spoil_app(void)
{
	char *path = mem_printf("%s/app", folder);
	int fd = open(path, O_RDWR);
	struct timespec times[2];
	struct stat st;
	char *bytes;
	char *name;

	assert_int_equal(fstat(fd, &st), 0);
	bytes = mem_alloc((size_t)st.st_size, 1);
	assert_int_equal(pread(fd, bytes, (size_t)st.st_size, 0), st.st_size);
	name = memmem(bytes, (size_t)st.st_size, "main", 5);
	assert_non_null(name);
	assert_int_equal(pwrite(fd, "xxxx", 4, name - bytes), 4);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
	free(bytes);
	free(path);
}

static void known_names_are_not_read_again(void **state)
{
	struct symbolizer_options options = { .cache = &cache };
	struct place spoiled = few[0];
	char *trace = write_trace(few, 2);
	struct name_table *names;

	(void)state;
	name_table_free(name_it_so(trace, &options, NULL));
	spoil_app();
	names = name_it_so(trace, &options, NULL);
	expect_name(names, &few[0]);
	name_table_free(names);
	names = name_it(trace, NULL);
	spoiled.name = "xxxx";
	expect_name(names, &spoiled);
	name_table_free(names);
	free(trace);
	put_files();
}

/* A debug file that comes later brings its names. */
static void debug_file_that_comes_later_is_read(void **state)
{
	static const struct place inside = { TRACE_MODULE_FILE, "split", "split", 0x640,
					     "app::loop",	0 };
	struct place before = inside;
	struct symbolizer_options options = { .cache = &cache };
	struct made_elf file = app;
	struct made_elf debug = app;
	struct buf bytes = { 0 };
	struct name_table *names;
	char *trace;

	(void)state;
	file.build_id = debug.build_id = "split";
	file.symbols = NULL;
	file.debug_link = "split.debug";
	debug.is_debug_file = true;
	made_elf_put(&bytes, &file);
	put_file("split", bytes.v, bytes.len);
	trace = write_trace(&inside, 1);
	names = name_it_so(trace, &options, NULL);
	before.name = NULL;
	before.reason = NAME_REASON_NO_SYMBOLS;
	expect_name(names, &before);
	name_table_free(names);
	buf_clear(&bytes);
	made_elf_put(&bytes, &debug);
	put_file("split.debug", bytes.v, bytes.len);
	names = name_it_so(trace, &options, NULL);
	expect_name(names, &inside);
	name_table_free(names);
	buf_release(&bytes);
	free(trace);
}

#define MANY 20001

/* More than one child has a share of them. */
static void very_many_addresses_are_named_in_pieces(void **state)
{
	struct place *many = mem_alloc(MANY, sizeof(*many));
	struct symbolizer_report report = { 0 };
	struct name_table *names;
	char *trace;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		many[i] = (struct place){ TRACE_MODULE_FILE, "app", "app-build",
					  0x5ff + i,	     NULL,  NAME_REASON_NO_MATCH };
	trace = write_trace(many, MANY);
	names = name_it(trace, &report);
	assert_int_equal(name_table_cnt(names), MANY);
	assert_int_equal(report.named_cnt, 0x90);
	expect_name(names, &places[0]);
	expect_name(names, &places[3]);
	expect_name(names, &many[0]);
	expect_name(names, &many[MANY / 2]);
	expect_name(names, &many[MANY - 1]);
	name_into(trace, "once", true);
	name_into(trace, "twice", true);
	name_into(trace, "again", false);
	expect_same("once", "twice");
	expect_same("once", "again");
	symbolizer_report_release(&report);
	name_table_free(names);
	free(trace);
	free(many);
}

static int make_cache(void **state)
{
	char *dir = mem_printf("%s/names", folder);

	(void)state;
	cache_folder_open(&cache, "names", dir, NAME_CACHE_BYTES_MAX, NULL);
	free(dir);
	return cache.fd < 0;
}

static int remove_cache(void **state)
{
	char *command = mem_printf("rm -rf %s", cache.path);
	int bad = system(command);

	(void)state;
	cache_folder_close(&cache);
	free(command);
	return bad;
}

#define promise(name) cmocka_unit_test_setup_teardown(name, make_cache, remove_cache)

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(names_from_the_cache_make_the_same_file),
		promise(names_partly_known_make_the_same_file),
		promise(known_names_are_not_read_again),
		promise(debug_file_that_comes_later_is_read),
		promise(very_many_addresses_are_named_in_pieces),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
