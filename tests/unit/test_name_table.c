#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/mem.h"
#include "formats/chunk_walk.h"
#include "formats/name_table.h"
#include "formats/trace_source.h"
#include "tests/unit/scratch_file.h"
#include "tests/unit/trace_sample.h"

static const struct trace_shape small = {
	.seed = 3, .seconds = 3, .hz = 99, .cpus = 2, .depth = 12, .unique_pct = 20
};

static void make_trace(void)
{
	struct trace_maker maker;
	struct err err = { 0 };

	assert_int_equal(maker_write(&maker, &small, scratch_path, &err), 0);
	vec_release(&maker.digests);
}

static struct trace_reader *open_trace(void)
{
	struct trace_reader *r;
	struct err err = { 0 };

	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	return r;
}

static const struct trace_process owner_a = { .tgid = 5, .start_ns = 10, .generation = 1 };
static const struct trace_process owner_b = { .tgid = 5, .start_ns = 99, .generation = 1 };
static const struct trace_module jit = { .kind = TRACE_MODULE_JIT, .path = "//anon" };

/* Enough names that they take more than one chunk; `backwards` adds them in reverse. */
static struct name_table *many_names(bool backwards)
{
	struct name_table *t = name_table_new();
	unsigned cnt = 30000;

	for (unsigned k = 0; k < cnt; k++) {
		unsigned i = backwards ? cnt - 1 - k : k;
		struct trace_module m = maker_module(i % MAKER_MODULES);
		char function[80], file[40];
		struct name_frame frames[2] = {
			{ TRACE_FRAME_INLINED, "std::move<int>(int&&)", "move.h", 99 },
			{ TRACE_FRAME_USER, function, file, i },
		};

		snprintf(function, sizeof(function), "work::function_%u(unsigned long, int)", i);
		snprintf(file, sizeof(file), "src/file%u.cc", i / 100);
		name_table_add(t, name_table_module(t, &m, NULL), i * 16ull, frames + i % 2,
			       2 - i % 2, NAME_REASON_NONE);
	}
	return t;
}

static void finds_the_names_that_were_added(void **state)
{
	struct name_table *t = name_table_new();
	struct name_frame frame = { TRACE_FRAME_JIT, "LambdaForm", "", 0 };
	uint32_t a = name_table_module(t, &jit, &owner_a), b = name_table_module(t, &jit, &owner_b);
	const struct name_frame *found;
	enum name_reason reason;
	size_t cnt;

	(void)state;
	assert_int_not_equal(a, b);
	assert_int_equal(name_table_module_find(t, &jit, &owner_b), b);
	name_table_add(t, a, 0x100, &frame, 1, NAME_REASON_NONE);
	name_table_add(t, b, 0x100, NULL, 0, NAME_REASON_NO_JIT_MAP);
	found = name_table_find(t, a, 0x100, &cnt, &reason);
	assert_int_equal(cnt, 1);
	assert_string_equal(found->function, "LambdaForm");
	assert_null(name_table_find(t, b, 0x100, &cnt, &reason));
	assert_int_equal(reason, NAME_REASON_NO_JIT_MAP);
	assert_null(name_table_find(t, b, 0x101, &cnt, &reason));
	assert_int_equal(reason, NAME_REASON_NO_MATCH);
	assert_int_equal(name_table_cnt(t), 2);
	name_table_free(t);
}

static void expect_line(const struct name_table *t, uint32_t module, uint64_t offset, uint32_t line)
{
	enum name_reason reason;
	size_t cnt;
	const struct name_frame *found = name_table_find(t, module, offset, &cnt, &reason);

	assert_int_equal(cnt, line ? 1 : 0);
	if (line)
		assert_int_equal(found->line, line);
}

static void finds_names_in_whatever_order_they_came(void **state)
{
	static const struct {
		uint32_t module;
		uint64_t offset;
		uint32_t line;
	} added[] = { { 0, 5, 1 }, { 0, 7, 2 }, { 1, 6, 3 }, { 0, 7, 4 },
		      { 1, 9, 5 }, { 0, 6, 6 }, { 1, 6, 7 }, { 1, 10, 8 } };
	struct name_table *t = name_table_new();
	struct name_frame frame = { TRACE_FRAME_JIT, "f", "", 0 };

	(void)state;
	name_table_module(t, &jit, &owner_a);
	name_table_module(t, &jit, &owner_b);
	for (size_t i = 0; i < sizeof(added) / sizeof(*added); i++) {
		frame.line = added[i].line;
		name_table_add(t, added[i].module, added[i].offset, &frame, 1, NAME_REASON_NONE);
		expect_line(t, added[i].module, added[i].offset, added[i].line);
		expect_line(t, 0, 5, 1);
		expect_line(t, 0, 8, 0);
		expect_line(t, 1, 7, 0);
		expect_line(t, 2, 0, 0);
	}
	expect_line(t, 0, 6, 6);
	expect_line(t, 0, 7, 4);
	expect_line(t, 1, 6, 7);
	expect_line(t, 1, 9, 5);
	assert_int_equal(name_table_cnt(t), 6);
	name_table_free(t);
}

static void check_many(const struct name_table *t)
{
	enum name_reason reason;
	size_t cnt;

	assert_int_equal(name_table_cnt(t), 30000);
	for (unsigned i = 0; i < 30000; i++) {
		struct trace_module m = maker_module(i % MAKER_MODULES);
		uint32_t module = name_table_module_find(t, &m, NULL);
		const struct name_frame *f = name_table_find(t, module, i * 16ull, &cnt, &reason);
		char function[80];

		snprintf(function, sizeof(function), "work::function_%u(unsigned long, int)", i);
		assert_int_equal(cnt, 2 - i % 2);
		assert_string_equal(f[cnt - 1].function, function);
		assert_int_equal(f[cnt - 1].line, i);
	}
}

/* To its end, as who names it does: what did not hold then is not believed later. */
static void read_first(struct trace_reader *r)
{
	struct trace_record record;
	struct err err = { 0 };

	assert_false(trace_reader_was_whole(r));
	while (trace_reader_next(r, &record, &err) > 0)
		;
	trace_reader_rewind(r);
}

static void names_come_back_from_the_file(void **state)
{
	struct name_table *t = many_names(false), *again;
	struct trace_reader *r;
	struct err err = { 0 };
	const char *note;

	(void)state;
	make_trace();
	r = open_trace();
	assert_false(trace_reader_has_names(r));
	name_table_set_module_note(t, 0, NAME_REASON_NO_SYMBOLS, "install vmlinux-dbg");
	read_first(r);
	assert_true(trace_reader_was_whole(r));
	assert_int_equal(name_table_write(t, r, scratch_path, &err), 0);
	trace_reader_close(r);
	r = open_trace();
	assert_true(trace_reader_has_names(r));
	assert_true(trace_reader_is_clean(r));
	assert_int_equal(name_table_read(&again, r, &err), 0);
	check_many(again);
	{
		struct trace_module kernel = maker_module(0);
		uint32_t id = name_table_module_find(again, &kernel, NULL);

		assert_int_equal(name_table_module_reason(again, id, &note),
				 NAME_REASON_NO_SYMBOLS);
		assert_string_equal(note, "install vmlinux-dbg");
	}
	trace_reader_close(r);
	name_table_free(t);
	name_table_free(again);
}

static struct io_view view_of(const char *file)
{
	struct io_view view;
	struct err err = { 0 };

	assert_int_equal(io_view_open(&view, file, &err), 0);
	return view;
}

static void naming_keeps_what_was_recorded_byte_for_byte(void **state)
{
	struct name_table *t = many_names(false);
	struct io_view before, after;
	struct trace_reader *r;
	struct err err = { 0 };
	char named[64];
	size_t same = 0;

	(void)state;
	snprintf(named, sizeof(named), "%s.named", scratch_path);
	make_trace();
	r = open_trace();
	assert_int_equal(name_table_write(t, r, named, &err), 0);
	trace_reader_close(r);
	before = view_of(scratch_path);
	after = view_of(named);
	while (same < before.len && before.v[same] == after.v[same])
		same++;
	/* all but the trailer, whose chunk begins with its mark and a number */
	assert_true(before.len - same < 400);
	io_view_close(&before);
	io_view_close(&after);
	unlink(named);
	name_table_free(t);
}

/* What a reader gets of a file. */
struct seen {
	uint64_t samples, damaged_chunks;
	bool is_clean;
};

static struct seen read_through(const char *file)
{
	struct trace_record record;
	struct trace_reader *r;
	struct err err = { 0 };
	struct seen seen = { 0 };

	assert_int_equal(trace_reader_open(&r, file, &err), 0);
	while (trace_reader_next(r, &record, &err) > 0)
		seen.samples += record.kind == TRACE_RECORD_SAMPLE;
	seen.damaged_chunks = trace_reader_totals(r)->lost[TRACE_LOSS_DAMAGED_CHUNKS];
	seen.is_clean = trace_reader_is_clean(r);
	trace_reader_close(r);
	return seen;
}

static void write_file(const char *file, const struct buf *bytes)
{
	struct io_output out;
	struct err err = { 0 };

	assert_int_equal(io_output_open(&out, file, 0600, &err), 0);
	assert_int_equal(io_output_write(&out, bytes->v, bytes->len, &err), 0);
	assert_int_equal(io_output_keep(&out, &err), 0);
	assert_int_equal(io_output_close(&out, &err), 0);
}

/* Where the last chunks of records of the made trace begin: [0] is the last. */
static void find_last_two(uint64_t at[2])
{
	struct trace_source source;
	struct chunk_walk walk;
	struct chunk chunk;
	struct err err = { 0 };

	assert_int_equal(trace_source_open(&source, scratch_path, &err), 0);
	assert_int_equal(chunk_walk_open(&walk, &source, &err), 0);
	while (chunk_walk_next(&walk, &chunk) && chunk.header.type != CHUNK_TRAILER) {
		at[1] = at[0];
		at[0] = chunk.at;
	}
	chunk_walk_close(&walk);
	trace_source_close(&source);
}

enum damage { FLIPPED_HEADER, MISSING_BYTES, CUT_IN_LAST, CUT_BEHIND_LAST, DAMAGE_CNT };

static void do_damage(struct buf *bytes, enum damage damage, const uint64_t at[2])
{
	switch (damage) {
	case FLIPPED_HEADER:
		for (int i = 0; i < 8; i++)
			bytes->v[at[0] + 8 + i] ^= 0xff;
		break;
	case MISSING_BYTES:
		memmove(bytes->v + at[1] + 100, bytes->v + at[1] + 200, bytes->len - at[1] - 200);
		bytes->len -= 100;
		break;
	case CUT_IN_LAST:
		bytes->len = at[0] + 100;
		break;
	default: /* no trailer */
		bytes->len = at[0];
		break;
	}
}

static void naming_neither_hides_damage_nor_adds_any(void **state)
{
	struct name_table *t = many_names(false);
	struct trace_shape shape = small;
	struct trace_maker maker;
	struct err err = { 0 };

	(void)state;
	shape.group_bytes = 2000;
	for (enum damage damage = 0; damage < DAMAGE_CNT; damage++) {
		struct seen before, after;
		struct buf bytes = { 0 };
		struct trace_reader *r;
		struct io_view view;
		uint64_t at[2] = { 0 };

		assert_int_equal(maker_write(&maker, &shape, scratch_path, &err), 0);
		vec_release(&maker.digests);
		find_last_two(at);
		assert_true(at[1]);
		view = view_of(scratch_path);
		buf_put(&bytes, view.v, view.len);
		io_view_close(&view);
		do_damage(&bytes, damage, at);
		write_file(scratch_path, &bytes);
		buf_release(&bytes);
		before = read_through(scratch_path);
		assert_false(before.is_clean);
		for (int times = 0; times < 2; times++) {
			r = open_trace();
			if (times)
				read_first(r);
			assert_int_equal(name_table_write(t, r, scratch_path, &err), 0);
			trace_reader_close(r);
			after = read_through(scratch_path);
			assert_int_equal(after.samples, before.samples);
			assert_int_equal(after.damaged_chunks, before.damaged_chunks);
			assert_false(after.is_clean);
		}
	}
	name_table_free(t);
}

/* An address with cnt frames of the longest texts there can be, all different, but for the
 * file of the last one. */
static void add_long(struct name_table *t, uint32_t module, uint64_t offset, size_t cnt,
		     size_t last_len)
{
	static struct name_frame frames[NAME_FRAMES_MAX];
	static unsigned serial;

	for (size_t i = 0; i < cnt; i++) {
		char *text = mem_printf("%06u%0*d", serial++, (int)NAME_TEXT_BYTES - 6, 0);
		char *file = mem_printf("%06u%0*d", serial++, (int)NAME_TEXT_BYTES - 6, 0);

		if (i + 1 == cnt)
			file[last_len] = '\0';
		frames[i] = (struct name_frame){ TRACE_FRAME_USER, text, file, 1 };
	}
	name_table_add(t, module, offset, frames, cnt, NAME_REASON_NONE);
	for (size_t i = 0; i < cnt; i++) {
		free((char *)frames[i].function);
		free((char *)frames[i].file);
	}
}

#define LONG_BYTES (2 * (NAME_TEXT_BYTES + 2) + 8) /* of a frame, as written, at most */

/* Names of about so many bytes for one address. */
static void add_bytes(struct name_table *t, uint32_t module, uint64_t offset, size_t bytes)
{
	size_t cnt = bytes / LONG_BYTES, left = bytes % LONG_BYTES;

	add_long(t, module, offset, cnt + 1, left > LONG_BYTES / 2 ? left - LONG_BYTES / 2 : 0);
}

/* A section, and a chunk, ends when a part of what a chunk may hold is filled. The worst is
 * an address with very much when both are nearly there. */
static void the_longest_names_fit(void **state)
{
	struct err err = { 0 };

	(void)state;
	for (size_t part = 3; part <= 32; part++) {
		struct name_table *t = name_table_new(), *again;
		uint32_t a = name_table_module(t, &jit, &owner_a);
		uint32_t b = name_table_module(t, &jit, &owner_b);
		struct trace_reader *r;

		make_trace();
		add_bytes(t, a, 0, TRACE_CHUNK_RAW_MAX / part);
		add_bytes(t, b, 0, TRACE_CHUNK_RAW_MAX / part);
		add_long(t, b, 1, NAME_FRAMES_MAX, NAME_TEXT_BYTES);
		r = open_trace();
		assert_int_equal(name_table_write(t, r, scratch_path, &err), 0);
		trace_reader_close(r);
		r = open_trace();
		assert_int_equal(name_table_read(&again, r, &err), 0);
		assert_int_equal(name_table_cnt(again), 3);
		trace_reader_close(r);
		name_table_free(t);
		name_table_free(again);
	}
}

static void same_names_give_the_same_bytes(void **state)
{
	struct name_table *tables[3] = { many_names(false), many_names(true), many_names(false) };
	struct io_view views[3];
	struct err err = { 0 };
	char named[3][64];

	(void)state;
	make_trace();
	for (int i = 0; i < 3; i++) {
		/* the third starts from a trace that has names already */
		struct trace_reader *r;

		assert_int_equal(trace_reader_open(&r, i == 2 ? named[0] : scratch_path, &err), 0);
		snprintf(named[i], sizeof(named[i]), "%s.%d", scratch_path, i);
		assert_int_equal(name_table_write(tables[i], r, named[i], &err), 0);
		trace_reader_close(r);
		views[i] = view_of(named[i]);
		name_table_free(tables[i]);
	}
	for (int i = 1; i < 3; i++) {
		assert_int_equal(views[i].len, views[0].len);
		assert_memory_equal(views[i].v, views[0].v, views[0].len);
	}
	for (int i = 0; i < 3; i++) {
		io_view_close(&views[i]);
		unlink(named[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_names_that_were_added),
		cmocka_unit_test(finds_names_in_whatever_order_they_came),
		cmocka_unit_test(names_come_back_from_the_file),
		cmocka_unit_test(naming_keeps_what_was_recorded_byte_for_byte),
		cmocka_unit_test(same_names_give_the_same_bytes),
		cmocka_unit_test(naming_neither_hides_damage_nor_adds_any),
		cmocka_unit_test(the_longest_names_fit),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
