#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/made_rows.h"

/* The last rule of one function with this program, which ends where the function does. */
static void leads_to(const uint8_t *program, size_t len, struct unwind_rule rule)
{
	struct made_cfi m = { 0 };
	struct unwind_rows rows;

	made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), FUNCTION, FUNCTION_BYTES,
		 program, len);
	rows = rows_of(&m);
	assert_int_equal(rows.fde_cnt, 1);
	expect_kind(&rows, FUNCTION - 1, UNWIND_NONE);
	expect(&rows, FUNCTION + FUNCTION_BYTES - 1, rule);
	expect_kind(&rows, FUNCTION + FUNCTION_BYTES, UNWIND_NONE);
	unwind_rows_release(&rows);
}

static void every_instruction_of_the_cfa_is_known(void **state)
{
	(void)state;
	leads_to(PROGRAM(0), RULE(CFA(7, 8)));
	leads_to(PROGRAM(0x0c, 6, 16), RULE(CFA(6, 16)));
	leads_to(PROGRAM(0x0d, 10), RULE(CFA(10, 8)));
	leads_to(PROGRAM(0x0e, 0x90, 0x01), RULE(CFA(7, 144)));
	leads_to(PROGRAM(0x12, 3, 0x7e), RULE(CFA(3, 16)));
	leads_to(PROGRAM(0x13, 0x7d), RULE(CFA(7, 24)));
	leads_to(PROGRAM(0x0f, 3, 0x76, 0x90, 0x7f), RULE(CFA(6, -112)));
	leads_to(PROGRAM(0x0c, 0x90, 0x01, 8), RULE(.kind = UNWIND_UNSUPPORTED));
	leads_to(PROGRAM(0x0c, 7, 0x80, 0x80, 0x80, 0x80, 0x10), RULE(.kind = UNWIND_UNSUPPORTED));
}

static void every_instruction_of_a_register_is_known(void **state)
{
	struct unwind_rule saved = RULE(CFA(7, 8), .rbp = UNWIND_RBP_AT_CFA, .rbp_offset = -16);
	struct unwind_rule same = RULE(CFA(7, 8));
	struct unwind_rule lost = RULE(CFA(7, 8), .rbp = UNWIND_RBP_LOST);

	(void)state;
	leads_to(PROGRAM(0x86, 2), saved);
	leads_to(PROGRAM(0x05, 6, 2), saved);
	leads_to(PROGRAM(0x11, 6, 2), saved);
	leads_to(PROGRAM(0x2f, 6, 0x7e, 0x86, 2), saved);
	leads_to(PROGRAM(0x2f, 6, 2), RULE(CFA(7, 8), .rbp = UNWIND_RBP_AT_CFA, .rbp_offset = 16));
	leads_to(PROGRAM(0x86, 2, 0xc6), same);
	leads_to(PROGRAM(0x86, 2, 0x06, 6), same);
	leads_to(PROGRAM(0x86, 2, 0x08, 6), same);
	leads_to(PROGRAM(0x07, 6), lost);
	leads_to(PROGRAM(0x09, 6, 9), lost);
	leads_to(PROGRAM(0x14, 6, 2), lost);
	leads_to(PROGRAM(0x15, 6, 2), lost);
	leads_to(PROGRAM(0x16, 6, 2, 0x76, 0), lost);
	leads_to(PROGRAM(0x10, 6, 2, 0x77, 0), lost);
	leads_to(PROGRAM(0x10, 6, 2, 0x76, 0x78),
		 RULE(CFA(7, 8), .rbp = UNWIND_RBP_AT_RBP, .rbp_offset = -8));
	leads_to(PROGRAM(0x2e, 32, 0x8c, 3, 0x10, 12, 1, 0x30), same);
}

static void return_address_decides(void **state)
{
	struct unwind_rule unsupported = RULE(.kind = UNWIND_UNSUPPORTED);

	(void)state;
	leads_to(PROGRAM(0x07, 16), RULE(.kind = UNWIND_STOP));
	leads_to(PROGRAM(0x09, 16, 5), RULE(CFA(7, 8), .ra_reg = 6));
	leads_to(PROGRAM(0x90, 2), unsupported);
	leads_to(PROGRAM(0x08, 16), unsupported);
	leads_to(PROGRAM(0x10, 16, 2, 0x77, 0), unsupported);
	leads_to(PROGRAM(0x09, 7, 8), unsupported);
	leads_to(PROGRAM(0x14, 7, 0), RULE(CFA(7, 8)));
}

static void expressions_that_linkers_and_compilers_write_are_known(void **state)
{
	struct unwind_rule plt = RULE(.kind = UNWIND_PLT, .offset = 11);

	(void)state;
	leads_to(PROGRAM(0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22),
		 plt);
	plt.offset = 10;
	leads_to(PROGRAM(0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3a, 0x2a, 0x33, 0x24, 0x22),
		 plt);
	leads_to(PROGRAM(0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x34, 0x24, 0x22),
		 RULE(.kind = UNWIND_UNSUPPORTED));
	leads_to(PROGRAM(0x0f, 3, 0x76, 0x78, 0x06),
		 RULE(.kind = UNWIND_DEREF, .reg = 6, .offset = -8));
	leads_to(PROGRAM(0x0f, 6, 0x77, 0x98, 0x01, 0x06, 0x23, 8),
		 RULE(.kind = UNWIND_DEREF, .reg = 7, .offset = 152, .extra = 8));
	leads_to(PROGRAM(0x0f, 5, 0x77, 0, 0x06, 0x40, 0x22),
		 RULE(.kind = UNWIND_DEREF, .reg = 7, .extra = 16));
	leads_to(PROGRAM(0x0f, 6, 0x77, 0, 0x06, 0x08, 0xf0, 0x22),
		 RULE(.kind = UNWIND_DEREF, .reg = 7, .extra = 240));
	leads_to(PROGRAM(0x0f, 5, 0x77, 0, 0x06, 0x40, 0x1c), RULE(.kind = UNWIND_UNSUPPORTED));
	leads_to(PROGRAM(0x0f, 4, 0x77, 0, 0x06, 0x06), RULE(.kind = UNWIND_UNSUPPORTED));
	/* A register alone, after an expression, goes with the offset of before. */
	leads_to(PROGRAM(0x0e, 48, 0x0f, 3, 0x76, 0x78, 0x06, 0x0d, 7), RULE(CFA(7, 48)));
}

static void rows_change_where_the_location_advances(void **state)
{
	static const uint8_t program[] = {
		0x41, 0x0e, 16,			    /* + 1 */
		0x02, 3,    0x0e, 24,		    /* + 4 */
		0x03, 4,    0,	  0x0a, 0x0e, 32,   /* + 8: remembers 24 */
		0x04, 8,    0,	  0,	0,    0x0b, /* + 16: 24 again */
		0x1d, 16,   0,	  0,	0,    0,
		0,    0,    0,	  0x8c, 2, /* + 32: nothing that matters */
		0x41, 0x0e, 40,		   /* + 33 */
	};
	static const uint32_t expected[][2] = { { 0, 8 },   { 1, 16 },	{ 3, 16 },  { 4, 24 },
						{ 8, 32 },  { 15, 32 }, { 16, 24 }, { 32, 24 },
						{ 33, 40 }, { 127, 40 } };
	struct made_cfi m = { 0 };
	struct unwind_rows rows;

	(void)state;
	made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), FUNCTION, FUNCTION_BYTES,
		 program, sizeof(program));
	rows = rows_of(&m);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		expect(&rows, FUNCTION + expected[i][0], RULE(CFA(7, (int)expected[i][1])));
	assert_int_equal(rows.row_cnt, 8); /* six, and both ends */
	unwind_rows_release(&rows);
}

static void what_makes_no_sense_costs_its_own_rows(void **state)
{
	static const struct {
		uint8_t program[8];
		size_t len;
	} bad[] = {
		{ { 0x0b }, 1 },			 /* restores what nobody remembered */
		{ { 0x3f }, 1 },			 /* no instruction */
		{ { 0x0f, 100 }, 2 },			 /* an expression beyond the entry */
		{ { 0x41, 0x01, 0, 0, 0xe0, 0xff }, 6 }, /* backwards */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct made_cfi m = { 0 };
		struct unwind_rows rows;
		size_t cie = made_usual_cie(&m.eh_frame, false);

		made_fde(&m.eh_frame, false, cie, FUNCTION, 16, PROGRAM(0));
		made_fde(&m.eh_frame, false, cie, FUNCTION + 16, 16, bad[i].program, bad[i].len);
		made_fde(&m.eh_frame, false, cie, FUNCTION + 32, 16, PROGRAM(0x0e, 24));
		rows = rows_of(&m);
		expect(&rows, FUNCTION + 15, RULE(CFA(7, 8)));
		assert_int_equal(rows.bad_cnt, 1);
		expect_kind(&rows, FUNCTION + 16, UNWIND_NONE);
		expect_kind(&rows, FUNCTION + 31, UNWIND_NONE);
		expect(&rows, FUNCTION + 32, RULE(CFA(7, 24)));
		unwind_rows_release(&rows);
	}
}

static void functions_may_come_in_any_order(void **state)
{
	struct made_cfi m = { 0 };
	struct unwind_rows rows;
	size_t cie = made_usual_cie(&m.eh_frame, false);

	(void)state;
	for (uint32_t i = 0; i < 64; i++) {
		uint32_t at = i * 37 % 64;

		made_fde(&m.eh_frame, false, cie, MADE_CODE + at * 100, 90,
			 PROGRAM(0x44, 0x0e, (uint8_t)(8 + at)));
	}
	rows = rows_of(&m);
	for (uint32_t at = 0; at < 64; at++) {
		expect(&rows, MADE_CODE + at * 100 + 3, RULE(CFA(7, 8)));
		expect(&rows, MADE_CODE + at * 100 + 89, RULE(CFA(7, 8 + (int)at)));
		expect_kind(&rows, MADE_CODE + at * 100 + 90, UNWIND_NONE);
	}
	unwind_rows_release(&rows);
}

static void of_functions_at_one_address_the_last_holds(void **state)
{
	struct made_cfi m = { 0 };
	struct unwind_rows rows;
	size_t cie = made_usual_cie(&m.eh_frame, false);

	(void)state;
	made_fde(&m.eh_frame, false, cie, FUNCTION + 64, 64, PROGRAM(0x0e, 40));
	for (uint8_t i = 1; i <= 3; i++)
		made_fde(&m.eh_frame, false, cie, FUNCTION, 64u * i,
			 PROGRAM(0x0e, (uint8_t)(8 * i)));
	rows = rows_of(&m);
	expect(&rows, FUNCTION, RULE(CFA(7, 24)));
	expect(&rows, FUNCTION + 63, RULE(CFA(7, 24)));
	expect(&rows, FUNCTION + 64, RULE(CFA(7, 40)));
	expect_kind(&rows, FUNCTION + 128, UNWIND_NONE);
	unwind_rows_release(&rows);
}

static void neighbours_with_one_rule_share_a_row(void **state)
{
	struct made_cfi m = { 0 };
	struct unwind_rows rows;
	size_t cie = made_usual_cie(&m.eh_frame, false);

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		made_fde(&m.eh_frame, false, cie, MADE_CODE + 16 * i, 16, PROGRAM(0));
	rows = rows_of(&m);
	assert_int_equal(rows.row_cnt, 2);
	assert_int_equal(rows.rule_cnt, 3); /* with those of no table and no words */
	expect(&rows, MADE_CODE + 1599, RULE(CFA(7, 8)));
	unwind_rows_release(&rows);
}

static void code_to_its_very_end_has_no_row_behind(void **state)
{
	struct made_cfi m = { 0 };
	struct unwind_rows rows;

	(void)state;
	made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), MADE_CODE, 0x100000,
		 PROGRAM(0));
	rows = rows_of(&m);
	assert_int_equal(rows.row_cnt, 1);
	expect(&rows, MADE_CODE, RULE(CFA(7, 8)));
	expect(&rows, MADE_CODE + MADE_CODE_BYTES - 1, RULE(CFA(7, 8)));
	expect_kind(&rows, MADE_CODE + MADE_CODE_BYTES, UNWIND_NONE);
	expect_kind(&rows, MADE_CODE - 1, UNWIND_NONE);
	unwind_rows_release(&rows);
}

static void rbx_is_followed_only_where_a_rule_uses_it(void **state)
{
	(void)state;
	leads_to(PROGRAM(0x83, 2), RULE(CFA(7, 8)));
	leads_to(PROGRAM(0x83, 2, 0x41, 0x0d, 3, 0x41, 0x0d, 7), RULE(CFA(7, 8), .extra = -16));
	leads_to(PROGRAM(0x83, 2, 0x41, 0x0d, 3), RULE(CFA(3, 8), .extra = -16));
}

static void signal_frames_are_known_by_their_expressions(void **state)
{
	static const uint8_t program[] = { 0x0f, 4,    0x77, 0xa0, 0x01, 0x06, 0x10, 6,
					   3,	 0x77, 0xf8, 0,	   0x10, 16,   3,    0x77,
					   0xa8, 0x01, 0x10, 7,	   3,	 0x77, 0xa0, 0x01 };
	struct made_cfi m = { 0 };
	struct unwind_rows rows;

	(void)state;
	made_fde(&m.eh_frame, false, made_cie(&m.eh_frame, false, "zRS", NULL, 0), FUNCTION, 16,
		 program, sizeof(program));
	made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), FUNCTION + 16, 16, program,
		 sizeof(program));
	made_fde(&m.eh_frame, false, made_cie(&m.eh_frame, false, "zRS", NULL, 0), FUNCTION + 64, 9,
		 program, sizeof(program));
	rows = rows_of(&m);
	expect(&rows, FUNCTION, RULE(.kind = UNWIND_SIGNAL));
	expect(&rows, FUNCTION + 16, RULE(.kind = UNWIND_UNSUPPORTED));
	expect(&rows, FUNCTION + 64 + 9, RULE(.kind = UNWIND_SIGNAL)); /* behind its syscall */
	expect_kind(&rows, FUNCTION + 64 + 10, UNWIND_NONE);
	unwind_rows_release(&rows);
}

static void letters_of_all_kinds_are_stepped_over(void **state)
{
	static const char *const letters[] = { "zR", "zPLR", "zRS", "zLR", "zRB" };
	struct made_cfi m = { 0 };
	struct unwind_rows rows;

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		made_fde(&m.eh_frame, false,
			 made_cie(&m.eh_frame, false, letters[i], PROGRAM(0x0c, 7, 8, 0x90, 1)),
			 FUNCTION + 16 * i, 16, PROGRAM(0x0e, (uint8_t)(16 + 8 * i)));
	rows = rows_of(&m);
	for (uint32_t i = 0; i < 5; i++)
		expect(&rows, FUNCTION + 16 * i, RULE(CFA(7, (int)(16 + 8 * i))));
	unwind_rows_release(&rows);
}

static void a_cie_may_not_lead_anywhere(void **state)
{
	struct made_cfi m = { 0 };
	size_t cie = made_usual_cie(&m.eh_frame, false);
	size_t fde = m.eh_frame.len;

	(void)state;
	made_fde(&m.eh_frame, false, cie, FUNCTION, 16, PROGRAM(0));
	made_patch(&m.eh_frame, fde + 4, 4);				  /* itself */
	made_fde(&m.eh_frame, false, fde, FUNCTION + 16, 16, PROGRAM(0)); /* no CIE */
	fde = m.eh_frame.len;
	made_fde(&m.eh_frame, false, cie, FUNCTION + 32, 16, PROGRAM(0));
	made_patch(&m.eh_frame, fde + 4, 0x7fffffff); /* before the section */
	assert_int_equal(failure_of(&m), -ENODATA);
}

#define MANY (UNWIND_ROWS_MAX * 2)

#if defined(__SANITIZE_ADDRESS__)
#define MIB_MAX 254 /* with what watches over it */
#else
#define MIB_MAX (UNWIND_ROWS_MAX * 12 >> 20)
#endif

/* The memory that making them takes at most, of a process that does nothing else. */
static int mib_to_make(const struct buf *file, int expected)
{
	struct rusage before, after;
	struct unwind_rows rows;
	int status;
	pid_t child = fork();

	if (!child) {
		long mib;

		getrusage(RUSAGE_SELF, &before);
		if (unwind_rows_make(&rows, file->v, file->len, NULL) != expected)
			_exit(255);
		getrusage(RUSAGE_SELF, &after);
		mib = (after.ru_maxrss - before.ru_maxrss) >> 10;
		_exit((int)(mib < 254 ? mib : 254));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 255);
	return WEXITSTATUS(status);
}

/* All of the file is code. */
static void claim_code(struct buf *file)
{
	Elf64_Phdr code;

	memcpy(&code, file->v + sizeof(Elf64_Ehdr), sizeof(code));
	code.p_filesz = file->len - MADE_CODE_OFFSET;
	memcpy(file->v + sizeof(Elf64_Ehdr), &code, sizeof(code));
}

static void one_function_takes_no_more_memory_than_a_file_may(void **state)
{
	struct made_cfi m = { 0 };
	struct buf file = { 0 }, program = { 0 };

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		const uint8_t row[] = { 0x41, 0x0e, i % 2 ? 16 : 24 };

		buf_put(&program, row, sizeof(row));
	}
	made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), MADE_CODE, MANY, program.v,
		 program.len);
	made_cfi_put(&file, &m);
	claim_code(&file);
	assert_in_range(mib_to_make(&file, -E2BIG), 0, MIB_MAX);
	made_cfi_release(&m);
	buf_release(&program);
	buf_release(&file);
}

static void code_full_of_restorers_takes_no_more_either(void **state)
{
	static const uint8_t restorer[] = { 0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05 };
	struct made_cfi m = { 0 };
	struct buf file = { 0 };

	(void)state;
	made_fde(&m.eh_frame, false, made_usual_cie(&m.eh_frame, false), MADE_CODE, 16, PROGRAM(0));
	made_cfi_put(&file, &m);
	for (uint32_t i = 0; i < MANY / 2; i++)
		buf_put(&file, restorer, sizeof(restorer));
	claim_code(&file);
	assert_in_range(mib_to_make(&file, -E2BIG), 0, MIB_MAX);
	made_cfi_release(&m);
	buf_release(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_instruction_of_the_cfa_is_known),
		cmocka_unit_test(every_instruction_of_a_register_is_known),
		cmocka_unit_test(return_address_decides),
		cmocka_unit_test(expressions_that_linkers_and_compilers_write_are_known),
		cmocka_unit_test(rows_change_where_the_location_advances),
		cmocka_unit_test(what_makes_no_sense_costs_its_own_rows),
		cmocka_unit_test(functions_may_come_in_any_order),
		cmocka_unit_test(of_functions_at_one_address_the_last_holds),
		cmocka_unit_test(neighbours_with_one_rule_share_a_row),
		cmocka_unit_test(code_to_its_very_end_has_no_row_behind),
		cmocka_unit_test(rbx_is_followed_only_where_a_rule_uses_it),
		cmocka_unit_test(signal_frames_are_known_by_their_expressions),
		cmocka_unit_test(letters_of_all_kinds_are_stepped_over),
		cmocka_unit_test(a_cie_may_not_lead_anywhere),
		cmocka_unit_test(one_function_takes_no_more_memory_than_a_file_may),
		cmocka_unit_test(code_full_of_restorers_takes_no_more_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
