#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <elf.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "symbolize/frame_rules.h"

/*
 * Small programs of the fuzz corpus; the addresses and rules are those of readelf
 * --debug-dump=frames-interp. Stacks are made up: the word at an address is the address
 * itself and WORD.
 */

#define WORD 0x100000000ull
#define RSP 0x7000
#define STACK_END (RSP + 0x100)

struct program {
	struct buf bytes; /* our own: libdw may write to the headers */
	struct frame_rules rules;
};

static bool program_load(struct program *p, const char *name)
{
	char *path = mem_printf("tests/fuzz/corpus/copy_unwind/%s", name);
	struct io_view view;

	*p = (struct program){ 0 };
	if (io_view_open(&view, path, NULL)) {
		free(path);
		return false;
	}
	buf_put(&p->bytes, view.v, view.len);
	io_view_close(&view);
	free(path);
	return true;
}

static bool program_open(struct program *p, const char *name)
{
	if (!program_load(p, name))
		return false;
	assert_int_equal(frame_rules_open(&p->rules, p->bytes.v, p->bytes.len, NULL), 0);
	return true;
}

static void program_close(struct program *p)
{
	frame_rules_release(&p->rules);
	buf_release(&p->bytes);
}

static bool read_word(void *owner, uint64_t address, size_t size, uint64_t *out)
{
	(void)owner;
	if (size != 8 || address < RSP || address >= STACK_END)
		return false;
	*out = WORD + address;
	return true;
}

static enum frame_step step(struct program *p, uint64_t address, struct frame_registers *out,
			    enum trace_reason *out_why)
{
	const struct frame_rule *rule = frame_rules_find(&p->rules, address);
	struct frame_registers regs = { .known = (1u << FRAME_REGISTER_CNT) - 1 };
	const struct frame_scope scope = { .regs = &regs, .read = read_word };

	for (unsigned i = 0; i < FRAME_REGISTER_CNT; i++)
		regs.v[i] = i;
	regs.v[FRAME_RSP] = RSP;
	assert_non_null(rule);
	return frame_rule_apply(rule, &scope, out, out_why);
}

/* The return address lies just below the CFA, `size` bytes above rsp. */
static void expect_frame(struct program *p, uint64_t address, uint64_t size)
{
	struct frame_registers caller;
	enum trace_reason why;

	assert_int_equal(step(p, address, &caller, &why), FRAME_STEP_TAKEN);
	assert_int_equal(caller.v[FRAME_RSP], RSP + size);
	assert_int_equal(caller.v[FRAME_RIP], WORD + RSP + size - 8);
}

static void reads_eh_frame_with_and_without_a_search_table(void **state)
{
	static const struct {
		const char *name;
		uint64_t moved;
	} files[] = { { "searched", 0x38 }, { "scanned", 0 } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const uint64_t function = 0x4000f8 + files[i].moved;
		struct frame_registers caller;
		enum trace_reason why;
		struct program p;

		if (!program_open(&p, files[i].name))
			skip();
		expect_frame(&p, function, 8);
		expect_frame(&p, function + 7, 16);
		expect_frame(&p, function + 8, 24);
		assert_int_equal(step(&p, function + 8, &caller, &why), FRAME_STEP_TAKEN);
		assert_int_equal(caller.v[FRAME_RBX], WORD + RSP);
		assert_int_equal(caller.v[FRAME_RBP], WORD + RSP + 8);
		assert_int_equal(caller.v[12], 12);
		assert_false(frame_registers_has(&caller, 1)); /* rdx: nobody keeps it */
		assert_null(frame_rules_find(&p.rules, 0x400000));
		assert_null(frame_rules_find(&p.rules, UINT64_MAX));
		program_close(&p);
	}
}

static void knows_the_outermost_frame(void **state)
{
	struct frame_registers caller;
	enum trace_reason why;
	struct program p;

	(void)state;
	if (!program_open(&p, "searched"))
		skip();
	assert_int_equal(step(&p, 0x40012a, &caller, &why), FRAME_STEP_OUTERMOST);
	program_close(&p);
}

/* CFA rsp + 160, rip at rsp + 168, rbp at rsp + 120: what the kernel put there. */
static void takes_registers_of_what_a_signal_interrupted(void **state)
{
	struct frame_registers caller;
	enum trace_reason why;
	struct program p;

	(void)state;
	if (!program_open(&p, "searched"))
		skip();
	assert_true(frame_rules_find(&p.rules, 0x400121)->is_signal);
	assert_false(frame_rules_find(&p.rules, 0x400130)->is_signal);
	assert_int_equal(step(&p, 0x400121, &caller, &why), FRAME_STEP_TAKEN);
	assert_int_equal(caller.v[FRAME_RIP], WORD + RSP + 168);
	assert_int_equal(caller.v[FRAME_RBP], WORD + RSP + 120);
	program_close(&p);
}

static void reads_a_compressed_debug_frame_where_there_is_no_eh_frame(void **state)
{
	struct program p;

	(void)state;
	if (!program_open(&p, "debug_frame"))
		skip();
	expect_frame(&p, 0x4000b0, 8);
	expect_frame(&p, 0x4000b1, 16);
	expect_frame(&p, 0x4000cb, 64);
	assert_null(frame_rules_find(&p.rules, 0x4000f4));
	program_close(&p);
}

/* The same file with other names of its sections: one more of them is Go's. */
static void knows_tables_of_go_by_a_section_of_its_own(void **state)
{
	static const char names[] = "\0.text\0.go.buildinfo\0.debug_frame";
	struct program p;
	Elf64_Ehdr header;
	Elf64_Shdr *s;

	(void)state;
	if (!program_open(&p, "debug_frame"))
		skip();
	assert_false(p.rules.is_go);
	assert_false(frame_rules_find(&p.rules, 0x4000b0)->is_of_go);
	program_close(&p);

	assert_true(program_load(&p, "debug_frame"));
	memcpy(&header, p.bytes.v, sizeof(header));
	buf_put(&p.bytes, names, sizeof(names));
	s = (Elf64_Shdr *)(p.bytes.v + header.e_shoff);
	s[1].sh_name = 1;
	s[2].sh_name = 7;
	s[3].sh_name = 21;
	s[4].sh_name = 0;
	s[4].sh_offset = p.bytes.len - sizeof(names);
	s[4].sh_size = sizeof(names);
	assert_int_equal(frame_rules_open(&p.rules, p.bytes.v, p.bytes.len, NULL), 0);
	assert_true(p.rules.is_go);
	assert_true(frame_rules_find(&p.rules, 0x4000b0)->is_of_go);
	assert_int_equal(frame_rules_find(&p.rules, 0x4000b0)->begin, 0x4000b0);
	assert_int_equal(frame_rules_find(&p.rules, 0x4000b0)->end, 0x4000b1);
	program_close(&p);
}

static void says_that_memory_was_missing(void **state)
{
	struct frame_registers regs = { 0 };
	const struct frame_scope scope = { .regs = &regs, .read = read_word };
	struct frame_registers caller = { 0 };
	enum trace_reason why;
	struct program p;

	(void)state;
	if (!program_open(&p, "searched"))
		skip();
	frame_registers_set(&regs, FRAME_RSP, STACK_END);
	assert_int_equal(
		frame_rule_apply(frame_rules_find(&p.rules, 0x400130), &scope, &caller, &why),
		FRAME_STEP_FAILED);
	assert_int_equal(why, TRACE_REASON_COPY_CUT);
	regs.known = 0;
	assert_int_equal(
		frame_rule_apply(frame_rules_find(&p.rules, 0x400130), &scope, &caller, &why),
		FRAME_STEP_FAILED);
	assert_int_equal(why, TRACE_REASON_UNSUPPORTED);
	assert_int_equal(caller.known, 0);
	program_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_eh_frame_with_and_without_a_search_table),
		cmocka_unit_test(knows_the_outermost_frame),
		cmocka_unit_test(takes_registers_of_what_a_signal_interrupted),
		cmocka_unit_test(reads_a_compressed_debug_frame_where_there_is_no_eh_frame),
		cmocka_unit_test(knows_tables_of_go_by_a_section_of_its_own),
		cmocka_unit_test(says_that_memory_was_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
