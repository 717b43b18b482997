#include "render/subsecond_layout.h"

#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "render/axis.h"
#include "render/palette.h"
#include "render/picture.h"
#include "render/text_fit.h"

#define LEFT (PICTURE_MARGIN + 62 * SCENE_PX) /* the grid's left edge: labels stand before it */
#define ROW_HEIGHT (8 * SCENE_PX)
#define COLUMN_MAX (90 * SCENE_PX)
#define SWATCH (14 * SCENE_PX)
#define TOP_LEAST 4 /* where no cell has more, one and two samples are no opposites */

struct layout {
	struct scene *scene;
	const struct subsecond_bins *bins;
	const struct measure *measure;
	const struct subsecond_options *options;
	uint64_t top;	  /* what the darkest colour stands for */
	uint32_t col_cnt; /* drawn: one at least */
	int32_t column;	  /* width of one */
};

static struct scene_type dim(enum scene_anchor anchor)
{
	return (struct scene_type){ .size = PICTURE_SMALL,
				    .anchor = anchor,
				    .paint = scene_tone(SCENE_TONE_DIM) };
}

static void put(struct scene *s, int32_t x, int32_t y, enum scene_anchor anchor, const char *text)
{
	struct scene_type type = dim(anchor);

	scene_text(s, x, y, &type, text, strlen(text));
}

static int32_t room(int32_t width)
{
	return width - LEFT - PICTURE_MARGIN;
}

uint32_t subsecond_layout_columns(int32_t width)
{
	return (uint32_t)(room(width) / SUBSECOND_COLUMN_MIN);
}

static int32_t grid_height(const struct layout *l)
{
	return (int32_t)l->bins->row_cnt * ROW_HEIGHT;
}

static int32_t grid_width(const struct layout *l)
{
	return (int32_t)l->col_cnt * l->column;
}

/* One colour after the other, so that back ends can draw each in one go. */
static void draw_cells(const struct layout *l)
{
	int32_t gap = l->column >= 4 * SCENE_PX ? SCENE_PX / 2 : 0;

	for (unsigned step = 0; step < PALETTE_HEAT_STEPS; step++)
		for (uint32_t col = 0; col < l->bins->col_cnt; col++)
			for (uint32_t row = 0; row < l->bins->row_cnt; row++) {
				uint64_t count = subsecond_bins_get(l->bins, col, row);
				struct scene_box box = {
					.x = LEFT + (int32_t)col * l->column,
					.y = grid_height(l) - (int32_t)(row + 1) * ROW_HEIGHT,
					.w = l->column - gap,
					.h = ROW_HEIGHT - SCENE_PX / 2,
				};

				if (count && palette_heat_step(count, l->top) == step)
					scene_rect(l->scene, box, scene_rgb(palette_heat(step)));
			}
}

static void draw_offsets(const struct layout *l)
{
	static const char *const texts[] = { "0 ms",   "200 ms", "400 ms",
					     "600 ms", "800 ms", "1000 ms" };

	for (int i = 0; i <= 5; i++) {
		int32_t y = grid_height(l) - grid_height(l) / 5 * i;

		put(l->scene, LEFT - 8 * SCENE_PX, y + 4 * SCENE_PX, SCENE_END, texts[i]);
		scene_rect(l->scene,
			   (struct scene_box){ LEFT - 5 * SCENE_PX, y - SCENE_PX / 2, 4 * SCENE_PX,
					       SCENE_PX },
			   scene_tone(SCENE_TONE_RULE));
	}
}

/* The first and the last label keep to the grid; the others stand under their marks. */
static enum scene_anchor anchor_at(uint64_t at, uint64_t end)
{
	if (!at)
		return SCENE_START;
	return at < end ? SCENE_MIDDLE : SCENE_END;
}

/* Marks stand at round seconds of the trace, wherever the first column begins. */
static void draw_seconds(const struct layout *l)
{
	uint64_t seconds = l->col_cnt * l->bins->col_seconds;
	uint64_t most = (uint64_t)(grid_width(l) / (75 * SCENE_PX));
	uint64_t step = axis_time_step(seconds, most);
	uint64_t first = l->options->first;
	int32_t y = grid_height(l) + SCENE_PX;
	char text[UNITS_TEXT_MAX];

	for (uint64_t at = (step - first % step) % step; at <= seconds; at += step) {
		int32_t x =
			LEFT + (int32_t)((unsigned __int128)at * (uint32_t)grid_width(l) / seconds);

		scene_rect(l->scene, (struct scene_box){ x, y, SCENE_PX, 4 * SCENE_PX },
			   scene_tone(SCENE_TONE_RULE));
		put(l->scene, x, y + 17 * SCENE_PX, anchor_at(at, seconds),
		    axis_time_text(text, first + at));
	}
}

static void draw_grid(const struct layout *l, const struct caption *c)
{
	scene_rect(l->scene,
		   (struct scene_box){ LEFT - SCENE_PX, -SCENE_PX, grid_width(l) + 2 * SCENE_PX,
				       grid_height(l) + 2 * SCENE_PX },
		   scene_tone(SCENE_TONE_PANEL));
	draw_cells(l);
	if (!subsecond_bins_max(l->bins))
		put(l->scene, LEFT + 10 * SCENE_PX, grid_height(l) / 2, SCENE_START,
		    caption_nothing(c));
	draw_offsets(l);
	draw_seconds(l);
}

/* "11 samples in a cell (7.9: all 4 CPUs busy)": what the darkest colour is. */
static void say_most(const struct layout *l, struct buf *out)
{
	uint64_t cell_ns = l->bins->col_seconds * 1000000000 / l->bins->row_cnt;
	uint32_t cpus = l->options->cpu_cnt;
	char text[UNITS_TEXT_MAX];

	buf_printf(out, "%s ", units_count(text, l->top));
	text_visible(out, measure_noun(l->measure), strlen(measure_noun(l->measure)));
	buf_puts(out, " in a cell");
	if (!l->measure->period_ns || !cpus)
		return;
	unsigned __int128 tenths = (unsigned __int128)cell_ns * cpus * 10 / l->measure->period_ns;
	uint64_t full = tenths < UINT64_MAX ? (uint64_t)tenths : UINT64_MAX;

	buf_printf(out, cpus == 1 ? " (%llu.%u: the CPU is busy)" : " (%llu.%u: all %u CPUs busy)",
		   (unsigned long long)(full / 10), (unsigned)(full % 10), cpus);
}

static int32_t draw_legend(const struct layout *l, int32_t y)
{
	struct buf most = { 0 };
	int32_t x = LEFT;

	put(l->scene, x, y + 11 * SCENE_PX, SCENE_START, "0");
	x += 12 * SCENE_PX;
	scene_rect(l->scene, (struct scene_box){ x, y, SWATCH, SWATCH },
		   scene_tone(SCENE_TONE_PANEL));
	x += SWATCH + 8 * SCENE_PX;
	put(l->scene, x, y + 11 * SCENE_PX, SCENE_START, "1");
	x += 12 * SCENE_PX;
	for (unsigned step = 0; step < PALETTE_HEAT_STEPS; step++, x += SWATCH)
		scene_rect(l->scene, (struct scene_box){ x, y, SWATCH, SWATCH },
			   scene_rgb(palette_heat(step)));
	say_most(l, &most);
	x += 6 * SCENE_PX;
	if (text_columns((const char *)most.v, most.len) >
	    text_fit_columns(l->scene->width - x, PICTURE_SMALL)) {
		x = LEFT;
		y += PICTURE_LINE;
	}
	put(l->scene, x, y + 11 * SCENE_PX, SCENE_START, buf_text(&most));
	buf_release(&most);
	return y + SWATCH;
}

static int32_t draw_foot(const struct layout *l, const struct caption *c, int32_t y)
{
	size_t columns = text_fit_columns(l->scene->width - 2 * PICTURE_MARGIN, PICTURE_SMALL);
	struct buf text = { 0 };

	y = draw_legend(l, y) + 4 * SCENE_PX;
	uint64_t first = l->options->first;
	buf_printf(&text, "to see the stacks of a part: %s --time %llus..%llus",
		   l->options->command, (unsigned long long)first, (unsigned long long)first + 1);
	y += PICTURE_LINE;
	struct buf line = { 0 };
	text_fit(&line, (const char *)text.v, text.len, columns);
	put(l->scene, PICTURE_MARGIN, y, SCENE_START, buf_text(&line));
	buf_release(&line);
	buf_release(&text);
	return caption_draw_notes(c, l->scene, y);
}

/* Lines for subsecond.js: where the grid lies, what it counts, and "COL ROW COUNT" cells. */
static void describe_cells(const struct layout *l, int32_t y)
{
	struct buf *out = &l->scene->detail;
	const struct subsecond_bins *b = l->bins;

	buf_printf(out,
		   "profile-subsecond 1\ngrid %d %d %d %d\ncells %u %u\nseconds %llu\nfirst %llu\n",
		   LEFT, y, l->column, ROW_HEIGHT, l->col_cnt, b->row_cnt,
		   (unsigned long long)b->col_seconds, (unsigned long long)l->options->first);
	buf_puts(out, "noun ");
	text_xml(out, measure_noun(l->measure), strlen(measure_noun(l->measure)));
	buf_puts(out, "\ncommand ");
	text_xml(out, l->options->command, strlen(l->options->command));
	buf_puts(out, "\ncounts\n");
	for (uint32_t col = 0; col < b->col_cnt; col++)
		for (uint32_t row = 0; row < b->row_cnt; row++)
			if (b->cells[(size_t)col * b->row_cnt + row])
				buf_printf(out, "%u %u %llu\n", col, row,
					   (unsigned long long)subsecond_bins_get(b, col, row));
}

void subsecond_layout(struct scene *out, const struct subsecond_bins *b, const struct measure *m,
		      const struct caption *c, const struct subsecond_options *o)
{
	struct layout l = { .scene = out, .bins = b, .measure = m, .options = o };
	int32_t y;

	scene_init(out, "subsecond", o->width);
	caption_describe(c, out);
	l.top = subsecond_bins_max(b);
	if (l.top < TOP_LEAST)
		l.top = TOP_LEAST;
	l.col_cnt = b->col_cnt ? b->col_cnt : 1;
	l.column = room(o->width) / (int32_t)l.col_cnt;
	if (l.column > COLUMN_MAX)
		l.column = COLUMN_MAX;
	scene_open(out, SCENE_PART_HEAD, 0);
	y = caption_draw_head(c, out) + PICTURE_BAR;
	scene_close(out);
	scene_open(out, SCENE_PART_GRID, y);
	draw_grid(&l, c);
	scene_close(out);
	describe_cells(&l, y);
	y += grid_height(&l) + 30 * SCENE_PX;
	scene_open(out, SCENE_PART_FOOT, y);
	y += draw_foot(&l, c, 0);
	scene_close(out);
	out->height = picture_height(y);
}
