#ifndef COLLECTOR_CFI_RULE_H
#define COLLECTOR_CFI_RULE_H

#include <stdbool.h>

#include "bpf/unwind.h"
#include "collector/cfi_program.h"

/*
 * What a row of call frame information says, as a rule that a walk can apply; of kind
 * UNSUPPORTED where it needs more than a rule has. Expressions are not evaluated: the few
 * forms that compilers and libraries write are known by their bytes.
 */
struct unwind_rule cfi_rule(const struct cfi_state *s, bool is_signal_frame, bool follow_rbx);

/* The rule needs rbx, so that its module has to be followed with it. */
static inline bool cfi_rule_needs_rbx(const struct unwind_rule *r)
{
	return (r->kind == UNWIND_CFA || r->kind == UNWIND_DEREF) && r->reg == UNWIND_RBX;
}

#endif
