#ifndef FORMATS_NAME_STORE_H
#define FORMATS_NAME_STORE_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/idmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "formats/name_table.h"

/* What a name table is made of, for name_table.c and name_chunks.c. */

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

struct name_table {
	struct strtab *texts;
	struct strtab *identities; /* module id = its id there - 1 */
	struct idmap by_place;	   /* (module, offset) to entry */
	struct {
		VEC(struct name_module);
	} modules;
	struct {
		VEC(struct name_entry);
	} entries;
	struct {
		VEC(struct name_frame);
	} frames;
};

/* The module of an identity as it stands in a file. */
uint32_t name_table_identity(struct name_table *t, const void *identity, size_t len);

/*
 * The content of chunks of names: whole sections, each self-contained, at most about
 * half of what a chunk may hold. name_chunks_next() fills raw with the next chunk's
 * sections; false: there are no more. The same names give the same bytes.
 */
struct name_chunks {
	const struct name_table *table;
	struct name_entry *sorted; /* by module identity, then offset */
	size_t cnt;
	size_t at;
	uint32_t *modules; /* by identity */
	size_t module_at;
};

void name_chunks_start(struct name_chunks *c, const struct name_table *t);
bool name_chunks_next(struct name_chunks *c, struct buf *raw);
void name_chunks_release(struct name_chunks *c);

/* Adds what one section says. False: it makes no sense; what came before stays. */
bool name_chunks_take(struct name_table *t, struct bytes b);

#endif
