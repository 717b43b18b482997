#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "collector/unwind_rows.h"

/*
 * libdw is the judge: at the first and the last address of each row of real libraries it
 * has to find the frame of the caller where the row has it. What a rule has no words for
 * is counted, and there may be next to none. Other files: test_unwind_judge FILE...
 */
#define SHARE_UNSUPPORTED_MAX 1000 /* one in so many rows; besides a handful */

struct judging {
	Dwarf_CFI *cfi;
	uint64_t asked_cnt;
	uint64_t unsupported_cnt;
	uint64_t lost_cnt; /* rbp */
	uint64_t wrong_cnt;
};

static bool is_based(const Dwarf_Op *op, uint8_t reg, int64_t offset)
{
	if (op->atom == DW_OP_bregx)
		return op->number == reg && (int64_t)op->number2 == offset;
	return op->atom == DW_OP_breg0 + reg && (int64_t)op->number == offset;
}

static bool is_added(const Dwarf_Op *ops, size_t cnt, int32_t added)
{
	if (cnt == 0)
		return !added;
	if (cnt == 1)
		return ops[0].atom == DW_OP_plus_uconst && (int64_t)ops[0].number == added;
	return cnt == 2 && ops[1].atom == DW_OP_plus && ops[0].atom == DW_OP_lit0 + added;
}

static bool cfa_agrees(const struct unwind_rule *r, Dwarf_Frame *frame)
{
	Dwarf_Op *ops;
	size_t cnt;

	if (dwarf_frame_cfa(frame, &ops, &cnt) || !cnt)
		return false;
	switch (r->kind) {
	case UNWIND_CFA:
	case UNWIND_LEAF:
		return cnt == 1 && is_based(ops, r->reg, r->offset);
	case UNWIND_DEREF:
		return cnt >= 2 && is_based(ops, r->reg, r->offset) && ops[1].atom == DW_OP_deref &&
		       is_added(ops + 2, cnt - 2, r->extra);
	case UNWIND_PLT:
		return cnt == 9 && is_based(ops, UNWIND_RSP, 8) && ops[5].atom == DW_OP_ge &&
		       ops[4].atom == DW_OP_lit0 + r->offset;
	case UNWIND_SIGNAL:
		return cnt == 2 && is_based(ops, UNWIND_RSP, 160) && ops[1].atom == DW_OP_deref;
	default:
		return false;
	}
}

static bool is_at_cfa(const Dwarf_Op *ops, size_t cnt, int64_t offset)
{
	if (!cnt || ops[0].atom != DW_OP_call_frame_cfa)
		return false;
	if (cnt == 1)
		return !offset;
	return cnt == 2 && ops[1].atom == DW_OP_plus_uconst && (int64_t)ops[1].number == offset;
}

/* An expression of a register's place stands behind the CFA, which it may use. */
static bool is_at_based(const Dwarf_Op *ops, size_t cnt, uint8_t reg, int64_t offset)
{
	return cnt == 2 && ops[0].atom == DW_OP_call_frame_cfa && is_based(ops + 1, reg, offset);
}

static bool is_lost(const Dwarf_Op *ops, size_t cnt)
{
	return ops && (cnt != 1 || ops[0].atom != DW_OP_call_frame_cfa) &&
	       (cnt != 2 || ops[1].atom != DW_OP_plus_uconst);
}

static bool rbp_agrees(const struct unwind_rule *r, Dwarf_Frame *frame)
{
	Dwarf_Op place[3], *ops;
	size_t cnt;

	if (dwarf_frame_register(frame, UNWIND_RBP, place, &ops, &cnt))
		return false;
	switch (r->rbp) {
	case UNWIND_RBP_SAME:
		return !cnt && !ops;
	case UNWIND_RBP_AT_CFA:
		return is_at_cfa(ops, cnt, r->rbp_offset);
	case UNWIND_RBP_AT_RBP:
		return is_at_based(ops, cnt, UNWIND_RBP, r->rbp_offset);
	default:
		return is_lost(ops, cnt);
	}
}

static bool return_address_agrees(const struct unwind_rule *r, Dwarf_Frame *frame)
{
	Dwarf_Op place[3], *ops;
	size_t cnt;

	if (dwarf_frame_register(frame, UNWIND_RIP, place, &ops, &cnt))
		return false;
	if (r->kind == UNWIND_STOP)
		return !cnt && ops;
	if (r->kind == UNWIND_SIGNAL)
		return is_at_based(ops, cnt, UNWIND_RSP, 168);
	if (r->ra_reg)
		return cnt == 1 && ops[0].atom == DW_OP_regx && ops[0].number == r->ra_reg - 1u;
	return is_at_cfa(ops, cnt, -8);
}

/* clone() ends its table before a new thread comes out of it: rows alone speak of that. */
static bool is_beyond_tables(const struct unwind_rule *r)
{
	return r->kind == UNWIND_LEAF && r->reg == UNWIND_RSP && r->offset == 8 && r->extra;
}

static bool agrees(const struct unwind_rule *r, Dwarf_Frame *frame)
{
	if (!frame && is_beyond_tables(r))
		return true;
	if (r->kind == UNWIND_NONE || !frame)
		return r->kind == UNWIND_NONE && !frame;
	if (!return_address_agrees(r, frame))
		return false;
	if (r->kind == UNWIND_STOP)
		return true;
	return cfa_agrees(r, frame) && (r->kind == UNWIND_SIGNAL || rbp_agrees(r, frame));
}

/* A restorer's rule is for a thread in its system call, too, which stands behind it. */
static bool is_behind_restorer(const struct unwind_rows *rows, uint64_t address)
{
	return unwind_rows_find(rows, address).kind == UNWIND_SIGNAL &&
	       unwind_rows_find(rows, address - 1).kind == UNWIND_SIGNAL &&
	       unwind_rows_find(rows, address + 1).kind != UNWIND_SIGNAL;
}

static void ask(struct judging *j, const struct unwind_rows *rows, uint64_t address)
{
	struct unwind_rule rule = unwind_rows_find(rows, address);
	Dwarf_Frame *frame = NULL;

	j->asked_cnt++;
	if (rule.kind == UNWIND_UNSUPPORTED) {
		j->unsupported_cnt++;
		return;
	}
	if (dwarf_cfi_addrframe(j->cfi, address, &frame))
		frame = NULL;
	if (!frame && is_behind_restorer(rows, address))
		return;
	if (!agrees(&rule, frame)) {
		if (j->wrong_cnt++ < 10)
			print_error("0x%" PRIx64 ": kind %u reg %u offset %d rbp %u %d extra %d\n",
				    address, rule.kind, rule.reg, rule.offset, rule.rbp,
				    rule.rbp_offset, rule.extra);
	} else if (rule.rbp == UNWIND_RBP_LOST) {
		j->lost_cnt++;
	}
	free(frame);
}

static void ask_all(struct judging *j, const struct unwind_rows *rows)
{
	for (uint32_t block = 0; block < rows->block_cnt; block++) {
		uint64_t at = rows->start + (uint64_t)block * UNWIND_BLOCK_BYTES;

		for (uint32_t i = rows->blocks[block]; i < rows->blocks[block + 1]; i++) {
			uint64_t address = at + (rows->rows[i] & UNWIND_BLOCK_MASK);

			if (address > rows->start)
				ask(j, rows, address - 1);
			ask(j, rows, address);
		}
	}
}

static void judge(const char *path)
{
	struct judging j = { 0 };
	struct unwind_rows rows;
	struct io_view view;
	struct err err = { 0 };
	Elf *elf;

	if (io_view_open(&view, path, &err))
		fail_msg("%s", err.text);
	if (unwind_rows_make(&rows, view.v, view.len, &err))
		fail_msg("%s: %s", path, err.text);
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)view.v, view.len);
	j.cfi = dwarf_getcfi_elf(elf);
	assert_non_null(j.cfi);
	ask_all(&j, &rows);
	print_message("# %s: %u rows, %" PRIu64 " addresses: %" PRIu64 " wrong, %" PRIu64
		      " unsupported, %" PRIu64 " with rbp lost\n",
		      path, rows.row_cnt, j.asked_cnt, j.wrong_cnt, j.unsupported_cnt, j.lost_cnt);
	dwarf_cfi_end(j.cfi);
	elf_end(elf);
	assert_int_equal(rows.bad_cnt, 0);
	assert_int_equal(j.wrong_cnt, 0);
	assert_in_range(rows.unsupported_cnt, 0, rows.row_cnt / SHARE_UNSUPPORTED_MAX + 8);
	unwind_rows_release(&rows);
	io_view_close(&view);
}

static void judge_if_there(const char *path)
{
	if (access(path, R_OK))
		skip();
	judge(path);
}

static void libc_has_the_frames_that_libdw_finds(void **state)
{
	(void)state;
	judge_if_there("/lib/x86_64-linux-gnu/libc.so.6");
}

static void the_dynamic_linker_has_them(void **state)
{
	(void)state;
	judge_if_there("/lib64/ld-linux-x86-64.so.2");
}

static void assembly_of_libcrypto_has_them(void **state)
{
	(void)state;
	judge_if_there("/usr/lib/x86_64-linux-gnu/libcrypto.so.3");
}

static void an_interpreter_has_them(void **state)
{
	(void)state;
	judge_if_there("/usr/bin/python3");
}

static void this_program_has_them(void **state)
{
	(void)state;
	judge("/proc/self/exe");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libc_has_the_frames_that_libdw_finds),
		cmocka_unit_test(the_dynamic_linker_has_them),
		cmocka_unit_test(assembly_of_libcrypto_has_them),
		cmocka_unit_test(an_interpreter_has_them),
		cmocka_unit_test(this_program_has_them),
	};

	for (int i = 1; i < argc; i++)
		judge(argv[i]);
	return argc > 1 ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
