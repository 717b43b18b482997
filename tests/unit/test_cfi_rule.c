#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/cfi_program.h"
#include "collector/cfi_rule.h"

#define OP_BREG6 0x76
#define OP_DEREF 0x06

/* CFA = rsp + 32, the return address below it. */
static struct cfi_state usual(void)
{
	struct cfi_state s = { .reg = UNWIND_RSP, .offset = 32 };

	s.cfa.kind = CFI_VAL_OFFSET;
	s.places[CFI_RIP].kind = CFI_OFFSET;
	s.places[CFI_RIP].value = -8;
	return s;
}

static void followed_rbx_has_its_place(void **state)
{
	struct cfi_state s = usual();

	(void)state;
	assert_int_equal(cfi_rule(&s, false, true).extra, 0);
	s.places[CFI_RBX].kind = CFI_OFFSET;
	s.places[CFI_RBX].value = -24;
	assert_int_equal(cfi_rule(&s, false, false).extra, 0);
	assert_int_equal(cfi_rule(&s, false, true).kind, UNWIND_CFA);
	assert_int_equal(cfi_rule(&s, false, true).extra, -24);
}

/* Taken for unchanged it would lead its callers astray. */
static void rbx_that_no_rule_can_place_is_unsupported_where_it_is_followed(void **state)
{
	static const uint8_t at_rbp[] = { OP_BREG6, 0x70 }, cfa[] = { OP_BREG6, 0x78, OP_DEREF };
	struct cfi_state s = usual();

	(void)state;
	s.places[CFI_RBX] = (struct cfi_place){ .kind = CFI_EXPRESSION, .len = sizeof(at_rbp) };
	s.places[CFI_RBX].expression = at_rbp;
	assert_int_equal(cfi_rule(&s, false, false).kind, UNWIND_CFA);
	assert_int_equal(cfi_rule(&s, false, true).kind, UNWIND_UNSUPPORTED);

	s.cfa = (struct cfi_place){ .kind = CFI_VAL_EXPRESSION, .len = sizeof(cfa) };
	s.cfa.expression = cfa;
	s.places[CFI_RBX] = (struct cfi_place){ .kind = CFI_SAME };
	assert_int_equal(cfi_rule(&s, false, true).kind, UNWIND_DEREF);
	s.places[CFI_RBX].kind = CFI_OFFSET;
	s.places[CFI_RBX].value = -24;
	assert_int_equal(cfi_rule(&s, false, false).kind, UNWIND_DEREF);
	assert_int_equal(cfi_rule(&s, false, true).kind, UNWIND_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(followed_rbx_has_its_place),
		cmocka_unit_test(rbx_that_no_rule_can_place_is_unsupported_where_it_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
