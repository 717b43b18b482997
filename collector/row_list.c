#include "collector/row_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void row_list_init(struct row_list *l)
{
	*l = (struct row_list){ .function = 1, .settled_cnt = 1 };
	*vec_push(l) = row_list_row(0, RULE_TABLE_NONE);
}

void row_list_release(struct row_list *l)
{
	vec_release(l);
	*l = (struct row_list){ 0 };
}

void row_list_add(struct row_list *l, uint64_t address, uint32_t rule)
{
	*vec_push(l) = row_list_row(address, rule);
}

void row_list_end(struct row_list *l, uint64_t address)
{
	uint32_t begin;

	if (l->function == l->cnt)
		return;
	begin = row_list_address(l->v[l->function]);
	l->is_unsorted |= begin < l->last_begin;
	l->last_begin = begin;
	*vec_push(l) = row_list_row(address, RULE_TABLE_NONE);
	l->function = l->cnt;
}

void row_list_drop(struct row_list *l)
{
	l->cnt = l->function;
}

static int by_value(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

/* The index of the row behind the function that begins at an index. */
static size_t end_of(const struct row_list *l, size_t i)
{
	while (row_list_rule(l->v[i]) != RULE_TABLE_NONE)
		i++;
	return i + 1;
}

static void sort(struct row_list *l)
{
	struct {
		VEC(uint64_t); /* address of a function, then its index: those of one address
				  stay in the order in which they came */
	} functions = { 0 };
	uint64_t *sorted;
	size_t cnt = 0;

	for (size_t i = 0; i < l->cnt; i = end_of(l, i))
		*vec_push(&functions) = row_list_row(row_list_address(l->v[i]), (uint32_t)i);
	qsort(functions.v, functions.cnt, sizeof(functions.v[0]), by_value);
	sorted = mem_alloc(l->cnt, sizeof(*sorted));
	for (size_t i = 0; i < functions.cnt; i++) {
		size_t from = row_list_rule(functions.v[i]), end = end_of(l, from);

		memcpy(sorted + cnt, l->v + from, (end - from) * sizeof(*sorted));
		cnt += end - from;
	}
	vec_release(&functions);
	free(l->v);
	l->v = sorted;
	l->cap = l->cnt;
	l->is_unsorted = false;
}

/* Rows at or behind the address of the next one are another function's that it overlaps. */
static void merge(struct row_list *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->cnt; i++) {
		uint32_t address = row_list_address(l->v[i]);

		while (kept && row_list_address(l->v[kept - 1]) >= address)
			kept--;
		if (!kept || row_list_rule(l->v[kept - 1]) != row_list_rule(l->v[i]))
			l->v[kept++] = l->v[i];
	}
	l->cnt = l->function = l->settled_cnt = kept;
	l->last_begin = row_list_address(l->v[kept - 1]);
}

void row_list_settle(struct row_list *l)
{
	if (l->is_unsorted)
		sort(l);
	merge(l);
}

bool row_list_holds(const struct row_list *l, uint64_t address)
{
	size_t first = 0;
	size_t last = l->settled_cnt;

	while (last - first > 1) {
		size_t middle = first + (last - first) / 2;

		if (row_list_address(l->v[middle]) <= address)
			first = middle;
		else
			last = middle;
	}
	return row_list_rule(l->v[first]) != RULE_TABLE_NONE;
}
