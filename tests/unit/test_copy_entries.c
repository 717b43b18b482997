#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "formats/chunk_walk.h"
#include "formats/copy_entries.h"
#include "formats/trace_tables.h"
#include "tests/unit/scratch_file.h"
#include "tests/unit/spec_block.h"
#include "tests/unit/trace_sample.h"

#define REGISTERS 17
#define COPIES 300

/* Copy i: its size, its registers and its bytes follow from i alone. */
struct specimen {
	uint64_t registers[REGISTERS];
	uint8_t bytes[TRACE_COPY_BYTES_MAX];
	struct trace_copy copy;
};

static void specimen_fill(struct specimen *s, unsigned i)
{
	for (unsigned k = 0; k < REGISTERS; k++)
		s->registers[k] =
			k % 3 ? 0x7ffc00000000ull + i * 977 + k * 8 : UINT64_MAX / (k + 1) * i;
	s->copy = (struct trace_copy){ .id = i * 3 + 1,
				       .why = i % 5 ? TRACE_REASON_UNSUPPORTED : 0,
				       .register_cnt = i % 7 ? REGISTERS : 0,
				       .registers = s->registers,
				       .bytes = s->bytes,
				       .len = i % 11 ? i * 211 : TRACE_COPY_BYTES_MAX };
	for (size_t k = 0; k < s->copy.len; k++)
		s->bytes[k] = (uint8_t)(k * i >> 3);
}

static struct trace_module owner_of(struct trace_writer *w, enum trace_module_kind kind)
{
	struct trace_process process = maker_process(1);

	return (struct trace_module){ .kind = kind,
				      .path = "",
				      .process = trace_writer_process(w, &process) };
}

/* Four mappings, of two modules; the one in the middle moves with i. */
static uint32_t write_mappings(struct trace_writer *w, unsigned i)
{
	struct trace_module first = maker_module(1), second = maker_module(2);
	uint32_t a = trace_writer_module(w, &first), b = trace_writer_module(w, &second);
	struct trace_mapping rows[] = {
		{ 0x1000, 0x3000, 0, a },
		{ 0x400000 + (i % 4) * 0x1000, 0x500000, 0x2000, b },
		{ 0x500000, 0x501000, 0x102000, b },
		{ UINT64_MAX - 0x1000, UINT64_MAX, 0, a },
	};
	struct trace_mappings m = { .cnt = 4, .v = rows };

	m.process = owner_of(w, TRACE_MODULE_COPY).process;
	return trace_writer_mappings(w, &m);
}

static void write_copy(struct trace_writer *w, unsigned i)
{
	struct specimen *s = mem_alloc(1, sizeof(*s));
	struct trace_module module = owner_of(w, TRACE_MODULE_COPY);

	specimen_fill(s, i);
	s->copy.mappings = i % 13 ? write_mappings(w, i) : TRACE_NONE;
	s->copy.module = trace_writer_module(w, &module);
	trace_writer_copy(w, &s->copy);
	free(s);
}

static struct trace_writer *start(uint64_t group_bytes)
{
	struct trace_writer_options options = { .group_bytes = group_bytes };
	struct trace_writer *w;
	struct err err = { 0 };

	assert_int_equal(trace_writer_open(&w, scratch_path, &options, &err), 0);
	maker_facts(w);
	assert_int_equal(trace_writer_publish(w, &err), 0);
	return w;
}

static struct trace_reader *finish(struct trace_writer *w)
{
	struct trace_reader *r;
	struct err err = { 0 };

	assert_int_equal(trace_writer_finish(w, TRACE_STOP_SIGNAL, 0, &err), 0);
	trace_writer_close(w);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	return r;
}

static struct trace_reader *make_trace(uint64_t group_bytes, unsigned copies_a_flush)
{
	struct trace_writer *w = start(group_bytes);
	struct err err = { 0 };

	for (unsigned i = 0; i < COPIES; i++) {
		write_copy(w, i);
		if ((i + 1) % copies_a_flush == 0)
			assert_int_equal(trace_writer_flush(w, &err), 0);
	}
	return finish(w);
}

static void check_mappings(const struct trace_reader *r, uint32_t id, unsigned i)
{
	const struct trace_mappings *m;

	if (i % 13 == 0) {
		assert_int_equal(id, TRACE_NONE);
		return;
	}
	assert_true(id < trace_reader_mappings_cnt(r));
	m = trace_reader_mappings(r, id);
	assert_int_equal(m->cnt, 4);
	assert_int_equal(trace_reader_process(r, m->process)->tgid, 1001);
	assert_int_equal(m->v[1].start, 0x400000 + (i % 4) * 0x1000);
	assert_int_equal(m->v[1].end, 0x500000);
	assert_int_equal(m->v[2].start, 0x500000);
	assert_int_equal(m->v[2].file_offset, 0x102000);
	assert_string_equal(trace_reader_module(r, m->v[2].module)->path, maker_module(2).path);
	assert_int_equal(m->v[3].start, UINT64_MAX - 0x1000);
	assert_int_equal(m->v[3].end, UINT64_MAX);
	assert_string_equal(trace_reader_module(r, m->v[3].module)->path, maker_module(1).path);
}

static void check_copy(const struct trace_reader *r, const struct trace_copy *c, unsigned i)
{
	struct specimen *s = mem_alloc(1, sizeof(*s));
	const struct trace_module *module = trace_reader_module(r, c->module);

	specimen_fill(s, i);
	assert_int_equal(c->id, s->copy.id);
	assert_int_equal(c->why, s->copy.why);
	assert_int_equal(c->register_cnt, s->copy.register_cnt);
	assert_memory_equal(c->registers, s->registers, c->register_cnt * sizeof(uint64_t));
	assert_int_equal(c->len, s->copy.len);
	assert_memory_equal(c->bytes, s->bytes, c->len);
	assert_int_equal(module->kind, TRACE_MODULE_COPY);
	assert_int_equal(trace_reader_process(r, module->process)->tgid, 1001);
	check_mappings(r, c->mappings, i);
	free(s);
}

/* Reads all; returns the number of key frames. */
static unsigned check_all(struct trace_reader *r)
{
	struct trace_record record;
	struct err err = { 0 };
	unsigned seen = 0, groups = 0;

	while (trace_reader_next(r, &record, &err) > 0) {
		groups += record.kind == TRACE_RECORD_KEY_FRAME;
		if (record.kind == TRACE_RECORD_COPY)
			check_copy(r, &record.copy, seen++);
	}
	assert_int_equal(seen, COPIES);
	assert_true(trace_reader_is_clean(r));
	return groups;
}

/* 300 copies between two flushes: 11 MB, in chunks of at most 1 MiB. */
static void copies_and_mappings_come_back_as_written(void **state)
{
	struct trace_reader *r = make_trace(0, COPIES);

	(void)state;
	assert_int_equal(check_all(r), 1);
	assert_int_equal(trace_reader_mappings_cnt(r), 4);
	trace_reader_rewind(r);
	assert_int_equal(check_all(r), 1);
	trace_reader_close(r);
}

static void each_group_has_its_own_mappings(void **state)
{
	struct trace_reader *r = make_trace(100000, 10);

	(void)state;
	assert_true(check_all(r) > 5);
	trace_reader_close(r);
}

static struct trace_copy only_copy(struct trace_reader *r, struct trace_record *record)
{
	struct err err = { 0 };

	while (trace_reader_next(r, record, &err) > 0)
		if (record->kind == TRACE_RECORD_COPY)
			return record->copy;
	fail_msg("no copy");
	return record->copy;
}

static void what_is_beyond_the_limits_is_cut(void **state)
{
	uint64_t registers[TRACE_REGISTERS_MAX + 5] = { 1, 2, 3 };
	uint8_t *bytes = mem_alloc(1, TRACE_COPY_BYTES_MAX + 5);
	struct trace_mapping *rows = mem_alloc(TRACE_MAPPINGS_MAX + 9, sizeof(*rows));
	struct trace_writer *w = start(0);
	struct trace_module module = owner_of(w, TRACE_MODULE_COPY), file = maker_module(1);
	struct trace_mappings list = { .process = module.process,
				       .cnt = TRACE_MAPPINGS_MAX + 9,
				       .v = rows };
	struct trace_copy copy = { .id = UINT64_MAX,
				   .register_cnt = TRACE_REGISTERS_MAX + 5,
				   .registers = registers,
				   .bytes = bytes,
				   .len = TRACE_COPY_BYTES_MAX + 5 };
	struct trace_record record;
	struct trace_reader *r;

	(void)state;
	for (uint32_t i = 0; i < list.cnt; i++)
		rows[i] = (struct trace_mapping){ i * 2 + 1ull, i * 2 + 2ull, UINT64_MAX,
						  trace_writer_module(w, &file) };
	copy.module = trace_writer_module(w, &module);
	copy.mappings = trace_writer_mappings(w, &list);
	trace_writer_copy(w, &copy);
	r = finish(w);
	copy = only_copy(r, &record);
	assert_int_equal(copy.id, UINT64_MAX);
	assert_int_equal(copy.register_cnt, TRACE_REGISTERS_MAX);
	assert_int_equal(copy.len, TRACE_COPY_BYTES_MAX);
	assert_int_equal(trace_reader_mappings(r, copy.mappings)->cnt, TRACE_MAPPINGS_MAX);
	trace_reader_close(r);
	free(bytes);
	free(rows);
}

static void rows_that_make_no_sense_are_left_out(void **state)
{
	static const struct trace_mapping rows[] = {
		{ 0x5000, 0x6000, 0, 0 }, { 0x5800, 0x7000, 1, 0 }, { 0x7000, 0x7000, 2, 0 },
		{ 0x8000, 0x7000, 3, 0 }, { 0x6000, 0x7000, 4, 0 },
	};
	struct trace_mappings list = { .cnt = 5, .v = rows }, got = { 0 };
	struct buf out = { 0 };
	struct trace_mapping row;
	struct bytes b;
	uint64_t end = 0;

	(void)state;
	entry_put_mappings(&out, &list);
	b = bytes_of(out.v, out.len);
	assert_true(entry_take_mappings(&b, &got.process, &got.cnt));
	assert_int_equal(got.cnt, 2);
	assert_true(entry_take_mapping(&b, &end, &row));
	assert_int_equal(row.start, 0x5000);
	assert_true(entry_take_mapping(&b, &end, &row));
	assert_int_equal(row.file_offset, 4);
	assert_int_equal(bytes_left(&b), 0);
	buf_release(&out);
}

/* base 0, then one list of process 0 and a row of module 0, all given as numbers. */
static bool takes_row(uint64_t cnt, uint64_t start, uint64_t len, bool is_lossy)
{
	struct trace_tables t;
	struct buf out = { 0 };
	bool taken;

	trace_tables_start(&t);
	t.is_lossy = is_lossy;
	t.gap_budget = 100;
	buf_varint(&out, 0);
	buf_varint(&out, 0);
	buf_varint(&out, cnt);
	buf_varint(&out, start);
	buf_varint(&out, len);
	buf_varint(&out, 0);
	buf_varint(&out, 0);
	taken = trace_tables_take(&t, SECTION_MAPPINGS, bytes_of(out.v, out.len));
	trace_tables_release(&t);
	buf_release(&out);
	return taken;
}

static void lists_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	assert_true(takes_row(1, 0x1000, 0x1000, true));
	assert_false(takes_row(1, 0x1000, 0x1000, false)); /* nobody told of process and module */
	assert_false(takes_row(1, 0x1000, 0, true));
	assert_false(takes_row(1, 0x1000, UINT64_MAX, true));
	assert_false(takes_row(2, 0x1000, 0x1000, true));
	assert_false(takes_row(TRACE_MAPPINGS_MAX + 1, 0x1000, 0x1000, true));
}

static bool takes_copy(uint64_t why, uint64_t register_cnt, uint64_t len)
{
	static const uint8_t some[TRACE_COPY_BYTES_MAX + 1];
	uint64_t registers[TRACE_REGISTERS_MAX];
	struct trace_copy copy;
	struct buf out = { 0 };
	struct bytes b;
	bool taken;

	buf_varint(&out, 0);
	buf_varint(&out, 0);
	buf_zigzag(&out, 5);
	buf_varint(&out, why);
	buf_varint(&out, register_cnt);
	for (uint64_t i = 0; i < register_cnt; i++)
		buf_zigzag(&out, 1);
	buf_varint(&out, len);
	buf_put(&out, some, len < sizeof(some) ? len : sizeof(some));
	b = bytes_of(out.v, out.len);
	taken = entry_take_copy(&b, 0, &copy, registers);
	buf_release(&out);
	return taken;
}

static void copies_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	assert_true(takes_copy(TRACE_REASON_STUCK, TRACE_REGISTERS_MAX, TRACE_COPY_BYTES_MAX));
	assert_false(takes_copy(TRACE_REASON_CNT, 1, 1));
	assert_false(takes_copy(0, TRACE_REGISTERS_MAX + 1, 1));
	assert_false(takes_copy(0, 1, TRACE_COPY_BYTES_MAX + 1));
	assert_false(takes_copy(0, 1, UINT64_MAX));
}

/* The trace in scratch_path without its n-th chunk of records. */
static void drop_chunk(unsigned n)
{
	struct trace_source source;
	struct chunk_walk walk;
	struct chunk chunk;
	struct err err = { 0 };
	FILE *f = NULL;

	assert_int_equal(trace_source_open(&source, scratch_path, &err), 0);
	assert_int_equal(chunk_walk_open(&walk, &source, &err), 0);
	while (chunk_walk_find(&walk, &chunk))
		if (chunk.header.number == n)
			break;
	f = fopen(scratch_path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, (long)chunk.at + CHUNK_HEADER_BYTES + 2, SEEK_SET), 0);
	fputs("damage", f);
	assert_int_equal(fclose(f), 0);
	chunk_walk_close(&walk);
	trace_source_close(&source);
}

static void copy_whose_mappings_were_lost_has_empty_ones(void **state)
{
	struct trace_writer *w = start(0);
	struct trace_module module = owner_of(w, TRACE_MODULE_COPY);
	struct trace_copy copy = { .id = 9, .mappings = write_mappings(w, 0) };
	struct trace_record record;
	struct trace_reader *r;
	struct err err = { 0 };

	(void)state;
	copy.module = trace_writer_module(w, &module);
	assert_int_equal(trace_writer_flush(w, &err), 0); /* chunk 1 */
	trace_writer_copy(w, &copy);
	r = finish(w);
	trace_reader_close(r);
	drop_chunk(1);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	copy = only_copy(r, &record);
	assert_int_equal(copy.id, 9);
	assert_int_equal(trace_reader_mappings(r, copy.mappings)->cnt, 0);
	assert_int_equal(trace_reader_module(r, copy.module)->kind, TRACE_MODULE_UNMAPPED);
	assert_false(trace_reader_is_clean(r));
	trace_reader_close(r);
}

/* Whether the n-th chunk begins by saying that it needs a reader who knows of copies. */
static bool is_warned_of(unsigned n)
{
	struct trace_source source;
	struct chunk_walk walk;
	struct bytes content;
	struct chunk chunk;
	struct err err = { 0 };
	uint64_t type = 0;
	bool required = false;

	assert_int_equal(trace_source_open(&source, scratch_path, &err), 0);
	assert_int_equal(chunk_walk_open(&walk, &source, &err), 0);
	while (chunk_walk_next(&walk, &chunk))
		if (chunk.header.number == n)
			break;
	assert_true(chunk_section_take(&chunk.raw, &type, &required, &content));
	chunk_walk_close(&walk);
	trace_source_close(&source);
	return type == SECTION_COPIES && required;
}

static void older_readers_are_warned_before_they_take_it_for_damage(void **state)
{
	struct trace_frame lost = { .kind = TRACE_FRAME_LOST,
				    .module = TRACE_NONE,
				    .reason = TRACE_REASON_NO_FRAME_POINTER };
	struct trace_writer *w = start(0);
	struct trace_module module = owner_of(w, TRACE_MODULE_JIT);
	struct err err = { 0 };

	(void)state;
	trace_writer_frame(w, &lost);
	trace_writer_module(w, &module);
	trace_writer_flush(w, &err); /* chunk 1 */
	lost.reason = TRACE_REASON_NO_TABLE;
	trace_writer_frame(w, &lost);
	trace_writer_flush(w, &err); /* chunk 2 */
	module = owner_of(w, TRACE_MODULE_COPY);
	trace_writer_module(w, &module);
	trace_writer_flush(w, &err); /* chunk 3 */
	module = maker_module(1);
	trace_writer_frame(w, &lost);
	trace_writer_module(w, &module);
	trace_reader_close(finish(w)); /* chunk 4 */
	assert_false(is_warned_of(1));
	assert_true(is_warned_of(2));
	assert_true(is_warned_of(3));
	assert_false(is_warned_of(4));
}

static void expect_block(const char *name, const struct buf *content)
{
	struct buf block = { 0 };

	spec_block(name, &block);
	assert_int_equal(block.len, content->len);
	assert_memory_equal(block.v, content->v, content->len);
	buf_release(&block);
}

/* The example of formats/TRACE.md. */
static void entries_are_as_specified(void **state)
{
	static const struct trace_mapping rows[] = { { 0x401000, 0x403000, 0x1000, 0 },
						     { 0x403000, 0x404000, 0x5000, 1 } };
	static const uint64_t registers[] = { 0x7ffe0010, 0x7ffe0000, 0x401139 };
	static const uint8_t bytes[] = { 0x11, 0x22, 0x33, 0x44 };
	struct trace_mappings list = { .process = 0, .cnt = 2, .v = rows };
	struct trace_copy copy = { .module = 2,
				   .mappings = 0,
				   .id = 70,
				   .why = TRACE_REASON_UNSUPPORTED,
				   .register_cnt = 3,
				   .registers = registers,
				   .bytes = bytes,
				   .len = 4 };
	struct buf content = { 0 };

	(void)state;
	buf_varint(&content, 0);
	entry_put_mappings(&content, &list);
	expect_block("mappings", &content);
	buf_clear(&content);
	entry_put_copy(&content, &copy, 0);
	expect_block("copies", &content);
	buf_release(&content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_and_mappings_come_back_as_written),
		cmocka_unit_test(each_group_has_its_own_mappings),
		cmocka_unit_test(what_is_beyond_the_limits_is_cut),
		cmocka_unit_test(rows_that_make_no_sense_are_left_out),
		cmocka_unit_test(entries_are_as_specified),
		cmocka_unit_test(lists_that_make_no_sense_are_refused),
		cmocka_unit_test(copies_that_make_no_sense_are_refused),
		cmocka_unit_test(copy_whose_mappings_were_lost_has_empty_ones),
		cmocka_unit_test(older_readers_are_warned_before_they_take_it_for_damage),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
