#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/unwind_machine.h"

static const struct unwind_rule stop = { .kind = UNWIND_STOP };

static void no_rule_means_frame_pointer(void **state)
{
	(void)state;
	code(0, (struct unwind_rule){ .kind = UNWIND_NONE });
	walk.regs[UNWIND_RBP] = STACK + 32;
	word(STACK + 32, STACK + 64);
	word(STACK + 40, CODE + 50);
	word(STACK + 64, 0);
	word(STACK + 72, CODE + 60);
	assert_int_equal(run(CODE + 4), UNWIND_END_WHOLE);
	FRAMES(CODE + 4, CODE + 49, CODE + 59);
}

static void no_rule_may_mean_a_frame_pointer_to_a_lower_stack(void **state)
{
	(void)state;
	code(0, (struct unwind_rule){ .kind = UNWIND_NONE });
	code(100, (struct unwind_rule){ .kind = UNWIND_NONE, .extra = 1 });
	walk.regs[UNWIND_RSP] = STACK + 1024;
	walk.regs[UNWIND_RBP] = STACK + 512;
	word(STACK + 520, CODE + 160);
	assert_int_equal(run(CODE), UNWIND_END_NO_FRAME_POINTER);
	assert_int_equal(run(CODE + 100), UNWIND_END_WHOLE);
	FRAMES(CODE + 100, CODE + 159);
}

static void frame_pointer_to_itself_is_stuck(void **state)
{
	(void)state;
	walk.regs[UNWIND_RBP] = STACK + 64;
	word(STACK + 64, STACK + 64);
	word(STACK + 72, RUNTIME + 10);
	assert_int_equal(run(RUNTIME), UNWIND_END_STUCK);
	FRAMES(RUNTIME);
}

/* As of Go: the leaf may have no frame yet, its callers have one, on whatever stack. */
static void leaf_goes_by_rsp_and_its_callers_by_frame_pointer(void **state)
{
	struct unwind_rule framed = { .kind = UNWIND_LEAF, .reg = UNWIND_RSP, .offset = 32 };

	(void)state;
	framed.rbp = UNWIND_RBP_AT_CFA;
	framed.rbp_offset = -16;
	code(0, (struct unwind_rule){ .kind = UNWIND_LEAF, .reg = UNWIND_RSP, .offset = 8 });
	code(100, framed);
	walk.regs[UNWIND_RSP] = STACK + 1024;
	walk.regs[UNWIND_RBP] = STACK + 1040;
	word(STACK + 1024, CODE + 150);
	word(STACK + 1040, STACK + 64); /* a lower stack */
	word(STACK + 1048, CODE + 160);
	word(STACK + 72, CODE + 170);
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 149, CODE + 159, CODE + 169);

	walk.regs[UNWIND_RSP] = STACK + 1024; /* now in a function with a frame */
	walk.regs[UNWIND_RBP] = 0x1234;
	word(STACK + 1040, STACK + 64);
	assert_int_equal(run(CODE + 100), UNWIND_END_WHOLE);
	FRAMES(CODE + 100, CODE + 159, CODE + 169);
}

/* Behind the system call of clone(): rax is 0 in the new thread, its number in the parent. */
static void new_thread_is_outermost_in_the_leaf_of_its_clone(void **state)
{
	struct unwind_rule clone = { .kind = UNWIND_LEAF, .reg = UNWIND_RSP, .offset = 8 };

	(void)state;
	clone.extra = 1;
	code(0, clone);
	code(100, by(UNWIND_RSP, 8));
	code(200, stop);
	word(STACK, CODE + 250);
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE);
	walk.regs[UNWIND_RAX] = 4711;
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 249);

	walk.regs[UNWIND_RAX] = 0; /* of the leaf, which clone() called by now */
	word(STACK, CODE + 50);
	assert_int_equal(run(CODE + 100), UNWIND_END_WHOLE);
	FRAMES(CODE + 100, CODE + 49);
	walk.regs[UNWIND_RBP] = 0x1234;
	assert_int_equal(run(CODE + 100), UNWIND_END_NO_FRAME_POINTER);
	walk.regs[UNWIND_RBP] = STACK + 64;
	word(STACK + 72, CODE + 250);
	assert_int_equal(run(CODE + 100), UNWIND_END_WHOLE);
	FRAMES(CODE + 100, CODE + 49, CODE + 249);
}

/* A signal came between: what rax holds is the handler's. */
static void rax_of_a_handler_tells_nothing_of_a_new_thread(void **state)
{
	struct unwind_rule clone = { .kind = UNWIND_LEAF, .reg = UNWIND_RSP, .offset = 8 };

	(void)state;
	clone.extra = 1;
	code(0, (struct unwind_rule){ .kind = UNWIND_SIGNAL });
	code(100, clone);
	code(200, stop);
	place_signal(STACK, CODE + 100, STACK + 1024, 0, 0);
	word(STACK + 1024, CODE + 250);
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 100, CODE + 249);
}

/* A leaf without a frame has rbp from anywhere; only a program that begins has nothing yet. */
static void no_frame_pointer_in_a_leaf_is_no_end_of_the_stack(void **state)
{
	(void)state;
	code(0, (struct unwind_rule){ .kind = UNWIND_NONE });
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	walk.regs[UNWIND_RAX] = 1;
	assert_int_equal(run(CODE), UNWIND_END_NO_FRAME_POINTER);
	FRAMES(CODE);
	assert_int_equal(run(RUNTIME), UNWIND_END_NO_FRAME_POINTER);
	walk.regs[UNWIND_RAX] = 0;
	walk.regs[UNWIND_RDI] = STACK;
	assert_int_equal(run(CODE), UNWIND_END_NO_FRAME_POINTER);
	walk.regs[UNWIND_RBP] = STACK + 64;
	word(STACK + 72, CODE + 10); /* a caller says where it ends */
	assert_int_equal(run(CODE), UNWIND_END_WHOLE);
	FRAMES(CODE, CODE + 9);
}

static void refuses_frame_pointers_that_are_none(void **state)
{
	(void)state;
	code(0, (struct unwind_rule){ .kind = UNWIND_NONE });
	walk.regs[UNWIND_RSP] = STACK + 64;
	walk.regs[UNWIND_RBP] = STACK + 68;
	assert_int_equal(run(CODE), UNWIND_END_NO_FRAME_POINTER);
	walk.regs[UNWIND_RBP] = STACK + 56;
	assert_int_equal(run(CODE), UNWIND_END_NO_FRAME_POINTER);
	walk.regs[UNWIND_RBP] = STACK + 64;
	word(STACK + 72, 0x1234);
	assert_int_equal(run(CODE), UNWIND_END_NO_FRAME_POINTER);
	FRAMES(CODE);
}

static void runtime_may_lead_to_a_lower_stack(void **state)
{
	(void)state;
	walk.regs[UNWIND_RSP] = STACK + 1024;
	walk.regs[UNWIND_RBP] = STACK + 1024;
	word(STACK + 1024, STACK + 64);
	word(STACK + 1032, RUNTIME + 10);
	word(STACK + 72, RUNTIME + 20);
	assert_int_equal(run(RUNTIME), UNWIND_END_WHOLE);
	FRAMES(RUNTIME, RUNTIME + 9, RUNTIME + 19);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, prepare)
		TEST(no_rule_means_frame_pointer),
		TEST(no_rule_may_mean_a_frame_pointer_to_a_lower_stack),
		TEST(frame_pointer_to_itself_is_stuck),
		TEST(leaf_goes_by_rsp_and_its_callers_by_frame_pointer),
		TEST(new_thread_is_outermost_in_the_leaf_of_its_clone),
		TEST(rax_of_a_handler_tells_nothing_of_a_new_thread),
		TEST(no_frame_pointer_in_a_leaf_is_no_end_of_the_stack),
		TEST(refuses_frame_pointers_that_are_none),
		TEST(runtime_may_lead_to_a_lower_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
