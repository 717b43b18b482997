#include "collector/latency_starts.h"

static void forget(struct latency_starts *s, struct latency_start *start)
{
	idmap_remove(&s->by_serial, start->serial, 0);
	held_stacks_drop(s->stacks, start->stack);
}

void latency_starts_add(struct latency_starts *s, const struct latency_start *start)
{
	uint32_t known = idmap_find(&s->by_serial, start->serial, 0);
	size_t at = s->ring.cnt;

	if (known != IDMAP_NONE) {
		held_stacks_drop(s->stacks, start->stack);
		return;
	}
	if (at < LATENCY_STARTS_MAX) {
		*vec_push(&s->ring) = *start;
	} else {
		at = s->oldest;
		s->oldest = (s->oldest + 1) % LATENCY_STARTS_MAX;
		forget(s, &s->ring.v[at]);
		s->ring.v[at] = *start;
	}
	idmap_set(&s->by_serial, start->serial, 0, (uint32_t)at);
}

const struct latency_start *latency_starts_find(const struct latency_starts *s, uint64_t serial)
{
	uint32_t at = idmap_find(&s->by_serial, serial, 0);

	return at == IDMAP_NONE ? NULL : &s->ring.v[at];
}

void latency_starts_release(struct latency_starts *s)
{
	for (size_t i = 0; i < s->ring.cnt; i++)
		held_stacks_drop(s->stacks, s->ring.v[i].stack);
	vec_release(&s->ring);
	idmap_release(&s->by_serial);
}
