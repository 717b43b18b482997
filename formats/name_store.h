#ifndef FORMATS_NAME_STORE_H
#define FORMATS_NAME_STORE_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/idmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "formats/name_table.h"

/* What a name table is made of, for name_table.c, name_chunks.c and name_copies.c. */

#define NAME_IDENTITY_MAX (TRACE_TEXT_MAX + TRACE_BUILD_ID_MAX + 64)

struct name_entry {
	uint32_t module;
	uint32_t first; /* frame */
	uint64_t offset;
	uint16_t cnt;
	uint16_t reason; /* enum name_reason */
};

struct name_module {
	enum name_reason reason;
	const char *note;
};

struct name_copy {
	uint32_t module;
	uint32_t first; /* place */
	uint64_t id;
	uint16_t cnt;
	uint16_t root; /* enum trace_reason; 0: whole */
};

struct name_table {
	struct strtab *texts;
	struct strtab *identities; /* module id = its id there - 1 */
	struct idmap by_place;	   /* (module, offset) to entry, unless entries are sorted */
	struct idmap by_copy;	   /* (module, id) to copy */
	struct {
		VEC(struct name_module);
	} modules;
	struct {
		VEC(struct name_entry);
	} entries;
	bool is_unsorted; /* entries do not ascend by module and offset */
	struct {
		VEC(struct name_frame);
	} frames; /* their texts are in `texts` */
	struct {
		VEC(struct name_copy);
	} copies;
	struct {
		VEC(struct name_place);
	} places;
};

/* The module of an identity as it stands in a file. */
uint32_t name_table_identity(struct name_table *t, const void *identity, size_t len);

/* Where a text stands in a section: the latest that has it. */
struct text_use {
	uint32_t section;
	uint32_t index;
};

/*
 * The content of chunks of names: whole sections, each self-contained, at most about
 * half of what a chunk may hold. name_chunks_next() fills raw with the next chunk's
 * sections; false: there are no more. The same names give the same bytes.
 */
struct name_chunks {
	const struct name_table *table;
	struct text_use *uses;	   /* of each text of the table */
	uint32_t section;	   /* the number of the last one */
	struct name_entry *sorted; /* by module identity, then offset */
	size_t cnt;
	size_t at;
	uint32_t *modules; /* by identity */
	size_t module_at;
	struct name_copy *copies; /* by module identity, then id */
	size_t copy_at;
};

void name_chunks_start(struct name_chunks *c, const struct name_table *t);
bool name_chunks_next(struct name_chunks *c, struct buf *raw);
void name_chunks_release(struct name_chunks *c);

/* Adds what one section says. False: it makes no sense; what came before stays. */
bool name_chunks_take(struct name_table *t, struct bytes b);

/* A section of as many copies as it takes, of the module of the first one, whose id in the
 * table is `module`. Returns how many. */
size_t name_copies_put(const struct name_table *t, uint32_t module, const struct name_copy *sorted,
		       size_t cnt, struct buf *raw);
bool name_copies_take(struct name_table *t, struct bytes b);

#endif
