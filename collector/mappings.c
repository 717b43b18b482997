#include "collector/mappings.h"

#include <string.h>

#define MAPPINGS_MAX 65536

void mappings_release(struct mappings *m)
{
	vec_release(m);
}

void mappings_copy(struct mappings *to, const struct mappings *from)
{
	to->cnt = 0;
	if (!from->cnt)
		return;
	vec_reserve(to, from->cnt);
	memcpy(to->v, from->v, from->cnt * sizeof(*to->v));
	to->cnt = from->cnt;
}

/* The first mapping that ends beyond the address. */
static size_t first_beyond(const struct mappings *m, uint64_t address)
{
	size_t low = 0, high = m->cnt;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->v[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct mapping tail_of(const struct mapping *m, uint64_t from)
{
	return (struct mapping){ from, m->end, m->file_offset + (from - m->start), m->module };
}

/* Replaces v[first..last) with cnt others. */
static void splice(struct mappings *m, size_t first, size_t last, const struct mapping *with,
		   size_t cnt)
{
	vec_reserve(m, cnt);
	memmove(&m->v[first + cnt], &m->v[last], (m->cnt - last) * sizeof(*m->v));
	memcpy(&m->v[first], with, cnt * sizeof(*with));
	m->cnt = m->cnt - (last - first) + cnt;
}

void mappings_add(struct mappings *m, const struct mapping *mapping)
{
	size_t first = first_beyond(m, mapping->start), last = first, cnt = 0;
	struct mapping pieces[3];

	if (mapping->start >= mapping->end || m->cnt >= MAPPINGS_MAX)
		return;
	while (last < m->cnt && m->v[last].start < mapping->end)
		last++;
	if (first < last && m->v[first].start < mapping->start) {
		pieces[cnt] = m->v[first];
		pieces[cnt++].end = mapping->start;
	}
	pieces[cnt++] = *mapping;
	if (first < last && m->v[last - 1].end > mapping->end)
		pieces[cnt++] = tail_of(&m->v[last - 1], mapping->end);
	splice(m, first, last, pieces, cnt);
}

const struct mapping *mappings_find(const struct mappings *m, uint64_t address)
{
	size_t at = first_beyond(m, address);

	return at < m->cnt && m->v[at].start <= address ? &m->v[at] : NULL;
}
