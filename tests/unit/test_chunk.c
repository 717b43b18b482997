#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/checksum.h"
#include "formats/chunk.h"

static const char content[] = "stacks, stacks, stacks, stacks, and a time for each of them";

/* One packed chunk. */
static struct buf pack(struct chunk_header *h)
{
	struct chunk_packer *packer = chunk_packer_new(3);
	struct buf out = { 0 };

	chunk_pack(packer, h, content, sizeof(content), &out);
	chunk_packer_free(packer);
	return out;
}

static const struct chunk_header sample = { .file_id = 0x12345678,
					    .type = CHUNK_RECORDS,
					    .flags = CHUNK_KEY_FRAME,
					    .group = 7,
					    .number = 42,
					    .first_us = 123456789012ull,
					    .span_us = 999 };

static void long_checksum_is_that_of_the_specification(void **state)
{
	static const char text[] = "Nobody inspects the spammish repetition";

	(void)state;
	assert_true(checksum_long("", 0, 0) == 0xef46db3751d8e999ull);
	assert_true(checksum_long("a", 1, 0) == 0xd24ec4f1a98c6e5bull);
	assert_true(checksum_long("abc", 3, 0) == 0x44bc2cf5ad770999ull);
	assert_true(checksum_long(text, strlen(text), 0) == 0xfbcea83c8a378bf1ull);
}

static void chunk_comes_back_as_it_was_packed(void **state)
{
	struct chunk_unpacker *u = chunk_unpacker_new();
	struct chunk_header h = sample, got;
	struct buf chunk = pack(&h);
	struct bytes raw;

	(void)state;
	assert_int_equal(chunk.len, chunk_bytes(&h));
	assert_true(chunk_header_take(&got, chunk.v));
	assert_int_equal(got.file_id, sample.file_id);
	assert_int_equal(got.group, 7);
	assert_int_equal(got.number, 42);
	assert_int_equal(got.first_us, sample.first_us);
	assert_int_equal(got.span_us, 999);
	assert_true(chunk_unpack(u, &got, chunk.v, &raw));
	assert_int_equal(bytes_left(&raw), sizeof(content));
	assert_memory_equal(raw.p, content, sizeof(content));
	chunk_unpacker_free(u);
	buf_release(&chunk);
}

static void every_flipped_bit_is_found(void **state)
{
	struct chunk_unpacker *u = chunk_unpacker_new();
	struct chunk_header h = sample, got;
	struct buf chunk = pack(&h);
	struct bytes raw;

	(void)state;
	for (size_t bit = 0; bit < chunk.len * 8; bit++) {
		bool whole;

		chunk.v[bit / 8] ^= (uint8_t)(1u << bit % 8);
		whole = chunk_header_take(&got, chunk.v) && chunk_unpack(u, &got, chunk.v, &raw);
		/* a bit of the frame that means nothing may differ: then nothing is lost */
		if (whole)
			assert_memory_equal(raw.p, content, sizeof(content));
		assert_false(whole && bit < CHUNK_HEADER_BYTES * 8);
		chunk.v[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	chunk_unpacker_free(u);
	buf_release(&chunk);
}

static void content_below_another_header_does_not_hold(void **state)
{
	struct chunk_unpacker *u = chunk_unpacker_new();
	struct chunk_header h = sample, other = sample, got;
	struct buf chunk, second;
	struct bytes raw;

	(void)state;
	other.number++;
	chunk = pack(&h);
	second = pack(&other);
	memcpy(second.v + CHUNK_HEADER_BYTES, chunk.v + CHUNK_HEADER_BYTES,
	       chunk.len - CHUNK_HEADER_BYTES);
	assert_true(chunk_header_take(&got, second.v));
	assert_false(chunk_unpack(u, &got, second.v, &raw));
	chunk_unpacker_free(u);
	buf_release(&chunk);
	buf_release(&second);
}

/* A header with right checksum and the given sizes. */
static bool takes_sizes(uint32_t raw_len, uint32_t stored_len)
{
	struct chunk_header h = sample, got;
	struct buf chunk = pack(&h), sizes = { 0 };
	bool taken;

	buf_u32(&sizes, raw_len);
	buf_u32(&sizes, stored_len);
	memcpy(chunk.v + 16, sizes.v, 8);
	buf_clear(&sizes);
	buf_u32(&sizes, checksum_short(chunk.v, CHUNK_HEADER_BYTES - 4));
	memcpy(chunk.v + CHUNK_HEADER_BYTES - 4, sizes.v, 4);
	taken = chunk_header_take(&got, chunk.v);
	buf_release(&chunk);
	buf_release(&sizes);
	return taken;
}

static void refuses_sizes_beyond_the_limits(void **state)
{
	(void)state;
	assert_true(takes_sizes(TRACE_CHUNK_RAW_MAX, TRACE_CHUNK_STORED_MAX));
	assert_false(takes_sizes(TRACE_CHUNK_RAW_MAX + 1, 100));
	assert_false(takes_sizes(100, TRACE_CHUNK_STORED_MAX + 1));
	assert_false(takes_sizes(UINT32_MAX, UINT32_MAX));
}

static void sections_end_where_their_bytes_end(void **state)
{
	struct buf raw = { 0 }, text = { 0 };
	struct bytes b, got;
	uint64_t type;
	bool required;

	(void)state;
	buf_puts(&text, "abc");
	chunk_section_put(&raw, 300, true, &text);
	chunk_section_put(&raw, 1, false, &text);
	b = bytes_of(raw.v, raw.len);
	assert_true(chunk_section_take(&b, &type, &required, &got));
	assert_int_equal(type, 300);
	assert_true(required);
	assert_int_equal(bytes_left(&got), 3);
	assert_true(chunk_section_take(&b, &type, &required, &got));
	assert_false(required);
	assert_false(chunk_section_take(&b, &type, &required, &got));
	assert_false(b.failed);
	b = bytes_of(raw.v, raw.len - 1);
	assert_true(chunk_section_take(&b, &type, &required, &got));
	assert_false(chunk_section_take(&b, &type, &required, &got));
	assert_true(b.failed);
	buf_release(&raw);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_checksum_is_that_of_the_specification),
		cmocka_unit_test(chunk_comes_back_as_it_was_packed),
		cmocka_unit_test(every_flipped_bit_is_found),
		cmocka_unit_test(content_below_another_header_does_not_hold),
		cmocka_unit_test(refuses_sizes_beyond_the_limits),
		cmocka_unit_test(sections_end_where_their_bytes_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
