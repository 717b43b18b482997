#include "collector/wait_copies.h"

#define NS_PER_S 1000000000ull

struct wait_copies wait_copies_of(uint64_t ring_bytes)
{
	uint64_t most = ring_bytes / 2;

	if (most > UINT32_MAX)
		most = UINT32_MAX;
	return (struct wait_copies){ most, most };
}

uint32_t wait_copies_next(struct wait_copies *c, uint64_t used_bytes, uint64_t slice_ns)
{
	uint64_t left = c->allowance > used_bytes ? c->allowance - used_bytes : 0;
	uint64_t passed = slice_ns < NS_PER_S ? slice_ns : NS_PER_S;

	c->allowance = left + passed * WAIT_COPIES_BYTES_PER_S / NS_PER_S;
	if (c->allowance > c->most)
		c->allowance = c->most;
	return (uint32_t)c->allowance;
}

bool wait_copies_want_tables(const struct wait_copies *c, uint64_t used_bytes)
{
	return used_bytes && c->allowance > c->most / 8;
}
