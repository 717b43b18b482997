#ifndef RENDER_HEATMAP_CELLS_H
#define RENDER_HEATMAP_CELLS_H

#include <stdint.h>

#include "render/heatmap.h"

struct scene;

/* Where a map stands in a scene: lengths as there, y of the upper edge. */
struct heatmap_place {
	int32_t x, y;
	int32_t column; /* width of one */
};

/*
 * The cells of a map as boxes: neighbours of one colour are one box, so that a picture of many
 * cells stays small, and one colour comes after the other, so that back ends can draw each in
 * one go. A cell without events is not drawn.
 */
void heatmap_cells_draw(struct scene *out, const struct heatmap *h, const struct heatmap_map *map,
			const struct heatmap_place *at);

#endif
