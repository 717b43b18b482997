#include "render/heatmap_bins.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"

void heatmap_bins_init(struct heatmap_bins *b, uint32_t col_cnt, uint32_t first_bin,
		       uint32_t last_bin)
{
	assert(col_cnt && first_bin <= last_bin && last_bin < LATENCY_BINS);
	*b = (struct heatmap_bins){ .col_cnt = col_cnt,
				    .first_bin = first_bin,
				    .bin_cnt = last_bin - first_bin + 1 };
	b->cells = mem_alloc((size_t)col_cnt * b->bin_cnt, sizeof(*b->cells));
}

void heatmap_bins_release(struct heatmap_bins *b)
{
	if (!b)
		return;
	free(b->cells);
	b->cells = NULL;
}

static struct heatmap_cell *cell_of(const struct heatmap_bins *b, uint32_t col, uint32_t bin)
{
	return &b->cells[(size_t)col * b->bin_cnt + (bin - b->first_bin)];
}

static void add(struct heatmap_cell *to, const struct heatmap_cell *cell)
{
	sum_clipped(&to->cnt, cell->cnt);
	sum_clipped(&to->sum, cell->sum);
}

void heatmap_bins_add(struct heatmap_bins *b, uint32_t col, uint32_t bin, struct heatmap_cell cell)
{
	if (col >= b->col_cnt || bin < b->first_bin || bin - b->first_bin >= b->bin_cnt) {
		sum_clipped(&b->outside, cell.cnt);
		return;
	}
	add(cell_of(b, col, bin), &cell);
	add(&b->total, &cell);
}

/* The bins that there is room for, of those from first to last. */
static uint32_t bins_from(const struct heatmap_bins *b, uint32_t first)
{
	return first > b->first_bin ? first : b->first_bin;
}

static uint32_t bins_end(const struct heatmap_bins *b, uint32_t last)
{
	uint32_t end = b->first_bin + b->bin_cnt;

	return last + 1 < end ? last + 1 : end;
}

struct heatmap_cell heatmap_bins_row(const struct heatmap_bins *b, uint32_t col,
				     const struct heatmap_row *row)
{
	struct heatmap_cell all = { 0 };

	for (uint32_t bin = bins_from(b, row->first); bin < bins_end(b, row->last); bin++)
		add(&all, cell_of(b, col, bin));
	return all;
}

void heatmap_bins_column(const struct heatmap_bins *b, uint32_t col, struct latency_values *out)
{
	for (uint32_t bin = b->first_bin; bin < b->first_bin + b->bin_cnt; bin++) {
		const struct heatmap_cell *cell = cell_of(b, col, bin);

		latency_values_add(out, bin, cell->cnt, cell->sum);
	}
}
