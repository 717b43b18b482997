#include "render/heatmap_cells.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "render/scene.h"

/* The steps of all cells, row by row: 0 is an empty one, or one that is drawn. */
struct field {
	const struct heatmap *h;
	uint8_t *steps;
	uint32_t col_cnt, row_cnt;
};

static uint8_t *step_of(const struct field *f, uint32_t col, uint32_t row)
{
	return &f->steps[(size_t)row * f->col_cnt + col];
}

static void fill(struct field *f, const struct heatmap_map *map)
{
	const struct heatmap *h = f->h;

	f->steps = mem_alloc((size_t)f->col_cnt * f->row_cnt, 1);
	for (uint32_t col = 0; col < f->col_cnt; col++)
		for (uint32_t row = 0; row < f->row_cnt; row++) {
			struct heatmap_cell cell =
				heatmap_bins_row(&map->bins, col, &h->rows.v[row]);

			if (cell.cnt)
				*step_of(f, col, row) =
					(uint8_t)(1 + heatmap_shades_step(&h->shades,
									  heatmap_weight(h, cell)));
		}
}

static uint32_t run_across(const struct field *f, uint32_t col, uint32_t row)
{
	uint32_t end = col + 1;

	while (end < f->col_cnt && *step_of(f, end, row) == *step_of(f, col, row))
		end++;
	return end;
}

/* The row above has the same run, and nothing lies between them. */
static bool goes_on(const struct field *f, uint32_t col, uint32_t end, uint32_t row)
{
	const struct heatmap_row *below = &f->h->rows.v[row];

	if (row + 1 == f->row_cnt || below[1].y != below->y + below->h)
		return false;
	for (uint32_t c = col; c < end; c++)
		if (*step_of(f, c, row + 1) != *step_of(f, col, row))
			return false;
	return true;
}

static void draw_run(struct scene *out, const struct field *f, uint32_t col, uint32_t row,
		     const struct heatmap_place *at)
{
	const struct heatmap_rows *rows = &f->h->rows;
	unsigned step = *step_of(f, col, row) - 1u;
	uint32_t end = run_across(f, col, row), top = row;

	while (goes_on(f, col, end, top))
		top++;
	int32_t upper = rows->v[top].y + rows->v[top].h;
	struct scene_box box = {
		.x = at->x + (int32_t)col * at->column,
		.y = at->y + rows->height - upper,
		.w = (int32_t)(end - col) * at->column,
		.h = upper - rows->v[row].y,
	};

	scene_rect(out, box, scene_rgb(heatmap_shades_rgb(step)));
	for (uint32_t r = row; r <= top; r++)
		for (uint32_t c = col; c < end; c++)
			*step_of(f, c, r) = 0;
}

void heatmap_cells_draw(struct scene *out, const struct heatmap *h, const struct heatmap_map *map,
			const struct heatmap_place *at)
{
	struct field f = { .h = h, .col_cnt = h->columns.cnt, .row_cnt = h->rows.cnt };

	fill(&f, map);
	for (unsigned step = 1; step <= HEATMAP_STEPS; step++)
		for (uint32_t row = 0; row < f.row_cnt; row++)
			for (uint32_t col = 0; col < f.col_cnt; col++)
				if (*step_of(&f, col, row) == step)
					draw_run(out, &f, col, row, at);
	free(f.steps);
}
