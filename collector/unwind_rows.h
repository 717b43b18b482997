#ifndef COLLECTOR_UNWIND_ROWS_H
#define COLLECTOR_UNWIND_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "bpf/unwind.h"

/*
 * How to unwind the code of one ELF file: its .eh_frame, or .debug_frame where code has
 * no .eh_frame, as rows and rules of bpf/unwind.h. Made in one pass over the tables; the
 * file is a stranger's and may be hostile, so nothing of it is believed, every loop is
 * bound by bytes that are there, and what makes no sense costs its own rows alone.
 *
 *	addresses   start ......................................... start + block_cnt KiB
 *	blocks      | 0 | 3 | 9 | ...                            | row_cnt |
 *	rows        first at `start` itself; gaps between functions are rows of kind NONE
 *
 * Addresses are the file's own (p_vaddr); segments tell which of its bytes lie where.
 *
 * Some 20 bytes are needed for each row while they are made, so 64 MB for the largest file
 * that is taken. The largest libraries (LLVM, rustc) have half as many rows.
 */

#define UNWIND_SEGMENTS_MAX 16
#define UNWIND_ROWS_MAX ((uint32_t)3 << 20)   /* of one file; nor more than bytes of code */
#define UNWIND_BLOCKS_MAX ((uint32_t)1 << 21) /* 2 GiB of text */

/* Executable bytes of the file. */
struct unwind_segment {
	uint64_t offset;
	uint64_t size;
	uint64_t address;
};

struct unwind_rows {
	uint64_t start; /* a multiple of UNWIND_BLOCK_BYTES */
	uint32_t block_cnt;
	uint32_t row_cnt;
	uint32_t rule_cnt;
	uint32_t segment_cnt;
	uint32_t *blocks; /* block_cnt + 1 of them: index of the first row */
	uint32_t *rows;	  /* unwind_row(), by index of the rule in `rules` */
	struct unwind_rule *rules;
	struct unwind_segment segments[UNWIND_SEGMENTS_MAX];

	/* What was met. */
	uint32_t fde_cnt;
	uint32_t bad_cnt;	  /* FDEs and CIEs that make no sense, left out */
	uint32_t unsupported_cnt; /* rows of kind UNSUPPORTED */
};

/*
 * -ENOEXEC: not an ELF file of x86-64; -ENODATA: no tables for any of its code; -E2BIG:
 * beyond a limit above. The bytes stay the caller's.
 */
int unwind_rows_make(struct unwind_rows *out, const uint8_t *file, size_t len, struct err *err);
void unwind_rows_release(struct unwind_rows *r);

/* The rule that holds at an address of the file; of kind NONE outside. */
struct unwind_rule unwind_rows_find(const struct unwind_rows *r, uint64_t address);

/* False: no executable segment has this byte of the file. */
int unwind_rows_address(const struct unwind_rows *r, uint64_t file_offset, uint64_t *out);

#endif
