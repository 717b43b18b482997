#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/own_stack.h"

/* Stacks that no thread of ours stops in: made up, over code that is only there to be
 * returned to. */

static struct own_mappings *own;

/*
 * A function that has popped rbp, of which its table still says that it lies below the return
 * address; a caller whose frame is found by rbp; and clone(), whose table ends before its
 * system call.
 */
__asm__(".pushsection .text\n"
	".cfi_startproc\n"
	"push %rbp\n"
	".cfi_def_cfa_offset 16\n"
	".cfi_offset rbp, -16\n"
	"pop %rbp\n"
	".cfi_def_cfa_offset 8\n"
	"forged_popped: ret\n"
	".cfi_endproc\n"
	".cfi_startproc\n"
	".cfi_def_cfa rbp, 16\n"
	".cfi_offset rbp, -16\n"
	"nop\n"
	"forged_return: nop\n"
	".cfi_endproc\n"
	"syscall\n"
	"forged_child: test %rax, %rax\n"
	"forged_parent: ret\n"
	".popsection");
extern const char forged_popped[], forged_return[], forged_child[], forged_parent[];

/* A stack of two frames of 16 bytes, the outer one at rbp; the count of frames. */
static size_t walk_forged(const char *rip, uint64_t rax, struct copy_place places[COPY_PLACES_MAX],
			  enum trace_reason *root)
{
	const uint64_t stack[] = { (uintptr_t)forged_return, 0, 0, 0 };
	const struct copy_stack taken = {
		.registers = {
			[FRAME_RIP] = (uintptr_t)rip,
			[FRAME_RSP] = (uintptr_t)stack,
			[FRAME_RBP] = (uintptr_t)&stack[2],
			[FRAME_RAX] = rax,
		},
		.bytes = (const uint8_t *)stack,
		.len = sizeof(stack),
	};
	const struct copy_piece piece = own_piece(own, &taken, 1);
	struct copy_unwinder *u = copy_unwinder_new(&piece);
	size_t cnt;

	*root = copy_unwinder_walk(u, &taken, places, &cnt);
	copy_unwinder_free(u);
	return cnt;
}

static void expect_two_forged(const char *rip)
{
	static struct copy_place places[COPY_PLACES_MAX];
	enum trace_reason root;

	assert_int_equal(walk_forged(rip, 77, places, &root), 2);
	assert_int_equal(root, 0);
	assert_int_equal(places[0].address, (uintptr_t)rip);
	assert_int_equal(places[1].address, (uintptr_t)forged_return - 1);
}

static void a_popped_register_has_its_value_again(void **state)
{
	(void)state;
	expect_two_forged(forged_popped);
}

static void a_new_thread_begins_behind_the_call_of_clone(void **state)
{
	static struct copy_place places[COPY_PLACES_MAX];
	enum trace_reason root;

	(void)state;
	assert_int_equal(walk_forged(forged_child, 0, places, &root), 1);
	assert_int_equal(root, 0);
	expect_two_forged(forged_child);
	expect_two_forged(forged_parent);
}

static int find_mappings(void **state)
{
	(void)state;
	own = own_mappings_new();
	return own->cnt ? 0 : -1;
}

static int forget_mappings(void **state)
{
	(void)state;
	own_mappings_free(own);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_popped_register_has_its_value_again),
		cmocka_unit_test(a_new_thread_begins_behind_the_call_of_clone),
	};

	return cmocka_run_group_tests(tests, find_mappings, forget_mappings);
}
