#ifndef TESTS_UNIT_UNWIND_MACHINE_H
#define TESTS_UNIT_UNWIND_MACHINE_H

#define UNWIND_STEP_HOOKS
#include "bpf/unwind_step.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ucontext.h>

/*
 * A small machine to walk in: one module of 4 KiB at CODE whose rows each test lays out, a
 * stack of WORDS words at STACK, and runtime code with frame pointers at RUNTIME.
 */
#define CODE 0x400000ull
#define RUNTIME 0x600000ull
#define STACK 0x7fff00000000ull
#define WORDS 512
#define ROWS 2048
#define MAPPINGS 64

static uint32_t rows[ROWS], blocks[8];
static struct unwind_rule rules[16];
static struct unwind_mapping mappings[MAPPINGS];
static uint64_t stack[WORDS];
static struct unwind_walk walk;
static uint32_t row_cnt, rule_cnt, mapping_cnt;

static __s64 unwind_row_at(struct unwind_walk *w, __u32 index)
{
	(void)w;
	return index < ROWS ? (__s64)rows[index] : -1;
}

static __s64 unwind_block_at(struct unwind_walk *w, __u32 index)
{
	(void)w;
	return index < 8 ? (__s64)blocks[index] : -1;
}

static const struct unwind_rule *unwind_rule_at(struct unwind_walk *w, __u32 index)
{
	(void)w;
	return index < 16 ? &rules[index] : NULL;
}

static const struct unwind_mapping *unwind_mapping_at(struct unwind_walk *w, __u32 index)
{
	(void)w;
	return index < MAPPINGS ? &mappings[index] : NULL;
}

static enum unwind_end unwind_know(struct unwind_walk *w, __u64 address)
{
	return unwind_find_rule(w, address);
}

static int unwind_word_at(struct unwind_walk *w, __u64 address, __u64 *out)
{
	(void)w;
	if (address < STACK || address > STACK + sizeof(stack) - 8)
		return -1;
	memcpy(out, (char *)stack + (address - STACK), sizeof(*out));
	return 0;
}

static int prepare(void **state)
{
	(void)state;
	memset(rows, 0, sizeof(rows));
	memset(blocks, 0, sizeof(blocks));
	memset(rules, 0, sizeof(rules));
	memset(mappings, 0, sizeof(mappings));
	memset(stack, 0, sizeof(stack));
	memset(&walk, 0, sizeof(walk));
	row_cnt = rule_cnt = 0;
	mappings[0] = (struct unwind_mapping){
		.begin = CODE, .end = CODE + 4096, .block_cnt = 4, .kind = UNWIND_MAPPING_TABLE
	};
	mappings[1] = (struct unwind_mapping){ .begin = RUNTIME,
					       .end = RUNTIME + 4096,
					       .kind = UNWIND_MAPPING_FRAME_POINTER };
	mapping_cnt = 2;
	walk.regs[UNWIND_RSP] = STACK;
	return 0;
}

/* To be called by rising addresses. */
static void add_row(uint32_t rule, uint32_t address)
{
	rows[row_cnt++] = unwind_row(rule, address);
	for (uint32_t b = address / UNWIND_BLOCK_BYTES + 1; b < 8; b++)
		blocks[b] = row_cnt;
}

/* Code from an address of the module on has this rule. */
static void code(uint32_t address, struct unwind_rule rule)
{
	rules[rule_cnt] = rule;
	add_row(rule_cnt++, address);
}

static void word(uint64_t address, uint64_t value)
{
	memcpy((char *)stack + (address - STACK), &value, sizeof(value));
}

static enum unwind_end run(uint64_t ip)
{
	enum unwind_end end = UNWIND_END_NONE;

	walk.regs[UNWIND_RIP] = ip;
	unwind_start(&walk, 0, mapping_cnt);
	for (int i = 0; i < ABI_STACK_MAX && !end; i++)
		end = unwind_step(&walk);
	return end ? end : UNWIND_END_TOO_DEEP;
}

/* ---- what tests say with it ---- */

#define FRAMES(...)                                                                                \
	do {                                                                                       \
		const uint64_t expected[] = { __VA_ARGS__ };                                       \
		assert_int_equal(walk.body.cnt, sizeof(expected) / 8);                             \
		assert_memory_equal(walk.body.frames, expected, sizeof(expected));                 \
	} while (0)

static struct unwind_rule by(uint8_t reg, int32_t offset)
{
	return (struct unwind_rule){ .kind = UNWIND_CFA, .reg = reg, .offset = offset };
}

static void place_signal(uint64_t at, uint64_t ip, uint64_t sp, uint64_t bp, uint64_t bx)
{
	ucontext_t context = { 0 };

	context.uc_mcontext.gregs[REG_RIP] = (greg_t)ip;
	context.uc_mcontext.gregs[REG_RSP] = (greg_t)sp;
	context.uc_mcontext.gregs[REG_RBP] = (greg_t)bp;
	context.uc_mcontext.gregs[REG_RBX] = (greg_t)bx;
	memcpy((char *)stack + (at - STACK), &context, UNWIND_SIGNAL_RIP + 8);
}

#endif
