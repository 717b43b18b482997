#include "render/flame_layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "render/flame_boxes.h"
#include "render/flame_pack.h"
#include "render/flame_sizes.h"
#include "render/flame_text.h"
#include "render/palette.h"
#include "render/picture.h"
#include "render/text_fit.h"

#define TIP_MIN_WIDTH (2 * SCENE_PX)   /* narrower boxes cannot be pointed at */
#define SHADE_MIN_WIDTH (SCENE_PX / 2) /* and of these the colour cannot be told */
#define TIP_COLUMNS 200
#define LEGEND_SQUARE (12 * SCENE_PX)
#define DETAIL_BUDGET ((size_t)2 << 20) /* where the picture may have any size */

struct layout {
	struct scene *scene;
	const struct call_tree *tree;
	const struct measure *measure;
	const struct flame_options *options;
	struct flame_sizes sizes;
	struct flame_boxes boxes;
	uint64_t total;
	uint64_t least;	       /* frames of less are not drawn */
	uint64_t detail_least; /* frames of less are not in the detail either; 0: none are */
	int32_t room;	       /* width that the root takes */
	uint32_t rows;
	uint32_t rows_cut; /* beyond them */
	bool families_seen[PALETTE_FAMILY_CNT];
	uint8_t *links; /* by node: the last link of a chain on it or above it */
	struct buf label;
	struct buf tip;
};

/* value * room / total without overflow; values are at most total. */
static int32_t to_width(const struct layout *l, uint64_t value)
{
	return (int32_t)((unsigned __int128)value * (uint32_t)l->room / l->total);
}

/* The smallest value that is min_width wide. */
static uint64_t narrowest(const struct layout *l)
{
	uint64_t min_width = (uint64_t)l->options->min_width;
	unsigned __int128 value = (unsigned __int128)l->total * min_width + (uint32_t)l->room - 1;

	value /= (uint32_t)l->room;
	return value ? (uint64_t)value : 1;
}

static enum palette_family family_of(const struct call_node *n)
{
	return palette_family_of(n->kind, n->unnamed, n->role);
}

/* Parents have lower ids than their children. */
static uint8_t *count_links(const struct call_tree *t)
{
	uint8_t *links = mem_alloc(t->node_cnt ? t->node_cnt : 1, 1);

	for (uint32_t i = t->node_cnt; i-- > 1;) {
		const struct call_node *n = &t->nodes[i];
		uint8_t own = (uint8_t)palette_family_link(family_of(n));

		if (links[i] < own)
			links[i] = own;
		if (links[n->parent] < links[i])
			links[n->parent] = links[i];
	}
	return links;
}

/* "kernel"; "waker 2 of 3, kernel": of the longest chain that goes through it. */
static void say_part(struct layout *l, const struct call_node *n)
{
	const char *text = palette_family_text(family_of(n));
	uint32_t link = palette_family_link(family_of(n));

	if (!link)
		buf_puts(&l->tip, text);
	else
		buf_printf(&l->tip, "waker %u of %u%s", link, l->links[n - l->tree->nodes],
			   strchr(text, ','));
}

static void say_frame(struct layout *l, const struct call_node *n, const char *name, size_t len)
{
	size_t module_len;
	const char *module = strtab_get(l->tree->texts, n->module, &module_len);
	char share[UNITS_TEXT_MAX];

	text_fit(&l->tip, name, len, TIP_COLUMNS);
	if (n->kind) {
		buf_puts(&l->tip, " (");
		if (module_len) {
			text_fit(&l->tip, module, module_len, TIP_COLUMNS / 4);
			buf_puts(&l->tip, ", ");
		}
		say_part(l, n);
		buf_u8(&l->tip, ')');
	}
	buf_puts(&l->tip, ": ");
	measure_text(&l->tip, l->measure, n->value);
	buf_puts(&l->tip, ", ");
	buf_puts(&l->tip, units_percent(share, n->value, l->total));
}

static void draw_frame(struct layout *l, const struct flame_box *box, struct scene_box at)
{
	const struct call_node *n = &l->tree->nodes[box->node];
	size_t len = 3;
	const char *name = box->node ? strtab_get(l->tree->texts, n->name, &len) : "all";
	/* One shade for all that are so narrow: neighbours are then one path. */
	unsigned shade = at.w < SHADE_MIN_WIDTH ? 0 : palette_shade(name, len);

	buf_clear(&l->label);
	buf_clear(&l->tip);
	if (at.w >= TIP_MIN_WIDTH)
		say_frame(l, n, name, len);
	text_fit(&l->label, name, len, text_fit_columns(at.w - 2 * SCENE_LABEL_X, PICTURE_SMALL));
	l->families_seen[family_of(n)] = true;
	scene_frame(l->scene, at, scene_rgb(palette_frame(family_of(n), shade)), PICTURE_SMALL,
		    &l->label, &l->tip);
}

static void draw_strip(struct layout *l, const struct flame_box *box, struct scene_box at)
{
	char share[UNITS_TEXT_MAX];

	buf_clear(&l->label);
	buf_clear(&l->tip);
	if (at.w >= TIP_MIN_WIDTH) {
		buf_puts(&l->tip, "frames too small to draw: ");
		measure_text(&l->tip, l->measure, box->value);
		buf_printf(&l->tip, ", %s", units_percent(share, box->value, l->total));
	}
	scene_frame(l->scene, at, scene_rgb(palette_frame(PALETTE_MERGED, 0)), PICTURE_SMALL,
		    &l->label, &l->tip);
	l->families_seen[PALETTE_MERGED] = true;
}

/* Edges are rounded, not widths, so that boxes meet exactly. */
static void draw_box(struct layout *l, const struct flame_box *box)
{
	int32_t left = to_width(l, box->first);
	int32_t right = to_width(l, box->first + box->value);
	uint32_t row = l->options->root_on_top ? box->depth : l->rows - 1 - box->depth;
	int32_t gap = right - left >= 2 * SCENE_PX ? SCENE_PX / 2 : 0;
	struct scene_box at = { .x = PICTURE_MARGIN + left,
				.y = (int32_t)row * FLAME_ROW,
				.w = right - left - gap,
				.h = FLAME_ROW - SCENE_PX };

	if (box->node != FLAME_BOX_STRIP)
		draw_frame(l, box, at);
	else if (right - left >= l->options->min_width)
		draw_strip(l, box, at);
}

/* Row by row: what is drawn together shares its height, and back ends write it once. */
static void draw_boxes(struct layout *l)
{
	size_t cnt = l->boxes.boxes.cnt;
	struct {
		VEC(uint32_t);
	} order = { 0 }, ends = { 0 };

	vec_reserve(&order, cnt);
	vec_reserve(&ends, l->rows + 1);
	memset(ends.v, 0, (l->rows + 1) * sizeof(*ends.v));
	for (size_t i = 0; i < cnt; i++)
		if (l->boxes.boxes.v[i].depth < l->rows)
			ends.v[l->boxes.boxes.v[i].depth + 1]++;
	for (uint32_t row = 1; row <= l->rows; row++)
		ends.v[row] += ends.v[row - 1];
	uint32_t drawn = ends.v[l->rows];
	for (size_t i = 0; i < cnt; i++)
		if (l->boxes.boxes.v[i].depth < l->rows)
			order.v[ends.v[l->boxes.boxes.v[i].depth]++] = (uint32_t)i;
	for (uint32_t i = 0; i < drawn; i++)
		draw_box(l, &l->boxes.boxes.v[order.v[i]]);
	vec_release(&order);
	vec_release(&ends);
}

/* One entry of the legend, on the next line if this one has no room; x and y are then
 * those of what follows. */
static void draw_legend_entry(struct layout *l, enum palette_family family, int32_t *x, int32_t *y)
{
	struct scene_type type = { .size = PICTURE_SMALL,
				   .anchor = SCENE_START,
				   .paint = scene_tone(SCENE_TONE_INK) };
	const char *text = palette_family_text(family);
	size_t len = strlen(text);
	int32_t width = LEGEND_SQUARE + 5 * SCENE_PX + (int32_t)len * SCENE_COLUMN(PICTURE_SMALL);

	if (*x > PICTURE_MARGIN && *x + width > l->scene->width - PICTURE_MARGIN) {
		*x = PICTURE_MARGIN;
		*y += LEGEND_SQUARE + 6 * SCENE_PX;
	}
	scene_rect(l->scene, (struct scene_box){ *x, *y, LEGEND_SQUARE, LEGEND_SQUARE },
		   scene_rgb(palette_frame(family, PALETTE_SHADES / 3)));
	scene_text(l->scene, *x + LEGEND_SQUARE + 5 * SCENE_PX, *y + 10 * SCENE_PX, &type, text,
		   len);
	*x += width + 18 * SCENE_PX;
}

static int32_t draw_legend(struct layout *l, int32_t y)
{
	static const uint8_t order[] = {
		PALETTE_USER,	     PALETTE_INLINED,	   PALETTE_KERNEL,	   PALETTE_JIT,
		PALETTE_INTERPRETED, PALETTE_BLOCKED_USER, PALETTE_BLOCKED_KERNEL, PALETTE_RUNNABLE,
		PALETTE_ON_CPU,	     PALETTE_SHORT,	   PALETTE_WAKER,
	};
	static const uint8_t last[] = { PALETTE_CONTEXT, PALETTE_UNNAMED, PALETTE_LOST,
					PALETTE_MERGED };
	int32_t x = PICTURE_MARGIN;

	for (size_t i = 0; i < sizeof(order); i++)
		if (l->families_seen[order[i]])
			draw_legend_entry(l, order[i], &x, &y);
	for (int link = 0; link < PALETTE_LINKS; link++) {
		if (l->families_seen[PALETTE_WAKER_USER_1 + link])
			draw_legend_entry(l, PALETTE_WAKER_USER_1 + link, &x, &y);
		if (l->families_seen[PALETTE_WAKER_KERNEL_1 + link])
			draw_legend_entry(l, PALETTE_WAKER_KERNEL_1 + link, &x, &y);
	}
	for (size_t i = 0; i < sizeof(last); i++)
		if (l->families_seen[last[i]])
			draw_legend_entry(l, last[i], &x, &y);
	return y + LEGEND_SQUARE;
}

/* "1,204 frames under 0.1 px (12 ms) hold 3.1 %": what is not drawn is said. */
static void say_hidden(const struct layout *l, struct buf *out)
{
	char count[UNITS_TEXT_MAX], share[UNITS_TEXT_MAX];
	uint32_t cnt = l->boxes.hidden_cnt;
	int32_t width = to_width(l, l->least);

	if (width < l->options->min_width)
		width = l->options->min_width;
	buf_printf(out, "%s %s under %d.%02d px (", units_count(count, cnt),
		   cnt == 1 ? "frame" : "frames", width / SCENE_PX, width % SCENE_PX);
	measure_text(out, l->measure, l->least);
	buf_printf(out, cnt == 1 ? ") holds %s" : ") hold %s",
		   units_percent(share, l->boxes.hidden_value, l->total));
	if (l->detail_least && l->detail_least < l->least) {
		buf_puts(out, "; zooming in shows ");
		if (l->detail_least > 1) {
			buf_puts(out, "those of ");
			measure_text(out, l->measure, l->detail_least);
			buf_puts(out, " or more");
		} else {
			buf_puts(out, cnt == 1 ? "it" : "them");
		}
	}
}

static int32_t row_width(const struct layout *l)
{
	return l->options->is_chain ? FLAME_CHAIN_ROW_WIDTH : FLAME_ROW_WIDTH;
}

/* "66 more rows of frames under 3 px are cut off": deep stacks that hardly ever occur. */
static void say_cut(const struct layout *l, struct buf *out)
{
	buf_printf(out, "%u more %s of frames under %d px %s cut off; zooming in shows them",
		   l->rows_cut, l->rows_cut == 1 ? "row" : "rows", row_width(l) / SCENE_PX,
		   l->rows_cut == 1 ? "is" : "are");
	if (!l->detail_least)
		out->len -= strlen("; zooming in shows them");
}

static int32_t draw_sentence(struct layout *l, int32_t y,
			     void (*say)(const struct layout *l, struct buf *out))
{
	struct scene_type type = { .size = PICTURE_SMALL,
				   .anchor = SCENE_START,
				   .paint = scene_tone(SCENE_TONE_DIM) };
	size_t columns = text_fit_columns(l->scene->width - 2 * PICTURE_MARGIN, PICTURE_SMALL);
	struct buf text = { 0 }, line = { 0 };

	say(l, &text);
	text_fit(&line, (const char *)text.v, text.len, columns);
	y += PICTURE_LINE;
	scene_text(l->scene, PICTURE_MARGIN, y, &type, (const char *)line.v, line.len);
	buf_release(&text);
	buf_release(&line);
	return y;
}

static int32_t draw_foot(struct layout *l, const struct caption *c)
{
	int32_t y = draw_legend(l, 0) + 4 * SCENE_PX;

	if (l->boxes.hidden_cnt)
		y = draw_sentence(l, y, say_hidden);
	if (l->rows_cut)
		y = draw_sentence(l, y, say_cut);
	return caption_draw_notes(c, l->scene, y);
}

static bool is_drawn(const struct layout *l, const struct flame_box *box)
{
	return box->node != FLAME_BOX_STRIP || to_width(l, box->value) >= l->options->min_width;
}

static void count_rows(struct layout *l)
{
	uint32_t all = 0;

	for (size_t i = 0; i < l->boxes.boxes.cnt; i++) {
		const struct flame_box *box = &l->boxes.boxes.v[i];
		bool is_wide = to_width(l, box->value) >= row_width(l);

		if (!is_drawn(l, box))
			continue;
		if (all <= box->depth)
			all = box->depth + 1;
		if (l->rows <= box->depth && (is_wide || box->depth < FLAME_ROWS_ALWAYS))
			l->rows = box->depth + 1;
	}
	l->rows_cut = all - l->rows;
}

static void draw_nothing(struct scene *s, const char *text, int32_t y)
{
	struct scene_type type = { .size = PICTURE_LARGE,
				   .anchor = SCENE_MIDDLE,
				   .paint = scene_tone(SCENE_TONE_DIM) };

	scene_text(s, s->width / 2, y, &type, text, strlen(text));
}

/* About the bytes of what was drawn since there were so many marks and texts. */
static size_t drawn_bytes(const struct scene *s, size_t marks, size_t texts)
{
	size_t bytes = (s->marks.cnt - marks) * 90 + s->texts.len - texts;

	for (size_t i = texts; i < s->texts.len; i++)
		if (memchr("<>&\"'", s->texts.v[i], 5))
			bytes += 4; /* &lt; */
	return bytes;
}

/* Long names take room: fewer frames are drawn until all fit into the budget. */
static void fit_boxes(struct layout *l)
{
	struct scene *s = l->scene;
	size_t marks = s->marks.cnt, texts = s->texts.len;
	uint32_t frames = l->options->max_frames;

	for (;; frames = frames / 4 * 3) {
		l->least = flame_sizes_min_value(&l->sizes, narrowest(l), frames);
		flame_boxes_narrow(&l->boxes, &l->sizes.large, l->least);
		count_rows(l);
		draw_boxes(l);
		if (!l->options->budget || frames < 100 ||
		    drawn_bytes(s, marks, texts) + s->detail.len <= l->options->budget)
			return;
		flame_boxes_release(&l->boxes);
		s->marks.cnt = marks;
		s->texts.len = texts;
		l->rows = 0;
		memset(l->families_seen, 0, sizeof(l->families_seen));
	}
}

static int32_t draw_frames(struct layout *l, const struct caption *c, int32_t y)
{
	int32_t height = 4 * FLAME_ROW;

	scene_open(l->scene, SCENE_PART_FRAMES, y);
	if (l->total) {
		fit_boxes(l);
		height = (int32_t)l->rows * FLAME_ROW;
	} else {
		draw_nothing(l->scene, caption_nothing(c), 2 * FLAME_ROW);
	}
	scene_close(l->scene);
	return y + height;
}

void flame_layout(struct scene *out, const struct call_tree *t, const struct measure *m,
		  const struct caption *c, const struct flame_options *o)
{
	struct layout l = { .scene = out,
			    .tree = t,
			    .measure = m,
			    .options = o,
			    .total = t->node_cnt ? t->nodes[0].value : 0,
			    .room = o->width - 2 * PICTURE_MARGIN };
	size_t detail_budget = (o->budget ? o->budget : DETAIL_BUDGET) / 2;
	uint32_t most = o->has_detail ? flame_pack_max_frames(detail_budget) : 0;
	int32_t y;

	most = most > o->max_frames ? most : o->max_frames;
	flame_sizes_count(&l.sizes, t, most);
	l.links = count_links(t);
	scene_init(out, o->is_chain ? "chain" : o->root_on_top ? "icicle" : "flame", o->width);
	caption_describe(c, out);
	flame_text_summary(&out->description, t, m);
	if (o->has_detail && l.total)
		l.detail_least = flame_pack(&out->detail, t, &l.sizes, m, detail_budget);
	scene_open(out, SCENE_PART_HEAD, 0);
	y = caption_draw_head(c, out) + PICTURE_BAR;
	scene_close(out);
	y = draw_frames(&l, c, y) + 10 * SCENE_PX;
	scene_open(out, SCENE_PART_FOOT, y);
	y += draw_foot(&l, c);
	scene_close(out);
	out->height = picture_height(y);
	flame_boxes_release(&l.boxes);
	flame_sizes_release(&l.sizes);
	buf_release(&l.label);
	buf_release(&l.tip);
	free(l.links);
}
