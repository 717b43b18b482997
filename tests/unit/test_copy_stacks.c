#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"
#include "base/mem.h"
#include "formats/trace_reader.h"
#include "formats/trace_writer.h"
#include "tests/unit/own_stack.h"
#include "symbolize/symbolizer.h"

/*
 * Copies of our own stack, through a trace and a sandboxed child into a name table. This
 * program goes by the path /nowhere/program in the trace: only who is given the folder
 * that holds a copy of it there can read it.
 */

#define BARE __attribute__((noinline, noclone, noipa, optimize("omit-frame-pointer")))
#define OUR_PATH "/nowhere/program"
#define TGID 42

static char folder[] = "/tmp/test_copy_stacks.XXXXXX";
static struct own_mappings *own;
static struct copy_stack taken;
static volatile int after;

void inner_most(void);
void inner_one(void);
void outer_one(void);

BARE void inner_most(void)
{
	OWN_STACK_TAKE(&taken, TRACE_COPY_BYTES_MAX);
	after++;
}

BARE void inner_one(void)
{
	inner_most();
	after++;
}

BARE void outer_one(void)
{
	inner_one();
	after++;
}

/* ---- a trace ---- */

static char *path_in(const char *name)
{
	return mem_printf("%s/%s", folder, name);
}

static struct trace_process our_process(void)
{
	return (struct trace_process){
		.tgid = TGID, .comm = "app", .executable = "", .cgroup = ""
	};
}

static uint32_t write_mappings(struct trace_writer *w, uint32_t process)
{
	struct trace_mapping rows[OWN_MAPPINGS_MAX];
	struct trace_mappings m = { .process = process, .cnt = (uint32_t)own->cnt, .v = rows };

	for (size_t i = 0; i < own->cnt; i++) {
		const bool is_jit = own->files[i].kind == TRACE_MODULE_JIT;
		const struct trace_module module = { .kind = own->files[i].kind,
						     .path = own->paths[i],
						     .process = is_jit ? process : TRACE_NONE };

		rows[i] = own->mappings[i];
		rows[i].module = trace_writer_module(w, &module);
	}
	return trace_writer_mappings(w, &m);
}

struct copies {
	size_t cnt;
	size_t len;	       /* of each */
	unsigned register_cnt; /* 0: as many as there are */
	bool without_mappings;
};

static void write_copies(struct trace_writer *w, const struct copies *copies, size_t first)
{
	const struct trace_process process = our_process();
	const uint32_t p = trace_writer_process(w, &process);
	const struct trace_module owner = { .kind = TRACE_MODULE_COPY, .path = "", .process = p };
	const uint32_t t = trace_writer_thread(w, &(struct trace_thread){ p, TGID, "app" });
	struct trace_copy copy = {
		.module = trace_writer_module(w, &owner),
		.mappings = copies->without_mappings ? TRACE_NONE : write_mappings(w, p),
		.register_cnt = copies->register_cnt ? copies->register_cnt : COPY_REGISTER_CNT,
		.registers = taken.registers,
		.bytes = taken.bytes,
		.len = copies->len < taken.len ? copies->len : taken.len,
	};

	for (size_t i = 0; i < copies->cnt; i++) {
		struct trace_frame frame = { .kind = TRACE_FRAME_USER, .name = "", .file = "" };
		struct trace_sample sample = { .weight = 1, .thread = t };

		copy.id = first + i;
		frame.module = copy.module;
		frame.offset = copy.id;
		sample.time_ns = 1000 * (first + i);
		sample.stack = trace_writer_node(w, TRACE_NONE, trace_writer_frame(w, &frame));
		trace_writer_copy(w, &copy);
		trace_writer_sample(w, &sample);
	}
}

/* In two groups, so that ids start again in between. */
static char *write_trace(const struct copies *copies)
{
	const struct trace_writer_options options = { .group_bytes = 1 };
	char *path = path_in("trace");
	struct trace_writer *w;

	assert_int_equal(trace_writer_open(&w, path, &options, NULL), 0);
	trace_writer_event(w, &(struct trace_event){ .name = "cpu",
						     .source = "cpu-clock",
						     .kind = TRACE_EVENT_SAMPLE,
						     .unit = TRACE_UNIT_SAMPLES });
	assert_int_equal(trace_writer_publish(w, NULL), 0);
	for (size_t group = 0; group < 2; group++) {
		write_copies(w, copies, 1 + group * copies->cnt);
		assert_int_equal(trace_writer_flush(w, NULL), 0);
	}
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_DURATION, 1000000, NULL), 0);
	trace_writer_close(w);
	return path;
}

/* ---- its names ---- */

/* Names it in place where `written`, as profile symbolize does. */
static struct name_table *name_it(const char *path, bool with_folder, bool written,
				  struct symbolizer_report *report)
{
	const char *dirs[] = { folder };
	const struct symbolizer_options options = { .debug_dirs = dirs,
						    .debug_dir_cnt = with_folder };
	struct name_table *names;
	struct trace_reader *r;
	struct err err = { 0 };

	assert_int_equal(trace_reader_open(&r, path, &err), 0);
	if (symbolizer_run(r, &options, &names, report, &err) ||
	    (written && name_table_write(names, r, path, &err)))
		fail_msg("%s", err.text);
	trace_reader_close(r);
	return names;
}

static uint32_t copies_of(const struct name_table *names)
{
	const struct trace_module module = { .kind = TRACE_MODULE_COPY, .path = "" };
	const struct trace_process owner = our_process();

	return name_table_module_find(names, &module, &owner);
}

static void expect_function(const struct name_table *names, const struct name_place *place,
			    const char *function)
{
	enum name_reason reason;
	size_t cnt;
	const struct name_frame *frames =
		name_table_find(names, place->module, place->offset, &cnt, &reason);

	assert_non_null(frames);
	assert_string_equal(frames[cnt - 1].function, function);
}

static void expect_our_stack(const struct name_table *names, uint64_t id)
{
	enum trace_reason root;
	size_t cnt;
	const struct name_place *places =
		name_table_find_copy(names, copies_of(names), id, &cnt, &root);

	assert_non_null(places);
	assert_int_equal(root, 0);
	assert_true(cnt > 4);
	expect_function(names, &places[0], "inner_most");
	expect_function(names, &places[1], "inner_one");
	expect_function(names, &places[2], "outer_one");
}

static void finish(struct name_table *names, struct symbolizer_report *report, char *path)
{
	name_table_free(names);
	symbolizer_report_release(report);
	free(path);
}

static void unwinds_copies_and_names_what_it_finds(void **state)
{
	const struct copies copies = { .cnt = 300, .len = SIZE_MAX };
	char *path = write_trace(&copies);
	struct symbolizer_report report;
	struct name_table *names = name_it(path, true, false, &report);
	const char *note;

	(void)state;
	for (uint64_t id = 1; id <= 2 * copies.cnt; id++)
		expect_our_stack(names, id);
	assert_int_equal(report.copies.all.stack_cnt, 600);
	assert_int_equal(report.copies.all.whole_cnt, 600);
	assert_int_equal(report.copies.cnt, 1);
	assert_int_equal(report.copies.v[0].tgid, TGID);
	name_table_module_reason(names, copies_of(names), &note);
	assert_string_equal(note, "600 copied stacks: 600 whole");
	finish(names, &report, path);
}

static void says_why_a_copy_is_not_whole(void **state)
{
	static const struct {
		struct copies copies;
		enum trace_reason root;
	} cases[] = {
		{ { .cnt = 2, .len = 64 }, TRACE_REASON_COPY_CUT },
		{ { .cnt = 2, .len = SIZE_MAX, .without_mappings = true },
		  TRACE_REASON_NO_MAPPING },
		{ { .cnt = 2, .len = SIZE_MAX, .register_cnt = 9 }, TRACE_REASON_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *path = write_trace(&cases[i].copies);
		struct symbolizer_report report;
		struct name_table *names = name_it(path, true, false, &report);
		enum trace_reason root;
		size_t cnt;

		name_table_find_copy(names, copies_of(names), 3, &cnt, &root);
		assert_int_equal(root, cases[i].root);
		assert_int_equal(report.copies.all.cut[root], 4);
		assert_int_equal(report.copies.all.whole_cnt, 0);
		finish(names, &report, path);
	}
}

static void names_the_file_that_was_missed(void **state)
{
	const struct copies copies = { .cnt = 1, .len = SIZE_MAX };
	char *path = write_trace(&copies);
	struct symbolizer_report report;
	struct name_table *names = name_it(path, false, false, &report);
	const char *note;

	(void)state;
	assert_int_equal(report.copies.all.cut[TRACE_REASON_NO_TABLE], 2);
	name_table_module_reason(names, copies_of(names), &note);
	assert_non_null(strstr(note, OUR_PATH));
	finish(names, &report, path);
}

/* With descriptors for the trace, but none for a child. */
static void says_that_no_child_could_unwind_them(void **state)
{
	const struct copies copies = { .cnt = 1, .len = SIZE_MAX };
	char *path = write_trace(&copies);
	struct symbolizer_report report;
	struct rlimit before, few;
	struct name_table *names;
	const char *note;
	int next = dup(STDIN_FILENO);

	(void)state;
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){ (rlim_t)next + 1, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	names = name_it(path, true, false, &report);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(report.copies.all.cut[TRACE_REASON_NOT_UNWOUND], 2);
	name_table_module_reason(names, copies_of(names), &note);
	assert_non_null(strstr(note, "a child failed at the files of its process: no process"));
	finish(names, &report, path);
}

static void keeps_what_an_earlier_run_had_unwound(void **state)
{
	const struct copies copies = { .cnt = 3, .len = SIZE_MAX };
	char *path = write_trace(&copies);
	struct symbolizer_report report;
	struct name_table *names = name_it(path, true, true, &report);

	(void)state;
	name_table_free(names);
	symbolizer_report_release(&report);
	names = name_it(path, false, false, &report);
	for (uint64_t id = 1; id <= 2 * copies.cnt; id++)
		expect_our_stack(names, id);
	assert_int_equal(report.copies.all.whole_cnt, 6);
	assert_int_equal(report.copies.v[0].kept_cnt, 6);
	finish(names, &report, path);
}

/* ---- the folder ---- */

static void copy_ourselves(const char *to)
{
	const int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	char part[4096];
	ssize_t got;

	while ((got = read(in, part, sizeof(part))) > 0)
		assert_int_equal(io_write_all(out, part, (size_t)got), 0);
	close(in);
	close(out);
}

static int make_folder(void **state)
{
	char self[4096] = "";
	char *below, *program;

	(void)state;
	if (!mkdtemp(folder) || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return -1;
	below = path_in("nowhere");
	program = path_in(OUR_PATH + 1);
	if (mkdir(below, 0700))
		return -1;
	copy_ourselves(program);
	free(below);
	free(program);
	own = own_mappings_new();
	for (size_t i = 0; i < own->cnt; i++)
		if (!strcmp(own->paths[i], self)) {
			free(own->paths[i]);
			own->paths[i] = mem_dup(OUR_PATH, strlen(OUR_PATH));
		}
	outer_one();
	return 0;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { OUR_PATH + 1, "trace", "nowhere", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = path_in(names[i]);

		remove(path);
		free(path);
	}
	free((void *)taken.bytes);
	own_mappings_free(own);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unwinds_copies_and_names_what_it_finds),
		cmocka_unit_test(says_why_a_copy_is_not_whole),
		cmocka_unit_test(names_the_file_that_was_missed),
		cmocka_unit_test(says_that_no_child_could_unwind_them),
		cmocka_unit_test(keeps_what_an_earlier_run_had_unwound),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
