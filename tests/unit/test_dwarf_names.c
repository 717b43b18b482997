#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "symbolize/dwarf_names.h"
#include "symbolize/dwarf_sections.h"
#include "symbolize/elf_image.h"
#include "symbolize/sandbox.h"

/*
 * What DWARF says, of small files made for the fuzz corpus; how much of it is right,
 * tests/unit/test_dwarf_judges.c asks.
 */

#define CORPUS "tests/fuzz/corpus/dwarf_names/"
#define ADDRESSES_MAX 4096

struct subject {
	struct buf bytes; /* libelf writes into them */
	struct elf_image image;
	struct dwarf_names *names;
	uint64_t addresses[ADDRESSES_MAX];
	size_t cnt;
};

static void open_subject(struct subject *s, const char *path)
{
	struct io_view file;

	memset(s, 0, sizeof(*s));
	assert_int_equal(io_view_open(&file, path, NULL), 0);
	buf_put(&s->bytes, file.v, file.len);
	io_view_close(&file);
	assert_int_equal(elf_image_open(&s->image, s->bytes.v, s->bytes.len, NULL), 0);
}

/* All of .text, from its last byte to its first, and all that once more. */
static void name_all(struct subject *s)
{
	struct dwarf_names_input in = { .image = &s->image,
					.len = s->bytes.len,
					.addresses = s->addresses,
					.style = DEMANGLE_FULL };

	for (size_t i = 1; i < s->image.sections.cnt; i++) {
		const struct elf_section *text = &s->image.sections.v[i];

		if (strcmp(text->name, ".text"))
			continue;
		assert_true(2 * text->size <= ADDRESSES_MAX);
		for (uint64_t k = 0; k < 2 * text->size; k++)
			s->addresses[s->cnt++] = text->address + text->size - 1 - k % text->size;
	}
	assert_true(s->cnt > 0);
	in.cnt = s->cnt;
	s->names = dwarf_names_new(&in);
}

static void close_subject(struct subject *s)
{
	dwarf_names_free(s->names);
	elf_image_close(&s->image);
	buf_release(&s->bytes);
}

static void same_address_has_the_same_frames_wherever_it_is_asked(void **state)
{
	struct name_frame first[NAME_FRAMES_MAX];
	struct name_frame second[NAME_FRAMES_MAX];
	static struct subject s;
	bool has_inlined = false;

	(void)state;
	open_subject(&s, CORPUS "gcc_dwarf5");
	name_all(&s);
	assert_true(dwarf_names_cnt(s.names) > 0);
	for (size_t i = 0; i < s.cnt / 2; i++) {
		size_t cnt = dwarf_names_find(s.names, i, first);

		assert_int_equal(dwarf_names_find(s.names, i + s.cnt / 2, second), cnt);
		for (size_t k = 0; k < cnt; k++) {
			assert_string_equal(first[k].function, second[k].function);
			assert_int_equal(first[k].line, second[k].line);
			assert_int_equal(first[k].kind,
					 k + 1 < cnt ? TRACE_FRAME_INLINED : TRACE_FRAME_USER);
			has_inlined |= !strcmp(first[k].function, "leaf") && first[k].line == 2;
		}
	}
	assert_true(has_inlined);
	close_subject(&s);
}

static void functions_in_another_file_leave_files_and_lines(void **state)
{
	struct name_frame frames[NAME_FRAMES_MAX];
	static struct subject s;

	(void)state;
	open_subject(&s, CORPUS "split");
	name_all(&s);
	assert_int_equal(dwarf_names_find(s.names, 0, frames), 1);
	assert_string_equal(frames[0].function, "");
	assert_string_equal(frames[0].file, "./a.c");
	assert_true(frames[0].line > 0);
	close_subject(&s);
}

/* Origins and siblings that lead back to where they came from. */
static void loops_in_dwarf_end(void **state)
{
	struct name_frame frames[NAME_FRAMES_MAX];
	static struct subject s;

	(void)state;
	open_subject(&s, CORPUS "loops");
	name_all(&s);
	for (size_t i = 0; i < s.cnt; i++)
		assert_true(dwarf_names_find(s.names, i, frames) <= NAME_FRAMES_MAX);
	close_subject(&s);
}

static void section_that_would_grow_beyond_measure_is_not_unpacked(void **state)
{
	static struct subject s;

	(void)state;
	open_subject(&s, CORPUS "compressed");
	assert_true(dwarf_sections_prepare(&s.image, s.bytes.len));
	close_subject(&s);
	open_subject(&s, CORPUS "compressed_huge");
	assert_false(dwarf_sections_prepare(&s.image, s.bytes.len));
	name_all(&s);
	assert_int_equal(dwarf_names_cnt(s.names), 0);
	close_subject(&s);
}

static void file_without_dwarf_has_no_frames(void **state)
{
	struct name_frame frames[NAME_FRAMES_MAX];
	static struct subject s;

	(void)state;
	open_subject(&s, "tests/fuzz/corpus/elf_symbols/x86_64_gnu_ld");
	name_all(&s);
	assert_int_equal(dwarf_names_find(s.names, 0, frames), 0);
	close_subject(&s);
}

static void walls_grow_with_the_files_to_an_end(void **state)
{
	struct sandbox_limits least = sandbox_limits(0);
	struct sandbox_limits large = sandbox_limits((uint64_t)1 << 30);
	struct sandbox_limits most = sandbox_limits(UINT64_MAX);

	(void)state;
	assert_int_equal(least.memory_bytes, SANDBOX_MEMORY_BYTES);
	assert_int_equal(least.cpu_seconds, SANDBOX_CPU_SECONDS);
	assert_int_equal(large.memory_bytes, SANDBOX_MEMORY_BYTES + ((uint64_t)2 << 30));
	assert_int_equal(large.cpu_seconds, SANDBOX_CPU_SECONDS + 64);
	assert_int_equal(most.memory_bytes, SANDBOX_MEMORY_MAX);
	assert_int_equal(most.cpu_seconds, SANDBOX_CPU_SECONDS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_address_has_the_same_frames_wherever_it_is_asked),
		cmocka_unit_test(functions_in_another_file_leave_files_and_lines),
		cmocka_unit_test(loops_in_dwarf_end),
		cmocka_unit_test(section_that_would_grow_beyond_measure_is_not_unpacked),
		cmocka_unit_test(file_without_dwarf_has_no_frames),
		cmocka_unit_test(walls_grow_with_the_files_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
