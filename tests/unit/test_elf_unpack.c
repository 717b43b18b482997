#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/io.h"
#include "symbolize/elf_image.h"
#include "symbolize/elf_unpack.h"

#define COMPRESSED "tests/fuzz/corpus/dwarf_names/compressed"

struct subject {
	struct buf bytes;
	struct elf_image image;
	size_t info; /* number of .debug_info */
};

static void open_subject(struct subject *s)
{
	struct io_view view;
	struct err err = { 0 };

	*s = (struct subject){ 0 };
	assert_int_equal(io_view_open(&view, COMPRESSED, &err), 0);
	buf_put(&s->bytes, view.v, view.len);
	io_view_close(&view);
	assert_int_equal(elf_image_open(&s->image, s->bytes.v, s->bytes.len, &err), 0);
	for (size_t i = 1; i < s->image.sections.cnt; i++)
		if (!strcmp(s->image.sections.v[i].name, ".debug_info"))
			s->info = i;
	assert_true(s->info > 0);
}

static void close_subject(struct subject *s)
{
	elf_image_close(&s->image);
	buf_release(&s->bytes);
}

static GElf_Shdr header_of(const struct subject *s)
{
	GElf_Shdr header;

	assert_non_null(gelf_getshdr(s->image.sections.v[s->info].handle, &header));
	return header;
}

static uint64_t claimed_bytes(const struct subject *s)
{
	GElf_Chdr header;

	assert_non_null(gelf_getchdr(s->image.sections.v[s->info].handle, &header));
	return header.ch_size;
}

/* libelf's own copy is the judge. */
static void section_becomes_what_libelf_makes_of_it(void **state)
{
	struct subject s;
	struct subject judge;
	const void *ours;
	Elf_Data *data;
	size_t len;

	(void)state;
	open_subject(&s);
	open_subject(&judge);
	elf_unpack(&s.image, s.info);
	assert_true(elf_compress(judge.image.sections.v[judge.info].handle, 0, 0) >= 0);
	ours = elf_image_section_bytes(&s.image.sections.v[s.info], &len);
	data = elf_rawdata(judge.image.sections.v[judge.info].handle, NULL);
	assert_int_equal(len, data->d_size);
	assert_memory_equal(ours, data->d_buf, len);
	data = elf_getdata(s.image.sections.v[s.info].handle, NULL);
	assert_ptr_equal(data->d_buf, ours);
	assert_int_equal(data->d_size, len);
	assert_int_equal(header_of(&s).sh_size, len);
	assert_false(header_of(&s).sh_flags & SHF_COMPRESSED);
	close_subject(&judge);
	close_subject(&s);
}

/* Flips a byte of the section as it lies in the file. */
static void damage(struct subject *s, size_t at)
{
	GElf_Shdr header = header_of(s);

	assert_true(at < header.sh_size);
	s->bytes.v[header.sh_offset + at] ^= 0x55;
}

static void expect_untouched(struct subject *s)
{
	elf_unpack(&s->image, s->info);
	assert_true(header_of(s).sh_flags & SHF_COMPRESSED);
	assert_int_equal(s->image.replacements.cnt, 0);
}

static void section_that_is_damaged_stays_as_it_is(void **state)
{
	struct subject s;

	(void)state;
	open_subject(&s);
	damage(&s, sizeof(Elf64_Chdr) + 20);
	expect_untouched(&s);
	close_subject(&s);
}

static void section_that_claims_another_size_stays_as_it_is(void **state)
{
	struct subject s;
	uint64_t size;

	(void)state;
	open_subject(&s);
	size = claimed_bytes(&s);
	damage(&s, offsetof(Elf64_Chdr, ch_size));
	assert_int_not_equal(claimed_bytes(&s), size);
	expect_untouched(&s);
	close_subject(&s);
}

static void section_that_is_not_compressed_stays_as_it_is(void **state)
{
	struct subject s;
	size_t len;
	const void *before;

	(void)state;
	open_subject(&s);
	for (size_t i = 1; i < s.image.sections.cnt; i++)
		if (!strcmp(s.image.sections.v[i].name, ".text"))
			s.info = i;
	before = elf_image_section_bytes(&s.image.sections.v[s.info], &len);
	elf_unpack(&s.image, s.info);
	assert_ptr_equal(elf_image_section_bytes(&s.image.sections.v[s.info], &len), before);
	close_subject(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_becomes_what_libelf_makes_of_it),
		cmocka_unit_test(section_that_is_damaged_stays_as_it_is),
		cmocka_unit_test(section_that_claims_another_size_stays_as_it_is),
		cmocka_unit_test(section_that_is_not_compressed_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
