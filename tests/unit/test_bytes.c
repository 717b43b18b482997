#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/bytes.h"

static const uint64_t edges[] = {
	0,	    1,
	127,	    128,
	255,	    256,
	16383,	    16384,
	0xffff,	    0x10000,
	0x7fffffff, 0x80000000,
	0xffffffff, 1ull << 32,
	1ull << 35, (1ull << 56) - 1,
	1ull << 63, UINT64_MAX - 1,
	UINT64_MAX,
};
#define EDGE_CNT (sizeof(edges) / sizeof(edges[0]))

static void whole_numbers_come_back_little_endian(void **state)
{
	static const uint8_t image[] = { 1, 3, 2, 7, 6, 5, 4, 15, 14, 13, 12, 11, 10, 9, 8 };
	struct buf b = { 0 };
	struct bytes in;

	(void)state;
	buf_u8(&b, 0x01);
	buf_u16(&b, 0x0203);
	buf_u32(&b, 0x04050607);
	buf_u64(&b, 0x08090a0b0c0d0e0f);
	assert_int_equal(b.len, sizeof(image));
	assert_memory_equal(b.v, image, sizeof(image));
	in = bytes_of(b.v, b.len);
	assert_int_equal(bytes_u8(&in), 0x01);
	assert_int_equal(bytes_u16(&in), 0x0203);
	assert_int_equal(bytes_u32(&in), 0x04050607);
	assert_true(bytes_u64(&in) == 0x08090a0b0c0d0e0f);
	assert_int_equal(bytes_left(&in), 0);
	assert_false(in.failed);
	buf_release(&b);
}

static void varints_come_back(void **state)
{
	struct buf b = { 0 };
	struct bytes in;

	(void)state;
	for (size_t i = 0; i < EDGE_CNT; i++) {
		buf_varint(&b, edges[i]);
		buf_zigzag(&b, (int64_t)edges[i]);
	}
	in = bytes_of(b.v, b.len);
	for (size_t i = 0; i < EDGE_CNT; i++) {
		assert_true(bytes_varint(&in) == edges[i]);
		assert_true(bytes_zigzag(&in) == (int64_t)edges[i]);
	}
	assert_int_equal(bytes_left(&in), 0);
	assert_false(in.failed);
	buf_release(&b);
}

static void small_signed_values_take_one_byte(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (int i = -64; i < 64; i++) {
		buf_clear(&b);
		buf_zigzag(&b, i);
		assert_int_equal(b.len, 1);
	}
	buf_release(&b);
}

static void every_cut_varint_fails_and_yields_zero(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < EDGE_CNT; i++) {
		buf_clear(&b);
		buf_varint(&b, edges[i]);
		for (size_t len = 0; len < b.len; len++) {
			struct bytes in = bytes_of(b.v, len);

			assert_true(bytes_varint(&in) == 0);
			assert_true(in.failed);
			assert_int_equal(bytes_left(&in), 0);
		}
	}
	buf_release(&b);
}

static void refuses_varints_beyond_64_bits(void **state)
{
	static const uint8_t bit_64[] = { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2 };
	static const uint8_t eleven[] = { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
					  0x80, 0x80, 0x80, 0x81, 0 };
	struct bytes in = bytes_of(bit_64, sizeof(bit_64));

	(void)state;
	assert_true(bytes_varint(&in) == 0);
	assert_true(in.failed);
	in = bytes_of(eleven, sizeof(eleven));
	assert_true(bytes_varint(&in) == 0);
	assert_true(in.failed);
}

static void refuses_values_over_the_limit(void **state)
{
	static const uint8_t image[] = { 100, 101 };
	struct bytes in = bytes_of(image, sizeof(image));

	(void)state;
	assert_true(bytes_varint_max(&in, 100) == 100);
	assert_false(in.failed);
	assert_true(bytes_varint_max(&in, 100) == 0);
	assert_true(in.failed);
}

static void failure_sticks(void **state)
{
	static const uint8_t image[] = { 1, 2, 3, 4 };
	struct bytes in = bytes_of(image, sizeof(image));

	(void)state;
	assert_true(bytes_u64(&in) == 0);
	assert_true(in.failed);
	assert_int_equal(bytes_u8(&in), 0);
	assert_null(bytes_take(&in, 1));
	assert_true(bytes_sub(&in, 0).failed);
}

static void lengths_near_the_top_do_not_wrap(void **state)
{
	static const uint8_t image[] = { 1, 2, 3, 4 };
	struct bytes in = bytes_of(image, sizeof(image));

	(void)state;
	assert_null(bytes_take(&in, SIZE_MAX));
	assert_true(in.failed);
	in = bytes_of(image, sizeof(image));
	assert_true(bytes_sub(&in, SIZE_MAX - 1).failed);
}

static void a_sub_cursor_ends_where_it_should(void **state)
{
	static const uint8_t image[] = { 1, 2, 3 };
	struct bytes in = bytes_of(image, sizeof(image)), part = bytes_sub(&in, 2);

	(void)state;
	assert_int_equal(bytes_u16(&part), 0x0201);
	assert_int_equal(bytes_u8(&part), 0);
	assert_true(part.failed);
	assert_false(in.failed);
	assert_int_equal(bytes_u8(&in), 3);
}

static void blobs_come_back_or_fail_whole(void **state)
{
	struct buf b = { 0 };
	const uint8_t *at;
	struct bytes in;
	size_t len;

	(void)state;
	buf_blob(&b, "hello", 5);
	in = bytes_of(b.v, b.len);
	at = bytes_blob(&in, 5, &len);
	assert_int_equal(len, 5);
	assert_memory_equal(at, "hello", 5);
	in = bytes_of(b.v, b.len);
	assert_null(bytes_blob(&in, 4, &len) && !in.failed ? "found" : NULL);
	assert_true(in.failed);
	assert_int_equal(len, 0);
	in = bytes_of(b.v, b.len - 1);
	assert_null(bytes_blob(&in, 5, &len));
	assert_true(in.failed);
	assert_int_equal(len, 0);
	buf_release(&b);
}

static void text_grows_to_any_length(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%0*d|", i, 7);
	assert_int_equal(b.len, 1000 * 999 / 2 + 1 + 1000);
	assert_int_equal(buf_text(&b)[b.len - 1], '|');
	assert_int_equal(buf_text(&b)[b.len], '\0');
	buf_release(&b);
	assert_null(b.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_come_back_little_endian),
		cmocka_unit_test(varints_come_back),
		cmocka_unit_test(small_signed_values_take_one_byte),
		cmocka_unit_test(every_cut_varint_fails_and_yields_zero),
		cmocka_unit_test(refuses_varints_beyond_64_bits),
		cmocka_unit_test(refuses_values_over_the_limit),
		cmocka_unit_test(failure_sticks),
		cmocka_unit_test(lengths_near_the_top_do_not_wrap),
		cmocka_unit_test(a_sub_cursor_ends_where_it_should),
		cmocka_unit_test(blobs_come_back_or_fail_whole),
		cmocka_unit_test(text_grows_to_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
