#include "collector/jit_pieces.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/sorted.h"

/*
 * Between each two neighbouring ends of pieces lies a cell that is painted as a whole.
 * The pieces are taken from the last to the first and paint the cells that are bare;
 * next[i] leads to the nearest bare cell from i on, so that each is painted once.
 */

#define BARE SIZE_MAX

static int by_value(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static size_t find_edges(uint64_t *edges, const struct jit_piece *pieces, size_t cnt)
{
	size_t kept = 0;

	for (size_t i = 0; i < cnt; i++) {
		edges[2 * i] = pieces[i].start;
		edges[2 * i + 1] = pieces[i].end;
	}
	qsort(edges, 2 * cnt, sizeof(*edges), by_value);
	for (size_t i = 0; i < 2 * cnt; i++)
		if (!kept || edges[kept - 1] != edges[i])
			edges[kept++] = edges[i];
	return kept;
}

/* Which piece is seen in each cell; the cell behind the last edge is never painted. */
static void paint_cells(size_t *seen, const uint64_t *edges, size_t edge_cnt,
			const struct jit_piece *pieces, size_t cnt)
{
	size_t *next = mem_alloc(edge_cnt, sizeof(*next));

	for (size_t i = 0; i < edge_cnt; i++) {
		next[i] = i;
		seen[i] = BARE;
	}
	while (cnt--) {
		size_t i = sorted_not_taken(next, sorted_from(edges, edge_cnt, pieces[cnt].start));

		for (; edges[i] < pieces[cnt].end; i = sorted_not_taken(next, i)) {
			seen[i] = cnt;
			next[i] = i + 1;
		}
	}
	free(next);
}

/* The cells as pieces: neighbours that show the same one are one. */
static void join_cells(struct jit_pieces *out, const size_t *seen, const uint64_t *edges,
		       size_t edge_cnt, const struct jit_piece *pieces)
{
	for (size_t i = 0; i + 1 < edge_cnt; i++) {
		if (seen[i] == BARE)
			continue;
		if (i && seen[i] == seen[i - 1]) {
			out->v[out->cnt - 1].end = edges[i + 1];
			continue;
		}
		*vec_push(out) = pieces[seen[i]];
		out->v[out->cnt - 1].start = edges[i];
		out->v[out->cnt - 1].end = edges[i + 1];
	}
}

/* Both are sorted and without overlaps; `over` has the address where both are. */
static void merge(struct jit_pieces *out, const struct jit_pieces *under,
		  const struct jit_pieces *over)
{
	size_t j = 0;

	vec_reserve(out, under->cnt + 2 * over->cnt);
	for (size_t i = 0; i < under->cnt; i++) {
		struct jit_piece left = under->v[i];

		for (; j < over->cnt && over->v[j].start < left.end; j++) {
			const struct jit_piece *o = &over->v[j];

			if (o->start > left.start) {
				*vec_push(out) = left;
				out->v[out->cnt - 1].end = o->start;
			}
			if (o->end > left.start)
				left.start = o->end;
			if (left.start >= left.end)
				break; /* it may cover the next one, too */
			*vec_push(out) = *o;
		}
		if (left.start < left.end)
			*vec_push(out) = left;
	}
	for (; j < over->cnt; j++)
		*vec_push(out) = over->v[j];
}

void jit_pieces_paint(struct jit_pieces *sorted, const struct jit_piece *pieces, size_t cnt)
{
	struct jit_pieces over = { 0 }, merged = { 0 };
	uint64_t *edges;
	size_t *seen;
	size_t edge_cnt;

	if (!cnt)
		return;
	edges = mem_alloc(2 * cnt, sizeof(*edges));
	edge_cnt = find_edges(edges, pieces, cnt);
	seen = mem_alloc(edge_cnt, sizeof(*seen));
	paint_cells(seen, edges, edge_cnt, pieces, cnt);
	join_cells(&over, seen, edges, edge_cnt, pieces);
	merge(&merged, sorted, &over);
	vec_release(sorted);
	*sorted = merged;
	vec_release(&over);
	free(edges);
	free(seen);
}

const struct jit_piece *jit_pieces_find(const struct jit_pieces *sorted, uint64_t address)
{
	size_t low = 0, high = sorted->cnt;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sorted->v[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sorted->cnt && sorted->v[low].start <= address ? &sorted->v[low] : NULL;
}
