#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dwarf.h>
#include <cmocka.h>

#include "symbolize/frame_expression.h"

#define WORD_AT 0x1000
#define WORD 0xfedcba9876543210ull
#define CFA 0x7000

static bool read_word(void *owner, uint64_t address, size_t size, uint64_t *out)
{
	(void)owner;
	if (address != WORD_AT)
		return false;
	*out = size < 8 ? WORD & ((1ull << 8 * size) - 1) : WORD;
	return true;
}

/* rsp is WORD_AT, rip 0x4010; nothing else is known. */
static enum trace_reason run(const Dwarf_Op *ops, size_t cnt, uint64_t *out, bool *out_is_value)
{
	struct frame_registers regs = { 0 };
	struct frame_scope scope = { &regs, CFA, true, 0x100, read_word, NULL };

	frame_registers_set(&regs, FRAME_RSP, WORD_AT);
	frame_registers_set(&regs, FRAME_RIP, 0x4010);
	return frame_expression_run(&scope, ops, cnt, out, out_is_value);
}

static uint64_t value_of(const Dwarf_Op *ops, size_t cnt)
{
	bool is_value;
	uint64_t value;

	assert_int_equal(run(ops, cnt, &value, &is_value), 0);
	return value;
}

static enum trace_reason failure_of(const Dwarf_Op *ops, size_t cnt)
{
	bool is_value;
	uint64_t value;

	return run(ops, cnt, &value, &is_value);
}

#define VALUE(...)                                                                                 \
	value_of((Dwarf_Op[]){ __VA_ARGS__ },                                                      \
		 sizeof((Dwarf_Op[]){ __VA_ARGS__ }) / sizeof(Dwarf_Op))
#define FAILURE(...)                                                                               \
	failure_of((Dwarf_Op[]){ __VA_ARGS__ },                                                    \
		   sizeof((Dwarf_Op[]){ __VA_ARGS__ }) / sizeof(Dwarf_Op))
#define PUSH(n)                                                                                    \
	{                                                                                          \
		.atom = DW_OP_consts, .number = (uint64_t)(n)                                      \
	}
#define OP(name)                                                                                   \
	{                                                                                          \
		.atom = DW_OP_##name                                                               \
	}
#define TWO(name, a, b) VALUE(PUSH(a), PUSH(b), OP(name))

static void calculates_as_dwarf_does(void **state)
{
	(void)state;
	assert_int_equal(TWO(plus, 5, -7), (uint64_t)-2);
	assert_int_equal(TWO(minus, 5, 7), (uint64_t)-2);
	assert_int_equal(TWO(mul, -3, 4), (uint64_t)-12);
	assert_int_equal(TWO(div, -12, 5), (uint64_t)-2);
	assert_int_equal(TWO(mod, 12, 5), 2);
	assert_int_equal(TWO(and, 12, 10), 8);
	assert_int_equal(TWO(or, 12, 10), 14);
	assert_int_equal(TWO(xor, 12, 10), 6);
	assert_int_equal(TWO(shl, 1, 4), 16);
	assert_int_equal(TWO(shl, 1, 64), 0);
	assert_int_equal(TWO(shr, -1, 60), 15);
	assert_int_equal(TWO(shra, -16, 2), (uint64_t)-4);
	assert_int_equal(TWO(shra, -16, 200), (uint64_t)-1);
	assert_int_equal(TWO(lt, -1, 1), 1);
	assert_int_equal(TWO(le, 1, 1), 1);
	assert_int_equal(TWO(gt, -1, 1), 0);
	assert_int_equal(TWO(ge, 1, 1), 1);
	assert_int_equal(TWO(eq, 1, 2), 0);
	assert_int_equal(TWO(ne, 1, 2), 1);
	assert_int_equal(VALUE(PUSH(-5), OP(abs)), 5);
	assert_int_equal(VALUE(PUSH(5), OP(neg)), (uint64_t)-5);
	assert_int_equal(VALUE(PUSH(5), OP(not )), ~5ull);
	assert_int_equal(VALUE(PUSH(5), { .atom = DW_OP_plus_uconst, .number = 3 }), 8);
}

static void moves_what_is_on_the_stack(void **state)
{
	(void)state;
	assert_int_equal(VALUE(PUSH(1), PUSH(2), OP(swap)), 1);
	assert_int_equal(VALUE(PUSH(1), PUSH(2), OP(over), OP(drop), OP(drop)), 1);
	assert_int_equal(VALUE(PUSH(3), OP(dup), OP(mul)), 9);
	assert_int_equal(VALUE(PUSH(7), PUSH(8), PUSH(9), { .atom = DW_OP_pick, .number = 2 }), 7);
	/* 1 2 3 rot -> 3 1 2 */
	assert_int_equal(VALUE(PUSH(1), PUSH(2), PUSH(3), OP(rot)), 2);
	assert_int_equal(VALUE(PUSH(1), PUSH(2), PUSH(3), OP(rot), OP(drop)), 1);
	assert_int_equal(VALUE(PUSH(1), PUSH(2), PUSH(3), OP(rot), OP(drop), OP(drop)), 3);
}

static void reads_registers_memory_and_the_cfa(void **state)
{
	bool is_value;
	uint64_t value;
	const Dwarf_Op in_register = OP(reg16);

	(void)state;
	assert_int_equal(VALUE({ .atom = DW_OP_breg7, .number = (uint64_t)-8 }), WORD_AT - 8);
	assert_int_equal(VALUE({ .atom = DW_OP_bregx, .number = 16, .number2 = 1 }), 0x4011);
	assert_int_equal(VALUE(OP(call_frame_cfa)), CFA);
	assert_int_equal(VALUE({ .atom = DW_OP_addr, .number = 0x20 }), 0x120);
	assert_int_equal(VALUE(OP(breg7), OP(deref)), WORD);
	assert_int_equal(VALUE(OP(breg7), { .atom = DW_OP_deref_size, .number = 2 }), 0x3210);
	assert_int_equal(run(&in_register, 1, &value, &is_value), 0);
	assert_int_equal(value, 0x4010);
	assert_true(is_value);
}

/* breg7 8, breg16 0, lit15, and, lit11, ge, lit3, shl, plus: 0x4010 & 15 < 11. */
static void finds_the_frame_in_a_procedure_linkage_table(void **state)
{
	(void)state;
	assert_int_equal(VALUE({ .atom = DW_OP_breg7, .number = 8 }, OP(breg16), OP(lit15), OP(and),
			       OP(lit11), OP(ge), OP(lit3), OP(shl), OP(plus)),
			 WORD_AT + 8);
	assert_int_equal(VALUE({ .atom = DW_OP_breg7, .number = 8 },
			       { .atom = DW_OP_breg16, .number = 11 }, OP(lit15), OP(and),
			       OP(lit11), OP(ge), OP(lit3), OP(shl), OP(plus)),
			 WORD_AT + 16);
}

static void branches_within_the_program(void **state)
{
	(void)state;
	/* Over the lit2 at byte 4, to byte 5. */
	assert_int_equal(VALUE({ .atom = DW_OP_lit1, .offset = 0 },
			       { .atom = DW_OP_skip, .number = 1, .offset = 1 },
			       { .atom = DW_OP_lit2, .offset = 4 },
			       { .atom = DW_OP_nop, .offset = 5 }),
			 1);
	assert_int_equal(
		VALUE({ .atom = DW_OP_lit5, .offset = 0 }, { .atom = DW_OP_lit0, .offset = 1 },
		      { .atom = DW_OP_bra, .number = 1, .offset = 2 },
		      { .atom = DW_OP_lit2, .offset = 5 }, { .atom = DW_OP_nop, .offset = 6 }),
		2);
}

static void refuses_what_cannot_be_run(void **state)
{
	Dwarf_Op many[100];

	(void)state;
	for (size_t i = 0; i < 100; i++)
		many[i] = (Dwarf_Op)PUSH(1);
	assert_int_equal(failure_of(many, 100), TRACE_REASON_UNSUPPORTED);
	assert_int_equal(failure_of(NULL, 0), TRACE_REASON_UNSUPPORTED);
	assert_int_equal(FAILURE(OP(plus)), TRACE_REASON_UNSUPPORTED);
	assert_int_equal(FAILURE(PUSH(1), PUSH(0), OP(div)), TRACE_REASON_UNSUPPORTED);
	assert_int_equal(FAILURE(PUSH(INT64_MIN), PUSH(-1), OP(div)), TRACE_REASON_UNSUPPORTED);
	assert_int_equal(FAILURE(PUSH(1), PUSH(0), OP(mod)), TRACE_REASON_UNSUPPORTED);
	assert_int_equal(FAILURE(OP(breg3)), TRACE_REASON_UNSUPPORTED);
	assert_int_equal(FAILURE({ .atom = DW_OP_bregx, .number = 1ull << 40 }),
			 TRACE_REASON_UNSUPPORTED);
	assert_int_equal(FAILURE(PUSH(1), { .atom = DW_OP_pick, .number = 1 }),
			 TRACE_REASON_UNSUPPORTED);
	assert_int_equal(FAILURE(PUSH(1), { .atom = DW_OP_deref_size, .number = 9 }),
			 TRACE_REASON_UNSUPPORTED);
	assert_int_equal(FAILURE(OP(push_object_address)), TRACE_REASON_UNSUPPORTED);
	assert_int_equal(FAILURE(PUSH(0x2000), OP(deref)), TRACE_REASON_COPY_CUT);
	/* Back to itself, for ever. */
	assert_int_equal(FAILURE({ .atom = DW_OP_skip, .number = (uint64_t)-3, .offset = 0 }),
			 TRACE_REASON_UNSUPPORTED);
	assert_int_equal(FAILURE(OP(lit1), { .atom = DW_OP_skip, .number = 50, .offset = 1 }),
			 TRACE_REASON_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calculates_as_dwarf_does),
		cmocka_unit_test(moves_what_is_on_the_stack),
		cmocka_unit_test(reads_registers_memory_and_the_cfa),
		cmocka_unit_test(finds_the_frame_in_a_procedure_linkage_table),
		cmocka_unit_test(branches_within_the_program),
		cmocka_unit_test(refuses_what_cannot_be_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
