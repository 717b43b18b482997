#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/mem.h"
#include "formats/chunk.h"
#include "formats/name_store.h"
#include "tests/unit/scratch_file.h"
#include "tests/unit/spec_block.h"
#include "tests/unit/trace_sample.h"

#define COPIES 20000
#define OWNERS 3

static uint32_t copies_of(struct name_table *t, unsigned owner)
{
	static const struct trace_module module = { .kind = TRACE_MODULE_COPY, .path = "" };
	struct trace_process process = maker_process(owner);

	return name_table_module(t, &module, &process);
}

static uint32_t file_module(struct name_table *t, unsigned i)
{
	struct trace_module m = maker_module(i % MAKER_MODULES);

	return name_table_module(t, &m, NULL);
}

/* Copy i has i % 50 places; none: unwinding got nowhere. */
static void add_copy(struct name_table *t, unsigned i)
{
	struct name_place places[50];

	for (unsigned k = 0; k < i % 50; k++)
		places[k] =
			(struct name_place){ .module = file_module(t, i + k * k),
					     .kind = k == 7 ? TRACE_FRAME_JIT : TRACE_FRAME_USER,
					     .offset = i * 64ull + k };
	name_table_add_copy(t, copies_of(t, i % OWNERS), i * 5ull, places, i % 50,
			    i % 50 == 0	  ? TRACE_REASON_NO_MAPPING
			    : i % 50 == 3 ? TRACE_REASON_COPY_CUT
					  : 0);
}

static struct name_table *many_copies(bool backwards)
{
	struct name_table *t = name_table_new();

	for (unsigned i = 0; i < COPIES; i++)
		add_copy(t, backwards ? COPIES - 1 - i : i);
	return t;
}

static void check_copies(struct name_table *t)
{
	for (unsigned i = 0; i < COPIES; i++) {
		enum trace_reason root;
		size_t cnt;
		const struct name_place *places =
			name_table_find_copy(t, copies_of(t, i % OWNERS), i * 5ull, &cnt, &root);

		assert_int_equal(cnt, i % 50);
		assert_int_equal(root, i % 50 == 0   ? TRACE_REASON_NO_MAPPING
				       : i % 50 == 3 ? TRACE_REASON_COPY_CUT
						     : 0);
		for (unsigned k = 0; k < cnt; k++) {
			assert_int_equal(places[k].module, file_module(t, i + k * k));
			assert_int_equal(places[k].offset, i * 64ull + k);
			assert_int_equal(places[k].kind,
					 k == 7 ? TRACE_FRAME_JIT : TRACE_FRAME_USER);
		}
	}
}

static void finds_the_places_that_were_added(void **state)
{
	struct name_table *t = many_copies(false);
	enum trace_reason root;
	size_t cnt;

	(void)state;
	check_copies(t);
	assert_null(name_table_find_copy(t, copies_of(t, 0), 1, &cnt, &root));
	assert_int_equal(cnt, 0);
	assert_int_equal(root, TRACE_REASON_NOT_UNWOUND);
	name_table_add_copy(t, copies_of(t, 0), 0, NULL, 0, 0);
	assert_null(name_table_find_copy(t, copies_of(t, 0), 0, &cnt, &root));
	assert_int_equal(root, TRACE_REASON_OTHER); /* nothing was found, so it is not whole */
	name_table_free(t);
}

static struct trace_reader *open_trace(void)
{
	struct trace_reader *r;
	struct err err = { 0 };

	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	return r;
}

static void make_trace(void)
{
	static const struct trace_shape shape = {
		.seed = 3, .seconds = 1, .hz = 9, .cpus = 1, .depth = 5
	};
	struct trace_maker maker;
	struct err err = { 0 };

	assert_int_equal(maker_write(&maker, &shape, scratch_path, &err), 0);
	vec_release(&maker.digests);
}

static void write_names(const struct name_table *t)
{
	struct trace_reader *r = open_trace();
	struct err err = { 0 };

	assert_int_equal(name_table_write(t, r, scratch_path, &err), 0);
	trace_reader_close(r);
}

static void copies_come_back_from_the_file(void **state)
{
	struct name_table *t = many_copies(false), *again;
	struct trace_reader *r;
	struct err err = { 0 };

	(void)state;
	make_trace();
	write_names(t);
	r = open_trace();
	assert_int_equal(name_table_read(&again, r, &err), 0);
	assert_true(trace_reader_is_clean(r));
	check_copies(again);
	name_table_free(again);
	name_table_free(t);
	trace_reader_close(r);
}

static void same_copies_give_the_same_bytes(void **state)
{
	struct name_table *t = many_copies(false), *backwards = many_copies(true);
	struct io_view first, second;
	struct buf kept = { 0 };
	struct err err = { 0 };

	(void)state;
	make_trace();
	write_names(t);
	assert_int_equal(io_view_open(&first, scratch_path, &err), 0);
	buf_put(&kept, first.v, first.len);
	io_view_close(&first);
	write_names(backwards);
	assert_int_equal(io_view_open(&second, scratch_path, &err), 0);
	assert_int_equal(second.len, kept.len);
	assert_memory_equal(second.v, kept.v, kept.len);
	io_view_close(&second);
	buf_release(&kept);
	name_table_free(backwards);
	name_table_free(t);
}

static void places_beyond_the_limit_are_cut_at_the_root(void **state)
{
	struct name_place *places = mem_alloc(TRACE_DEPTH_MAX + 1, sizeof(*places));
	struct name_table *t = name_table_new();
	enum trace_reason root;
	size_t cnt;

	(void)state;
	for (unsigned i = 0; i <= TRACE_DEPTH_MAX; i++)
		places[i] = (struct name_place){ file_module(t, 1), TRACE_FRAME_USER, i };
	name_table_add_copy(t, copies_of(t, 0), 1, places, TRACE_DEPTH_MAX, 0);
	name_table_find_copy(t, copies_of(t, 0), 1, &cnt, &root);
	assert_int_equal(root, 0);
	name_table_add_copy(t, copies_of(t, 0), 1, places, TRACE_DEPTH_MAX + 1, 0);
	assert_int_equal(name_table_find_copy(t, copies_of(t, 0), 1, &cnt, &root)->offset, 0);
	assert_int_equal(cnt, TRACE_DEPTH_MAX);
	assert_int_equal(root, TRACE_REASON_TOO_DEEP);
	free(places);
	name_table_free(t);
}

/* 1500 modules with paths of 1000 bytes: more than a chunk holds, in one stack. */
static void no_stack_makes_a_chunk_too_large(void **state)
{
	struct name_place places[1500];
	struct name_table *t = name_table_new(), *again;
	char path[1001];
	enum trace_reason root;
	struct trace_reader *r;
	struct err err = { 0 };
	size_t cnt;

	(void)state;
	memset(path, 'x', 1000);
	for (unsigned i = 0; i < 1500; i++) {
		struct trace_module m = { .kind = TRACE_MODULE_FILE, .path = path };

		snprintf(path + 990, 11, "%010u", i);
		places[i] = (struct name_place){ .module = name_table_module(t, &m, NULL),
						 .kind = TRACE_FRAME_USER };
	}
	for (unsigned i = 0; i < 10; i++)
		name_table_add_copy(t, copies_of(t, 0), i, places, 1500, 0);
	make_trace();
	write_names(t);
	r = open_trace();
	assert_int_equal(name_table_read(&again, r, &err), 0);
	for (unsigned i = 0; i < 10; i++) {
		name_table_find_copy(again, copies_of(again, 0), i, &cnt, &root);
		assert_in_range(cnt, 500, 1499);
		assert_int_equal(root, TRACE_REASON_TOO_DEEP);
	}
	trace_reader_close(r);
	name_table_free(again);
	name_table_free(t);
}

/* One copy with one place, all given as numbers. */
static bool takes(uint64_t reason, uint64_t cnt, uint64_t module)
{
	struct name_table *t = name_table_new();
	struct buf out = { 0 }, list = { 0 };
	bool taken;

	buf_blob(&list, "a", 1);
	buf_blob(&out, "copies", 6);
	buf_blob(&out, list.v, list.len);
	buf_varint(&out, 1);
	buf_varint(&out, reason);
	buf_varint(&out, cnt);
	if (cnt)
		buf_varint(&out, module << 1);
	if (cnt)
		buf_varint(&out, 0x1000);
	taken = name_copies_take(t, bytes_of(out.v, out.len));
	buf_release(&list);
	buf_release(&out);
	name_table_free(t);
	return taken;
}

static void sections_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	assert_true(takes(0, 1, 0));
	assert_true(takes(TRACE_REASON_STUCK, 0, 0));
	assert_false(takes(0, 0, 0));
	assert_false(takes(TRACE_REASON_CNT, 1, 0));
	assert_false(takes(0, 2, 0));
	assert_false(takes(0, TRACE_DEPTH_MAX + 1, 0));
	assert_false(takes(0, 1, 1));
}

/* The example of formats/TRACE.md: one copy of two places, the leaf in JIT code. */
static void sections_are_as_specified(void **state)
{
	static const struct trace_module file = { .kind = TRACE_MODULE_FILE,
						  .path = "/bin/work",
						  .build_id = { 0xca, 0xfe },
						  .build_id_len = 2 };
	static const struct trace_module copies = { .kind = TRACE_MODULE_COPY, .path = "" };
	struct trace_process owner = { .tgid = 300, .generation = 1, .start_ns = 5 };
	struct name_table *t = name_table_new();
	struct name_place places[2] = { { .kind = TRACE_FRAME_JIT, .offset = 0x1139 },
					{ .kind = TRACE_FRAME_USER, .offset = 0x1180 } };
	struct buf raw = { 0 }, block = { 0 };
	uint32_t module = name_table_module(t, &copies, &owner);

	(void)state;
	places[0].module = places[1].module = name_table_module(t, &file, NULL);
	name_table_add_copy(t, module, 70, places, 2, TRACE_REASON_COPY_CUT);
	assert_int_equal(name_copies_put(t, module, t->copies.v, 1, &raw), 1);
	spec_block("stacks", &block);
	assert_int_equal(block.len, raw.len);
	assert_memory_equal(block.v, raw.v, raw.len);
	buf_release(&raw);
	buf_release(&block);
	name_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_places_that_were_added),
		cmocka_unit_test(copies_come_back_from_the_file),
		cmocka_unit_test(same_copies_give_the_same_bytes),
		cmocka_unit_test(places_beyond_the_limit_are_cut_at_the_root),
		cmocka_unit_test(no_stack_makes_a_chunk_too_large),
		cmocka_unit_test(sections_are_as_specified),
		cmocka_unit_test(sections_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
