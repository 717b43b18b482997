#include <errno.h>
#include <lzma.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "symbolize/elf_debugdata.h"
#include "symbolize/elf_image.h"
#include "tests/unit/made_elf.h"

#define CODE .offset = 0x600, .address = 0x1600, .size = 0x100, .build_id = "build-id"

static void compress(struct buf *out, const void *bytes, size_t len)
{
	size_t room = lzma_stream_buffer_bound(len);
	size_t at = 0;

	buf_reserve(out, room);
	assert_int_equal(lzma_easy_buffer_encode(LZMA_PRESET_DEFAULT, LZMA_CHECK_CRC32, NULL, bytes,
						 len, out->v, &at, room),
			 LZMA_OK);
	out->len = at;
}

/* Reads the section of a file that has these bytes there. */
static int read_back(struct buf *out, const struct buf *section, struct err *err)
{
	struct buf bytes = { 0 };
	struct elf_image image;
	int bad;

	made_elf_put(&bytes, &(struct made_elf){ CODE, .debugdata = section });
	assert_int_equal(elf_image_open(&image, bytes.v, bytes.len, NULL), 0);
	bad = elf_debugdata_read(out, &image, err);
	elf_image_close(&image);
	buf_release(&bytes);
	return bad;
}

static void what_was_compressed_comes_back(void **state)
{
	struct buf section = { 0 };
	struct buf out = { 0 };
	struct buf text = { 0 };

	(void)state;
	for (int i = 0; i < 200000; i++)
		buf_printf(&text, "function number %d\n", i);
	compress(&section, text.v, text.len);
	assert_int_equal(read_back(&out, &section, NULL), 0);
	assert_int_equal(out.len, text.len);
	assert_memory_equal(out.v, text.v, text.len);
	buf_release(&section);
	buf_release(&text);
	buf_release(&out);
}

static void file_without_the_section_has_none(void **state)
{
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(read_back(&out, NULL, NULL), -ENOENT);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

/* Every cut, and every byte changed: an error or what was there, and nothing is left. */
static void cut_or_damaged_bytes_are_an_error(void **state)
{
	static const char text[] = "the bytes of a file";
	struct buf section = { 0 };
	struct buf out = { 0 };
	struct err err = { 0 };
	size_t whole;

	(void)state;
	compress(&section, text, sizeof(text));
	whole = section.len;
	for (section.len = 1; section.len < whole; section.len++) {
		assert_int_equal(read_back(&out, &section, &err), -EBADMSG);
		assert_int_equal(out.len, 0);
	}
	for (size_t at = 0; at < whole; at++) {
		section.v[at] ^= 1;
		if (read_back(&out, &section, &err))
			assert_int_equal(out.len, 0);
		else
			assert_string_equal((char *)out.v, text);
		buf_clear(&out);
		section.v[at] ^= 1;
	}
	buf_release(&section);
	buf_release(&out);
}

static void bomb_ends_at_the_limit(void **state)
{
	size_t len = ELF_DEBUGDATA_MAX + ((size_t)2 << 20);
	uint8_t *zeros = mem_alloc(len, 1);
	struct buf section = { 0 };
	struct buf out = { 0 };
	struct err err = { 0 };

	(void)state;
	compress(&section, zeros, len);
	assert_true(section.len < 64 << 10);
	assert_int_equal(read_back(&out, &section, &err), -EFBIG);
	assert_non_null(strstr(err.text, "96 MiB"));
	assert_int_equal(out.len, 0);
	buf_release(&section);
	buf_release(&out);
	free(zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_compressed_comes_back),
		cmocka_unit_test(file_without_the_section_has_none),
		cmocka_unit_test(cut_or_damaged_bytes_are_an_error),
		cmocka_unit_test(bomb_ends_at_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
