#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "symbolize/dwarf_line_table.h"
#include "symbolize/dwarf_lines.h"
#include "symbolize/dwarf_work.h"

/*
 * Programs of line tables by hand; whether whole tables are read as others read them,
 * tests/unit/test_dwarf_judges.c asks.
 */

#define ADDRESSES 0x0f, 0x10, 0x17, 0x18, 0x1b, 0x1c, 0x24
#define CNT 7

static const uint64_t addresses[CNT] = { ADDRESSES };
static const uint8_t operand_cnts[] = { 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1 };

#define SET_ADDRESS(address) 0, 9, 2, address, 0, 0, 0, 0, 0, 0, 0
#define COPY 1
#define ADVANCE(bytes) 2, bytes
#define LINE(signed_leb) 3, signed_leb
#define FILE_NUMBER(number) 4, number
#define END 0, 1, 1

static void run_steps(struct dwarf_place out[CNT], const uint8_t *program, size_t len,
		      uint64_t steps)
{
	const struct dwarf_work work = { addresses, CNT, &steps };
	const struct dwarf_line_table table = {
		.program = bytes_of(program, len),
		.operand_cnts = operand_cnts,
		.opcode_base = sizeof(operand_cnts) + 1,
		.line_range = 14,
		.line_base = -5,
		.advance_bytes = 1,
	};

	dwarf_lines_find(out, &table, &work);
}

#define RUN(out, ...)                                                                              \
	do {                                                                                       \
		static const uint8_t program[] = { __VA_ARGS__ };                                  \
                                                                                                   \
		run_steps(out, program, sizeof(program), 1000);                                    \
	} while (0)

static void expect(const struct dwarf_place *place, uint64_t file, uint32_t line)
{
	assert_true(place->is_known);
	assert_int_equal(place->file, file);
	assert_int_equal(place->line, line);
}

static void address_has_the_last_row_at_or_before_it(void **state)
{
	struct dwarf_place out[CNT];

	(void)state;
	RUN(out, SET_ADDRESS(0x10), LINE(2), COPY, ADVANCE(8), LINE(1), COPY, FILE_NUMBER(2),
	    LINE(5), COPY, ADVANCE(12), END);
	assert_false(out[0].is_known);
	expect(&out[1], 1, 3);
	expect(&out[2], 1, 3);
	for (unsigned i = 3; i < 6; i++)
		expect(&out[i], 2, 9);
	assert_false(out[6].is_known); /* the end is not in it */
}

static void special_opcode_moves_both_and_makes_a_row(void **state)
{
	struct dwarf_place out[CNT];

	(void)state;
	/* 13 + (line + 5) + 14 * bytes: 2 lines on; 8 bytes and 1 line back */
	RUN(out, SET_ADDRESS(0x10), 13 + 7, 13 + 4 + 14 * 8, ADVANCE(4), END);
	expect(&out[2], 1, 3);
	expect(&out[3], 1, 2);
	expect(&out[4], 1, 2);
	assert_false(out[5].is_known);
}

static void sequences_may_come_in_any_order(void **state)
{
	struct dwarf_place out[CNT];

	(void)state;
	RUN(out, SET_ADDRESS(0x1c), LINE(6), COPY, ADVANCE(8), END, SET_ADDRESS(0x0f), COPY,
	    ADVANCE(1), END);
	expect(&out[0], 1, 1);
	assert_false(out[1].is_known);
	expect(&out[5], 1, 7);
	assert_false(out[6].is_known);
}

static void line_before_the_first_is_none(void **state)
{
	struct dwarf_place out[CNT];

	(void)state;
	RUN(out, SET_ADDRESS(0x10), LINE(0x7d), COPY, ADVANCE(1), END); /* -3 */
	expect(&out[1], 1, 0);
}

/* Cut anywhere: what was said before holds, and nothing is read beyond the end. */
static void cut_program_ends_quietly(void **state)
{
	static const uint8_t whole[] = { SET_ADDRESS(0x10), LINE(2), COPY, ADVANCE(8), END };
	struct dwarf_place out[CNT];

	(void)state;
	for (size_t len = 0; len <= sizeof(whole); len++) {
		uint8_t *program = malloc(len + 1);

		memcpy(program, whole, len);
		program = realloc(program, len ? len : 1);
		run_steps(out, program, len, 1000);
		assert_int_equal(out[1].is_known, len == sizeof(whole));
		free(program);
	}
}

static void program_without_steps_left_stops(void **state)
{
	static const uint8_t program[] = { SET_ADDRESS(0x10), COPY, ADVANCE(8), END };
	struct dwarf_place out[CNT];

	(void)state;
	run_steps(out, program, sizeof(program), 3);
	assert_false(out[1].is_known);
}

static void number_without_a_file_has_none(void **state)
{
	struct dwarf_line_file files[] = { { NULL, 0 }, { "a.c", 7 } };
	struct dwarf_line_table table = { .files = { .v = files, .cnt = 2 } };

	(void)state;
	assert_null(dwarf_line_table_file(&table, 0));
	assert_null(dwarf_line_table_file(&table, 2));
	assert_null(dwarf_line_table_file(&table, UINT64_MAX));
	assert_string_equal(dwarf_line_table_file(&table, 1)->name, "a.c");
	assert_null(dwarf_line_table_folder(&table, dwarf_line_table_file(&table, 1)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_has_the_last_row_at_or_before_it),
		cmocka_unit_test(special_opcode_moves_both_and_makes_a_row),
		cmocka_unit_test(sequences_may_come_in_any_order),
		cmocka_unit_test(line_before_the_first_is_none),
		cmocka_unit_test(cut_program_ends_quietly),
		cmocka_unit_test(program_without_steps_left_stops),
		cmocka_unit_test(number_without_a_file_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
