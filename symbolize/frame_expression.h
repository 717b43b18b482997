#ifndef SYMBOLIZE_FRAME_EXPRESSION_H
#define SYMBOLIZE_FRAME_EXPRESSION_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/trace.h"

/*
 * The location expressions of call frame information (DWARF 5, 2.5 and 6.4.2): a small
 * stack machine that says where the caller's register lies, or what it is.
 *
 *	breg7 8, breg16 0, lit15, and, lit11, ge, lit3, shl, plus	CFA in a PLT
 *	breg6 -8, deref							CFA where rsp was aligned
 *
 * Only what unwinding may need: the registers of a frame, its CFA and memory. The
 * program is a stranger's: its steps and its stack have limits, and so it ends.
 */

#define FRAME_REGISTER_CNT 17 /* x86-64, by DWARF numbers; the last is rip */
#define FRAME_RAX 0
#define FRAME_RBX 3
#define FRAME_RBP 6
#define FRAME_RSP 7
#define FRAME_RIP 16

struct frame_registers {
	uint64_t v[FRAME_REGISTER_CNT];
	uint32_t known; /* a bit for each that has a value */
};

bool frame_registers_has(const struct frame_registers *regs, unsigned number);
void frame_registers_set(struct frame_registers *regs, unsigned number, uint64_t value);

/* What an expression may look at. */
struct frame_scope {
	const struct frame_registers *regs;
	uint64_t cfa;
	bool has_cfa;
	uint64_t bias; /* of addresses in the file */
	/* `size` bytes, at most 8, as a number; false: they are not there. */
	bool (*read)(void *owner, uint64_t address, size_t size, uint64_t *out);
	void *owner;
};

/*
 * 0: *out is what lies on top at the end, *out_is_value whether that is a value and not its
 * address. COPY_CUT: memory that is not there; UNSUPPORTED: not a program we can run.
 */
enum trace_reason frame_expression_run(const struct frame_scope *scope, const Dwarf_Op *ops,
				       size_t cnt, uint64_t *out, bool *out_is_value);

#endif
