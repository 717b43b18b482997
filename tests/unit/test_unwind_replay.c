#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/unwind_replay.h"

/*
 * One module of two KiB at TEXT, four functions of 0x200 bytes each, and a stack that was
 * made by hand:
 *
 *	leaf   0x000  CFA = rsp + 16
 *	frame  0x200  CFA = rbp + 16, rbp at CFA - 16
 *	deref  0x400  CFA = *(rsp + 8) + 8
 *	root   0x600  stop
 */
#define TEXT 0x400000
#define RUNTIME 0x500000
#define UNREAD 0x600000
#define STACK 0x7ff000

enum rule {
	NONE,
	LEAF,
	FRAME,
	DEREF,
	STOP,
	BEYOND,
};

static struct unwind_rule rules[] = {
	[NONE] = { .kind = UNWIND_NONE },
	[LEAF] = { .kind = UNWIND_CFA, .reg = UNWIND_RSP, .offset = 16 },
	[FRAME] = { .kind = UNWIND_CFA,
		    .reg = UNWIND_RBP,
		    .rbp = UNWIND_RBP_AT_CFA,
		    .offset = 16,
		    .rbp_offset = -16 },
	[DEREF] = { .kind = UNWIND_DEREF, .reg = UNWIND_RSP, .offset = 8, .extra = 8 },
	[STOP] = { .kind = UNWIND_STOP },
	[BEYOND] = { .kind = UNWIND_UNSUPPORTED },
};

static uint32_t blocks[] = { 0, 2, 4 };

static struct unwind_mapping mappings[] = {
	{ TEXT, TEXT + 0x800, 0, 0, 2, UNWIND_MAPPING_TABLE },
	{ RUNTIME, RUNTIME + 0x1000, 0, 0, 0, UNWIND_MAPPING_FRAME_POINTER },
	{ UNREAD, UNREAD + 0x1000, 0, 0, 0, UNWIND_MAPPING_NO_TABLE },
};

struct walk {
	uint32_t rows[4];
	uint64_t words[16];
	const uint64_t *stack; /* NULL: words */
	uint64_t regs[UNWIND_REGISTER_CNT];
	uint64_t frames[UNWIND_REPLAY_MAX];
	uint32_t cnt;
	uint64_t at;
	size_t len;
};

static struct walk walk_new(void)
{
	return (struct walk){
		.rows = { unwind_row(LEAF, 0), unwind_row(FRAME, 0x200), unwind_row(DEREF, 0x400),
			  unwind_row(STOP, 0x600) },
		.words = {
			[1] = TEXT + 0x250,	/* leaf's caller is frame */
			[4] = 0x1234,		/* rbp of frame's caller */
			[5] = TEXT + 0x410,	/* which is deref */
			[7] = STACK + 9 * 8,	/* its CFA less 8 */
			[9] = TEXT + 0x600 + 1, /* root */
		},
		.regs = { [UNWIND_RSP] = STACK, [UNWIND_RBP] = STACK + 4 * 8, [UNWIND_RIP] = TEXT },
		.len = 16 * 8,
	};
}

static enum unwind_end run(struct walk *w)
{
	struct unwind_arrays arrays = {
		.rows = w->rows,
		.blocks = blocks,
		.rules = rules,
		.mappings = mappings,
		.row_max = 4,
		.block_max = 3,
		.rule_max = sizeof(rules) / sizeof(rules[0]),
		.mapping_max = 3,
		.process_fd = -1,
	};
	struct unwind_replay replay = {
		.arrays = &arrays,
		.process = { .check = 1, .first = 0, .cnt = 3 },
		.regs = w->regs,
		.stack = (const uint8_t *)(w->stack ? w->stack : w->words),
		.len = w->len,
	};

	return unwind_replay(&replay, w->frames, &w->cnt, &w->at);
}

static void follows_rules_from_the_leaf_to_the_outermost_function(void **state)
{
	const uint64_t expected[] = { TEXT, TEXT + 0x24f, TEXT + 0x40f, TEXT + 0x600 };
	struct walk w = walk_new();

	(void)state;
	assert_int_equal(run(&w), UNWIND_END_WHOLE);
	assert_int_equal(w.cnt, 4);
	assert_memory_equal(w.frames, expected, sizeof(expected));
}

static void ends_where_the_copy_does(void **state)
{
	struct walk w = walk_new();

	(void)state;
	w.len = 10 * 8 - 1; /* the root's return address is cut */
	assert_int_equal(run(&w), UNWIND_END_FAULT);
	assert_int_equal(w.cnt, 3);
	w.len = 0;
	assert_int_equal(run(&w), UNWIND_END_FAULT);
	assert_int_equal(w.cnt, 1);
}

static void says_where_a_table_is_missing(void **state)
{
	struct walk w = walk_new();

	(void)state;
	w.words[5] = UNREAD + 0x20;
	assert_int_equal(run(&w), UNWIND_END_NO_TABLE);
	assert_int_equal(w.at, UNREAD + 0x1f);
	assert_int_equal(w.cnt, 3);
}

static void says_where_a_mapping_is_missing(void **state)
{
	struct walk w = walk_new();

	(void)state;
	w.words[5] = 0x10;
	assert_int_equal(run(&w), UNWIND_END_NO_MAPPING);
	assert_int_equal(w.at, 0xf);
}

static void a_rule_that_needs_more_ends_the_walk(void **state)
{
	struct walk w = walk_new();

	(void)state;
	w.rows[2] = unwind_row(BEYOND, 0x400);
	assert_int_equal(run(&w), UNWIND_END_UNSUPPORTED);
	assert_int_equal(w.at, TEXT + 0x40f);
}

static void a_stack_that_leads_to_itself_ends(void **state)
{
	struct walk w = walk_new();

	(void)state;
	w.words[7] = STACK + 2 * 8; /* deref's CFA lies below its own frame */
	assert_int_equal(run(&w), UNWIND_END_STUCK);
	w = walk_new();
	w.rows[3] = unwind_row(DEREF, 0x600);
	w.words[11] = STACK + 9 * 8;
	assert_int_equal(run(&w), UNWIND_END_STUCK);
}

static void a_runtimes_code_is_left_by_its_frame_pointer(void **state)
{
	struct walk w = walk_new();

	(void)state;
	w.regs[UNWIND_RIP] = RUNTIME + 8;
	w.regs[UNWIND_RBP] = STACK;
	w.words[0] = 0;
	w.words[1] = TEXT + 0x601;
	assert_int_equal(run(&w), UNWIND_END_WHOLE);
	assert_int_equal(w.cnt, 2);
	assert_int_equal(w.frames[1], TEXT + 0x600);
}

static enum unwind_end recurse(struct walk *w, uint32_t depth)
{
	static uint64_t stack[2 * UNWIND_REPLAY_MAX + 2];

	for (uint32_t i = 0; i < depth; i++)
		stack[2 * i + 1] = TEXT + 1 + (i < depth - 1 ? i % 0x100 : 0x600);
	*w = walk_new();
	w->stack = stack;
	w->len = sizeof(stack);
	return run(w);
}

static void a_recursion_deeper_than_the_kernels_half_is_whole(void **state)
{
	static const uint32_t depths[] = { 125, 126, 127, 128, 251, 252, 253, 1500 };
	static struct walk w;

	(void)state;
	for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		assert_int_equal(recurse(&w, depths[i]), UNWIND_END_WHOLE);
		assert_int_equal(w.cnt, depths[i] + 1);
		for (uint32_t n = 1; n < depths[i]; n++)
			assert_int_equal(w.frames[n], TEXT + (n - 1) % 0x100);
	}
	assert_int_equal(recurse(&w, UNWIND_REPLAY_MAX + 1), UNWIND_END_TOO_DEEP);
	assert_in_range(w.cnt, UNWIND_REPLAY_MAX - ABI_STACK_MAX, UNWIND_REPLAY_MAX);
}

/* Of every index that tables can hold, none may lead out of the arrays. */
static void believes_no_index(void **state)
{
	struct walk w = walk_new();

	(void)state;
	w.rows[0] = unwind_row(UNWIND_RULES_MAX, 0);
	assert_int_not_equal(run(&w), UNWIND_END_WHOLE);
	w = walk_new();
	blocks[1] = 1000000;
	run(&w);
	blocks[1] = 2;
	mappings[0].first_block = 77;
	run(&w);
	mappings[0].first_block = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_rules_from_the_leaf_to_the_outermost_function),
		cmocka_unit_test(ends_where_the_copy_does),
		cmocka_unit_test(says_where_a_table_is_missing),
		cmocka_unit_test(says_where_a_mapping_is_missing),
		cmocka_unit_test(a_rule_that_needs_more_ends_the_walk),
		cmocka_unit_test(a_stack_that_leads_to_itself_ends),
		cmocka_unit_test(a_runtimes_code_is_left_by_its_frame_pointer),
		cmocka_unit_test(a_recursion_deeper_than_the_kernels_half_is_whole),
		cmocka_unit_test(believes_no_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
