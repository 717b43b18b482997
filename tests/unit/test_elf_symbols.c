#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/io.h"
#include "base/mem.h"
#include "symbolize/elf_image.h"
#include "symbolize/elf_symbols.h"
#include "tests/unit/made_elf.h"

/* One file, read. */
struct reading {
	struct buf bytes;
	struct elf_image image;
	struct elf_symbols symbols;
};

static void read_made(struct reading *r, const struct made_elf *made)
{
	*r = (struct reading){ 0 };
	made_elf_put(&r->bytes, made);
	assert_int_equal(elf_image_open(&r->image, r->bytes.v, r->bytes.len, NULL), 0);
	elf_symbols_add(&r->symbols, &r->image);
	elf_symbols_finish(&r->symbols);
}

static void done_reading(struct reading *r)
{
	elf_symbols_release(&r->symbols);
	elf_image_close(&r->image);
	buf_release(&r->bytes);
}

static void expect_name(const struct reading *r, uint64_t address, const char *name)
{
	const struct elf_symbol *symbol = elf_symbols_find(&r->symbols, address);
	const char *got;
	char *text;
	size_t len;

	if (!name) {
		assert_null(symbol);
		return;
	}
	assert_non_null(symbol);
	got = elf_symbols_name(&r->symbols, symbol, &len);
	text = mem_dup(got, len);
	assert_string_equal(text, name);
	free(text);
}

#define FUNC STT_FUNC, STB_GLOBAL
#define CODE .offset = 0x1000, .address = 0x1000, .size = 0x1000

static void names_every_byte_of_a_symbol_and_none_behind_it(void **state)
{
	static const struct made_symbol list[] = { { "one", 0x1000, 0x20, FUNC },
						   { "two", 0x1040, 0x10, FUNC },
						   { 0 } };
	struct reading r;

	(void)state;
	read_made(&r, &(struct made_elf){ CODE, .symbols = list });
	expect_name(&r, 0xfff, NULL);
	expect_name(&r, 0x1000, "one");
	expect_name(&r, 0x101f, "one");
	expect_name(&r, 0x1020, NULL);
	expect_name(&r, 0x103f, NULL);
	expect_name(&r, 0x104f, "two");
	expect_name(&r, 0x1050, NULL);
	done_reading(&r);
}

static void inner_symbol_has_its_addresses_and_outer_the_rest(void **state)
{
	static const struct made_symbol list[] = { { "outer", 0x1000, 0x100, FUNC },
						   { "inner", 0x1040, 0x20, FUNC },
						   { "innermost", 0x1048, 0x8, FUNC },
						   { "crossing", 0x10f0, 0x30, FUNC },
						   { 0 } };
	struct reading r;

	(void)state;
	read_made(&r, &(struct made_elf){ CODE, .symbols = list });
	expect_name(&r, 0x103f, "outer");
	expect_name(&r, 0x1047, "inner");
	expect_name(&r, 0x1048, "innermost");
	expect_name(&r, 0x1050, "inner");
	expect_name(&r, 0x1060, "outer");
	expect_name(&r, 0x10ef, "outer");
	expect_name(&r, 0x10f0, "crossing");
	expect_name(&r, 0x111f, "crossing");
	expect_name(&r, 0x1120, NULL);
	done_reading(&r);
}

static void symbol_without_size_reaches_to_the_next_or_the_end_of_its_section(void **state)
{
	static const struct made_symbol list[] = { { "label", 0x1000, 0, STT_NOTYPE, STB_LOCAL },
						   { "sized", 0x1010, 0x10, FUNC },
						   { "inside", 0x1018, 0, STT_NOTYPE, STB_GLOBAL },
						   { "last", 0x1f00, 0, FUNC },
						   { 0 } };
	struct reading r;

	(void)state;
	read_made(&r, &(struct made_elf){ CODE, .symbols = list });
	expect_name(&r, 0x100f, "label");
	expect_name(&r, 0x1010, "sized");
	expect_name(&r, 0x101f, "sized");
	expect_name(&r, 0x1020, NULL);
	expect_name(&r, 0x1fff, "last");
	expect_name(&r, 0x2000, NULL);
	done_reading(&r);
}

static void of_aliases_prefers_global_then_functions_then_fewer_underscores(void **state)
{
	static const struct made_symbol list[] = { { "write_local", 0x1000, 8, STT_FUNC,
						     STB_LOCAL },
						   { "__write", 0x1000, 8, STT_FUNC, STB_WEAK },
						   { "write", 0x1000, 8, STT_FUNC, STB_WEAK },
						   { "weak", 0x1010, 8, STT_FUNC, STB_WEAK },
						   { "_global", 0x1010, 8, FUNC },
						   { "pread64", 0x1020, 8, FUNC },
						   { "pread", 0x1020, 8, FUNC },
						   { "bbb", 0x1030, 8, FUNC },
						   { "aaa", 0x1030, 8, FUNC },
						   { "label", 0x1040, 8, STT_NOTYPE, STB_GLOBAL },
						   { "_a_function", 0x1040, 8, FUNC },
						   { 0 } };
	struct reading r;

	(void)state;
	read_made(&r, &(struct made_elf){ CODE, .symbols = list });
	expect_name(&r, 0x1000, "write");
	expect_name(&r, 0x1010, "_global");
	expect_name(&r, 0x1020, "pread");
	expect_name(&r, 0x1030, "aaa");
	expect_name(&r, 0x1040, "_a_function");
	done_reading(&r);
}

static void leaves_out_objects_and_mapping_symbols_and_versions(void **state)
{
	static const struct made_symbol list[] = { { "table", 0x1000, 8, STT_OBJECT, STB_GLOBAL },
						   { "$x", 0x1010, 0, STT_NOTYPE, STB_LOCAL },
						   { "$d.7", 0x1010, 0, STT_NOTYPE, STB_LOCAL },
						   { "memcpy@@GLIBC_2.14", 0x1020, 8, FUNC },
						   { 0 } };
	struct reading r;

	(void)state;
	read_made(&r, &(struct made_elf){ CODE, .symbols = list });
	expect_name(&r, 0x1000, NULL);
	expect_name(&r, 0x1010, NULL);
	expect_name(&r, 0x1020, "memcpy");
	done_reading(&r);
}

static void takes_exports_where_the_full_table_has_nothing(void **state)
{
	static const struct made_symbol full[] = { { "inner", 0x1000, 8, STT_FUNC, STB_LOCAL },
						   { 0 } };
	static const struct made_symbol exports[] = { { "exported", 0x1100, 8, FUNC }, { 0 } };
	struct reading r;

	(void)state;
	read_made(&r, &(struct made_elf){ CODE, .symbols = full, .exports = exports });
	expect_name(&r, 0x1000, "inner");
	expect_name(&r, 0x1100, "exported");
	done_reading(&r);
}

static void expect_address(const struct elf_image *image, uint64_t offset, uint64_t address)
{
	uint64_t got = 0;

	assert_true(elf_image_address(image, offset, &got));
	assert_int_equal(got, address);
}

static void offsets_become_addresses_where_segments_lie_apart(void **state)
{
	struct reading r;
	uint64_t address;

	(void)state;
	read_made(&r, &(struct made_elf){ .offset = 0x5f8, .address = 0x2015f8, .size = 0x100 });
	expect_address(&r.image, 0x5f8, 0x2015f8);
	expect_address(&r.image, 0x6f7, 0x2016f7);
	expect_address(&r.image, 0x10, 0x200010);
	assert_false(elf_image_address(&r.image, 0x6f8, &address));
	assert_false(elf_image_address(&r.image, UINT64_MAX, &address));
	done_reading(&r);
}

static void debug_file_alone_gets_the_offsets_of_what_it_was_split_from(void **state)
{
	static const struct made_elf shapes[] = {
		{ .offset = 0x5f8, .address = 0x2015f8, .size = 0x100, .is_debug_file = true },
		{ .offset = 0x1000, .address = 0x1000, .size = 0x100, .is_debug_file = true },
		{ .offset = 0x1000, .address = 0x401000, .size = 0x100, .is_debug_file = true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct reading r;

		read_made(&r, &shapes[i]);
		expect_address(&r.image, shapes[i].offset, shapes[i].address);
		expect_address(&r.image, shapes[i].offset + 0xff, shapes[i].address + 0xff);
		done_reading(&r);
	}
}

static void symbol_that_wraps_around_is_left_out(void **state)
{
	static const struct made_symbol list[] = { { "wraps", 0x1000, UINT64_MAX, FUNC },
						   { "good", 0x1010, 8, FUNC },
						   { 0 } };
	struct reading r;

	(void)state;
	read_made(&r, &(struct made_elf){ CODE, .symbols = list });
	expect_name(&r, 0x1000, NULL);
	expect_name(&r, 0x1010, "good");
	done_reading(&r);
}

/* Offsets in the section header of .symtab. */
static uint8_t *symtab_header(struct buf *bytes)
{
	Elf64_Ehdr h;

	memcpy(&h, bytes->v, sizeof(h));
	return bytes->v + h.e_shoff + MADE_SYMTAB * sizeof(Elf64_Shdr);
}

static void survives_any_value_in_the_symbol_tables_header(void **state)
{
	static const struct made_symbol list[] = { { "one", 0x1000, 8, FUNC }, { 0 } };
	static const uint64_t values[] = { 0, 1, 7, 25, 1ull << 31, 1ull << 40, UINT64_MAX };
	struct buf bytes = { 0 };

	(void)state;
	made_elf_put(&bytes, &(struct made_elf){ CODE, .symbols = list });
	for (size_t at = 0; at + 8 <= sizeof(Elf64_Shdr); at += 4)
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			struct elf_symbols symbols = { 0 };
			struct elf_image image;
			uint8_t kept[8];

			memcpy(kept, symtab_header(&bytes) + at, 8);
			memcpy(symtab_header(&bytes) + at, &values[i], 8);
			assert_int_equal(elf_image_open(&image, bytes.v, bytes.len, NULL), 0);
			elf_symbols_add(&symbols, &image);
			elf_symbols_finish(&symbols);
			assert_true(symbols.ranges.cnt <= 1);
			elf_symbols_release(&symbols);
			elf_image_close(&image);
			memcpy(symtab_header(&bytes) + at, kept, 8);
		}
	buf_release(&bytes);
}

static void expect_plt(const char *file, uint64_t address, uint64_t size, const char *name)
{
	char *path = mem_printf("tests/fuzz/corpus/elf_symbols/%s", file);
	const struct elf_symbol *symbol;
	struct reading r = { 0 };
	struct io_view view;

	if (io_view_open(&view, path, NULL))
		skip();
	assert_int_equal(elf_image_open(&r.image, view.v, view.len, NULL), 0);
	elf_symbols_add(&r.symbols, &r.image);
	elf_symbols_finish(&r.symbols);
	for (uint64_t at = address; at < address + size; at++) {
		expect_name(&r, at, name);
		symbol = elf_symbols_find(&r.symbols, at);
		assert_true(elf_symbol_is_plt(symbol));
	}
	done_reading(&r);
	io_view_close(&view);
	free(path);
}

/* The addresses are those of a disassembler. */
static void entries_of_plts_have_the_name_of_what_they_jump_to(void **state)
{
	(void)state;
	expect_plt("x86_64_gnu_ld", 0x330, 16, "weak");
	expect_plt("x86_64_gnu_ld", 0x350, 16, "puts");
	expect_plt("aarch64_lld", 0x104c0, 16, "weak");
	expect_plt("aarch64_lld", 0x104e0, 16, "puts");
	expect_plt("aarch64_lld_bti", 0x10520, 16, "weak");
	expect_plt("aarch64_lld_bti", 0x10538, 16, "getpid");
	expect_plt("aarch64_lld_bti", 0x10550, 16, "puts");
}

static void refuses_what_is_no_elf_file(void **state)
{
	struct elf_image image;
	struct err err = { 0 };

	(void)state;
	assert_true(elf_image_open(&image, "hello, world", 12, &err) < 0);
	assert_true(elf_image_open(&image, ELFMAG, 4, NULL) < 0);
	assert_string_equal(err.text, "not an ELF file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_every_byte_of_a_symbol_and_none_behind_it),
		cmocka_unit_test(inner_symbol_has_its_addresses_and_outer_the_rest),
		cmocka_unit_test(symbol_without_size_reaches_to_the_next_or_the_end_of_its_section),
		cmocka_unit_test(of_aliases_prefers_global_then_functions_then_fewer_underscores),
		cmocka_unit_test(leaves_out_objects_and_mapping_symbols_and_versions),
		cmocka_unit_test(takes_exports_where_the_full_table_has_nothing),
		cmocka_unit_test(offsets_become_addresses_where_segments_lie_apart),
		cmocka_unit_test(debug_file_alone_gets_the_offsets_of_what_it_was_split_from),
		cmocka_unit_test(symbol_that_wraps_around_is_left_out),
		cmocka_unit_test(survives_any_value_in_the_symbol_tables_header),
		cmocka_unit_test(entries_of_plts_have_the_name_of_what_they_jump_to),
		cmocka_unit_test(refuses_what_is_no_elf_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
