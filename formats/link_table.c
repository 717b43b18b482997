#include "formats/link_table.h"

#include <assert.h>

void link_table_release(struct link_table *t)
{
	idmap_release(&t->by_place);
	vec_release(&t->links);
	vec_release(&t->depths);
	*t = (struct link_table){ 0 };
}

void link_table_clear(struct link_table *t)
{
	idmap_clear(&t->by_place);
	t->links.cnt = 0;
	t->depths.cnt = 0;
	t->written_cnt = 0;
}

uint32_t link_table_depth(const struct link_table *t, uint32_t chain)
{
	return chain == TRACE_NONE ? 0 : t->depths.v[chain];
}

#define CONTEXT_BITS 3
_Static_assert(TRACE_CONTEXT_CNT <= 1 << CONTEXT_BITS, "a context has its bits in the key");

uint32_t link_table_intern(struct link_table *t, const struct trace_link *link)
{
	uint32_t next = (uint32_t)t->links.cnt, depth = link_table_depth(t, link->parent), id;

	assert(link->context > 0 && link->context < TRACE_CONTEXT_CNT);
	if (depth >= TRACE_CHAIN_MAX)
		return link->parent;
	id = idmap_intern(&t->by_place, (uint64_t)link->parent << 32 | link->thread,
			  (uint64_t)link->stack << CONTEXT_BITS | link->context, next);
	if (id == next) {
		*vec_push(&t->links) = *link;
		*vec_push(&t->depths) = (uint8_t)(depth + 1);
	}
	return id;
}

bool link_table_is_fresh(const struct link_table *t)
{
	return t->links.cnt > t->written_cnt;
}

void link_table_put(struct link_table *t, const uint32_t *stack_ids, struct buf *out)
{
	for (size_t i = t->written_cnt; i < t->links.cnt; i++) {
		uint32_t *stack = &t->links.v[i].stack;

		*stack = *stack == TRACE_NONE ? TRACE_NONE : stack_ids[*stack];
	}
	link_column_put(out, (uint32_t)t->written_cnt, &t->links.v[t->written_cnt],
			t->links.cnt - t->written_cnt);
	t->written_cnt = t->links.cnt;
}
