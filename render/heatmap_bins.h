#ifndef RENDER_HEATMAP_BINS_H
#define RENDER_HEATMAP_BINS_H

#include <stdint.h>

#include "render/heatmap_rows.h"
#include "render/latency_values.h"

/*
 * Events counted by column of time and bin of values. Pure arithmetic: no files, no colours, no
 * cairo, so that a test can check every cell.
 *
 *	value ^   last bin | . . 3 . 1 |
 *	      |  first bin | 9 7 4 8 9 |
 *	                   col 0 ... col_cnt-1  -> time
 *
 * A cell of the picture is a row's: the sum of its bins, each of which is in one row whole.
 *
 * Invariant: the sum of all cells plus `outside` equals the events added, but for what a sum
 * would need beyond UINT64_MAX.
 */
struct heatmap_cell {
	uint64_t cnt, sum;
};

struct heatmap_bins {
	uint32_t col_cnt;
	uint32_t first_bin, bin_cnt;
	struct heatmap_cell *cells; /* column by column */
	struct heatmap_cell total;
	uint64_t outside; /* events in bins or columns that were not asked for */
};

/* Room for bins from first to last, one at least. */
void heatmap_bins_init(struct heatmap_bins *b, uint32_t col_cnt, uint32_t first_bin,
		       uint32_t last_bin);
/* Accepts zeroed ones. */
void heatmap_bins_release(struct heatmap_bins *b);

void heatmap_bins_add(struct heatmap_bins *b, uint32_t col, uint32_t bin, struct heatmap_cell cell);

/* What is in a row of a column. */
struct heatmap_cell heatmap_bins_row(const struct heatmap_bins *b, uint32_t col,
				     const struct heatmap_row *row);

/* Adds a column's bins to out: what its percentiles are made of. */
void heatmap_bins_column(const struct heatmap_bins *b, uint32_t col, struct latency_values *out);

#endif
