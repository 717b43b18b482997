/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_UNWIND_H
#define BPF_UNWIND_H

#include <linux/types.h>

/*
 * Unwinding without frame pointers: the tables that the collector makes of .eh_frame
 * and that BPF walks by. Both sides compile this file; the code of a walk is
 * bpf/unwind_step.h, which they share as well. Host byte order, x86-64.
 *
 *	tgid --hash--> struct unwind_process {check, first, cnt}
 *	                  |  cnt mappings, sorted by address
 *	                  v
 *	               struct unwind_mapping {begin, end, relative, first_block}
 *	                  |  (ip - begin + relative) / 1 KiB
 *	                  v
 *	blocks:        | row | row | row |      the first row of each KiB of text
 *	                  v
 *	rows:          | rule << 10 | address & 1023 | ...        sorted
 *	                  v
 *	rules:         struct unwind_rule
 *
 * A row holds from its address to the next row's. Rows of a block are those from its
 * entry to the next block's; where none of them is at or below the address, the row
 * before the first one holds. Each module's first row is at its first address, and its
 * blocks have one entry more than there are blocks, so neither search can leave it.
 *
 * All are flat arrays that the collector writes through mmap; a process is published
 * last, by its entry in the hash. Nothing that a published process can reach is changed;
 * what is no longer reachable is used again once no program can still be walking it.
 */

#define UNWIND_BLOCK_BITS 10
#define UNWIND_BLOCK_BYTES (1u << UNWIND_BLOCK_BITS)
#define UNWIND_BLOCK_MASK (UNWIND_BLOCK_BYTES - 1)

#define UNWIND_RULES_MAX 32768u		  /* a developer's machine has some 10,000 */
#define UNWIND_MAPPINGS_MAX 65536u	  /* of all processes */
#define UNWIND_PROCESS_MAPPINGS_MAX 2048u /* of one */
#define UNWIND_PROCESSES_MAX 8192u

static inline __u32 unwind_row(__u32 rule, __u64 address)
{
	return rule << UNWIND_BLOCK_BITS | (address & UNWIND_BLOCK_MASK);
}

/* Registers by their DWARF numbers. */
enum unwind_register {
	UNWIND_RAX = 0,
	UNWIND_RDX = 1,
	UNWIND_RCX = 2,
	UNWIND_RBX = 3,
	UNWIND_RSI = 4,
	UNWIND_RDI = 5,
	UNWIND_RBP = 6,
	UNWIND_RSP = 7,
	UNWIND_R8 = 8, /* ... R15 = 15 */
	UNWIND_RIP = 16,
	UNWIND_REGISTER_CNT = 17,
};

/* How the frame of the caller is found. */
enum unwind_kind {
	UNWIND_NONE = 0,	/* no table speaks of this code: the frame pointer is tried */
	UNWIND_CFA = 1,		/* CFA = reg + offset */
	UNWIND_DEREF = 2,	/* CFA = *(reg + offset) + extra */
	UNWIND_PLT = 3,		/* CFA = rsp + 8, and 8 more where (ip & 15) >= offset */
	UNWIND_SIGNAL = 4,	/* a signal's frame: struct ucontext lies at rsp */
	UNWIND_STOP = 5,	/* outermost: the stack is whole */
	UNWIND_UNSUPPORTED = 6, /* there is a rule, and it needs more than this */
	UNWIND_LEAF = 7, /* CFA = rsp + offset where the address is exact; a frame pointer that
			  * can be trusted leads on from a caller. extra not 0: a new thread,
			  * of which this is the outermost frame, comes here with rax = 0 */
};

enum unwind_rbp {
	UNWIND_RBP_SAME = 0,
	UNWIND_RBP_AT_CFA = 1, /* at CFA + rbp_offset */
	UNWIND_RBP_AT_RBP = 2, /* at rbp + rbp_offset */
	UNWIND_RBP_LOST = 3,   /* not known: what needs it later stops */
};

/*
 * The return address lies at CFA - 8, or in a register (after vfork has popped it). rbx is
 * followed only in modules of which a rule uses it; `extra` is then its place.
 */
struct unwind_rule {
	__u8 kind;
	__u8 reg; /* CFA, DEREF */
	__u8 rbp;
	__u8 ra_reg; /* 0: at CFA - 8; else a register's number + 1 */
	__s32 offset;
	__s32 rbp_offset;
	__s32 extra; /* DEREF: is added; CFA: rbx is at CFA + extra, 0: it is the same */
};

/* What a mapping is unwound by. */
enum unwind_mapping_kind {
	UNWIND_MAPPING_TABLE = 1,
	UNWIND_MAPPING_FRAME_POINTER = 2, /* a runtime's code, a file without tables */
	UNWIND_MAPPING_NO_TABLE = 3,	  /* there may be one: not made yet, or no room */
};

struct unwind_mapping {
	__u64 begin, end;
	__u32 relative;	   /* begin, as bytes from the first block of the module */
	__u32 first_block; /* of `blocks` */
	__u32 block_cnt;
	__u32 kind;
};

/*
 * An address space, published. `check` tells it from others that the pid had or gets, `run`
 * its mappings from all that were ever published: where that is the same, an address has the
 * same rule as before.
 */
struct unwind_process {
	__u64 check;
	__u32 first, cnt; /* of the mappings */
	__u32 run;	  /* 0: nothing may be remembered */
	__u32 reserved;
};

/* How a walk ended. */
enum unwind_end {
	UNWIND_END_NONE = 0,  /* not walked by us: nothing is known */
	UNWIND_END_WHOLE = 1, /* at an outermost frame */
	UNWIND_END_TOO_DEEP = 2,
	UNWIND_END_NO_PROCESS = 3,	 /* not published, or a program before this one was */
	UNWIND_END_NO_MAPPING = 4,	 /* the address is in no mapping that is known */
	UNWIND_END_NO_TABLE = 5,	 /* UNWIND_MAPPING_NO_TABLE */
	UNWIND_END_UNSUPPORTED = 6,	 /* UNWIND_UNSUPPORTED, or a register that is not known */
	UNWIND_END_FAULT = 7,		 /* the stack's memory could not be read */
	UNWIND_END_NO_FRAME_POINTER = 8, /* no rule, and rbp leads to nothing that is code */
	UNWIND_END_STUCK = 9,		 /* the caller's frame would not lie above this one */
	UNWIND_END_COPY_CUT = 10,	 /* the copy ends there, or found no room in the ring */
	UNWIND_END_CNT = 11,
};

/* What a copy of the stack can mend. */
static inline int unwind_end_wants_copy(__u32 end)
{
	return end >= UNWIND_END_TOO_DEEP && end <= UNWIND_END_UNSUPPORTED;
}

/* What rows cannot mend, and libdw may. */
static inline int unwind_end_is_beyond_rows(__u32 end)
{
	return end >= UNWIND_END_NO_PROCESS && end <= UNWIND_END_UNSUPPORTED;
}

_Static_assert(sizeof(struct unwind_rule) == 16, "unwind_rule");
_Static_assert(sizeof(struct unwind_mapping) == 32, "unwind_mapping");
_Static_assert(sizeof(struct unwind_process) == 24, "unwind_process");

#endif
