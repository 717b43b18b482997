#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <malloc.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "formats/folded_lines.h"
#include "formats/stack_names.h"
#include "tests/unit/quality_trace.h"
#include "tests/unit/small_trace.h"

/* A trace of one stack, made by the caller, and what its frames are called. */
struct naming {
	struct small_writer writer;
	char path[32];
	struct trace_reader *reader;
	struct name_table *table;
	struct strtab *texts;
	struct stack_names *names;
};

static void start(struct naming *n)
{
	struct trace_event event = { .name = "cpu",
				     .source = "cpu-clock",
				     .kind = TRACE_EVENT_SAMPLE,
				     .unit = TRACE_UNIT_SAMPLES };
	struct err err = { 0 };

	*n = (struct naming){ .path = "/tmp/stack_names.XXXXXX" };
	close(mkstemp(n->path));
	assert_int_equal(trace_writer_open(&n->writer.w, n->path, NULL, &err), 0);
	n->writer.cpu = trace_writer_event(n->writer.w, &event);
	n->table = name_table_new();
	n->texts = strtab_new();
}

/* Reads the trace of the stack that ends in `leaf`, and gives the id that it has there. */
static uint32_t finish(struct naming *n, uint32_t leaf)
{
	struct trace_record record;
	struct err err = { 0 };
	uint32_t stack = TRACE_NONE;

	small_sample(&n->writer, n->writer.cpu, small_thread(&n->writer, 1, 1, "p"), leaf, 1, 0);
	assert_int_equal(trace_writer_finish(n->writer.w, TRACE_STOP_SIGNAL, 1, &err), 0);
	assert_int_equal(trace_writer_publish(n->writer.w, &err), 0);
	trace_writer_close(n->writer.w);
	assert_int_equal(trace_reader_open(&n->reader, n->path, &err), 0);
	unlink(n->path);
	while (trace_reader_next(n->reader, &record, &err) > 0)
		if (record.kind == TRACE_RECORD_SAMPLE)
			stack = record.sample.stack;
	n->names = stack_names_new(n->reader, n->table, n->texts);
	return stack;
}

/* The names of the stack that ends in `leaf`, as text. */
static void expect(struct naming *n, uint32_t leaf, const char *expected)
{
	uint32_t stack = finish(n, leaf);
	const struct shown_frame *frames;
	struct buf text = { 0 };
	size_t cnt;

	frames = stack_names_stack(n->names, stack, &cnt);
	for (size_t i = 0; i < cnt; i++)
		buf_printf(&text, "%s%s%s", i ? ";" : "",
			   strtab_get(n->texts, frames[i].name, NULL), frames[i].reason ? "?" : "");
	assert_string_equal(buf_text(&text), expected);
	buf_release(&text);
}

static void stop(struct naming *n)
{
	stack_names_free(n->names);
	trace_reader_close(n->reader);
	name_table_free(n->table);
	strtab_free(n->texts);
}

static struct trace_module module(enum trace_module_kind kind, const char *path)
{
	return (struct trace_module){ .kind = kind, .path = path, .process = TRACE_NONE };
}

static void addresses_without_names_are_called_by_their_module(void **state)
{
	struct trace_module modules[] = {
		module(TRACE_MODULE_UNMAPPED, ""),
		module(TRACE_MODULE_JIT, "//anon"),
		module(TRACE_MODULE_VDSO, "[vdso]"),
		module(TRACE_MODULE_FILE, "/usr/bin/a program"),
		module(TRACE_MODULE_FILE, SMALL_LIBZ),
		module(TRACE_MODULE_FILE, "plain"),
		module(TRACE_MODULE_FILE, ""),
		module(TRACE_MODULE_KERNEL, "vmlinux"),
		module(TRACE_MODULE_KERNEL_MODULE, "[nf_conntrack]"),
		module(TRACE_MODULE_BPF, "bpf_prog_1234_probe"),
	};
	struct naming n;
	uint32_t node = TRACE_NONE;

	(void)state;
	start(&n);
	modules[0].process = modules[1].process = 0;
	small_thread(&n.writer, 1, 1, "p");
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		node = small_addressed(&n.writer, node, &modules[i], 0x1000 + i);
	expect(&n, node,
	       "[unknown]?;[jit]?;[vdso]?;[a program]?;[libz.so.1.2.13]?;[plain]?;[unknown]?;"
	       "[kernel]?;[nf_conntrack]?;[bpf_prog_1234_probe]?");
	stop(&n);
}

static void inlined_functions_are_frames_of_their_own_behind_their_caller(void **state)
{
	struct naming n;
	const struct shown_frame *frames;
	size_t cnt;

	(void)state;
	start(&n);
	name_table_free(n.table);
	n.table = small_names();
	expect(&n, small_addressed(&n.writer, TRACE_NONE, &small_libz, 0x10), "deflate;copy");
	frames = stack_names_node(n.names, 0, &cnt);
	assert_int_equal(cnt, 2);
	assert_int_equal(frames[0].kind, TRACE_FRAME_USER);
	assert_int_equal(frames[1].kind, TRACE_FRAME_INLINED);
	assert_int_equal(frames[1].line, 12);
	assert_string_equal(strtab_get(n.texts, frames[1].file, NULL), "zutil.c");
	assert_string_equal(strtab_get(n.texts, frames[1].module, NULL), "libz.so.1.2.13");
	stop(&n);
}

static void lost_parts_say_their_reason(void **state)
{
	struct naming n;

	(void)state;
	start(&n);
	expect(&n, small_lost(&n.writer, small_named(&n.writer, TRACE_NONE, "main")),
	       "main;[stack lost: busy]");
	stop(&n);
}

static void a_walk_that_ended_early_is_a_cut_not_a_loss(void **state)
{
	struct naming n;
	struct trace_frame cut = {
		.kind = TRACE_FRAME_LOST,
		.reason = TRACE_REASON_NO_FRAME_POINTER,
		.module = TRACE_NONE,
		.name = "",
		.file = "",
	};
	uint32_t node;

	(void)state;
	start(&n);
	node = trace_writer_node(n.writer.w, TRACE_NONE, trace_writer_frame(n.writer.w, &cut));
	expect(&n, small_named(&n.writer, node, "main"), "[stack cut: no frame pointer];main");
	stop(&n);
}

static void given_names_are_kept_and_empty_ones_unknown(void **state)
{
	struct naming n;
	uint32_t node;

	(void)state;
	start(&n);
	node = small_named(&n.writer, TRACE_NONE, "a;b\n");
	node = small_named(&n.writer, small_named(&n.writer, node, ""), "[unknown]");
	expect(&n, node, "a;b\n;[unknown]?;[unknown]?");
	stop(&n);
}

static void a_frame_leads_to_why_its_module_has_no_names(void **state)
{
	const struct shown_frame *frames;
	struct naming n;
	const char *note;
	uint32_t node;
	size_t cnt;

	(void)state;
	start(&n);
	name_table_free(n.table);
	n.table = small_names();
	node = small_addressed(&n.writer, TRACE_NONE, &small_libz, 0x99);
	expect(&n, node, "[libz.so.1.2.13]?");
	frames = stack_names_node(n.names, node, &cnt);
	assert_int_equal(name_table_module_reason(n.table, frames->in_table, &note),
			 NAME_REASON_NO_SYMBOLS);
	assert_string_equal(note, "install zlib1g-dbgsym");
	stop(&n);
}

static void lines_can_be_taken_apart_where_they_were_joined(void **state)
{
	struct strtab *names = strtab_new();
	struct shown_frame frames[] = {
		{ .name = strtab_intern_text(names, "a;b\nc"), .kind = TRACE_FRAME_USER },
		{ .name = strtab_intern_text(names, "thread 12"), .kind = TRACE_FRAME_KERNEL },
	};
	struct folded_lines lines;
	struct buf out = { 0 };

	(void)state;
	folded_lines_start(&lines, false);
	folded_lines_add(&lines, folded_lines_find(&lines, "my proc 7", frames, 2, names), 5);
	folded_lines_add(&lines, folded_lines_find(&lines, "my proc 7", frames, 2, names), 6);
	folded_lines_add(&lines, folded_lines_find(&lines, "", frames, 0, names), 1500);
	folded_lines_put(&lines, &out, 1, 1);
	assert_string_equal(buf_text(&out), "[unknown] 1500\nmy_proc_7;a:b\\nc;thread_12 11\n");
	buf_clear(&out);
	folded_lines_put(&lines, &out, 1, 1000);
	assert_string_equal(buf_text(&out), "[unknown] 2\nmy_proc_7;a:b\\nc;thread_12 0\n");
	buf_release(&out);
	folded_lines_release(&lines);
	strtab_free(names);
}

/* The stacks of all copies of a trace of two groups, one line each. */
static void put_copied_stacks(struct buf *out, struct trace_reader *r, struct name_table *table)
{
	struct strtab *texts = strtab_new();
	struct stack_names *names = stack_names_new(r, table, texts);
	struct trace_record record;

	while (trace_reader_next(r, &record, NULL) > 0) {
		const struct shown_frame *frames;
		size_t cnt;

		if (record.kind == TRACE_RECORD_KEY_FRAME)
			stack_names_restart(names);
		if (record.kind != TRACE_RECORD_SAMPLE)
			continue;
		frames = stack_names_stack(names, record.sample.stack, &cnt);
		if (!cnt || record.sample.time_ns < 5106000000)
			continue;
		for (size_t i = 0; i < cnt; i++)
			buf_printf(out, "%s%s%s", i ? ";" : "",
				   strtab_get(texts, frames[i].name, NULL),
				   frames[i].kind == TRACE_FRAME_LOST ? "!" : "");
		buf_puts(out, "\n");
	}
	stack_names_free(names);
	strtab_free(texts);
}

static void copied_stacks_are_the_frames_that_unwinding_found(void **state)
{
	static const char expected[] =
		"main;work;deflate;copy;[kernel]\nmain;work;deflate;copy;[kernel]\n"
		"main;work;deflate;copy;[kernel]\n"
		"[stack cut: end of the copy]!;deflate;copy;[kernel]\n"
		"[stack copied, not unwound]!;[kernel]\n"
		"main;work;deflate;copy;[kernel]\n";
	char path[] = "/tmp/stack_names.XXXXXX";
	struct name_table *table = quality_names(1);
	struct trace_reader *r;
	struct buf text = { 0 };

	(void)state;
	close(mkstemp(path));
	assert_int_equal(quality_write(path, 1, "auto", NULL), 0);
	assert_int_equal(trace_reader_open(&r, path, NULL), 0);
	unlink(path);
	put_copied_stacks(&text, r, table);
	assert_string_equal(buf_text(&text), expected);
	buf_release(&text);
	trace_reader_close(r);
	name_table_free(table);
}

static void copied_stacks_without_names_are_not_unwound(void **state)
{
	char path[] = "/tmp/stack_names.XXXXXX";
	struct name_table *table = name_table_new();
	struct trace_reader *r;
	struct buf text = { 0 };
	unsigned lines = 0;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(quality_write(path, 1, "auto", NULL), 0);
	assert_int_equal(trace_reader_open(&r, path, NULL), 0);
	unlink(path);
	put_copied_stacks(&text, r, table);
	for (const char *p = buf_text(&text); (p = strstr(p, "[stack copied, not unwound]!")); p++)
		lines++;
	assert_int_equal(lines, QUALITY_COPIED);
	buf_release(&text);
	trace_reader_close(r);
	name_table_free(table);
}

/* A place in a module that no group knows keeps its names, and is else unknown. */
static void copied_places_of_unknown_modules_are_shown(void **state)
{
	struct trace_module copies = module(TRACE_MODULE_COPY, ""), gone;
	struct trace_process owner = { .tgid = 1, .uid = TRACE_NONE, .comm = "p" };
	struct name_frame named = { TRACE_FRAME_JIT, "compiled", "", 0 };
	struct name_place places[2] = { 0 };
	struct naming n;

	(void)state;
	start(&n);
	small_thread(&n.writer, 1, 1, "p");
	copies.process = 0;
	gone = module(TRACE_MODULE_FILE, "/gone");
	places[0] =
		(struct name_place){ name_table_module(n.table, &gone, NULL), TRACE_FRAME_JIT, 1 };
	places[1] = (struct name_place){ places[0].module, TRACE_FRAME_USER, 2 };
	name_table_add(n.table, places[0].module, 1, &named, 1, NAME_REASON_NONE);
	name_table_add_copy(n.table, name_table_module(n.table, &copies, &owner), 77, places, 2, 0);
	expect(&n, small_addressed(&n.writer, TRACE_NONE, &copies, 77), "[unknown]?;compiled");
	stop(&n);
}

/* So many copies in one stack, each of as many frames as a copy may have: 300 MB in all. */
#define LARGE_COPIES 40

static void frames_of_copies_take_bounded_memory(void **state)
{
	struct trace_module copies = module(TRACE_MODULE_COPY, ""), code;
	struct trace_process owner = { .tgid = 1, .uid = TRACE_NONE, .comm = "p" };
	struct name_frame inlined[NAME_FRAMES_MAX];
	struct name_place *places = calloc(TRACE_DEPTH_MAX, sizeof(*places));
	const struct shown_frame *frames;
	uint32_t node = TRACE_NONE;
	struct naming n;
	size_t cnt, before;

	(void)state;
	start(&n);
	small_thread(&n.writer, 1, 1, "p");
	copies.process = 0;
	code = module(TRACE_MODULE_FILE, "/code");
	for (size_t i = 0; i < NAME_FRAMES_MAX; i++)
		inlined[i] = (struct name_frame){ TRACE_FRAME_INLINED, "f", "", 0 };
	for (size_t i = 0; i < TRACE_DEPTH_MAX; i++)
		places[i] = (struct name_place){ name_table_module(n.table, &code, NULL),
						 TRACE_FRAME_USER, 1 };
	name_table_add(n.table, places[0].module, 1, inlined, NAME_FRAMES_MAX, NAME_REASON_NONE);
	for (uint64_t id = 0; id < LARGE_COPIES; id++) {
		name_table_add_copy(n.table, name_table_module(n.table, &copies, &owner), id,
				    places, TRACE_DEPTH_MAX, TRACE_REASON_COPY_CUT);
		node = small_addressed(&n.writer, node, &copies, id);
	}
	free(places);
	node = finish(&n, node);
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	for (uint32_t at = node; at != TRACE_NONE; at = trace_reader_node(n.reader, at)->parent)
		stack_names_node(n.names, at, &cnt);
	frames = stack_names_stack(n.names, node, &cnt);
	assert_int_equal(cnt, TRACE_DEPTH_MAX * NAME_FRAMES_MAX + 1);
	assert_int_equal(frames[0].kind, TRACE_FRAME_LOST);
	assert_true(mallinfo2().uordblks + mallinfo2().hblkhd - before < (size_t)128 << 20);
	stop(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_without_names_are_called_by_their_module),
		cmocka_unit_test(inlined_functions_are_frames_of_their_own_behind_their_caller),
		cmocka_unit_test(lost_parts_say_their_reason),
		cmocka_unit_test(a_walk_that_ended_early_is_a_cut_not_a_loss),
		cmocka_unit_test(copied_stacks_are_the_frames_that_unwinding_found),
		cmocka_unit_test(copied_stacks_without_names_are_not_unwound),
		cmocka_unit_test(copied_places_of_unknown_modules_are_shown),
		cmocka_unit_test(frames_of_copies_take_bounded_memory),
		cmocka_unit_test(given_names_are_kept_and_empty_ones_unknown),
		cmocka_unit_test(a_frame_leads_to_why_its_module_has_no_names),
		cmocka_unit_test(lines_can_be_taken_apart_where_they_were_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
