#ifndef COLLECTOR_RANGE_HEAP_H
#define COLLECTOR_RANGE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

/*
 * Ranges of an array that somebody else may still be reading: a heap of indexes, not of
 * memory.
 *
 *	| taken | free ....... | taken | quarantine | free .............. |
 *
 * First fit, neighbours that are free are one. What is given back is used again only after
 * the second range_heap_settle(). Invariant: taken + quarantine + free = max, and none of
 * them overlap.
 */
struct heap_range {
	uint32_t first, cnt;
};

struct range_heap {
	struct heap_range_list {
		VEC(struct heap_range);
	} free, quarantine[2]; /* given back since the last settle, and since the one before */
	uint32_t max;
	uint32_t free_cnt; /* of indexes, in all */
	uint32_t quarantine_cnt;
};

void range_heap_init(struct range_heap *h, uint32_t max);
void range_heap_release(struct range_heap *h);

/* False: no free range is as long. cnt 0 is a range, too. */
bool range_heap_take(struct range_heap *h, uint32_t cnt, struct heap_range *out);
void range_heap_give(struct range_heap *h, struct heap_range r);

/* Who read before the settle before the last one has ended. */
void range_heap_settle(struct range_heap *h);

#endif
