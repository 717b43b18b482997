#include "symbolize/copy_batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

uint32_t copy_batch_find_set(const struct copy_batch *b, uint32_t group_id)
{
	return idmap_find(&b->set_of, group_id, 0);
}

struct copy_set *copy_batch_add_set(struct copy_batch *b, const struct trace_mappings *mappings,
				    uint32_t group_id)
{
	struct copy_set *set = vec_push(&b->sets);

	idmap_set(&b->set_of, group_id, 0, (uint32_t)b->sets.cnt - 1);
	set->cnt = mappings->cnt;
	set->v = mem_alloc(set->cnt + 1, sizeof(*set->v));
	if (set->cnt)
		memcpy(set->v, mappings->v, set->cnt * sizeof(*set->v));
	b->bytes += sizeof(*set) + set->cnt * sizeof(*set->v);
	return set;
}

void copy_batch_add(struct copy_batch *b, const struct trace_copy *copy, uint32_t module,
		    uint32_t set)
{
	struct copy_entry *entry = vec_push(&b->entries);

	assert(copy->register_cnt == COPY_REGISTER_CNT);
	*entry = (struct copy_entry){ .set = set, .module = module, .id = copy->id };
	memcpy(entry->stack.registers, copy->registers, sizeof(entry->stack.registers));
	entry->stack.bytes = (const uint8_t *)mem_dup((const char *)copy->bytes, copy->len);
	entry->stack.len = copy->len;
	b->bytes += sizeof(*entry) + copy->len;
}

void copy_batch_end_group(struct copy_batch *b)
{
	idmap_clear(&b->set_of);
}

bool copy_batch_is_full(const struct copy_batch *b)
{
	return b->bytes >= COPY_BATCH_BYTES;
}

/* Both ascend as they come, so the place in the batch stands for the order. */
static int by_set(const void *left, const void *right)
{
	const struct copy_entry *const *a = left;
	const struct copy_entry *const *b = right;

	if ((*a)->set != (*b)->set)
		return (*a)->set < (*b)->set ? -1 : 1;
	return *a < *b ? -1 : *a > *b;
}

void copy_batch_sort(struct copy_batch *b)
{
	const size_t cnt = b->entries.cnt;
	const struct copy_entry **order = mem_alloc(cnt + 1, sizeof(const struct copy_entry *));
	struct copy_entry *sorted = mem_alloc(cnt + 1, sizeof(*sorted));

	for (size_t i = 0; i < cnt; i++)
		order[i] = &b->entries.v[i];
	qsort(order, cnt, sizeof(const struct copy_entry *), by_set);
	for (size_t i = 0; i < cnt; i++)
		sorted[i] = *order[i];
	free(order);
	vec_release(&b->entries);
	b->entries.v = sorted;
	b->entries.cnt = cnt;
	b->entries.cap = cnt + 1;
}

size_t copy_batch_piece(const struct copy_batch *b, size_t first)
{
	size_t cnt = 0;

	while (cnt < COPY_PIECE_MAX && first + cnt < b->entries.cnt &&
	       b->entries.v[first + cnt].set == b->entries.v[first].set)
		cnt++;
	return cnt;
}

void copy_batch_release(struct copy_batch *b)
{
	for (size_t i = 0; i < b->entries.cnt; i++)
		free((void *)b->entries.v[i].stack.bytes);
	for (size_t i = 0; i < b->sets.cnt; i++)
		free(b->sets.v[i].v);
	vec_release(&b->entries);
	vec_release(&b->sets);
	idmap_release(&b->set_of);
	*b = (struct copy_batch){ 0 };
}
