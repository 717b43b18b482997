#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/unwind_machine.h"

static const struct unwind_rule stop = { .kind = UNWIND_STOP };

static void callers_are_return_address_less_one(void **state)
{
	(void)state;
	code(0, by(UNWIND_RSP, 24));
	code(100, stop);
	word(STACK + 16, CODE + 50);
	word(STACK + 40, CODE + 101);
	assert_int_equal(run(CODE + 10), UNWIND_END_WHOLE);
	FRAMES(CODE + 10, CODE + 49, CODE + 100);
	word(STACK + 40, 0); /* the outermost of those without a rule that says so */
	assert_int_equal(run(CODE + 10), UNWIND_END_WHOLE);
	FRAMES(CODE + 10, CODE + 49);
}

static void rule_of_a_caller_is_that_of_its_call(void **state)
{
	(void)state;
	code(0, stop);
	code(100, (struct unwind_rule){ .kind = UNWIND_UNSUPPORTED });
	code(200, by(UNWIND_RSP, 8));
	word(STACK, CODE + 100);
	assert_int_equal(run(CODE + 200), UNWIND_END_WHOLE);
	FRAMES(CODE + 200, CODE + 99);
}

static void restores_rbp_from_its_place(void **state)
{
	struct unwind_rule push = by(UNWIND_RSP, 32), below = by(UNWIND_RSP, 8);

	(void)state;
	push.rbp = UNWIND_RBP_AT_CFA;
	push.rbp_offset = -16;
	code(0, push);
	code(100, below);
	code(200, by(UNWIND_RBP, 16));
	code(300, stop);
	word(STACK + 16, STACK + 128);
	word(STACK + 24, CODE + 150);
	word(STACK + 32, CODE + 250);
	word(STACK + 136, CODE + 350);
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 149, CODE + 249, CODE + 349);
}

static void finds_rbp_at_rbp(void **state)
{
	struct unwind_rule realigned = {
		.kind = UNWIND_DEREF, .reg = UNWIND_RBP, .offset = -8, .rbp = UNWIND_RBP_AT_RBP
	};

	(void)state;
	code(0, realigned);
	code(100, by(UNWIND_RBP, 16));
	code(200, stop);
	walk.regs[UNWIND_RBP] = STACK + 64;
	word(STACK + 56, STACK + 128); /* the CFA */
	word(STACK + 64, STACK + 256); /* rbp of the caller */
	word(STACK + 120, CODE + 150);
	word(STACK + 264, CODE + 250);
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 149, CODE + 249);
}

static void popped_rbp_is_in_its_register(void **state)
{
	struct unwind_rule popped = by(UNWIND_RSP, 8);

	(void)state;
	popped.rbp = UNWIND_RBP_AT_CFA;
	popped.rbp_offset = -48; /* below the stack that is there */
	code(0, popped);
	code(100, by(UNWIND_RBP, 16));
	code(200, stop);
	walk.regs[UNWIND_RBP] = STACK + 64;
	word(STACK, CODE + 150);
	word(STACK + 72, CODE + 250);
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 149, CODE + 249);
}

static void adds_to_what_was_dereferenced(void **state)
{
	(void)state;
	code(0, (struct unwind_rule){
			.kind = UNWIND_DEREF, .reg = UNWIND_RSP, .offset = 16, .extra = 8 });
	code(100, stop);
	word(STACK + 16, STACK + 80);
	word(STACK + 80, CODE + 150);
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 149);
}

static void lost_rbp_is_unsupported_only_where_it_is_needed(void **state)
{
	struct unwind_rule lost = by(UNWIND_RSP, 8);

	(void)state;
	lost.rbp = UNWIND_RBP_LOST;
	code(0, lost);
	code(100, by(UNWIND_RSP, 8));
	code(200, by(UNWIND_RBP, 16));
	word(STACK, CODE + 150);
	word(STACK + 8, CODE + 250);
	assert_int_equal(run(CODE), UNWIND_END_UNSUPPORTED);
	FRAMES(CODE, CODE + 149, CODE + 249);
}

static void plt_pushes_from_an_offset_on(void **state)
{
	(void)state;
	code(0, (struct unwind_rule){ .kind = UNWIND_PLT, .offset = 11 });
	code(100, stop);
	word(STACK, CODE + 150);
	word(STACK + 8, CODE + 160);
	assert_int_equal(run(CODE + 16 + 10), UNWIND_END_WHOLE);
	FRAMES(CODE + 26, CODE + 149);
	assert_int_equal(run(CODE + 16 + 11), UNWIND_END_WHOLE);
	FRAMES(CODE + 27, CODE + 159);
}

static void signal_leads_to_an_exact_address_on_any_stack(void **state)
{
	(void)state;
	code(0, (struct unwind_rule){ .kind = UNWIND_SIGNAL });
	code(100, by(UNWIND_RBP, 16));
	code(200, by(UNWIND_RBX, 8));
	code(300, stop);
	place_signal(STACK + 1024, CODE + 100, STACK + 8, STACK + 64, 0);
	walk.regs[UNWIND_RSP] = STACK + 1024;
	word(STACK + 72, CODE + 350);
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 100, CODE + 349);

	place_signal(STACK + 1024, CODE + 200, STACK + 2048, 0, STACK + 2056);
	word(STACK + 2056, CODE + 350);
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 200, CODE + 349);
}

/* The kernel had the handler return to its first byte, where nobody's call lies before. */
static void restorer_stands_at_its_first_byte(void **state)
{
	(void)state;
	code(0, by(UNWIND_RSP, 8));
	code(99, (struct unwind_rule){ .kind = UNWIND_SIGNAL });
	code(200, by(UNWIND_RSP, 8));
	code(300, stop);
	word(STACK, CODE + 100);
	place_signal(STACK + 8, CODE + 200, STACK + 2048, 0, 0);
	word(STACK + 2048, CODE + 350);
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 100, CODE + 200, CODE + 349);
}

/* From one context to the same one again, as whoever overwrites a stack may have it. */
static void signals_that_go_round_end(void **state)
{
	(void)state;
	code(0, (struct unwind_rule){ .kind = UNWIND_SIGNAL });
	place_signal(STACK, CODE, STACK, 0, 0);
	assert_int_equal(run(CODE), UNWIND_END_TOO_DEEP);
	assert_int_equal(walk.body.cnt, ABI_STACK_MAX);
}

static void any_register_is_a_base_in_the_leaf_only(void **state)
{
	(void)state;
	code(0, by(UNWIND_R8 + 2, 8));
	code(100, stop);
	walk.regs[UNWIND_R8 + 2] = STACK + 32;
	word(STACK + 32, CODE + 150);
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 149);
	word(STACK + 32, CODE + 50);
	assert_int_equal(run(CODE), UNWIND_END_UNSUPPORTED);
	FRAMES(CODE, CODE + 49);
}

static void return_address_is_in_a_register_of_the_leaf_only(void **state)
{
	struct unwind_rule rule = by(UNWIND_RSP, 0);

	(void)state;
	rule.ra_reg = UNWIND_RDI + 1;
	code(0, rule);
	code(100, stop);
	walk.regs[UNWIND_RDI] = CODE + 150;
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 149);
	walk.regs[UNWIND_RDI] = CODE + 50;
	assert_int_equal(run(CODE), UNWIND_END_UNSUPPORTED);
	FRAMES(CODE, CODE + 49);
}

static void follows_rbx_within_its_module(void **state)
{
	struct unwind_rule saved = by(UNWIND_RSP, 16);

	(void)state;
	saved.extra = -16;
	code(0, saved);
	code(100, by(UNWIND_RBX, 8));
	code(200, stop);
	word(STACK, STACK + 64);
	word(STACK + 8, CODE + 150);
	word(STACK + 64, CODE + 250);
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 149, CODE + 249);
}

static void rbx_is_not_known_behind_another_module(void **state)
{
	(void)state;
	code(0, by(UNWIND_RBX, 8));
	walk.regs[UNWIND_RBX] = STACK + 64;
	walk.regs[UNWIND_RBP] = STACK;
	word(STACK, STACK + 32);
	word(STACK + 8, CODE + 50);
	assert_int_equal(run(RUNTIME), UNWIND_END_UNSUPPORTED);
	FRAMES(RUNTIME, CODE + 49);
}

static void keeps_an_address_of_which_nothing_is_known(void **state)
{
	(void)state;
	code(0, by(UNWIND_RSP, 8));
	word(STACK, 0x500001);
	assert_int_equal(run(CODE), UNWIND_END_NO_MAPPING);
	FRAMES(CODE, 0x500000);
	assert_int_equal(run(0xffffffffff600000), UNWIND_END_NO_MAPPING);
	mappings[0].kind = UNWIND_MAPPING_NO_TABLE;
	assert_int_equal(run(CODE), UNWIND_END_NO_TABLE);
	FRAMES(CODE);
}

static void frames_must_rise(void **state)
{
	(void)state;
	code(0, by(UNWIND_RBP, 16));
	walk.regs[UNWIND_RSP] = STACK + 64;
	walk.regs[UNWIND_RBP] = STACK + 48;
	assert_int_equal(run(CODE), UNWIND_END_STUCK);
	walk.regs[UNWIND_RBP] = STACK;
	assert_int_equal(run(CODE), UNWIND_END_STUCK);
}

static void stack_that_ends_is_a_fault(void **state)
{
	(void)state;
	code(0, by(UNWIND_RSP, 8));
	walk.regs[UNWIND_RSP] = STACK + sizeof(stack);
	assert_int_equal(run(CODE), UNWIND_END_FAULT);
	FRAMES(CODE);
}

static void ends_after_the_last_frame_that_fits(void **state)
{
	(void)state;
	code(0, by(UNWIND_RSP, 8));
	code(100, stop);
	for (int i = 0; i < ABI_STACK_MAX; i++)
		stack[i] = CODE + 10;
	assert_int_equal(run(CODE), UNWIND_END_TOO_DEEP);
	assert_int_equal(walk.body.cnt, ABI_STACK_MAX);
	stack[ABI_STACK_MAX - 2] = CODE + 150;
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	assert_int_equal(walk.body.cnt, ABI_STACK_MAX);
}

static void finds_each_of_many_mappings(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= MAPPINGS; n++) {
		mappings[n - 1] = (struct unwind_mapping){ .begin = n << 16,
							   .end = (n << 16) + 4096,
							   .kind = UNWIND_MAPPING_NO_TABLE };
		mapping_cnt = n;
		for (uint64_t i = 1; i <= n; i++) {
			assert_int_equal(run(i << 16), UNWIND_END_NO_TABLE);
			assert_int_equal(run((i << 16) + 4095), UNWIND_END_NO_TABLE);
			assert_int_equal(run((i << 16) + 4096), UNWIND_END_NO_MAPPING);
			assert_int_equal(run((i << 16) - 1), UNWIND_END_NO_MAPPING);
		}
	}
}

/* Rows that lie one, three ... bytes apart, a full block among them, against a plain scan. */
static void finds_each_of_many_rows(void **state)
{
	(void)state;
	mapping_cnt = 1;
	walk.mapping = mappings[0];
	for (uint32_t apart = 1; apart < 1500; apart = apart * 3 / 2 + 1) {
		uint32_t best = 0;

		row_cnt = 0;
		for (uint32_t at = 0; at < 2048; at += apart)
			add_row(row_cnt, at);
		for (uint32_t at = 0; at < 4096; at++) {
			if (at < 2048 && at % apart == 0)
				best = at / apart;
			assert_int_equal(unwind_find_row(&walk, CODE + at), rows[best]);
		}
	}
}

static void believes_no_index(void **state)
{
	(void)state;
	code(0, by(UNWIND_RSP, 8));
	rows[0] = unwind_row(4000, 0);
	assert_int_equal(run(CODE), UNWIND_END_NO_TABLE);
	blocks[0] = 1u << 30;
	blocks[1] = (1u << 30) + 3;
	walk.regs[UNWIND_RBP] = 1;
	assert_int_equal(run(CODE), UNWIND_END_NO_FRAME_POINTER);
	mappings[0].first_block = UINT32_MAX;
	assert_int_equal(run(CODE), UNWIND_END_NO_FRAME_POINTER);
	mapping_cnt = UINT32_MAX;
	assert_int_equal(run(CODE + 8192), UNWIND_END_NO_MAPPING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, prepare)
		TEST(callers_are_return_address_less_one),
		TEST(rule_of_a_caller_is_that_of_its_call),
		TEST(restores_rbp_from_its_place),
		TEST(finds_rbp_at_rbp),
		TEST(popped_rbp_is_in_its_register),
		TEST(adds_to_what_was_dereferenced),
		TEST(lost_rbp_is_unsupported_only_where_it_is_needed),
		TEST(plt_pushes_from_an_offset_on),
		TEST(signal_leads_to_an_exact_address_on_any_stack),
		TEST(restorer_stands_at_its_first_byte),
		TEST(signals_that_go_round_end),
		TEST(any_register_is_a_base_in_the_leaf_only),
		TEST(return_address_is_in_a_register_of_the_leaf_only),
		TEST(follows_rbx_within_its_module),
		TEST(rbx_is_not_known_behind_another_module),
		TEST(keeps_an_address_of_which_nothing_is_known),
		TEST(frames_must_rise),
		TEST(stack_that_ends_is_a_fault),
		TEST(ends_after_the_last_frame_that_fits),
		TEST(finds_each_of_many_mappings),
		TEST(finds_each_of_many_rows),
		TEST(believes_no_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
