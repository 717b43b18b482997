#ifndef FORMATS_DUMP_ROWS_H
#define FORMATS_DUMP_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "formats/entries.h"

/*
 * What the rows of a dump are made of (" label value"), and the sections whose rows
 * are in files of their own. A section that makes no sense leaves its cursor failed.
 */

/* Prints "-" for TRACE_NONE. */
void dump_id(struct buf *out, const char *label, uint32_t id);
void dump_number(struct buf *out, const char *label, uint64_t value);
void dump_hex(struct buf *out, const char *label, uint64_t value);
void dump_text(struct buf *out, const char *label, const char *s, size_t len);
void dump_entry_text(struct buf *out, const char *label, struct entry_text text);
void dump_row(struct buf *out, uint64_t id);

/* An entry may make no sense though all of its bytes are there: then b has failed. */
bool dump_is_bad(struct bytes *b, bool good);

/* names_dump.c */
void dump_module_names(struct buf *out, struct bytes *b);
void dump_copy_stacks(struct buf *out, struct bytes *b);

/* copies_dump.c */
void dump_mappings(struct buf *out, struct bytes *b);
void dump_copies(struct buf *out, struct bytes *b);

/* waits_dump.c */
void dump_links(struct buf *out, struct bytes *b);
void dump_slices(struct buf *out, struct bytes *b);
void dump_wait_sums(struct buf *out, struct bytes *b);
void dump_waits(struct buf *out, struct bytes *b, uint64_t first_us);
void dump_accounts(struct buf *out, struct bytes *b);
void dump_wait_totals(struct buf *out, struct bytes *b);

/* latencies_dump.c */
void dump_labels(struct buf *out, struct bytes *b);
void dump_series(struct buf *out, struct bytes *b);
void dump_bins(struct buf *out, struct bytes *b);
void dump_latencies(struct buf *out, struct bytes *b, uint64_t first_us);
void dump_latency_totals(struct buf *out, struct bytes *b);

#endif
