#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/buf.h"
#include "collector/build_id.h"

static void put_note(struct buf *b, const char *name, uint32_t type, uint8_t fill, uint32_t len)
{
	buf_u32(b, (uint32_t)strlen(name) + 1);
	buf_u32(b, len);
	buf_u32(b, type);
	buf_put(b, name, strlen(name) + 1);
	while (b->len % 4)
		buf_u8(b, 0);
	for (uint32_t i = 0; i < len; i++)
		buf_u8(b, fill);
	while (b->len % 4)
		buf_u8(b, 0);
}

static void finds_it_behind_other_notes(void **state)
{
	uint8_t id[TRACE_BUILD_ID_MAX];
	struct buf b = { 0 };

	(void)state;
	put_note(&b, "stapsdt", 3, 1, 13);
	put_note(&b, "GNU", 1, 2, 16);
	put_note(&b, "GNU", NT_GNU_BUILD_ID, 0xcd, 20);
	assert_int_equal(build_id_in_notes(b.v, b.len, id), 20);
	assert_int_equal(id[0], 0xcd);
	assert_int_equal(id[19], 0xcd);
	buf_release(&b);
}

static void takes_the_last_note_without_its_padding(void **state)
{
	uint8_t id[TRACE_BUILD_ID_MAX];
	struct buf b = { 0 };

	(void)state;
	put_note(&b, "GNU", NT_GNU_BUILD_ID, 0xcd, 5);
	assert_int_equal(build_id_in_notes(b.v, b.len - 3, id), 5);
	buf_release(&b);
}

static void refuses_lengths_beyond_the_notes(void **state)
{
	uint8_t id[TRACE_BUILD_ID_MAX];
	struct buf b = { 0 };

	(void)state;
	put_note(&b, "GNU", NT_GNU_BUILD_ID, 0xcd, 20);
	for (size_t len = 0; len < b.len; len++)
		assert_int_equal(build_id_in_notes(b.v, len, id), 0);
	memset(b.v + 4, 0xff, 4);
	assert_int_equal(build_id_in_notes(b.v, b.len, id), 0);
	memset(b.v, 0xff, 4);
	assert_int_equal(build_id_in_notes(b.v, b.len, id), 0);
	buf_release(&b);
}

static void refuses_one_that_no_trace_can_hold(void **state)
{
	uint8_t id[TRACE_BUILD_ID_MAX];
	struct buf b = { 0 };

	(void)state;
	put_note(&b, "GNU", NT_GNU_BUILD_ID, 0xcd, TRACE_BUILD_ID_MAX + 1);
	assert_int_equal(build_id_in_notes(b.v, b.len, id), 0);
	buf_release(&b);
}

static void an_elf_header_may_lie(void **state)
{
	uint8_t image[512], id[TRACE_BUILD_ID_MAX];

	(void)state;
	srand(5);
	for (int round = 0; round < 20000; round++) {
		uint8_t *exact;
		size_t len = (size_t)(rand() % (int)sizeof(image));

		for (size_t i = 0; i < sizeof(image); i++)
			image[i] = rand() % 4 ? 0 : (uint8_t)rand();
		memcpy(image, ELFMAG, SELFMAG);
		image[EI_CLASS] = rand() % 2 ? ELFCLASS64 : ELFCLASS32;
		image[EI_DATA] = ELFDATA2LSB;
		((Elf64_Ehdr *)image)->e_phentsize = sizeof(Elf64_Phdr);
		exact = malloc(len + 1);
		memcpy(exact, image, len);
		assert_in_range(build_id_of_image(exact, len, id), 0, TRACE_BUILD_ID_MAX);
		free(exact);
	}
}

static void the_vdso_has_one(void **state)
{
	const uint8_t *vdso = (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
	uint8_t id[TRACE_BUILD_ID_MAX];

	(void)state;
	if (!vdso)
		skip();
	assert_in_range(build_id_of_image(vdso, 4096, id), 8, TRACE_BUILD_ID_MAX);
}

static void opens_regular_files_only(void **state)
{
	(void)state;
	assert_int_equal(build_id_open("/dev/zero"), -1);
	assert_int_equal(build_id_open("/"), -1);
	assert_int_equal(build_id_open("/nonexistent"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_it_behind_other_notes),
		cmocka_unit_test(takes_the_last_note_without_its_padding),
		cmocka_unit_test(refuses_lengths_beyond_the_notes),
		cmocka_unit_test(refuses_one_that_no_trace_can_hold),
		cmocka_unit_test(an_elf_header_may_lie),
		cmocka_unit_test(the_vdso_has_one),
		cmocka_unit_test(opens_regular_files_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
