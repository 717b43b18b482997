#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "tests/unit/made_rows.h"

static const uint8_t restorer[] = {
	0x90, 0x90, 0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05
};

/* From one byte below, where a caller of it is looked for, to behind its system call. */
static void restorers_without_tables_are_known_by_their_bytes(void **state)
{
	struct made_cfi m = { .code = restorer, .code_len = sizeof(restorer) };
	struct unwind_rows rows;

	(void)state;
	rows = rows_of(&m);
	expect_kind(&rows, MADE_CODE, UNWIND_NONE);
	expect(&rows, MADE_CODE + 1, RULE(.kind = UNWIND_SIGNAL));
	expect(&rows, MADE_CODE + 11, RULE(.kind = UNWIND_SIGNAL));
	expect_kind(&rows, MADE_CODE + 12, UNWIND_NONE);
	unwind_rows_release(&rows);

	m = (struct made_cfi){ .code = restorer, .code_len = sizeof(restorer) };
	made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), MADE_CODE, 16, PROGRAM(0));
	rows = rows_of(&m);
	expect(&rows, MADE_CODE, RULE(CFA(7, 8)));
	unwind_rows_release(&rows);
}

static void tables_are_found_without_section_headers(void **state)
{
	struct made_cfi m = { .has_no_sections = true };
	struct unwind_rows rows;
	size_t cie = made_usual_cie(&m.eh_frame, false);

	(void)state;
	made_fde(&m.eh_frame, false, cie, FUNCTION, 16, PROGRAM(0));
	buf_u32(&m.eh_frame, 0);
	made_fde(&m.eh_frame, false, cie, FUNCTION + 16, 16, PROGRAM(0)); /* behind the end */
	rows = rows_of(&m);
	expect(&rows, FUNCTION + 15, RULE(CFA(7, 8)));
	expect_kind(&rows, FUNCTION + 16, UNWIND_NONE);
	unwind_rows_release(&rows);
}

static void debug_frame_serves_where_no_eh_frame_does(void **state)
{
	(void)state;
	for (int form = MADE_PLAIN; form <= MADE_OLD; form++) {
		struct made_cfi m = { .debug_form = (enum made_debug_frame)form };
		struct unwind_rows rows;
		size_t cie = made_usual_cie(&m.debug_frame, true);

		made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), FUNCTION + 16, 16,
			 PROGRAM(0));
		for (uint32_t i = 0; i < 3; i++)
			made_fde(&m.debug_frame, true, cie, FUNCTION + 16 * i, 16,
				 PROGRAM(0x0e, 32));
		rows = rows_of(&m);
		expect(&rows, FUNCTION, RULE(CFA(7, 32)));
		expect(&rows, FUNCTION + 16, RULE(CFA(7, 8)));
		expect(&rows, FUNCTION + 32, RULE(CFA(7, 32)));
		expect_kind(&rows, FUNCTION + 48, UNWIND_NONE);
		unwind_rows_release(&rows);
	}
}

static void bytes_of_go_tell_what_its_tables_do_not(void **state)
{
	static const uint8_t code[] = { 0x90, 0xe8, 1,	  2,	3,    4,    0x90, 0xcc, 0x48,
					0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xcd,
					0x03, 0xe8, 1,	  2,	3,    4,    0xc3 };
	struct made_cfi m = { .code = code, .code_len = sizeof(code) };
	struct unwind_rows rows;
	size_t cie = made_usual_cie(&m.debug_frame, true);

	(void)state;
	made_fde(&m.debug_frame, true, cie, MADE_CODE, 7, PROGRAM(0));
	made_fde(&m.debug_frame, true, cie, MADE_CODE + 8, 11, PROGRAM(0));
	made_fde(&m.debug_frame, true, cie, MADE_CODE + 19, 6, PROGRAM(0));
	made_fde(&m.debug_frame, true, cie, MADE_CODE + 25, 6, PROGRAM(0));
	rows = rows_of(&m);
	expect(&rows, MADE_CODE + 1, RULE(.kind = UNWIND_STOP));
	expect(&rows, MADE_CODE + 8, RULE(.kind = UNWIND_SIGNAL));
	expect(&rows, MADE_CODE + 24, RULE(.kind = UNWIND_STOP));
	expect(&rows, MADE_CODE + 25, RULE(CFA(7, 8)));
	unwind_rows_release(&rows);
}

static void go_has_tables_for_the_leaf_alone(void **state)
{
	struct made_cfi m = { .is_go = true };
	struct unwind_rows rows;
	size_t cie = made_usual_cie(&m.debug_frame, true);

	(void)state;
	made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), FUNCTION, 16, PROGRAM(0));
	made_fde(&m.debug_frame, true, cie, FUNCTION + 16, 16, PROGRAM(0x44, 0x0e, 32));
	made_fde(&m.debug_frame, true, cie, FUNCTION + 32, 16, PROGRAM(0x0d, 6));
	rows = rows_of(&m);
	expect(&rows, FUNCTION, RULE(CFA(7, 8))); /* of C, in the same file */
	expect(&rows, FUNCTION + 16, RULE(.kind = UNWIND_LEAF, .reg = 7, .offset = 8));
	expect(&rows, FUNCTION + 20,
	       RULE(.kind = UNWIND_LEAF, .reg = 7, .offset = 32, .rbp = UNWIND_RBP_AT_CFA,
		    .rbp_offset = -16));
	expect(&rows, FUNCTION + 32, RULE(CFA(6, 8)));
	/* Its frame pointers are trusted where it has no table, too. */
	expect(&rows, FUNCTION + 48, RULE(.kind = UNWIND_NONE, .extra = 1));
	unwind_rows_release(&rows);

	m = (struct made_cfi){ 0 };
	made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), FUNCTION, 16, PROGRAM(0));
	rows = rows_of(&m);
	expect(&rows, FUNCTION + 16, RULE(.kind = UNWIND_NONE));
	unwind_rows_release(&rows);
}

static void a_thread_begins_behind_the_system_call_of_clone(void **state)
{
	static const uint8_t code[] = { 0x31, 0xc0, 0x0f, 0x05, 0x48, 0x85, 0xc0, 0x7c, 0x13 };
	const uint8_t *only_syscall = (const uint8_t[]){ 0x31, 0xc0, 0x0f, 0x05, 0xc3 };
	struct made_cfi m = { .code = code, .code_len = sizeof(code) };
	struct unwind_rows rows;
	size_t cie = made_usual_cie(&m.eh_frame, false);

	(void)state;
	made_fde(&m.eh_frame, false, cie, MADE_CODE + 32, 16, PROGRAM(0));
	rows = rows_of(&m);
	expect_kind(&rows, MADE_CODE + 1, UNWIND_NONE);
	expect(&rows, MADE_CODE + 2, RULE(.kind = UNWIND_LEAF, .reg = 7, .offset = 8, .extra = 1));
	expect(&rows, MADE_CODE + 31, RULE(.kind = UNWIND_LEAF, .reg = 7, .offset = 8, .extra = 1));
	expect(&rows, MADE_CODE + 32, RULE(CFA(7, 8)));
	unwind_rows_release(&rows);

	m = (struct made_cfi){ .code = only_syscall, .code_len = 5 };
	made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), MADE_CODE + 32, 16,
		 PROGRAM(0));
	rows = rows_of(&m);
	expect_kind(&rows, MADE_CODE + 2, UNWIND_NONE);
	unwind_rows_release(&rows);

	/* What is longer than any such gap is another's code. */
	m = (struct made_cfi){ .code = code, .code_len = sizeof(code) };
	made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), MADE_CODE + 65, 16,
		 PROGRAM(0));
	rows = rows_of(&m);
	expect_kind(&rows, MADE_CODE + 2, UNWIND_NONE);
	unwind_rows_release(&rows);
}

static void bombs_are_not_unpacked(void **state)
{
	struct made_cfi m = { .debug_form = MADE_COMPRESSED };

	(void)state;
	for (int i = 0; i < 1 << 16; i++)
		buf_u64(&m.debug_frame, 0);
	made_fde(&m.debug_frame, true, made_usual_cie(&m.debug_frame, true), FUNCTION, 16,
		 PROGRAM(0));
	m.claimed_bytes = (uint64_t)1 << 40;
	assert_int_equal(failure_of(&m), -ENODATA);
	m = (struct made_cfi){ .debug_form = MADE_COMPRESSED, .claimed_bytes = 100 };
	buf_u64(&m.debug_frame, 0);
	assert_int_equal(failure_of(&m), -ENODATA);
}

static void a_file_may_be_cut_anywhere(void **state)
{
	struct made_cfi m = { 0 };
	struct buf file = { 0 };

	(void)state;
	made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), FUNCTION, 64,
		 PROGRAM(0x41, 0x0e, 16, 0x86, 2));
	made_cfi_put(&file, &m);
	for (size_t len = 0; len < file.len; len++) {
		uint8_t *exact = malloc(len + 1);
		struct unwind_rows rows;
		int ret;

		memcpy(exact, file.v, len);
		ret = unwind_rows_make(&rows, exact, len, NULL);
		assert_true(!ret || ret == -ENOEXEC || ret == -ENODATA);
		if (!ret)
			unwind_rows_release(&rows);
		free(exact);
		len += len < MADE_TABLES_OFFSET && len > 300 ? 61 : 0;
	}
	buf_release(&file);
	made_cfi_release(&m);
}

static void other_files_are_told_apart(void **state)
{
	struct made_cfi m = { 0 };
	struct buf file = { 0 };
	struct unwind_rows rows;

	(void)state;
	assert_int_equal(failure_of(&m), -ENODATA);
	made_cfi_put(&file, &m);
	file.v[18] = EM_AARCH64;
	assert_int_equal(unwind_rows_make(&rows, file.v, file.len, NULL), -ENOEXEC);
	assert_int_equal(unwind_rows_make(&rows, (const uint8_t *)"#!/bin/sh", 9, NULL), -ENOEXEC);
	buf_release(&file);
}

static void offsets_of_the_file_are_addresses_of_whole_pages(void **state)
{
	struct made_cfi m = { 0 };
	struct unwind_rows rows;
	uint64_t address;

	(void)state;
	made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), FUNCTION, 64, PROGRAM(0));
	rows = rows_of(&m);
	assert_true(unwind_rows_address(&rows, MADE_CODE_OFFSET + 0x123, &address));
	assert_int_equal(address, MADE_CODE + 0x123);
	assert_false(unwind_rows_address(&rows, MADE_CODE_OFFSET - 1, &address));
	assert_false(unwind_rows_address(&rows, MADE_TABLES_OFFSET, &address));
	unwind_rows_release(&rows);
}

static void the_vdso_has_rows(void **state)
{
	const uint8_t *vdso = (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
	struct unwind_rows rows;
	Elf64_Ehdr h;

	(void)state;
	if (!vdso)
		skip();
	memcpy(&h, vdso, sizeof(h));
	assert_int_equal(unwind_rows_make(&rows, vdso, h.e_shoff + h.e_shnum * h.e_shentsize, NULL),
			 0);
	assert_true(rows.fde_cnt >= 4);
	assert_int_equal(rows.unsupported_cnt, 0);
	unwind_rows_release(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(restorers_without_tables_are_known_by_their_bytes),
		cmocka_unit_test(tables_are_found_without_section_headers),
		cmocka_unit_test(debug_frame_serves_where_no_eh_frame_does),
		cmocka_unit_test(bytes_of_go_tell_what_its_tables_do_not),
		cmocka_unit_test(go_has_tables_for_the_leaf_alone),
		cmocka_unit_test(a_thread_begins_behind_the_system_call_of_clone),
		cmocka_unit_test(bombs_are_not_unpacked),
		cmocka_unit_test(a_file_may_be_cut_anywhere),
		cmocka_unit_test(other_files_are_told_apart),
		cmocka_unit_test(offsets_of_the_file_are_addresses_of_whole_pages),
		cmocka_unit_test(the_vdso_has_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
