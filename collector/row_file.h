#ifndef COLLECTOR_ROW_FILE_H
#define COLLECTOR_ROW_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "collector/unwind_rows.h"

/*
 * Unwind rows as the bytes of a cache file, which only this machine reads, so in its own
 * byte order:
 *
 *	mark, checksum | counts, start | segments | rules | rows | blocks
 *
 * The mark names the version: it changes whenever the rows of some file would be others.
 * Reading checks every index, so that what is read leads no search out of its arrays.
 */
#define ROW_FILE_BYTES_MAX ((size_t)24 << 20) /* of as many rows and blocks as a file may have */

void row_file_put(struct buf *out, const struct unwind_rows *rows);

/* False: not such bytes, or damaged. */
bool row_file_get(struct unwind_rows *out, const uint8_t *v, size_t len);

#endif
