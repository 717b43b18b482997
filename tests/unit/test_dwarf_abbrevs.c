#include <dwarf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "symbolize/dwarf_abbrevs.h"
#include "symbolize/dwarf_work.h"

/* Tables by hand, of a unit of DWARF 5 with addresses of 8 bytes and offsets of 4. */

#define VARIABLE(code)                                                                             \
	code, DW_TAG_variable, DW_CHILDREN_no, DW_AT_name, DW_FORM_strp, DW_AT_decl_file,          \
		DW_FORM_data1, DW_AT_type, DW_FORM_ref4, 0, 0
#define FUNCTION(code)                                                                             \
	code, DW_TAG_subprogram, DW_CHILDREN_yes, DW_AT_external, DW_FORM_flag_present,            \
		DW_AT_decl_line, DW_FORM_data2, DW_AT_low_pc, DW_FORM_addr, DW_AT_high_pc,         \
		DW_FORM_data8, DW_AT_frame_base, DW_FORM_exprloc, DW_AT_type, DW_FORM_ref4,        \
		DW_AT_sibling, DW_FORM_ref4, 0, 0
#define FUNCTION_ELSEWHERE(code)                                                                   \
	code, DW_TAG_subprogram, DW_CHILDREN_no, DW_AT_low_pc, DW_FORM_addrx, DW_AT_low_pc,        \
		DW_FORM_addr, 0, 0

static const struct dwarf_abbrev *find(struct dwarf_abbrevs *a, uint64_t code)
{
	uint64_t steps = 1000;
	const struct dwarf_work work = { .steps = &steps };

	return dwarf_abbrevs_find(a, code, &work);
}

#define TURN(a, ...)                                                                               \
	do {                                                                                       \
		static const uint8_t table[] = { __VA_ARGS__ };                                    \
                                                                                                   \
		dwarf_abbrevs_turn(a, bytes_of(table, sizeof(table)), 5, 8, 4);                    \
	} while (0)

static void die_that_says_nothing_of_interest_is_one_step(void **state)
{
	struct dwarf_abbrevs a = { 0 };
	const struct dwarf_abbrev *abbrev;

	(void)state;
	TURN(&a, VARIABLE(1), 0);
	abbrev = find(&a, 1);
	assert_non_null(abbrev);
	assert_int_equal(abbrev->tag, DW_TAG_variable);
	assert_int_equal(abbrev->field_cnt, 0);
	assert_int_equal(abbrev->tail, 4 + 1 + 4);
	assert_null(find(&a, 2));
	dwarf_abbrevs_release(&a);
}

static void fields_know_how_far_they_lie_apart(void **state)
{
	struct dwarf_abbrevs a = { 0 };
	const struct dwarf_abbrev *abbrev;
	const struct dwarf_field *fields;

	(void)state;
	TURN(&a, VARIABLE(1), FUNCTION(2), 0);
	abbrev = find(&a, 2);
	assert_non_null(abbrev);
	fields = &a.fields.v[abbrev->first];
	assert_true(abbrev->has_children);
	assert_int_equal(abbrev->field_cnt, 4);
	assert_int_equal(fields[0].fact, DWARF_FACT_LOW_PC);
	assert_int_equal(fields[0].skip, 2);
	assert_int_equal(fields[0].bytes, 8);
	assert_int_equal(fields[1].fact, DWARF_FACT_HIGH_PC);
	assert_int_equal(fields[2].fact, DWARF_FACT_CNT);
	assert_int_equal(fields[2].bytes, DWARF_FIELD_VARIES);
	assert_int_equal(fields[3].fact, DWARF_FACT_SIBLING);
	assert_int_equal(fields[3].skip, 4);
	assert_int_equal(abbrev->tail, 0);
	dwarf_abbrevs_release(&a);
}

static void codes_may_come_in_any_order(void **state)
{
	struct dwarf_abbrevs a = { 0 };

	(void)state;
	TURN(&a, VARIABLE(9), FUNCTION(1), 0);
	assert_int_equal(find(&a, 1)->tag, DW_TAG_subprogram);
	assert_int_equal(find(&a, 9)->tag, DW_TAG_variable);
	assert_null(find(&a, 2));
	dwarf_abbrevs_release(&a);
}

static void first_of_two_facts_counts_even_if_only_libdw_reads_it(void **state)
{
	struct dwarf_abbrevs a = { 0 };
	const struct dwarf_abbrev *abbrev;

	(void)state;
	TURN(&a, FUNCTION_ELSEWHERE(1), 0);
	abbrev = find(&a, 1);
	assert_int_equal(abbrev->odd, 1 << DWARF_FACT_LOW_PC);
	assert_int_equal(abbrev->present, 0);
	dwarf_abbrevs_release(&a);
}

static void table_of_another_unit_takes_the_place(void **state)
{
	struct dwarf_abbrevs a = { 0 };

	(void)state;
	TURN(&a, VARIABLE(9), 0);
	assert_non_null(find(&a, 9));
	TURN(&a, FUNCTION(1), 0);
	assert_int_equal(find(&a, 1)->tag, DW_TAG_subprogram);
	assert_null(find(&a, 9));
	dwarf_abbrevs_release(&a);
}

static void table_that_is_cut_has_what_is_whole(void **state)
{
	struct dwarf_abbrevs a = { 0 };

	(void)state;
	TURN(&a, VARIABLE(1), 2, DW_TAG_subprogram, DW_CHILDREN_yes, DW_AT_name);
	assert_non_null(find(&a, 1));
	assert_null(find(&a, 2));
	assert_non_null(find(&a, 1));
	dwarf_abbrevs_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(die_that_says_nothing_of_interest_is_one_step),
		cmocka_unit_test(fields_know_how_far_they_lie_apart),
		cmocka_unit_test(codes_may_come_in_any_order),
		cmocka_unit_test(first_of_two_facts_counts_even_if_only_libdw_reads_it),
		cmocka_unit_test(table_of_another_unit_takes_the_place),
		cmocka_unit_test(table_that_is_cut_has_what_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
