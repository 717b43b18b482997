#ifndef RENDER_HEATMAP_LINES_H
#define RENDER_HEATMAP_LINES_H

#include "render/heatmap_cells.h"

/*
 * Lines across a map: in each column the median, the 90th and 99th percentile and the greatest
 * value, each through the bin that it is known to lie in. They are of all events of the column,
 * also those in the rows below and above. A column without events has none.
 *
 *	 __   _|~|_______ max        steps, joined where neighbours are near to one another;
 *	|  |_|     _      p99        said at the right edge
 *	--------------    p50
 */
#define HEATMAP_LINES 4

struct heatmap_line {
	uint32_t percent_thousandths;
	uint32_t rgb;
};

/* From the least percentile to the greatest. */
extern const struct heatmap_line heatmap_lines[HEATMAP_LINES];

void heatmap_lines_draw(struct scene *out, const struct heatmap *h, const struct heatmap_map *map,
			const struct heatmap_place *at);

#endif
