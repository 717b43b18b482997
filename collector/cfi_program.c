#include "collector/cfi_program.h"

#include <errno.h>

#include "bpf/unwind.h"

/* Instructions: DWARF 5, 7.24; of GNU and MIPS: binutils, include/dwarf2.def. */
enum instruction {
	NOP = 0x00,
	SET_LOC = 0x01,
	ADVANCE_LOC1 = 0x02,
	ADVANCE_LOC2 = 0x03,
	ADVANCE_LOC4 = 0x04,
	OFFSET_EXTENDED = 0x05,
	RESTORE_EXTENDED = 0x06,
	UNDEFINED = 0x07,
	SAME_VALUE = 0x08,
	REGISTER = 0x09,
	REMEMBER_STATE = 0x0a,
	RESTORE_STATE = 0x0b,
	DEF_CFA = 0x0c,
	DEF_CFA_REGISTER = 0x0d,
	DEF_CFA_OFFSET = 0x0e,
	DEF_CFA_EXPRESSION = 0x0f,
	EXPRESSION = 0x10,
	OFFSET_EXTENDED_SF = 0x11,
	DEF_CFA_SF = 0x12,
	DEF_CFA_OFFSET_SF = 0x13,
	VAL_OFFSET = 0x14,
	VAL_OFFSET_SF = 0x15,
	VAL_EXPRESSION = 0x16,
	MIPS_ADVANCE_LOC8 = 0x1d,
	GNU_ARGS_SIZE = 0x2e,
	GNU_NEGATIVE_OFFSET_EXTENDED = 0x2f,
	ADVANCE_LOC = 0x40, /* with an operand in the low six bits, as the next two */
	OFFSET = 0x80,
	RESTORE = 0xc0,
};

static struct cfi_place *place_of(struct cfi_state *s, uint64_t reg)
{
	switch (reg) {
	case UNWIND_RBX:
		return &s->places[CFI_RBX];
	case UNWIND_RBP:
		return &s->places[CFI_RBP];
	case UNWIND_RSP:
		return &s->places[CFI_RSP];
	case UNWIND_RIP:
		return &s->places[CFI_RIP];
	default:
		return NULL;
	}
}

static void set_place(struct cfi_program *p, uint64_t reg, struct cfi_place place)
{
	struct cfi_place *to = place_of(&p->state, reg);

	if (!to)
		return;
	*to = place;
	p->has_changed = true;
}

static void set_value(struct cfi_program *p, uint64_t reg, enum cfi_kind kind, int64_t value)
{
	set_place(p, reg, (struct cfi_place){ .kind = (uint8_t)kind, .value = value });
}

static struct cfi_place read_expression(struct cfi_program *p, enum cfi_kind kind)
{
	size_t len = (size_t)bytes_varint_max(&p->code, UINT32_MAX);
	const uint8_t *at = bytes_take(&p->code, len);

	return (struct cfi_place){ .kind = (uint8_t)kind,
				   .len = at ? (uint32_t)len : 0,
				   .expression = at };
}

/* Numbers of any size come from the file: they wrap, and cfi_rule() sorts them out. */
static int64_t factored(const struct cfi_program *p, uint64_t value)
{
	return (int64_t)(value * (uint64_t)p->cfi->cie.data_align);
}

static int64_t read_factored(struct cfi_program *p)
{
	return factored(p, bytes_varint(&p->code));
}

static int64_t read_signed_factored(struct cfi_program *p)
{
	return factored(p, (uint64_t)cfi_signed(&p->code));
}

static bool go_to(struct cfi_program *p, uint64_t location)
{
	if (p->is_initial || location < p->location)
		return false;
	p->location = location;
	return true;
}

static bool advance(struct cfi_program *p, uint64_t delta)
{
	uint64_t by;

	if (__builtin_mul_overflow(delta, p->cfi->cie.code_align, &by) ||
	    by > UINT64_MAX - p->location)
		return false;
	return go_to(p, p->location + by);
}

static void restore(struct cfi_program *p, uint64_t reg)
{
	const struct cfi_place *from = place_of(&p->initial, reg);

	if (from)
		set_place(p, reg, *from);
}

static bool remember(struct cfi_program *p)
{
	if (p->remembered_cnt == CFI_REMEMBER_MAX)
		return false;
	p->remembered[p->remembered_cnt++] = p->state;
	return true;
}

static bool recall(struct cfi_program *p)
{
	if (!p->remembered_cnt)
		return false;
	p->state = p->remembered[--p->remembered_cnt];
	p->has_changed = true;
	return true;
}

static void set_cfa(struct cfi_program *p, uint64_t reg, int64_t offset)
{
	p->state.reg = reg;
	p->state.offset = offset;
	p->state.cfa = (struct cfi_place){ .kind = CFI_VAL_OFFSET };
	p->has_changed = true;
}

/* With a register or an offset alone, the other one is that of before. */
static bool change_cfa(struct cfi_program *p, uint64_t reg, int64_t offset)
{
	if (p->state.cfa.kind == CFI_UNSPECIFIED)
		return false;
	set_cfa(p, reg, offset);
	return true;
}

static bool step_cfa(struct cfi_program *p, uint8_t instruction)
{
	struct bytes *b = &p->code;
	uint64_t reg;

	switch (instruction) {
	case DEF_CFA:
		reg = bytes_varint(b);
		set_cfa(p, reg, (int64_t)bytes_varint(b));
		return true;
	case DEF_CFA_SF:
		reg = bytes_varint(b);
		set_cfa(p, reg, read_signed_factored(p));
		return true;
	case DEF_CFA_REGISTER:
		return change_cfa(p, bytes_varint(b), p->state.offset);
	case DEF_CFA_OFFSET:
		return change_cfa(p, p->state.reg, (int64_t)bytes_varint(b));
	case DEF_CFA_OFFSET_SF:
		return change_cfa(p, p->state.reg, read_signed_factored(p));
	case DEF_CFA_EXPRESSION:
		p->state.cfa = read_expression(p, CFI_VAL_EXPRESSION);
		p->has_changed = true;
		return true;
	default:
		return false;
	}
}

static bool step_place(struct cfi_program *p, uint8_t instruction)
{
	uint64_t reg = bytes_varint(&p->code);

	switch (instruction) {
	case OFFSET_EXTENDED:
		set_value(p, reg, CFI_OFFSET, read_factored(p));
		return true;
	case OFFSET_EXTENDED_SF:
		set_value(p, reg, CFI_OFFSET, read_signed_factored(p));
		return true;
	case GNU_NEGATIVE_OFFSET_EXTENDED:
		set_value(p, reg, CFI_OFFSET, (int64_t)(0 - (uint64_t)read_factored(p)));
		return true;
	case VAL_OFFSET:
		set_value(p, reg, CFI_VAL_OFFSET, read_factored(p));
		return true;
	case VAL_OFFSET_SF:
		set_value(p, reg, CFI_VAL_OFFSET, read_signed_factored(p));
		return true;
	case RESTORE_EXTENDED:
		restore(p, reg);
		return true;
	case UNDEFINED:
		set_value(p, reg, CFI_UNDEFINED, 0);
		return true;
	case SAME_VALUE:
		set_value(p, reg, CFI_SAME, 0);
		return true;
	case REGISTER:
		set_value(p, reg, CFI_REGISTER, (int64_t)bytes_varint(&p->code));
		return true;
	case EXPRESSION:
		set_place(p, reg, read_expression(p, CFI_EXPRESSION));
		return true;
	case VAL_EXPRESSION:
		set_place(p, reg, read_expression(p, CFI_VAL_EXPRESSION));
		return true;
	default:
		return false;
	}
}

static bool step_extended(struct cfi_program *p, uint8_t instruction)
{
	struct bytes *b = &p->code;

	switch (instruction) {
	case NOP:
		return true;
	case SET_LOC:
		return go_to(p, cfi_address(&p->cfi->section, p->cfi->cie.encoding, b));
	case ADVANCE_LOC1:
		return advance(p, bytes_u8(b));
	case ADVANCE_LOC2:
		return advance(p, bytes_u16(b));
	case ADVANCE_LOC4:
		return advance(p, bytes_u32(b));
	case MIPS_ADVANCE_LOC8:
		return advance(p, bytes_u64(b));
	case REMEMBER_STATE:
		return remember(p);
	case RESTORE_STATE:
		return recall(p);
	case GNU_ARGS_SIZE:
		bytes_varint(b);
		return true;
	case DEF_CFA:
	case DEF_CFA_SF:
	case DEF_CFA_REGISTER:
	case DEF_CFA_OFFSET:
	case DEF_CFA_OFFSET_SF:
	case DEF_CFA_EXPRESSION:
		return step_cfa(p, instruction);
	default:
		return step_place(p, instruction);
	}
}

/* One instruction. False: it makes no sense. */
static bool step(struct cfi_program *p)
{
	uint8_t byte = *p->code.p++;
	uint8_t operand = byte & 0x3f;
	bool good = true;

	switch (byte & 0xc0) {
	case ADVANCE_LOC:
		good = advance(p, operand);
		break;
	case OFFSET:
		set_value(p, operand, CFI_OFFSET, read_factored(p));
		break;
	case RESTORE:
		restore(p, operand);
		break;
	default:
		good = step_extended(p, byte);
	}
	return good && !p->code.failed;
}

static void run_initial(struct cfi_program *p, const struct cfi_cie *cie)
{
	if (p->initial_serial == cie->serial)
		return;
	p->initial = p->state = (struct cfi_state){ 0 };
	p->code = cie->program;
	p->remembered_cnt = 0;
	p->initial_is_bad = false;
	p->is_initial = true;
	while (bytes_left(&p->code) && !p->initial_is_bad)
		p->initial_is_bad = !step(p);
	p->is_initial = false;
	p->initial = p->state;
	p->initial_serial = cie->serial;
}

void cfi_program_start(struct cfi_program *p, const struct cfi *cfi, const struct cfi_fde *fde)
{
	p->cfi = cfi;
	run_initial(p, &cfi->cie);
	p->state = p->initial;
	p->location = fde->begin;
	p->end = fde->end;
	p->code = fde->program;
	p->has_changed = true;
	p->remembered_cnt = 0;
}

int cfi_program_next(struct cfi_program *p)
{
	if (p->initial_is_bad)
		return -EBADMSG;
	while (p->location < p->end) {
		p->begin = p->location;
		while (p->location == p->begin && bytes_left(&p->code))
			if (!step(p))
				return -EBADMSG;
		if (p->location == p->begin)
			p->location = p->end;
		if (!p->has_changed)
			continue;
		p->has_changed = false;
		return 1;
	}
	return 0;
}
