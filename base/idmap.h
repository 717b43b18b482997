#ifndef BASE_IDMAP_H
#define BASE_IDMAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * A hash table from a pair of 64-bit words to a 32-bit id: (parent, frame) to
 * node, (module, offset) to frame, (tgid, 0) to process. Open addressing, linear
 * probing, at most 3/4 full. A zeroed struct is an empty map.
 */

#define IDMAP_NONE UINT32_MAX

struct idmap {
	struct idmap_slot *slots;
	size_t cnt;
	size_t cap; /* a power of two, or 0 */
};

void idmap_release(struct idmap *m);
void idmap_clear(struct idmap *m); /* keeps the memory */

/* The id under (a, b), or IDMAP_NONE. */
uint32_t idmap_find(const struct idmap *m, uint64_t a, uint64_t b);

/* Sets the id under (a, b); it may not be IDMAP_NONE. */
void idmap_set(struct idmap *m, uint64_t a, uint64_t b, uint32_t id);

/*
 * The id under (a, b); if there is none, id is put there and returned. The
 * caller sees that a key was new by getting back the id it offered.
 */
uint32_t idmap_intern(struct idmap *m, uint64_t a, uint64_t b, uint32_t id);

/* Removes (a, b) if present. */
void idmap_remove(struct idmap *m, uint64_t a, uint64_t b);

#endif
