#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "symbolize/copy_unwind.h"
#include "symbolize/frame_expression.h"

/* Where walks end that no table leads: code of runtimes, files that are none, nowhere. */

#define JIT_AT 0x10000ull
#define JIT_STACK 0x700000ull

static enum trace_reason walk_jit(const uint64_t *words, size_t cnt, uint64_t rbp, size_t *out_cnt)
{
	static const struct trace_mapping mapping = { JIT_AT, JIT_AT + 0x1000, 0, 0 };
	static const struct copy_file file = { .kind = TRACE_MODULE_JIT, .fd = -1 };
	static struct copy_place places[COPY_PLACES_MAX];
	struct copy_stack stack = { .bytes = (const uint8_t *)words, .len = 8 * cnt };
	const struct copy_piece piece = { &mapping, 1, &file, 1, &stack, 1 };
	struct copy_unwinder *u = copy_unwinder_new(&piece);
	enum trace_reason root;

	stack.registers[FRAME_RSP] = JIT_STACK;
	stack.registers[FRAME_RBP] = rbp;
	stack.registers[FRAME_RIP] = JIT_AT + 0x10;
	root = copy_unwinder_walk(u, &stack, places, out_cnt);
	copy_unwinder_free(u);
	return root;
}

static void follows_frame_pointers_where_there_is_no_table(void **state)
{
	const uint64_t good[] = { 0, JIT_STACK + 24, JIT_AT + 0x20, 0, JIT_AT + 0x30 };
	const uint64_t itself[] = { JIT_STACK, JIT_AT + 0x20 };
	const uint64_t circle[] = { JIT_STACK + 16, JIT_AT + 0x20, JIT_STACK, JIT_AT + 0x30 };
	const uint64_t astray[] = { JIT_STACK + 16, 0x99 };
	size_t cnt;

	(void)state;
	assert_int_equal(walk_jit(good, 5, JIT_STACK + 8, &cnt), 0);
	assert_int_equal(cnt, 3);
	assert_int_equal(walk_jit(good, 4, JIT_STACK + 8, &cnt), TRACE_REASON_COPY_CUT);
	assert_int_equal(cnt, 2);
	assert_int_equal(walk_jit(good, 5, JIT_STACK + 9, &cnt), TRACE_REASON_NO_FRAME_POINTER);
	assert_int_equal(walk_jit(itself, 2, JIT_STACK, &cnt), TRACE_REASON_STUCK);
	assert_int_equal(walk_jit(circle, 4, JIT_STACK, &cnt), TRACE_REASON_TOO_DEEP);
	assert_int_equal(cnt, COPY_PLACES_MAX);
	assert_int_equal(walk_jit(astray, 2, JIT_STACK, &cnt), TRACE_REASON_NO_FRAME_POINTER);
	assert_int_equal(cnt, 1);
}

static enum trace_reason walk_with_file(const void *bytes, size_t len, size_t *out_cnt)
{
	static struct copy_place places[COPY_PLACES_MAX];
	const struct trace_mapping mapping = { JIT_AT, JIT_AT + 0x1000, 0, 0 };
	const struct copy_file file = { TRACE_MODULE_FILE, -1, bytes, len };
	struct copy_stack stack = { .bytes = bytes, .len = len };
	const struct copy_piece piece = { &mapping, 1, &file, 1, &stack, 1 };
	struct copy_unwinder *u = copy_unwinder_new(&piece);
	enum trace_reason root;

	stack.registers[FRAME_RIP] = JIT_AT + 0x10;
	root = copy_unwinder_walk(u, &stack, places, out_cnt);
	copy_unwinder_free(u);
	return root;
}

static void ends_where_a_file_is_missing_or_no_elf_file(void **state)
{
	static const char text[64] = "#!/bin/sh";
	static const char head[64] = "\177ELF\2\1\1";
	size_t cnt;

	(void)state;
	assert_int_equal(walk_with_file(NULL, 0, &cnt), TRACE_REASON_NO_TABLE);
	assert_int_equal(cnt, 1);
	assert_int_equal(walk_with_file(text, sizeof(text), &cnt), TRACE_REASON_NO_TABLE);
	assert_true(walk_with_file(head, sizeof(head), &cnt) < TRACE_REASON_CNT);
}

static void ends_where_there_is_no_mapping(void **state)
{
	static struct copy_place places[COPY_PLACES_MAX];
	struct copy_stack nowhere = { .bytes = (const uint8_t *)"", .len = 0 };
	const struct trace_mapping mapping = { JIT_AT, JIT_AT + 0x1000, 0, 0 };
	const struct copy_file file = { .kind = TRACE_MODULE_JIT, .fd = -1 };
	const struct copy_piece piece = { &mapping, 1, &file, 1, &nowhere, 1 };
	struct copy_unwinder *u = copy_unwinder_new(&piece);
	size_t cnt;

	(void)state;
	assert_int_equal(copy_unwinder_walk(u, &nowhere, places, &cnt), TRACE_REASON_NO_MAPPING);
	assert_int_equal(cnt, 0);
	copy_unwinder_free(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_frame_pointers_where_there_is_no_table),
		cmocka_unit_test(ends_where_a_file_is_missing_or_no_elf_file),
		cmocka_unit_test(ends_where_there_is_no_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
