#include "render/heatmap_layout.h"

#include <string.h>

#include "base/text.h"
#include "render/heatmap_axis.h"
#include "render/heatmap_lines.h"
#include "render/heatmap_pack.h"
#include "render/latency_words.h"
#include "render/picture.h"
#include "render/text_fit.h"

#define LEFT (PICTURE_MARGIN + 62 * SCENE_PX)  /* the grid's left edge: labels stand before it */
#define RIGHT (24 * SCENE_PX + PICTURE_MARGIN) /* and those of the lines behind it */
#define COLUMN_MAX (90 * SCENE_PX)
#define MARKS_APART (75 * SCENE_PX) /* of times */
#define SWATCH (14 * SCENE_PX)

struct layout {
	struct scene *scene;
	const struct heatmap *h;
	const struct heatmap_options *options;
	int32_t column; /* width of one */
	struct heatmap_marks marks;
	struct heatmap_place places[HEATMAP_MAPS_MAX];
};

static void put_bold(struct scene *s, int32_t x, int32_t y, enum scene_anchor anchor,
		     const char *text, bool is_bold)
{
	struct scene_type type = { .size = PICTURE_SMALL,
				   .anchor = anchor,
				   .bold = is_bold,
				   .paint = scene_tone(is_bold ? SCENE_TONE_INK : SCENE_TONE_DIM) };

	scene_text(s, x, y, &type, text, strlen(text));
}

static void put(struct scene *s, int32_t x, int32_t y, enum scene_anchor anchor, const char *text)
{
	put_bold(s, x, y, anchor, text, false);
}

static int32_t room(int32_t width)
{
	return width - LEFT - RIGHT;
}

uint32_t heatmap_layout_columns(int32_t width)
{
	return (uint32_t)(room(width) / HEATMAP_COLUMN_MIN);
}

static int32_t grid_width(const struct layout *l)
{
	return (int32_t)l->h->columns.cnt * l->column;
}

/* "sda  1,234 events · p50 98.3..106 us ...": as much as fits. */
static void draw_title(const struct layout *l, const struct heatmap_map *map)
{
	size_t columns = text_fit_columns(l->scene->width - LEFT - PICTURE_MARGIN, PICTURE_SMALL);
	char text[LATENCY_RANGE_MAX];
	struct buf line = { 0 }, name = { 0 };
	int32_t x = LEFT;

	if (map->name) {
		text_fit(&name, map->name, strlen(map->name), columns / 3);
		put_bold(l->scene, x, -7 * SCENE_PX, SCENE_START, buf_text(&name), true);
		size_t took = text_columns(buf_text(&name), name.len) + 2;
		x += (int32_t)took * SCENE_COLUMN(PICTURE_SMALL);
		columns = columns > took ? columns - took : 0;
	}
	buf_printf(&line, "%s event%s", units_count(text, map->bins.total.cnt),
		   map->bins.total.cnt == 1 ? "" : "s");
	for (int i = 0; i < HEATMAP_LINES && map->values.total_cnt; i++) {
		uint64_t first, last;

		latency_values_range(&map->values, heatmap_lines[i].percent_thousandths, &first,
				     &last);
		buf_printf(&line, " · %s ",
			   latency_percent_text(text, heatmap_lines[i].percent_thousandths));
		buf_puts(&line, latency_range_text(text, l->h->event->unit, first, last));
	}
	buf_clear(&name);
	text_fit(&name, (const char *)line.v, line.len, columns);
	put(l->scene, x, -7 * SCENE_PX, SCENE_START, buf_text(&name));
	buf_release(&name);
	buf_release(&line);
}

/* A stretch of values that nothing lies in, where the axis is broken. */
static void draw_break(const struct layout *l, const struct heatmap_row *row, int32_t y)
{
	enum trace_unit unit = l->h->event->unit;
	char from[UNITS_TEXT_MAX], to[UNITS_TEXT_MAX];
	struct buf line = { 0 }, fitted = { 0 };

	buf_printf(&line, "nothing between %s and %s",
		   latency_value_text(from, unit, latency_bin_first(row->first)),
		   latency_value_text(to, unit, latency_bin_last(row->last)));
	text_fit(&fitted, (const char *)line.v, line.len,
		 text_fit_columns(grid_width(l), PICTURE_SMALL));
	put(l->scene, LEFT - 8 * SCENE_PX, y + row->h - 3 * SCENE_PX, SCENE_END, "...");
	put(l->scene, LEFT + 4 * SCENE_PX, y + row->h - 3 * SCENE_PX, SCENE_START,
	    buf_text(&fitted));
	buf_release(&fitted);
	buf_release(&line);
}

/* The ground that cells stand on: one box for rows without a gap between them. */
static void draw_ground(const struct layout *l)
{
	const struct heatmap_rows *rows = &l->h->rows;

	for (uint32_t i = 0; i < rows->cnt;) {
		const struct heatmap_row *row = &rows->v[i];
		uint32_t end = i + 1;

		while (end < rows->cnt && rows->v[end].kind == row->kind &&
		       rows->v[end].y == rows->v[end - 1].y + rows->v[end - 1].h)
			end++;
		int32_t top = rows->v[end - 1].y + rows->v[end - 1].h;
		struct scene_box box = { LEFT, rows->height - top, grid_width(l), top - row->y };

		if (row->kind == HEATMAP_ROW_BREAK)
			draw_break(l, row, box.y);
		else
			scene_rect(l->scene, box, scene_tone(SCENE_TONE_PANEL));
		i = end;
	}
}

static void draw_values(const struct layout *l)
{
	const struct heatmap_rows *rows = &l->h->rows;

	for (uint32_t i = 0; i < l->marks.cnt; i++) {
		int32_t y = rows->height - l->marks.v[i].y;

		put(l->scene, LEFT - 8 * SCENE_PX, y + 4 * SCENE_PX, SCENE_END, l->marks.v[i].text);
		scene_rect(l->scene,
			   (struct scene_box){ LEFT - 5 * SCENE_PX, y - SCENE_PX / 2, 4 * SCENE_PX,
					       SCENE_PX },
			   scene_tone(SCENE_TONE_RULE));
	}
	for (uint32_t i = 0; i < rows->cnt; i++) {
		const struct heatmap_row *row = &rows->v[i];
		int32_t y = rows->height - row->y;

		if (row->kind == HEATMAP_ROW_BELOW)
			put(l->scene, LEFT - 8 * SCENE_PX, y, SCENE_END, "less");
		if (row->kind == HEATMAP_ROW_ABOVE)
			put(l->scene, LEFT - 8 * SCENE_PX, y, SCENE_END, "more");
	}
}

/* The first and the last label keep to the grid; the others stand under their marks. */
static enum scene_anchor anchor_at(const struct layout *l, int32_t x)
{
	if (x < 20 * SCENE_PX)
		return SCENE_START;
	return x + 10 * SCENE_PX < grid_width(l) ? SCENE_MIDDLE : SCENE_END;
}

/* Marks stand at round times of the recording, wherever the first column begins. */
static void draw_times(const struct layout *l)
{
	const struct heatmap_columns *c = &l->h->columns;
	unsigned __int128 from = (unsigned __int128)c->first * c->column_ns;
	uint64_t span = c->cnt <= UINT64_MAX / c->column_ns ? c->column_ns * c->cnt : UINT64_MAX;
	uint64_t step = heatmap_time_step(span, (uint64_t)(grid_width(l) / MARKS_APART));
	uint64_t start = heatmap_columns_start(c, 0), end = heatmap_columns_start(c, c->cnt);
	int32_t y = l->h->rows.height + SCENE_PX;
	char text[UNITS_TEXT_MAX];

	for (uint64_t at = start / step * step; at <= end; at += step) {
		unsigned __int128 since = (unsigned __int128)at + c->lead_ns - from;
		int32_t x = (int32_t)(since * (uint32_t)grid_width(l) / span);

		if (at >= start) {
			scene_rect(l->scene,
				   (struct scene_box){ LEFT + x, y, SCENE_PX, 4 * SCENE_PX },
				   scene_tone(SCENE_TONE_RULE));
			put(l->scene, LEFT + x, y + 17 * SCENE_PX, anchor_at(l, x),
			    heatmap_time_text(text, at, step));
		}
		if (at > UINT64_MAX - step)
			return;
	}
}

/* Returns the y below. */
static int32_t draw_map(struct layout *l, uint32_t i, const struct caption *c, int32_t y)
{
	const struct heatmap_map *map = &l->h->maps[i];
	const struct heatmap_place at = { .x = LEFT, .column = l->column };

	y += PICTURE_LINE + 4 * SCENE_PX;
	l->places[i] = (struct heatmap_place){ .x = LEFT, .y = y, .column = l->column };
	scene_open(l->scene, SCENE_PART_GRID, y);
	draw_ground(l);
	heatmap_cells_draw(l->scene, l->h, map, &at);
	heatmap_lines_draw(l->scene, l->h, map, &at);
	draw_title(l, map);
	if (!l->h->totals.kept_cnt)
		put(l->scene, LEFT + grid_width(l) / 2, l->h->rows.height / 2, SCENE_MIDDLE,
		    caption_nothing(c));
	draw_values(l);
	draw_times(l);
	scene_close(l->scene);
	return y + l->h->rows.height + 30 * SCENE_PX;
}

/* "2", "3..17", and what they are of behind the last one. */
static void legend_text(const struct layout *l, unsigned step, bool is_last, struct buf *out)
{
	const struct heatmap *h = l->h;
	uint64_t least = h->shades.steps[step].least, most = h->shades.steps[step].most;
	enum trace_unit unit = h->request.by_time ? h->event->unit : TRACE_UNIT_EVENTS;
	char text[LATENCY_RANGE_MAX];

	buf_clear(out);
	buf_puts(out, latency_range_text(text, unit, least, most));
	if (is_last && h->request.by_time)
		buf_printf(out, " of %s in a cell", latency_sum_noun(h->event->unit));
	else if (is_last)
		buf_printf(out, " event%s in a cell", most == 1 ? "" : "s");
}

/* On the ground that cells stand on, so that the darkest is seen in a dark theme, too. */
static void draw_swatch(struct scene *s, int32_t x, int32_t y, uint32_t rgb)
{
	scene_rect(s,
		   (struct scene_box){ x - SCENE_PX, y - SCENE_PX, SWATCH + 2 * SCENE_PX,
				       SWATCH + 2 * SCENE_PX },
		   scene_tone(SCENE_TONE_PANEL));
	scene_rect(s, (struct scene_box){ x, y, SWATCH, SWATCH }, scene_rgb(rgb));
}

static int32_t draw_legend(const struct layout *l, int32_t y)
{
	const struct heatmap_shades *shades = &l->h->shades;
	struct buf text = { 0 };
	int32_t x = LEFT;
	unsigned last = HEATMAP_STEPS;

	while (last > 0 && !heatmap_shades_has(shades, last - 1))
		last--;
	for (unsigned step = 0; step < last; step++) {
		if (!heatmap_shades_has(shades, step))
			continue;
		legend_text(l, step, step + 1 == last, &text);
		int32_t width = SWATCH + 6 * SCENE_PX +
				(int32_t)text_columns((const char *)text.v, text.len) *
					SCENE_COLUMN(PICTURE_SMALL);

		if (x > LEFT && x + width > l->scene->width - PICTURE_MARGIN) {
			x = LEFT;
			y += PICTURE_LINE + 2 * SCENE_PX;
		}
		draw_swatch(l->scene, x, y, heatmap_shades_rgb(step));
		put(l->scene, x + SWATCH + 5 * SCENE_PX, y + 11 * SCENE_PX, SCENE_START,
		    buf_text(&text));
		x += width + 14 * SCENE_PX;
	}
	buf_release(&text);
	return y + SWATCH;
}

static int32_t draw_command(const struct layout *l, int32_t y, const char *says,
			    const char *command)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s: %s", says, command);
	y = caption_draw_note(l->scene, y, buf_text(&text));
	buf_release(&text);
	return y;
}

static int32_t draw_foot(const struct layout *l, const struct caption *c)
{
	struct buf part = { 0 };
	int32_t y = draw_legend(l, 0) + 4 * SCENE_PX;

	y = draw_command(l, y, "to draw this again", l->options->redraw);
	if (*l->options->command) {
		buf_printf(&part, "%s --time FROM..TO --latency FROM..TO", l->options->command);
		y = draw_command(l, y, "to see the stacks of a part", buf_text(&part));
	}
	buf_release(&part);
	return caption_draw_notes(c, l->scene, y);
}

/* Cells end where pixels do, or seams would show between them. */
static int32_t whole(int32_t length)
{
	return (length + SCENE_PX - 1) / SCENE_PX * SCENE_PX;
}

void heatmap_layout(struct scene *out, const struct heatmap *h, const struct caption *c,
		    const struct heatmap_options *o)
{
	struct layout l = { .scene = out, .h = h, .options = o };
	struct heatmap_pack pack = { .heatmap = h, .places = l.places, .command = o->command };
	int32_t y;

	scene_init(out, "heatmap", o->width);
	caption_describe(c, out);
	if (h->totals.kept_cnt)
		heatmap_marks_choose(&l.marks, &h->rows, h->event->unit);
	l.column = room(o->width) / (int32_t)h->columns.cnt / SCENE_PX * SCENE_PX;
	if (l.column > COLUMN_MAX)
		l.column = COLUMN_MAX;
	scene_open(out, SCENE_PART_HEAD, 0);
	y = whole(caption_draw_head(c, out) + PICTURE_BAR);
	scene_close(out);
	for (uint32_t i = 0; i < h->map_cnt; i++)
		y = draw_map(&l, i, c, y);
	heatmap_pack(&out->detail, &pack);
	y += 4 * SCENE_PX;
	scene_open(out, SCENE_PART_FOOT, y);
	y += draw_foot(&l, c);
	scene_close(out);
	out->height = picture_height(y);
}
