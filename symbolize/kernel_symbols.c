#include "symbolize/kernel_symbols.h"

#include <stdlib.h>
#include <string.h>

static int by_offset(const void *left, const void *right)
{
	const struct module_symbol *a = *(const struct module_symbol *const *)left;
	const struct module_symbol *b = *(const struct module_symbol *const *)right;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return strcmp(a->name, b->name);
}

void kernel_symbols_index(struct kernel_symbols *out, const struct module_addresses *m)
{
	*out = (struct kernel_symbols){ 0 };
	vec_reserve(out, m->symbols.cnt);
	for (size_t i = 0; i < m->symbols.cnt; i++)
		if (m->symbols.v[i].name[0])
			*vec_push(out) = &m->symbols.v[i];
	if (out->cnt)
		qsort(out->v, out->cnt, sizeof(out->v[0]), by_offset);
}

void kernel_symbols_release(struct kernel_symbols *k)
{
	vec_release(k);
}

const struct module_symbol *kernel_symbols_at(const struct kernel_symbols *k, uint64_t offset)
{
	size_t first = 0;
	size_t last = k->cnt;

	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (k->v[middle]->offset <= offset)
			first = middle + 1;
		else
			last = middle;
	}
	if (!first)
		return NULL;
	if (k->v[first - 1]->size && offset - k->v[first - 1]->offset >= k->v[first - 1]->size)
		return NULL;
	return k->v[first - 1];
}

const char *kernel_symbols_find(const struct kernel_symbols *k, uint64_t offset)
{
	const struct module_symbol *symbol = kernel_symbols_at(k, offset);

	return symbol ? symbol->name : NULL;
}
