#include "symbolize/frame_expression.h"

#include <dwarf.h>

#define STACK_MAX 64
#define STEPS_MAX 4096 /* branches may lead back */

struct machine {
	const struct frame_scope *scope;
	const Dwarf_Op *ops;
	size_t cnt;
	size_t next; /* operation */
	uint64_t stack[STACK_MAX];
	size_t depth;
	bool is_value;
	enum trace_reason failed;
};

bool frame_registers_has(const struct frame_registers *regs, unsigned number)
{
	return number < FRAME_REGISTER_CNT && regs->known >> number & 1;
}

void frame_registers_set(struct frame_registers *regs, unsigned number, uint64_t value)
{
	regs->v[number] = value;
	regs->known |= 1u << number;
}

static void fail(struct machine *m, enum trace_reason reason)
{
	if (!m->failed)
		m->failed = reason;
}

static void push(struct machine *m, uint64_t value)
{
	if (m->depth == STACK_MAX)
		fail(m, TRACE_REASON_UNSUPPORTED);
	else
		m->stack[m->depth++] = value;
}

static uint64_t pop(struct machine *m)
{
	if (m->depth)
		return m->stack[--m->depth];
	fail(m, TRACE_REASON_UNSUPPORTED);
	return 0;
}

static void push_register(struct machine *m, uint64_t number, uint64_t offset)
{
	if (number < FRAME_REGISTER_CNT && frame_registers_has(m->scope->regs, (unsigned)number))
		push(m, m->scope->regs->v[number] + offset);
	else
		fail(m, TRACE_REASON_UNSUPPORTED);
}

static void push_copy_of(struct machine *m, uint64_t below)
{
	if (below < m->depth)
		push(m, m->stack[m->depth - 1 - below]);
	else
		fail(m, TRACE_REASON_UNSUPPORTED);
}

static void dereference(struct machine *m, uint64_t size)
{
	uint64_t address = pop(m);
	uint64_t value = 0;

	if (!size || size > sizeof(value))
		fail(m, TRACE_REASON_UNSUPPORTED);
	else if (!m->failed && !m->scope->read(m->scope->owner, address, size, &value))
		fail(m, TRACE_REASON_COPY_CUT);
	push(m, value);
}

/* The two topmost change places; of three, the topmost goes below the others. */
static void exchange(struct machine *m, bool three)
{
	uint64_t first = pop(m);
	uint64_t second = pop(m);
	uint64_t third = three ? pop(m) : 0;

	push(m, first);
	if (three)
		push(m, third);
	push(m, second);
}

/* A target is given in bytes; the CFA that libdw puts in front has none. */
static void jump(struct machine *m, const Dwarf_Op *from)
{
	const uint64_t target = from->offset + 3 + (uint64_t)(int64_t)(int16_t)from->number;

	for (size_t i = 0; i < m->cnt; i++)
		if (m->ops[i].offset == target && m->ops[i].atom != DW_OP_call_frame_cfa) {
			m->next = i;
			return;
		}
	fail(m, TRACE_REASON_UNSUPPORTED);
}

/* Constants, registers and the CFA. */
static bool run_push(struct machine *m, const Dwarf_Op *op)
{
	const uint8_t atom = op->atom;

	if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31)
		push(m, atom - DW_OP_lit0);
	else if (atom >= DW_OP_const1u && atom <= DW_OP_consts)
		push(m, op->number);
	else if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31)
		push_register(m, atom - DW_OP_breg0, op->number);
	else if (atom >= DW_OP_reg0 && atom <= DW_OP_reg31)
		push_register(m, atom - DW_OP_reg0, 0);
	else if (atom == DW_OP_bregx)
		push_register(m, op->number, op->number2);
	else if (atom == DW_OP_regx)
		push_register(m, op->number, 0);
	else if (atom == DW_OP_addr)
		push(m, op->number + m->scope->bias);
	else if (atom == DW_OP_call_frame_cfa && m->scope->has_cfa)
		push(m, m->scope->cfa);
	else
		return false;
	/* A register in itself is what was asked for, not where it lies. */
	if ((atom >= DW_OP_reg0 && atom <= DW_OP_reg31) || atom == DW_OP_regx)
		m->is_value = true;
	return true;
}

/* What has no order of its own: signed where DWARF says so. */
static uint64_t calculate(struct machine *m, uint8_t atom, uint64_t left, uint64_t right)
{
	const int64_t a = (int64_t)left;
	const int64_t b = (int64_t)right;

	switch (atom) {
	case DW_OP_and:
		return left & right;
	case DW_OP_or:
		return left | right;
	case DW_OP_xor:
		return left ^ right;
	case DW_OP_plus:
		return left + right;
	case DW_OP_minus:
		return left - right;
	case DW_OP_mul:
		return left * right;
	case DW_OP_shl:
		return right < 64 ? left << right : 0;
	case DW_OP_shr:
		return right < 64 ? left >> right : 0;
	case DW_OP_shra:
		return (uint64_t)(a >> (right < 64 ? right : 63));
	case DW_OP_eq:
		return a == b;
	case DW_OP_ne:
		return a != b;
	case DW_OP_ge:
		return a >= b;
	case DW_OP_gt:
		return a > b;
	case DW_OP_le:
		return a <= b;
	case DW_OP_lt:
		return a < b;
	case DW_OP_mod:
		if (right)
			return left % right;
		break;
	case DW_OP_div:
		if (b && !(a == INT64_MIN && b == -1))
			return (uint64_t)(a / b);
		break;
	}
	fail(m, TRACE_REASON_UNSUPPORTED);
	return 0;
}

/* One value into another; false: not such an operation. */
static bool run_unary(struct machine *m, const Dwarf_Op *op)
{
	uint64_t value;

	switch (op->atom) {
	case DW_OP_abs:
		value = pop(m);
		push(m, (int64_t)value < 0 ? -value : value);
		return true;
	case DW_OP_neg:
		push(m, -pop(m));
		return true;
	case DW_OP_not:
		push(m, ~pop(m));
		return true;
	case DW_OP_plus_uconst:
		push(m, pop(m) + op->number);
		return true;
	case DW_OP_deref:
		dereference(m, sizeof(uint64_t));
		return true;
	case DW_OP_deref_size:
		dereference(m, op->number);
		return true;
	default:
		return false;
	}
}

static void run_other(struct machine *m, const Dwarf_Op *op)
{
	uint64_t right;

	switch (op->atom) {
	case DW_OP_nop:
		return;
	case DW_OP_dup:
		push_copy_of(m, 0);
		return;
	case DW_OP_over:
		push_copy_of(m, 1);
		return;
	case DW_OP_pick:
		push_copy_of(m, op->number);
		return;
	case DW_OP_drop:
		pop(m);
		return;
	case DW_OP_swap:
		exchange(m, false);
		return;
	case DW_OP_rot:
		exchange(m, true);
		return;
	case DW_OP_skip:
		jump(m, op);
		return;
	case DW_OP_bra:
		if (pop(m))
			jump(m, op);
		return;
	case DW_OP_stack_value:
		m->is_value = true;
		return;
	default:
		right = pop(m);
		push(m, calculate(m, op->atom, pop(m), right));
	}
}

enum trace_reason frame_expression_run(const struct frame_scope *scope, const Dwarf_Op *ops,
				       size_t cnt, uint64_t *out, bool *out_is_value)
{
	struct machine m = { .scope = scope, .ops = ops, .cnt = cnt };

	for (size_t steps = 0; m.next < m.cnt && !m.failed; steps++) {
		const Dwarf_Op *op = &m.ops[m.next++];

		if (steps == STEPS_MAX)
			fail(&m, TRACE_REASON_UNSUPPORTED);
		else if (!run_push(&m, op) && !run_unary(&m, op))
			run_other(&m, op);
	}
	if (!m.failed && !m.depth)
		fail(&m, TRACE_REASON_UNSUPPORTED);
	if (m.failed)
		return m.failed;
	*out = m.stack[m.depth - 1];
	*out_is_value = m.is_value;
	return 0;
}
