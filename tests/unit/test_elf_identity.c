#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "symbolize/elf_identity.h"

/* Files without sections, of both classes: what they are stands in program headers. */

#define NOTE_AT 0x200

static void put_note(struct buf *out)
{
	while (out->len < NOTE_AT)
		buf_u8(out, 0);
	buf_u32(out, 4);
	buf_u32(out, 8);
	buf_u32(out, NT_GNU_BUILD_ID);
	buf_put(out, "GNU", 4);
	buf_puts(out, "build-id");
}

static void put_wide(struct buf *out, bool has_code)
{
	Elf64_Ehdr h = { .e_phoff = sizeof(h), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2 };
	const Elf64_Phdr p[2] = {
		{ .p_type = PT_LOAD, .p_flags = has_code ? PF_X : PF_R, .p_filesz = 8 },
		{ .p_type = PT_NOTE, .p_offset = NOTE_AT, .p_filesz = 24 },
	};

	memcpy(h.e_ident, ELFMAG "\2\1\1", 7);
	buf_put(out, &h, sizeof(h));
	buf_put(out, p, sizeof(p));
	put_note(out);
}

static void put_narrow(struct buf *out, bool has_code)
{
	Elf32_Ehdr h = { .e_phoff = sizeof(h), .e_phentsize = sizeof(Elf32_Phdr), .e_phnum = 2 };
	const Elf32_Phdr p[2] = {
		{ .p_type = PT_LOAD, .p_flags = has_code ? PF_X : PF_R, .p_filesz = 8 },
		{ .p_type = PT_NOTE, .p_offset = NOTE_AT, .p_filesz = 24 },
	};

	memcpy(h.e_ident, ELFMAG "\1\1\1", 7);
	buf_put(out, &h, sizeof(h));
	buf_put(out, p, sizeof(p));
	put_note(out);
}

static void expect_identity(void (*put)(struct buf *, bool), bool has_code)
{
	struct buf bytes = { 0 };
	struct elf_source source = { .fd = -1 };
	struct elf_identity id;

	put(&bytes, has_code);
	source.bytes = bytes.v;
	source.len = bytes.len;
	assert_true(elf_identity_read(&id, &source));
	assert_int_equal(id.build_id_len, 8);
	assert_memory_equal(id.build_id, "build-id", 8);
	assert_int_equal(id.has_code, has_code);
	assert_false(id.has_symtab);
	source.len--; /* the note is cut */
	assert_true(elf_identity_read(&id, &source));
	assert_int_equal(id.build_id_len, 0);
	buf_release(&bytes);
}

static void file_without_sections_has_its_build_id_in_a_segment(void **state)
{
	(void)state;
	expect_identity(put_wide, true);
	expect_identity(put_wide, false);
}

static void file_of_32_bits_is_known_as_one_of_64_is(void **state)
{
	(void)state;
	expect_identity(put_narrow, true);
	expect_identity(put_narrow, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_without_sections_has_its_build_id_in_a_segment),
		cmocka_unit_test(file_of_32_bits_is_known_as_one_of_64_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
