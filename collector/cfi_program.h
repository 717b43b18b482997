#ifndef COLLECTOR_CFI_PROGRAM_H
#define COLLECTOR_CFI_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "collector/cfi.h"

/*
 * Runs the program of an FDE, which makes rows: from `begin` to the next row, the frame
 * of the caller is found by `state`. Of the registers only those are followed that a
 * walk needs. Rows come in ascending order, one at most for each byte of the program,
 * and none is equal to the one before because of a register that is not followed.
 *
 *	cfi_program_start(&p, &cfi, &fde);
 *	while ((err = cfi_program_next(&p)) > 0)
 *		... p.begin, p.state ...
 *
 * Source: DWARF 5, 6.4.2.
 */
#define CFI_REMEMBER_MAX 16

enum cfi_kind {
	CFI_UNSPECIFIED = 0, /* as the ABI has it */
	CFI_SAME = 1,
	CFI_UNDEFINED = 2,
	CFI_OFFSET = 3,	    /* at CFA + value */
	CFI_VAL_OFFSET = 4, /* is CFA + value */
	CFI_REGISTER = 5,   /* in register `value` */
	CFI_EXPRESSION = 6, /* at the address that the expression yields */
	CFI_VAL_EXPRESSION = 7,
};

/* Where a register of the caller is. */
struct cfi_place {
	uint8_t kind;
	uint32_t len; /* of the expression */
	union {
		int64_t value;
		const uint8_t *expression;
	};
};

enum cfi_followed {
	CFI_RBX = 0,
	CFI_RBP = 1,
	CFI_RSP = 2,
	CFI_RIP = 3,
	CFI_FOLLOWED_CNT = 4,
};

struct cfi_state {
	/* The CFA: CFI_VAL_OFFSET: reg + offset; or CFI_VAL_EXPRESSION, under which the
	 * register and the offset of before wait for an instruction that changes one of them. */
	struct cfi_place cfa;
	uint64_t reg;
	int64_t offset;
	struct cfi_place places[CFI_FOLLOWED_CNT];
};

struct cfi_program {
	uint64_t begin; /* of the row */
	struct cfi_state state;

	uint64_t location; /* of the next row */
	uint64_t end;
	struct bytes code;
	bool has_changed; /* since the last row */
	bool is_initial;  /* the CIE's program is run, not the FDE's */
	const struct cfi *cfi;
	struct cfi_state initial; /* what the CIE's program leaves */
	uint64_t initial_serial;  /* of that CIE */
	bool initial_is_bad;
	uint32_t remembered_cnt;
	struct cfi_state remembered[CFI_REMEMBER_MAX];
};

/* For the FDE that `cfi` has come to. One zeroed cfi_program serves all FDEs of a section. */
void cfi_program_start(struct cfi_program *p, const struct cfi *cfi, const struct cfi_fde *fde);

/* 1: another row; 0: there are no more; -EBADMSG: the program makes no sense. */
int cfi_program_next(struct cfi_program *p);

#endif
