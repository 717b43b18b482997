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
#include "tests/unit/made_elf.h"

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

static struct elf_identity identity_of(const struct made_elf *made)
{
	struct elf_source source = { .fd = -1 };
	struct elf_identity id = { 0 };
	struct buf bytes = { 0 };

	made_elf_put(&bytes, made);
	source.bytes = bytes.v;
	source.len = bytes.len;
	assert_true(elf_identity_read(&id, &source));
	buf_release(&bytes);
	return id;
}

static void alternate_link_needs_a_path_that_ends_and_a_build_id(void **state)
{
	struct made_elf made = { .offset = 0x600,
				 .address = 0x1600,
				 .size = 0x10,
				 .alt_link = "../.dwz/a.debug",
				 .alt_build_id = "shared!!" };
	char longest[ELF_DEBUG_LINK_MAX];
	struct elf_identity id = identity_of(&made);

	(void)state;
	assert_string_equal(id.alt_link, "../.dwz/a.debug");
	assert_int_equal(id.alt_build_id_len, 8);
	assert_memory_equal(id.alt_build_id, "shared!!", 8);
	made.alt_build_id = "";
	assert_string_equal(identity_of(&made).alt_link, "");
	made.alt_build_id = "shared!!";
	made.alt_link = "";
	assert_int_equal(identity_of(&made).alt_build_id_len, 0);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	made.alt_link = longest;
	assert_int_equal(identity_of(&made).alt_build_id_len, 8);
	made.alt_build_id = "a build ID that is longer than any that a linker makes, and than 64";
	assert_true(strlen(made.alt_build_id) > TRACE_BUILD_ID_MAX);
	made.alt_link = "a";
	assert_string_equal(identity_of(&made).alt_link, "");
}

static void sections_say_what_names_a_file_can_give(void **state)
{
	struct made_elf made = { .offset = 0x600, .address = 0x1600, .size = 0x10 };
	struct buf section = { 0 };
	struct elf_identity id = identity_of(&made);

	(void)state;
	assert_false(id.has_dwarf || id.has_debugdata || id.is_go);
	made.has_dwarf = true;
	buf_puts(&section, "x");
	made.debugdata = &section;
	id = identity_of(&made);
	assert_true(id.has_dwarf && id.has_debugdata);
	buf_release(&section);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_without_sections_has_its_build_id_in_a_segment),
		cmocka_unit_test(file_of_32_bits_is_known_as_one_of_64_is),
		cmocka_unit_test(alternate_link_needs_a_path_that_ends_and_a_build_id),
		cmocka_unit_test(sections_say_what_names_a_file_can_give),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
