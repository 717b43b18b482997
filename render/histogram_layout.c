#include "render/histogram_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "render/histogram.h"
#include "render/histogram_pack.h"
#include "render/latency_by.h"
#include "render/latency_words.h"
#include "render/palette.h"
#include "render/picture.h"
#include "render/text_fit.h"
#include "render/value_axis.h"

#define LEFT (PICTURE_MARGIN + 62 * SCENE_PX) /* the panels' left edge: labels stand before it */
#define PANEL_ALONE (320 * SCENE_PX)
#define PANEL_OF_MANY (110 * SCENE_PX)
#define BAR_LEAST (3 * SCENE_PX)
#define BAR_LOWEST SCENE_PX
#define APART (72 * SCENE_PX) /* of marks on the axis */
#define WIDTH_PARTS 100	      /* a linear axis counts by about so many parts of it */
#define BAR_RGB 0x4f7fb8
#define MARK_RGB 0xb5402a

static const uint32_t percents[] = { 50000, 90000, 99000, 99900, LATENCY_GREATEST };
#define PERCENT_CNT (sizeof(percents) / sizeof(percents[0]))

struct layout {
	struct scene *scene;
	const struct histogram *h;
	struct value_axis axis;
	int32_t panel; /* height of one */
	uint64_t per;  /* linear: heights are of so much of the axis */
};

/* One group's panel. */
struct panel {
	const char *name; /* "": it is of all */
	struct latency_values *values;
	struct histogram_bars bars;
	uint64_t top; /* of the highest bar */
};

static void put(struct scene *s, int32_t x, int32_t y, enum scene_anchor anchor, const char *text)
{
	struct scene_type type = { .size = PICTURE_SMALL,
				   .anchor = anchor,
				   .paint = scene_tone(SCENE_TONE_DIM) };

	scene_text(s, x, y, &type, text, strlen(text));
}

/* Bars are as high as this. */
static uint64_t height_of(const struct layout *l, const struct histogram_bar *bar)
{
	uint64_t weight = l->h->request.by_time ? bar->sum : bar->cnt;
	unsigned __int128 width = (unsigned __int128)(bar->last - bar->first) + 1, by_width;

	if (!l->h->request.is_linear)
		return weight;
	by_width = (unsigned __int128)weight * l->per / width;
	return by_width < UINT64_MAX ? (uint64_t)by_width : UINT64_MAX;
}

/* What a height means: a time where sums are drawn, else a count. */
static const char *height_text(const struct layout *l, char out[UNITS_TEXT_MAX], uint64_t height)
{
	if (l->h->request.by_time && height)
		return value_axis_text(out, l->h->unit, height);
	return units_count(out, height);
}

/* "130..147 us: 1,204 events (12.3 %), 160 ms" */
static void put_tip(const struct layout *l, const struct panel *p, const struct histogram_bar *bar,
		    struct buf *out)
{
	char range[LATENCY_RANGE_MAX], count[UNITS_TEXT_MAX], share[UNITS_TEXT_MAX];
	char sum[UNITS_TEXT_MAX];

	if (*p->name)
		buf_printf(out, "%s, ", p->name);
	buf_printf(out, "%s: %s event%s (%s)",
		   latency_range_text(range, l->h->unit, bar->first, bar->last),
		   units_count(count, bar->cnt), bar->cnt == 1 ? "" : "s",
		   units_percent(share, bar->cnt, p->values->total_cnt));
	if (l->h->unit == TRACE_UNIT_NS || l->h->unit == TRACE_UNIT_BYTES)
		buf_printf(out, ", %s (%s)", latency_value_text(sum, l->h->unit, bar->sum),
			   units_percent(share, bar->sum, p->values->total_sum));
}

/* The place behind a bar tells as well as the bar: low ones would be hard to point at. */
static void draw_bar(const struct layout *l, const struct panel *p, const struct histogram_bar *bar,
		     int32_t y)
{
	int32_t gap = bar->width >= 5 * SCENE_PX ? SCENE_PX / 2 : 0;
	unsigned __int128 part = (unsigned __int128)height_of(l, bar) * (uint32_t)l->panel;
	int32_t height = p->top ? (int32_t)(part / p->top) : 0;
	struct scene_box box = { .x = LEFT + bar->x, .w = bar->width - gap };
	struct buf tip = { 0 }, none = { 0 };

	if (height < BAR_LOWEST)
		height = BAR_LOWEST;
	put_tip(l, p, bar, &tip);
	if (height < l->panel) {
		box.y = y;
		box.h = l->panel - height;
		scene_frame(l->scene, box, scene_tone(SCENE_TONE_TOOL), PICTURE_SMALL, &none, &tip);
	}
	box.y = y + l->panel - height;
	box.h = height;
	scene_frame(l->scene, box, scene_rgb(BAR_RGB), PICTURE_SMALL, &none, &tip);
	buf_release(&tip);
}

/* Marks of the scale on the left. */
static void draw_heights(const struct layout *l, const struct panel *p, int32_t y)
{
	uint64_t most = (uint64_t)(l->panel / (45 * SCENE_PX)), step, at = 0;
	enum trace_unit unit = l->h->request.by_time ? l->h->unit : TRACE_UNIT_EVENTS;
	char text[UNITS_TEXT_MAX];

	step = value_axis_step(unit, p->top, most);
	if (step > p->top)
		step = value_axis_step(unit, p->top, 2 * most + 1);
	for (;;) {
		unsigned __int128 part = (unsigned __int128)at * (uint32_t)l->panel;
		int32_t up = p->top ? (int32_t)(part / p->top) : 0;

		scene_rect(l->scene,
			   (struct scene_box){ LEFT - 5 * SCENE_PX,
					       y + l->panel - up - SCENE_PX / 2, 4 * SCENE_PX,
					       SCENE_PX },
			   scene_tone(SCENE_TONE_RULE));
		put(l->scene, LEFT - 8 * SCENE_PX, y + l->panel - up + 4 * SCENE_PX, SCENE_END,
		    height_text(l, text, at));
		if (__builtin_add_overflow(at, step, &at) || at > p->top)
			break;
	}
}

/* Where a percentile stands: in the middle of what is certain of it. */
static int32_t place_of(const struct layout *l, const struct panel *p, uint32_t percent)
{
	uint32_t bin = latency_values_bin(p->values, percent);
	int32_t from = value_axis_at(&l->axis, latency_bin_first(bin));
	int32_t to = bin + 1 < LATENCY_BINS ? value_axis_at(&l->axis, latency_bin_first(bin + 1))
					    : l->axis.length;

	return LEFT + from + (to - from) / 2;
}

static bool is_shown(const struct panel *p, uint32_t percent)
{
	/* Of fewer it is but another name of the greatest one. */
	return percent != 99900 || p->values->total_cnt >= 1000;
}

static void draw_percentile(const struct layout *l, const struct panel *p, uint32_t percent,
			    int32_t y)
{
	char name[UNITS_TEXT_MAX], range[LATENCY_RANGE_MAX];
	struct buf tip = { 0 }, none = { 0 };
	uint64_t first, last;

	latency_values_range(p->values, percent, &first, &last);
	buf_printf(&tip, "%s: %s", latency_percent_text(name, percent),
		   latency_range_text(range, l->h->unit, first, last));
	scene_frame(l->scene,
		    (struct scene_box){ place_of(l, p, percent) - SCENE_PX / 2, y - 3 * SCENE_PX,
					SCENE_PX, l->panel + 3 * SCENE_PX },
		    scene_rgb(MARK_RGB), PICTURE_SMALL, &none, &tip);
	buf_release(&tip);
}

/* Names stand above their lines; those that would overlap stand together. */
static void draw_names(const struct layout *l, const struct panel *p, int32_t y)
{
	int32_t x = 0, end = INT32_MIN;
	struct buf names = { 0 };
	char name[UNITS_TEXT_MAX];

	for (size_t i = 0; i < PERCENT_CNT; i++) {
		if (!is_shown(p, percents[i]))
			continue;
		latency_percent_text(name, percents[i]);
		int32_t at = place_of(l, p, percents[i]);
		int32_t half = (int32_t)strlen(name) * SCENE_COLUMN(PICTURE_SMALL) / 2;

		if (names.len && at - half < end) {
			buf_printf(&names, " %s", name);
			end += 2 * half + SCENE_COLUMN(PICTURE_SMALL);
			continue;
		}
		if (names.len)
			put(l->scene, x, y, SCENE_START, buf_text(&names));
		buf_clear(&names);
		buf_puts(&names, name);
		x = at - half;
		end = at + half + SCENE_COLUMN(PICTURE_SMALL);
	}
	if (names.len && end > l->scene->width)
		put(l->scene, l->scene->width - SCENE_COLUMN(PICTURE_SMALL), y, SCENE_END,
		    buf_text(&names));
	else if (names.len)
		put(l->scene, x, y, SCENE_START, buf_text(&names));
	buf_release(&names);
}

/* "sda: 1,204 events, p50 130 us ... max 80 ms" */
static void draw_head(const struct layout *l, const struct panel *p, int32_t y)
{
	size_t columns = text_fit_columns(l->scene->width - LEFT - PICTURE_MARGIN, PICTURE_SMALL);
	char count[UNITS_TEXT_MAX], name[UNITS_TEXT_MAX];
	struct buf line = { 0 }, fit = { 0 };

	if (*p->name)
		buf_printf(&line, "%s: %s event%s, ", p->name,
			   units_count(count, p->values->total_cnt),
			   p->values->total_cnt == 1 ? "" : "s");
	for (size_t i = 0; i < PERCENT_CNT; i++)
		if (is_shown(p, percents[i]))
			buf_printf(&line, "%s%s %s", i ? " · " : "",
				   latency_percent_text(name, percents[i]),
				   latency_value_text(
					   count, l->h->unit,
					   latency_values_percentile(p->values, percents[i])));
	text_fit(&fit, buf_text(&line), line.len, columns);
	put(l->scene, LEFT, y, SCENE_START, buf_text(&fit));
	buf_release(&line);
	buf_release(&fit);
}

/* Below its tick, and within the picture. */
static void put_value(const struct layout *l, int32_t x, int32_t y, const char *text)
{
	int32_t half = (int32_t)strlen(text) * SCENE_COLUMN(PICTURE_SMALL) / 2;
	int32_t most = l->scene->width - SCENE_COLUMN(PICTURE_SMALL) - half;

	put(l->scene, x < most ? x : most, y, SCENE_MIDDLE, text);
}

/* Ticks below a panel, with their values below the last one. */
static void draw_axis(const struct layout *l, int32_t y, bool with_values)
{
	uint64_t marks[VALUE_AXIS_MARKS_MAX];
	size_t cnt = value_axis_marks(&l->axis, APART, marks);
	char text[UNITS_TEXT_MAX];

	for (size_t i = 0; i < cnt; i++) {
		int32_t x = LEFT + value_axis_at(&l->axis, marks[i]);

		scene_rect(l->scene,
			   (struct scene_box){ x - SCENE_PX / 2, y, SCENE_PX, 4 * SCENE_PX },
			   scene_tone(SCENE_TONE_RULE));
		if (with_values)
			put_value(l, x, y + 17 * SCENE_PX,
				  value_axis_text(text, l->h->unit, marks[i]));
	}
}

static void pack_panel(const struct layout *l, const struct panel *p, int32_t y)
{
	const struct histogram_panel packed = {
		.name = p->name,
		.is_process = l->h->by == LATENCY_BY_PROCESS,
		.y = y,
		.cnt = p->values->total_cnt,
		.sum = p->values->total_sum,
		.bars = &p->bars,
	};

	histogram_pack_panel(&l->scene->detail, &packed);
}

/* Returns the y below it. */
static int32_t draw_panel(const struct layout *l, size_t group, int32_t y, bool is_last)
{
	struct panel p = { .values = mem_alloc(1, sizeof(*p.values)) };
	struct buf name = { 0 };

	histogram_group(l->h, group, &name, p.values);
	p.name = buf_text(&name);
	histogram_bars_make(&p.bars, p.values, &l->axis, BAR_LEAST);
	for (size_t i = 0; i < p.bars.cnt; i++) {
		uint64_t height = height_of(l, &p.bars.v[i]);

		p.top = height > p.top ? height : p.top;
	}
	draw_head(l, &p, y + 12 * SCENE_PX);
	draw_names(l, &p, y + 28 * SCENE_PX);
	y += 34 * SCENE_PX;
	scene_rect(l->scene,
		   (struct scene_box){ LEFT - SCENE_PX, y, l->axis.length + 2 * SCENE_PX,
				       l->panel + SCENE_PX },
		   scene_tone(SCENE_TONE_TOOL));
	draw_heights(l, &p, y);
	for (size_t i = 0; i < p.bars.cnt; i++)
		draw_bar(l, &p, &p.bars.v[i], y);
	for (size_t i = 0; i < PERCENT_CNT; i++)
		if (is_shown(&p, percents[i]))
			draw_percentile(l, &p, percents[i], y);
	draw_axis(l, y + l->panel + SCENE_PX, is_last);
	pack_panel(l, &p, y);
	buf_release(&name);
	vec_release(&p.bars);
	free(p.values);
	return y + l->panel + (is_last ? 24 : 14) * SCENE_PX;
}

/* What a bar's height is, in words; behind it, what its colour and the lines are. */
static void say_heights(const struct layout *l, int32_t y)
{
	const struct histogram *h = l->h;
	const char *what = h->request.by_time ? latency_sum_noun(h->unit) : "events";
	size_t columns = text_fit_columns(l->scene->width - LEFT - PICTURE_MARGIN, PICTURE_SMALL);
	struct buf text = { 0 }, fit = { 0 };
	char per[UNITS_TEXT_MAX];

	buf_printf(&text, "up: %s", what);
	if (h->request.is_linear)
		buf_printf(&text, " for each %s of the axis",
			   latency_value_text(per, h->unit, l->per));
	else
		buf_puts(&text, " in each range");
	buf_printf(&text, " · across: %s",
		   h->unit == TRACE_UNIT_NS	 ? "how long they took"
		   : h->unit == TRACE_UNIT_BYTES ? "how large they were"
						 : "their value");
	buf_puts(&text, " · no bar is lower than a pixel");
	if (h->by != LATENCY_BY_NONE)
		buf_puts(&text, " · each panel has a scale of its own");
	text_fit(&fit, buf_text(&text), text.len, columns);
	put(l->scene, LEFT, y, SCENE_START, buf_text(&fit));
	buf_release(&text);
	buf_release(&fit);
}

static int32_t draw_grid(struct layout *l)
{
	const struct histogram *h = l->h;
	size_t cnt = histogram_group_cnt(h);
	int32_t y = 0;

	if (!h->all.total_cnt) {
		scene_rect(l->scene, (struct scene_box){ LEFT, 0, l->axis.length, PANEL_OF_MANY },
			   scene_tone(SCENE_TONE_TOOL));
		put(l->scene, LEFT + l->axis.length / 2, PANEL_OF_MANY / 2, SCENE_MIDDLE,
		    caption_nothing(&h->caption));
		return PANEL_OF_MANY;
	}
	for (size_t i = 0; i < cnt; i++)
		y = draw_panel(l, i, y, i + 1 == cnt);
	say_heights(l, y + 12 * SCENE_PX);
	return y + 14 * SCENE_PX;
}

/* Returns the base line of its line. */
static int32_t draw_command(const struct layout *l, int32_t y, const char *says,
			    const char *command, const char *more)
{
	struct buf text = { 0 };

	if (!*command)
		return y;
	buf_printf(&text, "%s: %s%s", says, command, more);
	y = caption_draw_note(l->scene, y, buf_text(&text));
	buf_release(&text);
	return y;
}

static int32_t draw_foot(const struct layout *l)
{
	const struct histogram *h = l->h;
	int32_t y = draw_command(l, 0, "to draw this again", h->redraw, "");

	y = draw_command(l, y, "to see the stacks of a part", h->command, " --latency FROM..TO");
	return caption_draw_notes(&h->caption, l->scene, y);
}

static void start_axis(struct layout *l, int32_t width)
{
	const struct histogram *h = l->h;
	uint32_t least = latency_values_bin(&h->all, 0);
	uint32_t most = latency_values_bin(&h->all, LATENCY_GREATEST);

	if (most == LATENCY_BINS)
		least = most = 0;
	value_axis_init(&l->axis, h->request.is_linear, h->unit, least, most,
			width - LEFT - PICTURE_MARGIN - 8 * SCENE_PX);
	l->per = value_axis_step(h->unit, l->axis.last - l->axis.first, WIDTH_PARTS);
}

void histogram_layout(struct scene *out, const struct histogram *h, int32_t width)
{
	struct layout l = { .scene = out, .h = h };
	int32_t y;

	scene_init(out, "histogram", width);
	caption_describe(&h->caption, out);
	l.panel = histogram_group_cnt(h) > 1 ? PANEL_OF_MANY : PANEL_ALONE;
	start_axis(&l, width);
	scene_open(out, SCENE_PART_HEAD, 0);
	y = caption_draw_head(&h->caption, out) + PICTURE_BAR;
	y = (y + SCENE_PX - 1) / SCENE_PX * SCENE_PX; /* or edges of bars are blurred */
	scene_close(out);
	histogram_pack_head(&out->detail, h, LEFT, y, l.panel);
	scene_open(out, SCENE_PART_GRID, y);
	y += draw_grid(&l) + 4 * SCENE_PX;
	scene_close(out);
	scene_open(out, SCENE_PART_FOOT, y);
	y += draw_foot(&l);
	scene_close(out);
	out->height = picture_height(y);
}
