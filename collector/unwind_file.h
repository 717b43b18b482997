#ifndef COLLECTOR_UNWIND_FILE_H
#define COLLECTOR_UNWIND_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "collector/cfi.h"
#include "collector/unwind_rows.h"

/*
 * What unwinding needs of an ELF file of x86-64: where its code lies, and its tables.
 * They are found by section headers, and .eh_frame without those by the program header
 * that the dynamic linker uses. A stranger made the file: offsets and sizes count only
 * where they lie within it.
 */

/* Of a table: what lies beyond is left out. The largest library known has 6 MB. */
#define UNWIND_FILE_TABLE_MAX ((uint64_t)64 << 20)

/* Of .debug_frame, unpacked; and never more than this often the size of the file. */
#define UNWIND_FILE_UNPACKED_MAX ((uint64_t)16 << 20)
#define UNWIND_FILE_UNPACKED_RATIO_MAX 200

struct unwind_file {
	const uint8_t *v;
	size_t len;
	struct unwind_segment segments[UNWIND_SEGMENTS_MAX]; /* by address, in whole pages */
	uint32_t segment_cnt;
	struct cfi_section eh_frame;
	struct cfi_section debug_frame;
	uint8_t *unpacked; /* what debug_frame points to, or NULL */
	bool is_go;
};

/* -ENOEXEC: not an ELF file of x86-64; -E2BIG: too many segments, or too far apart. */
int unwind_file_open(struct unwind_file *out, const uint8_t *v, size_t len, struct err *err);
void unwind_file_close(struct unwind_file *f);

/* The segment that holds an address, or NULL. */
const struct unwind_segment *unwind_file_segment(const struct unwind_file *f, uint64_t address);

#endif
