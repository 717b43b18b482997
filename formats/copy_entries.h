#ifndef FORMATS_COPY_ENTRIES_H
#define FORMATS_COPY_ENTRIES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "formats/trace.h"

/*
 * Copied stacks and the mappings they are unwound with, as bytes and back. These are the
 * large records of a trace: one list of mappings takes up to 576 KiB, one copy up to 65,
 * so what is written is always cut to the limits of formats/trace.h, and a list that was
 * read stays bytes until somebody asks for its rows.
 */

/* The most that one copy takes. */
#define COPY_ENTRY_MAX (TRACE_COPY_BYTES_MAX + 10 * TRACE_REGISTERS_MAX + 64)

/* Rows that are empty, or overlap the one before, are left out. */
void entry_put_mappings(struct buf *out, const struct trace_mappings *m);

/* The head of a list: its process, as in the file, and how many rows follow. */
bool entry_take_mappings(struct bytes *b, uint32_t *out_process, uint32_t *out_cnt);
/* The next row; *end is where the one before ended, 0 at first. */
bool entry_take_mapping(struct bytes *b, uint64_t *end, struct trace_mapping *out);

/* `id_before` is the id of the copy before in its section, 0 at first. */
void entry_put_copy(struct buf *out, const struct trace_copy *c, uint64_t id_before);

/* Registers go where there is room for TRACE_REGISTERS_MAX; the bytes stay where they are. */
bool entry_take_copy(struct bytes *b, uint64_t id_before, struct trace_copy *out,
		     uint64_t *registers);

#endif
