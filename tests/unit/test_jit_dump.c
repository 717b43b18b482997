#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "collector/jit_dump.h"

static void put_header(struct buf *b, uint32_t magic, uint64_t flags, uint32_t pad)
{
	buf_u32(b, magic);
	buf_u32(b, 1);
	buf_u32(b, 40);
	buf_u32(b, 62);
	buf_u32(b, pad);
	buf_u32(b, 1234);
	buf_u64(b, 1);
	buf_u64(b, flags);
}

static void put_head(struct buf *b, uint32_t id, uint32_t size, uint64_t time_ns)
{
	buf_u32(b, id);
	buf_u32(b, size);
	buf_u64(b, time_ns);
}

static void put_load(struct buf *b, uint64_t start, uint32_t size, uint64_t time_ns,
		     const char *name)
{
	put_head(b, 0, 16 + 40 + (uint32_t)strlen(name) + 1 + size, time_ns);
	buf_u64(b, 0);
	buf_u64(b, start);
	buf_u64(b, start);
	buf_u64(b, size);
	buf_u64(b, 1);
	buf_put(b, name, strlen(name) + 1);
	for (uint32_t i = 0; i < size; i++)
		buf_u8(b, 0xcc);
}

static void put_move(struct buf *b, uint64_t from, uint64_t to, uint64_t size, uint64_t time_ns)
{
	put_head(b, 1, 16 + 48, time_ns);
	buf_u64(b, 0);
	buf_u64(b, to);
	buf_u64(b, from);
	buf_u64(b, to);
	buf_u64(b, size);
	buf_u64(b, 1);
}

static void put_debug(struct buf *b, uint64_t start, uint64_t shift)
{
	put_head(b, 2, 16 + 16 + 16 + 5 + 16 + 2, 1);
	buf_u64(b, start);
	buf_u64(b, 2);
	buf_u64(b, start + shift);
	buf_u32(b, 11);
	buf_u32(b, 0);
	buf_put(b, "a.js", 5);
	buf_u64(b, start + shift + 8);
	buf_u32(b, 12);
	buf_u32(b, 0);
	buf_put(b, "\xff", 2);
}

/* The code at a time, of a dump that is there as a whole. */
static struct jit_code *code_of(const struct buf *b, uint64_t time_ns)
{
	struct jit_code *c = jit_code_new();
	struct jit_dump d = { 0 };
	uint64_t at = 0, more;

	while (at < b->len && (more = jit_dump_take(&d, b->v + at, b->len - at, b->len - at, c)))
		at += more;
	jit_code_reach(c, time_ns);
	return c;
}

static void expect(const struct jit_code *c, uint64_t address, const char *name)
{
	struct jit_place place;

	assert_int_equal(jit_code_find(c, address, &place), name != NULL);
	if (name)
		assert_string_equal(place.name, name);
}

static void code_is_named_by_time_over_loads_and_moves(void **state)
{
	struct buf b = { 0 };
	struct jit_code *c;

	(void)state;
	put_header(&b, 0x4A695444, 0, 0);
	put_head(&b, 4, 16 + 24, 1); /* of no interest */
	for (int i = 0; i < 24; i++)
		buf_u8(&b, 0);
	put_load(&b, 0x1000, 64, 10, "first");
	put_load(&b, 0x1000, 64, 20, "second");
	put_move(&b, 0x1000, 0x4000, 64, 30);
	put_head(&b, 3, 16, 40);
	c = code_of(&b, 15);
	expect(c, 0x1000, "first");
	jit_code_reach(c, 20);
	expect(c, 0x1000, "second");
	jit_code_reach(c, 30);
	expect(c, 0x1000, NULL);
	expect(c, 0x403f, "second");
	jit_code_free(c);
	buf_release(&b);
}

static void expect_lines(uint32_t pad, uint64_t shift)
{
	struct buf b = { 0 };
	struct jit_place place;
	struct jit_code *c;

	put_header(&b, 0x4A695444, 0, pad);
	put_debug(&b, 0x1000, shift);
	put_load(&b, 0x1000, 64, 10, "f");
	c = code_of(&b, 10);
	assert_true(jit_code_find(c, 0x1007, &place));
	assert_string_equal(place.file, "a.js");
	assert_int_equal(place.line, 11);
	assert_true(jit_code_find(c, 0x1008, &place));
	assert_string_equal(place.file, "a.js");
	assert_int_equal(place.line, 12);
	jit_code_free(c);
	buf_release(&b);
}

static void lines_come_before_their_code(void **state)
{
	(void)state;
	expect_lines(0, 0);
	expect_lines(0xdeadbeef, 0x40); /* V8's */
}

static void lines_beyond_all_code_discredit_the_others(void **state)
{
	struct buf b = { 0 };
	struct jit_place place;
	struct jit_code *c;

	(void)state;
	put_header(&b, 0x4A695444, 0, 0);
	put_head(&b, 2, 16 + 16 + 18 + 18, 1);
	buf_u64(&b, 0x1000);
	buf_u64(&b, 2);
	for (uint64_t address = 0x1000; address; address = address == 0x1000 ? 0x1000 - 1 : 0) {
		buf_u64(&b, address);
		buf_u32(&b, 7);
		buf_u32(&b, 0);
		buf_put(&b, "a", 2);
	}
	put_load(&b, 0x1000, 64, 10, "f");
	c = code_of(&b, 10);
	assert_true(jit_code_find(c, 0x1000, &place));
	assert_string_equal(place.file, "");
	jit_code_free(c);
	buf_release(&b);
}

/* As a file grows: at each length what is whole is taken, and nothing twice. */
static void a_torn_record_is_taken_when_it_is_whole(void **state)
{
	struct buf b = { 0 };
	struct jit_code *c = jit_code_new();
	struct jit_dump d = { 0 };
	uint64_t at = 0;
	size_t first;

	(void)state;
	put_header(&b, 0x4A695444, 0, 0);
	put_load(&b, 0x1000, 64, 10, "first");
	first = b.len;
	put_load(&b, 0x2000, 64, 10, "second");
	for (size_t len = 0; len <= b.len; len++) {
		uint64_t epoch = jit_code_epoch(c);

		at += jit_dump_take(&d, b.v + at, len - at, len - at, c);
		assert_int_equal(jit_code_epoch(c) - epoch, len == first || len == b.len);
	}
	assert_int_equal(at, b.len);
	assert_null(d.refused);
	jit_code_free(c);
	buf_release(&b);
}

/* Code is passed over: only the head of a record has to be there. */
static void large_code_is_not_read(void **state)
{
	struct buf b = { 0 };
	struct jit_code *c = jit_code_new();
	struct jit_dump d = { .began = true };

	(void)state;
	put_load(&b, 0x1000, 3 << 20, 10, "large");
	assert_int_equal(jit_dump_take(&d, b.v, 8192, b.len, c), b.len);
	jit_code_reach(c, 10);
	expect(c, 0x1000, "large");
	assert_int_equal(jit_dump_take(&d, b.v, 8192, b.len - 1, c), 0);
	jit_code_free(c);
	buf_release(&b);
}

static void expect_refused(const struct buf *b, const char *why)
{
	struct jit_code *c = jit_code_new();
	struct jit_dump d = { 0 };

	jit_dump_take(&d, b->v, b->len, b->len, c);
	assert_non_null(d.refused);
	assert_non_null(strstr(d.refused, why));
	assert_int_equal(jit_dump_take(&d, b->v, b->len, b->len, c), 0);
	jit_code_free(c);
}

static void refuses_what_it_cannot_understand(void **state)
{
	struct buf b = { 0 };

	(void)state;
	put_header(&b, 0x4454694A, 0, 0);
	expect_refused(&b, "byte order");
	buf_clear(&b);
	put_header(&b, 0x4A695444, 1, 0);
	expect_refused(&b, "CPU's counter");
	buf_clear(&b);
	put_header(&b, 0x4A695445, 0, 0);
	expect_refused(&b, "no jitdump");
	buf_clear(&b);
	put_header(&b, 0x4A695444, 0, 0);
	put_head(&b, 0, 15, 1);
	expect_refused(&b, "shorter");
	buf_release(&b);
}

static void hostile_counts_and_sizes_take_nothing(void **state)
{
	struct buf b = { 0 };
	struct jit_code *c;

	(void)state;
	put_header(&b, 0x4A695444, 0, 0);
	put_head(&b, 2, 16 + 16, 1); /* lines without any */
	buf_u64(&b, 0x1000);
	buf_u64(&b, UINT64_MAX);
	put_head(&b, 0, 16 + 8, 1); /* a load without its fields */
	buf_u64(&b, 1);
	put_head(&b, 1, 16, 1); /* a move */
	put_load(&b, 0x1000, 16, 5, "good");
	put_head(&b, 0, UINT32_MAX, 1);
	c = code_of(&b, 10);
	expect(c, 0x1000, "good");
	assert_true(jit_code_bytes(c) < 10000);
	jit_code_free(c);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_is_named_by_time_over_loads_and_moves),
		cmocka_unit_test(lines_come_before_their_code),
		cmocka_unit_test(lines_beyond_all_code_discredit_the_others),
		cmocka_unit_test(a_torn_record_is_taken_when_it_is_whole),
		cmocka_unit_test(large_code_is_not_read),
		cmocka_unit_test(refuses_what_it_cannot_understand),
		cmocka_unit_test(hostile_counts_and_sizes_take_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
