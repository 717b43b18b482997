#ifndef COLLECTOR_MAPPINGS_H
#define COLLECTOR_MAPPINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

/*
 * The executable mappings of one process, sorted and never overlapping: a new one
 * takes its place from those that were there, as in the kernel. An munmap is not
 * reported to us, so what is not replaced stays.
 */
struct mapping {
	uint64_t start, end;
	uint64_t file_offset; /* of start */
	uint32_t module;      /* of the module log */
};

struct mappings {
	VEC(struct mapping);
};

void mappings_release(struct mappings *m);
void mappings_copy(struct mappings *to, const struct mappings *from);

/* Adds one with start < end; 65,536 at most, later ones are ignored. */
void mappings_add(struct mappings *m, const struct mapping *mapping);

/* The mapping that holds the address, or NULL. */
const struct mapping *mappings_find(const struct mappings *m, uint64_t address);

#endif
