#include "base/idmap.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

#define IDMAP_START_CAP 64

struct idmap_slot {
	uint64_t a;
	uint64_t b;
	uint32_t id; /* IDMAP_NONE: empty */
};

void idmap_release(struct idmap *m)
{
	free(m->slots);
	*m = (struct idmap){ 0 };
}

static void empty(struct idmap_slot *slots, size_t cap)
{
	for (size_t i = 0; i < cap; i++)
		slots[i].id = IDMAP_NONE;
}

void idmap_clear(struct idmap *m)
{
	empty(m->slots, m->cap);
	m->cnt = 0;
}

static bool holds(const struct idmap_slot *slot, uint64_t a, uint64_t b)
{
	return slot->a == a && slot->b == b;
}

/* The slot that holds the key, or the empty one where it would go. */
static struct idmap_slot *probe(const struct idmap *m, uint64_t a, uint64_t b)
{
	size_t at = hash_pair(a, b) & (m->cap - 1);

	while (m->slots[at].id != IDMAP_NONE && !holds(&m->slots[at], a, b))
		at = (at + 1) & (m->cap - 1);
	return &m->slots[at];
}

static void grow(struct idmap *m)
{
	struct idmap bigger = { .cap = m->cap ? m->cap * 2 : IDMAP_START_CAP, .cnt = m->cnt };

	bigger.slots = mem_resize(NULL, bigger.cap, sizeof(*bigger.slots));
	empty(bigger.slots, bigger.cap);
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].id != IDMAP_NONE)
			*probe(&bigger, m->slots[i].a, m->slots[i].b) = m->slots[i];
	free(m->slots);
	*m = bigger;
}

uint32_t idmap_find(const struct idmap *m, uint64_t a, uint64_t b)
{
	return m->cnt ? probe(m, a, b)->id : IDMAP_NONE;
}

uint32_t idmap_intern(struct idmap *m, uint64_t a, uint64_t b, uint32_t id)
{
	struct idmap_slot *slot;

	assert(id != IDMAP_NONE);
	if ((m->cnt + 1) * 4 > m->cap * 3)
		grow(m);
	slot = probe(m, a, b);
	if (slot->id == IDMAP_NONE) {
		*slot = (struct idmap_slot){ .a = a, .b = b, .id = id };
		m->cnt++;
	}
	return slot->id;
}

void idmap_set(struct idmap *m, uint64_t a, uint64_t b, uint32_t id)
{
	if (idmap_intern(m, a, b, id) != id)
		probe(m, a, b)->id = id;
}

/*
 * Removal without tombstones: each slot of the run behind the hole moves into
 * it, unless its own home lies behind the hole (cyclically).
 */
void idmap_remove(struct idmap *m, uint64_t a, uint64_t b)
{
	size_t mask = m->cap - 1, hole, at;

	if (!m->cnt || probe(m, a, b)->id == IDMAP_NONE)
		return;
	hole = (size_t)(probe(m, a, b) - m->slots);
	for (at = (hole + 1) & mask; m->slots[at].id != IDMAP_NONE; at = (at + 1) & mask) {
		size_t home = hash_pair(m->slots[at].a, m->slots[at].b) & mask;

		if (((at - home) & mask) >= ((at - hole) & mask)) {
			m->slots[hole] = m->slots[at];
			hole = at;
		}
	}
	m->slots[hole].id = IDMAP_NONE;
	m->cnt--;
}
