#include "collector/range_heap.h"

#include <string.h>

void range_heap_init(struct range_heap *h, uint32_t max)
{
	*h = (struct range_heap){ .max = max, .free_cnt = max };
	if (max)
		*vec_push(&h->free) = (struct heap_range){ 0, max };
}

void range_heap_release(struct range_heap *h)
{
	vec_release(&h->free);
	vec_release(&h->quarantine[0]);
	vec_release(&h->quarantine[1]);
	*h = (struct range_heap){ 0 };
}

static void remove_at(struct heap_range_list *l, size_t at)
{
	memmove(&l->v[at], &l->v[at + 1], (l->cnt - at - 1) * sizeof(*l->v));
	l->cnt--;
}

bool range_heap_take(struct range_heap *h, uint32_t cnt, struct heap_range *out)
{
	for (size_t i = 0; i < h->free.cnt; i++) {
		struct heap_range *r = &h->free.v[i];

		if (r->cnt < cnt)
			continue;
		*out = (struct heap_range){ r->first, cnt };
		r->first += cnt;
		r->cnt -= cnt;
		h->free_cnt -= cnt;
		if (!r->cnt)
			remove_at(&h->free, i);
		return true;
	}
	*out = (struct heap_range){ 0 };
	return !cnt;
}

void range_heap_give(struct range_heap *h, struct heap_range r)
{
	if (!r.cnt)
		return;
	h->quarantine_cnt += r.cnt;
	*vec_push(&h->quarantine[0]) = r;
}

/* The first free range behind an index. */
static size_t first_behind(const struct heap_range_list *l, uint32_t index)
{
	size_t low = 0, high = l->cnt;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->v[middle].first < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void add_free(struct range_heap *h, struct heap_range r)
{
	struct heap_range_list *l = &h->free;
	size_t at = first_behind(l, r.first);

	h->free_cnt += r.cnt;
	h->quarantine_cnt -= r.cnt;
	if (at && l->v[at - 1].first + l->v[at - 1].cnt == r.first) {
		l->v[--at].cnt += r.cnt;
	} else {
		vec_reserve(l, 1);
		memmove(&l->v[at + 1], &l->v[at], (l->cnt - at) * sizeof(*l->v));
		l->v[at] = r;
		l->cnt++;
	}
	if (at + 1 < l->cnt && l->v[at].first + l->v[at].cnt == l->v[at + 1].first) {
		l->v[at].cnt += l->v[at + 1].cnt;
		remove_at(l, at + 1);
	}
}

void range_heap_settle(struct range_heap *h)
{
	struct heap_range_list emptied = h->quarantine[1];

	for (size_t i = 0; i < emptied.cnt; i++)
		add_free(h, emptied.v[i]);
	emptied.cnt = 0;
	h->quarantine[1] = h->quarantine[0];
	h->quarantine[0] = emptied;
}
