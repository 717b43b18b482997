#ifndef COLLECTOR_CFI_H
#define COLLECTOR_CFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * The entries of .eh_frame or .debug_frame, one after the other. A CIE says what many
 * functions have in common, an FDE how one range of code is unwound:
 *
 *	length  id  version  augmentation  alignments  program          CIE
 *	length  CIE's place  begin  size  [augmentation]  program       FDE
 *
 * Source: DWARF 5, 6.4; Linux Standard Base, "Exception Frames". An entry that makes no
 * sense is stepped over. Every step takes at least four bytes, and what one step costs has a bound:
 * a CIE is read again for each change from one to the other, so it may not be long.
 */
#define CFI_CIE_PROGRAM_MAX 256
#define CFI_AUGMENTATION_MAX 16

struct cfi_section {
	const uint8_t *v; /* NULL: the file has none */
	size_t len;
	uint64_t address; /* of its first byte */
	bool is_debug_frame;
	bool ends_at_zero; /* at an entry of length 0: where its size is not known */
};

struct cfi_cie {
	size_t at;	 /* in the section */
	uint64_t serial; /* of this reading: another CIE has another one */
	bool is_bad;
	bool has_augmentation; /* of FDEs, with its length in front */
	bool is_signal_frame;
	uint8_t encoding; /* of addresses: DW_EH_PE_ */
	uint64_t code_align;
	int64_t data_align;
	struct bytes program;
};

struct cfi_fde {
	uint64_t begin;
	uint64_t end;
	struct bytes program;
};

struct cfi {
	struct cfi_section section;
	size_t at;
	struct cfi_cie cie; /* the one read last: that of the last FDE */
};

void cfi_init(struct cfi *c, const struct cfi_section *section);

/* 1: the next FDE; 0: there are no more; -EBADMSG: the next entry makes no sense. */
int cfi_next(struct cfi *c, struct cfi_fde *out);

/* An address in the encoding of the CIE; the cursor fails if it is none. */
uint64_t cfi_address(const struct cfi_section *s, uint8_t encoding, struct bytes *b);

/* A signed LEB128. */
int64_t cfi_signed(struct bytes *b);

#endif
