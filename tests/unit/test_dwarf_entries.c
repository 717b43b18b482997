#include <dwarf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "symbolize/dwarf_entries.h"
#include "symbolize/dwarf_work.h"

/* Units by hand, without a head, as nothing here asks for it; references count from the first
 * byte. Whether whole files are read as others read them, tests/unit/test_dwarf_judges.c asks. */

enum code {
	BLOCK = 1,
	BLOCK_WITH_SIBLING,
	LEAF,
	ANY_FORM,
	FUNCTION,
};

static const uint8_t table[] = {
	BLOCK, DW_TAG_lexical_block, DW_CHILDREN_yes, 0, 0,
	/* */
	BLOCK_WITH_SIBLING, DW_TAG_lexical_block, DW_CHILDREN_yes, DW_AT_sibling, DW_FORM_ref1, 0,
	0,
	/* */
	LEAF, DW_TAG_variable, DW_CHILDREN_no, DW_AT_location, DW_FORM_exprloc, DW_AT_name,
	DW_FORM_string, DW_AT_decl_line, DW_FORM_data2, 0, 0,
	/* */
	ANY_FORM, DW_TAG_variable, DW_CHILDREN_no, DW_AT_const_value, DW_FORM_indirect, 0, 0,
	/* */
	FUNCTION, DW_TAG_subprogram, DW_CHILDREN_no, DW_AT_name, DW_FORM_string, DW_AT_low_pc,
	DW_FORM_addr, DW_AT_high_pc, DW_FORM_udata, 0, 0,
	/* */
	0
};

struct subject {
	struct dwarf_entries entries;
	struct dwarf_work work;
	uint64_t steps;
	struct bytes in;
};

static void open_unit(struct subject *s, const uint8_t *unit, size_t len)
{
	*s = (struct subject){ .steps = 1000 };
	s->work.steps = &s->steps;
	s->entries.work = &s->work;
	s->entries.unit = s->in = bytes_of(unit, len);
	dwarf_abbrevs_turn(&s->entries.abbrevs, bytes_of(table, sizeof(table)), 5, 8, 4);
}

#define OPEN(s, ...)                                                                               \
	do {                                                                                       \
		static const uint8_t unit[] = { __VA_ARGS__ };                                     \
                                                                                                   \
		open_unit(s, unit, sizeof(unit));                                                  \
	} while (0)

static void expect_tag(struct subject *s, unsigned tag)
{
	struct dwarf_entry entry;

	assert_true(dwarf_entries_read(&s->entries, &s->in, &entry));
	assert_int_equal(entry.tag, tag);
}

static void expect_malformed(struct subject *s)
{
	struct dwarf_entry entry;

	assert_false(dwarf_entries_read(&s->entries, &s->in, &entry));
	dwarf_entries_release(&s->entries);
}

static void values_of_any_size_are_passed(void **state)
{
	struct subject s;

	(void)state;
	OPEN(&s, LEAF, 2, 0xaa, 0xbb, 'a', 0, 7, 0, ANY_FORM, DW_FORM_data4, 1, 2, 3, 4, ANY_FORM,
	     DW_FORM_sdata, 0x80, 0x80, 0x01, 0);
	expect_tag(&s, DW_TAG_variable);
	expect_tag(&s, DW_TAG_variable);
	expect_tag(&s, DW_TAG_variable);
	expect_tag(&s, 0);
	expect_malformed(&s);
}

static void function_has_its_place_and_name(void **state)
{
	struct dwarf_entry entry;
	struct subject s;

	(void)state;
	OPEN(&s, FUNCTION, 'f', 'g', 0, 0x10, 0x20, 0, 0, 0, 0, 0, 0, 0x85, 0x01);
	assert_true(dwarf_entries_read(&s.entries, &s.in, &entry));
	assert_string_equal(dwarf_entries_text(&s.entries, &entry, DWARF_FACT_NAME), "fg");
	assert_int_equal(entry.values[DWARF_FACT_LOW_PC], 0x2010);
	assert_int_equal(entry.values[DWARF_FACT_HIGH_PC], 0x85);
	assert_ptr_equal(s.in.p, s.in.end);
	dwarf_entries_release(&s.entries);
}

static void children_are_passed_to_their_end(void **state)
{
	struct subject s;

	(void)state;
	OPEN(&s, BLOCK, BLOCK, ANY_FORM, DW_FORM_data1, 1, 0, BLOCK_WITH_SIBLING, 12, 99, 99, 99,
	     99, 0, FUNCTION, 0);
	expect_tag(&s, DW_TAG_lexical_block);
	dwarf_entries_pass_children(&s.entries, &s.in);
	assert_int_equal(s.in.p - s.entries.unit.p, 13);
	assert_int_equal(*s.in.p, FUNCTION);
	expect_malformed(&s);
}

static void sibling_that_lies_back_or_outside_is_none(void **state)
{
	struct dwarf_entry entry;
	struct subject s;

	(void)state;
	OPEN(&s, BLOCK, BLOCK_WITH_SIBLING, 1, BLOCK_WITH_SIBLING, 200, BLOCK_WITH_SIBLING, 7, 0);
	expect_tag(&s, DW_TAG_lexical_block);
	for (int i = 0; i < 2; i++) {
		assert_true(dwarf_entries_read(&s.entries, &s.in, &entry));
		assert_false(dwarf_entries_to_sibling(&s.entries, &entry, &s.in));
	}
	assert_true(dwarf_entries_read(&s.entries, &s.in, &entry));
	assert_true(dwarf_entries_to_sibling(&s.entries, &entry, &s.in));
	expect_tag(&s, 0);
	dwarf_entries_release(&s.entries);
}

static void die_that_is_cut_is_malformed(void **state)
{
	struct subject s;

	(void)state;
	OPEN(&s, LEAF, 9, 1);
	expect_malformed(&s);
	OPEN(&s, LEAF, 0, 'a');
	expect_malformed(&s);
	OPEN(&s, LEAF, 0, 'a', 0, 1);
	expect_malformed(&s);
	OPEN(&s, FUNCTION, 'f', 0, 1, 2);
	expect_malformed(&s);
	OPEN(&s, ANY_FORM, DW_FORM_indirect, DW_FORM_data1, 1);
	expect_malformed(&s);
	OPEN(&s, 77);
	expect_malformed(&s);
}

static void nothing_is_read_without_steps(void **state)
{
	struct subject s;

	(void)state;
	OPEN(&s, 0, 0);
	s.steps = 1;
	expect_tag(&s, 0);
	expect_malformed(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_any_size_are_passed),
		cmocka_unit_test(function_has_its_place_and_name),
		cmocka_unit_test(children_are_passed_to_their_end),
		cmocka_unit_test(sibling_that_lies_back_or_outside_is_none),
		cmocka_unit_test(die_that_is_cut_is_malformed),
		cmocka_unit_test(nothing_is_read_without_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
