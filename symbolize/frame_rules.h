#ifndef SYMBOLIZE_FRAME_RULES_H
#define SYMBOLIZE_FRAME_RULES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/idmap.h"
#include "base/vec.h"
#include "symbolize/elf_image.h"
#include "symbolize/frame_expression.h"

/*
 * What the .eh_frame of one ELF file says about the frames of its functions, or, where it has
 * none or is Go's, its .debug_frame: from the registers in a function to those in its caller.
 * libdw reads the tables; rules that were asked for are kept, because stacks of one process
 * pass through the same few calls. The file is hostile, so this lives in a sandboxed child.
 *
 * Not dwfl, which does this as well: it asks for modules and their files in its own way,
 * guesses where there is no rule, and does not say why a walk ended.
 */

struct frame_rule {
	Dwarf_Frame *frame;
	uint64_t begin; /* of the addresses that it is for, in the file ... */
	uint64_t end;
	uint8_t return_register;
	bool is_signal; /* its caller was interrupted, and called nothing */
	bool is_of_go;	/* it follows rsp alone, and wrongly where stacks change */
};

struct frame_rules {
	struct elf_image image;
	Dwarf_CFI *table;	/* .eh_frame; NULL: the file has none */
	Dwarf *debug;		/* whose ... */
	Dwarf_CFI *debug_table; /* ... .debug_frame is; both NULL: it is not asked */
	bool is_go;		/* all of its code keeps frame pointers */
	struct idmap by_address;
	struct {
		VEC(struct frame_rule);
	} kept;
};

/* The bytes stay the caller's and must outlive it. Where there is a .debug_frame, libdw may
 * write to the headers of the sections. */
int frame_rules_open(struct frame_rules *out, const void *bytes, size_t len, struct err *err);
void frame_rules_release(struct frame_rules *rules);

/* False: the file has no table at all. */
bool frame_rules_any(const struct frame_rules *rules);

/* The rule at an address of the file (not of a process); NULL: the tables have none. Valid
 * until the next call. */
const struct frame_rule *frame_rules_find(struct frame_rules *rules, uint64_t address);

/* How a step to the caller ended. */
enum frame_step {
	FRAME_STEP_TAKEN = 1,
	FRAME_STEP_OUTERMOST = 2, /* there is no caller: the stack is whole */
	FRAME_STEP_FAILED = 3,
};

/* From the registers that `scope` has to those of the caller: rsp and rip are known in
 * *out where the step was taken. FAILED: *out_why is COPY_CUT or UNSUPPORTED. */
enum frame_step frame_rule_apply(const struct frame_rule *rule, const struct frame_scope *scope,
				 struct frame_registers *out, enum trace_reason *out_why);

#endif
