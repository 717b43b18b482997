#ifndef RENDER_HEATMAP_ROWS_H
#define RENDER_HEATMAP_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"
#include "formats/latency_bin.h"

/*
 * Which bins of values stand in which row of a heat map, and where the row is drawn. A row is
 * one bin or several, whole, so that every count is that of its row and nothing is shared out.
 *
 *	    |############|  ABOVE    all bins above what --latency asks for
 *	    |            |
 *	10 ms            |  VALUES   logarithmic: rows of as many bins each, equally high
 *	 ~~~|~~~~~~~~~~~~|  BREAK    three decades or more that no event of the picture lies in
 *	1 us|            |           linear: as high as their bins are wide, no breaks
 *	    |############|  BELOW
 *
 * Heights are in hundredths of a pixel, whole pixels, and y counts upwards from the lower edge.
 */
#define HEATMAP_ROWS_MAX (LATENCY_BINS + 16)
#define HEATMAP_ROW_LEAST 400 /* height of a row */

enum heatmap_row_kind {
	HEATMAP_ROW_VALUES = 1,
	HEATMAP_ROW_BREAK = 2,
	HEATMAP_ROW_BELOW = 3,
	HEATMAP_ROW_ABOVE = 4,
};

struct heatmap_row {
	enum heatmap_row_kind kind;
	uint32_t first, last; /* bins */
	int32_t y, h;
};

struct heatmap_rows {
	struct heatmap_row v[HEATMAP_ROWS_MAX]; /* from the lowest values up */
	uint32_t cnt;
	int32_t height;		   /* of all */
	uint32_t bins_a_row;	   /* logarithmic; 0: linear */
	uint16_t of[LATENCY_BINS]; /* the row of each bin that holds anything */
	bool is_broken;
};

/*
 * Rows for bins that hold events, as counts by bin; those that do not touch the range `shown`
 * come into rows BELOW and ABOVE. About `height` high, or as high as the rows need.
 */
void heatmap_rows_choose(struct heatmap_rows *out, const uint64_t cnt[LATENCY_BINS],
			 struct range shown, bool is_linear, int32_t height);

/* Where a value stands; false: in no row of values. */
bool heatmap_rows_y(const struct heatmap_rows *r, uint64_t value, int32_t *out);

/* Where a line through a bin is drawn: at its middle. */
int32_t heatmap_rows_bin_y(const struct heatmap_rows *r, uint32_t bin);

#endif
