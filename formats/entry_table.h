#ifndef FORMATS_ENTRY_TABLE_H
#define FORMATS_ENTRY_TABLE_H

#include "base/buf.h"
#include "base/strtab.h"

/*
 * The writer's tables of processes, threads and modules. An entry is interned by the
 * bytes that it will have in the file, so equal entries are one entry, and what is
 * new since the last chunk is already the content of a section.
 */
struct entry_table {
	struct strtab *known; /* entry id = its id there - 1: 0 is the empty string */
	struct buf fresh;     /* entries that are in no chunk yet */
	uint32_t written_cnt; /* entries that are */
};

void entry_table_start(struct entry_table *t);
void entry_table_release(struct entry_table *t);
void entry_table_restart(struct entry_table *t);

/* The id of an entry, which is never empty. */
uint32_t entry_table_intern(struct entry_table *t, const struct buf *entry);
uint32_t entry_table_cnt(const struct entry_table *t);

/* The content of a section: base id, then what is fresh, which then counts as written. */
void entry_table_put(struct entry_table *t, struct buf *out);

#endif
