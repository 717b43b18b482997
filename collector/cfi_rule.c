#include "collector/cfi_rule.h"

#include <string.h>

#include "base/bytes.h"

/* Operations of expressions: DWARF 5, 7.7.1. */
#define OP_DEREF 0x06
#define OP_CONST1U 0x08
#define OP_CONST1S 0x09
#define OP_PLUS 0x22
#define OP_PLUS_UCONST 0x23
#define OP_LIT0 0x30
#define OP_LIT31 0x4f
#define OP_BREG0 0x70
#define OP_BREG15 0x7f
#define OP_BREG16 0x80

/* Where struct ucontext has the caller's registers: asm/sigcontext.h, behind uc_flags,
 * uc_link and uc_stack. */
#define SIGNAL_RBP_OFFSET 120
#define SIGNAL_RSP_OFFSET 160
#define SIGNAL_RIP_OFFSET 168

static const struct unwind_rule unsupported = { .kind = UNWIND_UNSUPPORTED };

/* Register + offset, which is what nearly every expression begins with. */
struct based {
	uint8_t reg;
	int64_t offset;
};

static bool read_based(struct bytes *b, struct based *out)
{
	uint8_t op = bytes_u8(b);

	if (op < OP_BREG0 || op > OP_BREG15)
		return false;
	out->reg = op - OP_BREG0;
	out->offset = cfi_signed(b);
	return !b->failed;
}

static bool is_based(const struct cfi_place *place, struct based *out)
{
	struct bytes b = bytes_of(place->expression, place->len);

	return read_based(&b, out) && !bytes_left(&b);
}

static bool is_at(const struct cfi_place *place, uint8_t reg, int64_t offset)
{
	struct based at;

	return place->kind == CFI_EXPRESSION && is_based(place, &at) && at.reg == reg &&
	       at.offset == offset;
}

/* What is added behind a deref: nothing, plus_uconst N, or a constant and plus. */
static bool read_added(struct bytes *b, int64_t *out)
{
	uint8_t op;

	*out = 0;
	if (!bytes_left(b))
		return true;
	op = bytes_u8(b);
	if (op == OP_PLUS_UCONST) {
		*out = (int64_t)bytes_varint_max(b, INT32_MAX);
		return !b->failed && !bytes_left(b);
	}
	if (op >= OP_LIT0 && op <= OP_LIT31)
		*out = op - OP_LIT0;
	else if (op == OP_CONST1U)
		*out = bytes_u8(b);
	else if (op == OP_CONST1S)
		*out = (int8_t)bytes_u8(b);
	else
		return false;
	return bytes_u8(b) == OP_PLUS && !b->failed && !bytes_left(b);
}

/* rsp + 8, and 8 more where (rip & 15) >= N: an entry pushes its number in its middle. */
static bool is_plt(const struct cfi_place *cfa, struct unwind_rule *out)
{
	static const uint8_t form[] = { OP_BREG0 + UNWIND_RSP,
					8,
					OP_BREG16,
					0,
					OP_LIT0 + 15,
					0x1a /* and */,
					0,
					0x2a,
					OP_LIT0 + 3,
					0x24 /* shl */,
					OP_PLUS };
	uint8_t given[sizeof(form)];
	uint8_t limit;

	if (cfa->len != sizeof(form))
		return false;
	memcpy(given, cfa->expression, sizeof(given));
	limit = given[6];
	given[6] = 0;
	if (memcmp(given, form, sizeof(form)) || limit < OP_LIT0 || limit > OP_LIT0 + 15)
		return false;
	*out = (struct unwind_rule){ .kind = UNWIND_PLT, .offset = limit - OP_LIT0 };
	return true;
}

static bool fits(int64_t value)
{
	return value >= INT32_MIN && value <= INT32_MAX;
}

static bool is_deref(const struct cfi_place *cfa, struct unwind_rule *out)
{
	struct bytes b = bytes_of(cfa->expression, cfa->len);
	struct based at;
	int64_t added;

	if (!read_based(&b, &at) || !fits(at.offset) || bytes_u8(&b) != OP_DEREF ||
	    !read_added(&b, &added))
		return false;
	*out = (struct unwind_rule){ .kind = UNWIND_DEREF,
				     .reg = at.reg,
				     .offset = (int32_t)at.offset,
				     .extra = (int32_t)added };
	return true;
}

/* The caller's rsp as the kernel saved it, and the return address beside it. */
static bool is_signal(const struct cfi_state *s, const struct unwind_rule *cfa)
{
	return cfa->kind == UNWIND_DEREF && cfa->reg == UNWIND_RSP && !cfa->extra &&
	       cfa->offset == SIGNAL_RSP_OFFSET &&
	       is_at(&s->places[CFI_RIP], UNWIND_RSP, SIGNAL_RIP_OFFSET) &&
	       is_at(&s->places[CFI_RBP], UNWIND_RSP, SIGNAL_RBP_OFFSET);
}

static struct unwind_rule cfa_rule(const struct cfi_state *s)
{
	struct unwind_rule rule = unsupported;
	struct based at = { 0 };
	bool is_known = true;

	if (s->cfa.kind == CFI_VAL_OFFSET && s->reg < UNWIND_RIP)
		at = (struct based){ (uint8_t)s->reg, s->offset };
	else
		is_known = s->cfa.kind == CFI_VAL_EXPRESSION && is_based(&s->cfa, &at);
	if (is_known && fits(at.offset))
		return (struct unwind_rule){ .kind = UNWIND_CFA,
					     .reg = at.reg,
					     .offset = (int32_t)at.offset };
	if (s->cfa.kind == CFI_VAL_EXPRESSION && !is_plt(&s->cfa, &rule))
		is_deref(&s->cfa, &rule);
	return rule;
}

static void add_rbp(const struct cfi_place *rbp, struct unwind_rule *r)
{
	struct based at;

	r->rbp = UNWIND_RBP_LOST;
	switch (rbp->kind) {
	case CFI_UNSPECIFIED:
	case CFI_SAME:
		r->rbp = UNWIND_RBP_SAME;
		return;
	case CFI_OFFSET:
		if (!fits(rbp->value))
			return;
		r->rbp = UNWIND_RBP_AT_CFA;
		r->rbp_offset = (int32_t)rbp->value;
		return;
	case CFI_EXPRESSION:
		if (!is_based(rbp, &at) || at.reg != UNWIND_RBP || !fits(at.offset))
			return;
		r->rbp = UNWIND_RBP_AT_RBP;
		r->rbp_offset = (int32_t)at.offset;
		return;
	}
}

static bool add_return_address(const struct cfi_place *rip, struct unwind_rule *r)
{
	if (rip->kind == CFI_REGISTER && rip->value >= 0 && rip->value < UNWIND_RIP) {
		r->ra_reg = (uint8_t)(rip->value + 1);
		return true;
	}
	return rip->kind == CFI_OFFSET && rip->value == -8;
}

/* False: it is somewhere that a rule cannot tell, and its callers' frames may hang on it. */
static bool add_rbx(const struct cfi_place *rbx, struct unwind_rule *r)
{
	if (rbx->kind == CFI_UNSPECIFIED || rbx->kind == CFI_SAME)
		return true;
	if (r->kind != UNWIND_CFA || rbx->kind != CFI_OFFSET || !rbx->value || !fits(rbx->value))
		return false;
	r->extra = (int32_t)rbx->value;
	return true;
}

/* The caller's rsp is the CFA, in every rule that we have. */
static bool is_usual_rsp(const struct cfi_place *rsp)
{
	return rsp->kind == CFI_UNSPECIFIED || rsp->kind == CFI_SAME ||
	       (rsp->kind == CFI_VAL_OFFSET && !rsp->value);
}

struct unwind_rule cfi_rule(const struct cfi_state *s, bool is_signal_frame, bool follow_rbx)
{
	struct unwind_rule rule;

	if (s->places[CFI_RIP].kind == CFI_UNDEFINED)
		return (struct unwind_rule){ .kind = UNWIND_STOP };
	rule = cfa_rule(s);
	if (is_signal_frame && is_signal(s, &rule))
		return (struct unwind_rule){ .kind = UNWIND_SIGNAL };
	if (rule.kind == UNWIND_UNSUPPORTED || !is_usual_rsp(&s->places[CFI_RSP]) ||
	    !add_return_address(&s->places[CFI_RIP], &rule))
		return unsupported;
	add_rbp(&s->places[CFI_RBP], &rule);
	return !follow_rbx || add_rbx(&s->places[CFI_RBX], &rule) ? rule : unsupported;
}
