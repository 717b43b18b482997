#ifndef RENDER_UNNAMED_REASONS_H
#define RENDER_UNNAMED_REASONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/idmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "formats/name_table.h"

struct picture_source;
struct selection;

/*
 * Why frames of a selection have no names. What stands in their place, "[python3.11]" or
 * "[jit]", may be several files or processes, each with a reason of its own: the one that
 * most of the weight is in comes first. A frame counts with all that it calls.
 */
struct unnamed_reason {
	uint32_t name;		 /* "[libz.so.1.2.13]", an id in texts */
	enum name_reason reason; /* NONE: its file has symbols, but none that covers the address */
	const char *note;	 /* what would help; "" where unknown */
	uint64_t weight;
};

struct unnamed_reasons {
	struct {
		VEC(struct unnamed_reason);
	} all;		     /* by name, the heaviest first */
	struct idmap places; /* (name and note, reason) to a place there, while it is made */
};

/* Notes are those of the source's name table. */
int unnamed_reasons_gather(struct unnamed_reasons *out, const struct picture_source *source,
			   const struct selection *selection, struct strtab *texts,
			   struct err *err);
void unnamed_reasons_release(struct unnamed_reasons *u);

/* Those of one name; NULL and 0 if nothing is known. */
const struct unnamed_reason *unnamed_reasons_find(const struct unnamed_reasons *u, uint32_t name,
						  size_t *out_cnt);

#endif
