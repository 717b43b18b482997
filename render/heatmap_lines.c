#include "render/heatmap_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "render/latency_words.h"
#include "render/picture.h"
#include "render/scene.h"

#define THICK SCENE_PX
#define LABEL_APART (12 * SCENE_PX)
#define LABEL_TOP (5 * SCENE_PX)
/* Where columns are narrow, risers to a far outlier would hide the cells that they point at; and
 * sizes are of a few kinds, so that their lines leap from one to another all the time. */
#define RISE_MOST (30 * SCENE_PX)
#define NARROW (8 * SCENE_PX)

/* Blue, which no cell is, and the darker the rarer: the median lies on dark cells. */
const struct heatmap_line heatmap_lines[HEATMAP_LINES] = {
	{ LATENCY_MEDIAN, 0x57b0ff },
	{ 90 * LATENCY_PERCENT, 0x2b86ea },
	{ 99 * LATENCY_PERCENT, 0x1a5fc4 },
	{ LATENCY_GREATEST, 0x123f8c },
};

/* Where a line stands in each column, from the upper edge; -1: there is no event. */
struct course {
	int32_t *y;
	uint32_t cnt;
	int32_t rise_most; /* from one to the next: higher ones are not joined */
};

/* A line fills whole pixels. */
static int32_t line_y(const struct heatmap *h, uint32_t bin, const struct heatmap_place *at)
{
	int32_t y = at->y + h->rows.height - heatmap_rows_bin_y(&h->rows, bin);

	return y / SCENE_PX * SCENE_PX + THICK / 2;
}

static void chart(struct course courses[HEATMAP_LINES], const struct heatmap *h,
		  const struct heatmap_map *map, const struct heatmap_place *at)
{
	struct latency_values *values = mem_alloc(1, sizeof(*values));
	bool is_joined = at->column >= NARROW && h->event->unit == TRACE_UNIT_NS;
	int32_t rise_most = is_joined ? INT32_MAX : RISE_MOST;

	for (int i = 0; i < HEATMAP_LINES; i++)
		courses[i] = (struct course){ mem_alloc(h->columns.cnt, sizeof(int32_t)),
					      h->columns.cnt, rise_most };
	for (uint32_t col = 0; col < h->columns.cnt; col++) {
		memset(values, 0, sizeof(*values));
		heatmap_bins_column(&map->bins, col, values);
		for (int i = 0; i < HEATMAP_LINES; i++) {
			uint32_t bin =
				latency_values_bin(values, heatmap_lines[i].percent_thousandths);

			courses[i].y[col] = bin == LATENCY_BINS ? -1 : line_y(h, bin, at);
		}
	}
	free(values);
}

static void draw_riser(struct scene *out, int32_t x, int32_t from, int32_t to, int32_t most,
		       uint32_t rgb)
{
	int32_t top = from < to ? from : to, h = from < to ? to - from : from - to;

	if (h && h <= most)
		scene_rect(out,
			   (struct scene_box){ x - THICK / 2, top - THICK / 2, THICK, h + THICK },
			   scene_rgb(rgb));
}

static void draw_course(struct scene *out, const struct course *c, uint32_t rgb,
			const struct heatmap_place *at)
{
	for (uint32_t col = 0, end; col < c->cnt; col = end) {
		int32_t y = c->y[col], x = at->x + (int32_t)col * at->column;

		for (end = col + 1; end < c->cnt && c->y[end] == y;)
			end++;
		if (y < 0)
			continue;
		scene_rect(out,
			   (struct scene_box){ x, y - THICK / 2, (int32_t)(end - col) * at->column,
					       THICK },
			   scene_rgb(rgb));
		if (col && c->y[col - 1] >= 0)
			draw_riser(out, x, c->y[col - 1], y, c->rise_most, rgb);
	}
}

/* The last place of a line in the first columns; -1: it has none. */
static int32_t last_y(const struct course *c, uint32_t col_cnt)
{
	for (uint32_t col = col_cnt; col > 0; col--)
		if (c->y[col - 1] >= 0)
			return c->y[col - 1];
	return -1;
}

/* A last column that was cut short may hold a few events, whose values are not the usual ones. */
static int32_t end_y(const struct course *c, uint32_t whole_cnt)
{
	int32_t y = last_y(c, whole_cnt);

	return y < 0 ? last_y(c, c->cnt) : y;
}

static void draw_label(struct scene *out, const struct heatmap_line *line, int32_t x, int32_t y)
{
	struct scene_type type = { .size = PICTURE_SMALL,
				   .anchor = SCENE_START,
				   .paint = scene_tone(SCENE_TONE_DIM) };
	char text[UNITS_TEXT_MAX];

	latency_percent_text(text, line->percent_thousandths);
	scene_rect(out,
		   (struct scene_box){ x + SCENE_PX, y - 2 * SCENE_PX, 8 * SCENE_PX, 4 * SCENE_PX },
		   scene_tone(SCENE_TONE_PANEL));
	scene_rect(out,
		   (struct scene_box){ x + 2 * SCENE_PX, y - SCENE_PX, 6 * SCENE_PX, 2 * SCENE_PX },
		   scene_rgb(line->rgb));
	scene_text(out, x + 10 * SCENE_PX, y + 4 * SCENE_PX, &type, text, strlen(text));
}

/* Labels stand beside the ends of their lines, but neither on one another nor above the map:
 * from the lowest up they make room for the next one, and then from the highest down. */
static void draw_labels(struct scene *out, const struct course courses[HEATMAP_LINES],
			uint32_t whole_cnt, const struct heatmap_place *at)
{
	int32_t right = at->x + (int32_t)courses[0].cnt * at->column;
	int32_t most = INT32_MAX, least = at->y + LABEL_TOP, y[HEATMAP_LINES];

	for (int i = 0; i < HEATMAP_LINES; i++) {
		y[i] = end_y(&courses[i], whole_cnt);
		if (y[i] < 0) /* of none, or of all */
			return;
		y[i] = y[i] < most ? y[i] : most;
		most = y[i] - LABEL_APART;
	}
	for (int i = HEATMAP_LINES - 1; i >= 0; i--) {
		y[i] = y[i] > least ? y[i] : least;
		least = y[i] + LABEL_APART;
		draw_label(out, &heatmap_lines[i], right, y[i]);
	}
}

void heatmap_lines_draw(struct scene *out, const struct heatmap *h, const struct heatmap_map *map,
			const struct heatmap_place *at)
{
	struct course courses[HEATMAP_LINES];

	chart(courses, h, map, at);
	for (int i = HEATMAP_LINES - 1; i >= 0; i--)
		draw_course(out, &courses[i], heatmap_lines[i].rgb, at);
	draw_labels(out, courses, h->columns.whole_cnt, at);
	for (int i = 0; i < HEATMAP_LINES; i++)
		free(courses[i].y);
}
