#include "render/scene_svg.h"

#include <stdio.h>
#include <string.h>

#include "render/picture.h"
#include "render/xml_out.h"

#define ID_SIZE 16

/* FNV-1a over what the picture says: fixed, because it is written. */
static uint32_t mix(uint32_t hash, const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		hash = (hash ^ b->v[i]) * 16777619u;
	return hash;
}

static void make_id(char id[ID_SIZE], const struct scene *s)
{
	uint32_t hash = mix(mix(mix(2166136261u, &s->title), &s->description), &s->texts);

	snprintf(id, ID_SIZE, "profile-%06x", (hash ^ hash >> 8) & 0xffffff);
}

static const char *tone_class(enum scene_tone tone)
{
	switch (tone) {
	case SCENE_TONE_PAPER:
		return "paper";
	case SCENE_TONE_INK:
		return "ink";
	case SCENE_TONE_DIM:
		return "dim";
	case SCENE_TONE_PANEL:
		return "panel";
	case SCENE_TONE_RULE:
		return "rule";
	case SCENE_TONE_TOOL:
		return "tool";
	case SCENE_TONE_RGB:
		break;
	}
	return NULL;
}

static const char *part_class(enum scene_part part)
{
	switch (part) {
	case SCENE_PART_HEAD:
		return "head";
	case SCENE_PART_FRAMES:
		return "frames";
	case SCENE_PART_GRID:
		return "grid";
	case SCENE_PART_FOOT:
		break;
	}
	return "foot";
}

static void put_paint(struct xml_out *x, struct scene_paint paint)
{
	const char *class = tone_class(paint.tone);

	xml_out_colour(x, "fill", scene_paint_rgb(paint));
	if (class)
		xml_out_attribute(x, "class", class);
}

/* A panel stays light: what lies on it is darker the more it is. */
static void put_style(struct xml_out *x, const char *id)
{
	static const char *const rules[][2] = {
		{ "paper", "#1b1c1f" }, { "ink", "#ececec" },  { "dim", "#b4b4b8" },
		{ "tool", "#34353a" },	{ "rule", "#77777d" },
	};

	xml_out_raw(x, "<style>@media (prefers-color-scheme:dark){");
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		buf_printf(&x->buf, "#%s .%s{fill:%s}", id, rules[i][0], rules[i][1]);
	xml_out_raw(x, "}</style>\n");
}

static void put_head(struct xml_out *x, const struct scene *s, const char *id)
{
	xml_out_start(x, "svg");
	xml_out_attribute(x, "xmlns", "http://www.w3.org/2000/svg");
	xml_out_attribute(x, "id", id);
	xml_out_length(x, "width", s->width);
	xml_out_length(x, "height", s->height);
	buf_puts(&x->buf, " viewBox=\"0 0 ");
	xml_out_put_length(x, s->width);
	buf_u8(&x->buf, ' ');
	xml_out_put_length(x, s->height);
	buf_u8(&x->buf, '"');
	xml_out_attribute(x, "role", "img");
	xml_out_attribute(x, "font-family", "monospace");
	xml_out_length(x, "font-size", PICTURE_SMALL);
	xml_out_attribute(x, "data-view", s->view);
	xml_out_end(x);
	xml_out_raw(x, "\n");
	xml_out_element(x, "title", (const char *)s->title.v, s->title.len);
	xml_out_raw(x, "\n<desc>");
	for (size_t at = 0; at < s->description.len;) {
		const char *line = (const char *)s->description.v + at;
		const char *end = memchr(line, '\n', s->description.len - at);
		size_t len = end ? (size_t)(end - line) : s->description.len - at;

		xml_out_text(x, line, len);
		xml_out_raw(x, end ? "\n" : "");
		at += len + 1;
	}
	xml_out_raw(x, "</desc>\n");
	put_style(x, id);
	xml_out_start(x, "rect");
	xml_out_length(x, "width", s->width);
	xml_out_length(x, "height", s->height);
	put_paint(x, scene_tone(SCENE_TONE_PAPER));
	xml_out_end_empty(x);
	xml_out_raw(x, "\n");
}

static void put_box(struct xml_out *x, const struct scene_mark *m)
{
	xml_out_start(x, "rect");
	xml_out_length(x, "x", m->box.x);
	xml_out_length(x, "y", m->box.y);
	xml_out_length(x, "width", m->box.w);
	xml_out_length(x, "height", m->box.h);
	put_paint(x, m->paint);
}

static void put_rect(struct xml_out *x, const struct scene *s, const struct scene_mark *m)
{
	put_box(x, m);
	if (!m->tip.len) {
		xml_out_end_empty(x);
		return;
	}
	xml_out_end(x);
	xml_out_element(x, "title", scene_span_text(s, m->tip), m->tip.len);
	xml_out_close(x, "rect");
}

/* One group, so that the tip shows wherever the frame is pointed at. */
static void put_frame(struct xml_out *x, const struct scene *s, const struct scene_mark *m)
{
	xml_out_raw(x, "<g>");
	xml_out_element(x, "title", scene_span_text(s, m->tip), m->tip.len);
	put_box(x, m);
	xml_out_end_empty(x);
	xml_out_start(x, "text");
	xml_out_length(x, "x", m->box.x + SCENE_LABEL_X);
	xml_out_length(x, "y", m->box.y + m->box.h - SCENE_LABEL_Y);
	xml_out_end(x);
	xml_out_text(x, scene_span_text(s, m->text), m->text.len);
	xml_out_raw(x, "</text></g>");
}

static void put_text(struct xml_out *x, const struct scene *s, const struct scene_mark *m)
{
	xml_out_start(x, "text");
	xml_out_length(x, "x", m->box.x);
	xml_out_length(x, "y", m->box.y);
	if (m->size != PICTURE_SMALL)
		xml_out_length(x, "font-size", m->size);
	if (m->bold)
		xml_out_attribute(x, "font-weight", "bold");
	if (m->anchor != SCENE_START)
		xml_out_attribute(x, "text-anchor", m->anchor == SCENE_END ? "end" : "middle");
	put_paint(x, m->paint);
	xml_out_end(x);
	xml_out_text(x, scene_span_text(s, m->text), m->text.len);
	xml_out_close(x, "text");
}

static void put_open(struct xml_out *x, const struct scene_mark *m)
{
	xml_out_start(x, "g");
	xml_out_attribute(x, "class", part_class(m->part));
	if (m->box.y) {
		buf_puts(&x->buf, " transform=\"translate(0 ");
		xml_out_put_length(x, m->box.y);
		buf_puts(&x->buf, ")\"");
	}
	xml_out_end(x);
}

static bool is_plain(const struct scene_mark *m, const struct scene_mark *like)
{
	return m->kind == SCENE_RECT && !m->tip.len && m->paint.tone == SCENE_TONE_RGB &&
	       m->paint.rgb == like->paint.rgb;
}

/* How many marks from m are boxes of one colour and without a tip. */
static size_t run_of(const struct scene_mark *m, const struct scene_mark *end)
{
	const struct scene_mark *p = m;

	while (p < end && is_plain(p, m))
		p++;
	return (size_t)(p - m);
}

/* Boxes of one colour as one path: a fifth of the bytes, and one thing to draw. */
static void put_path(struct xml_out *x, const struct scene_mark *m, size_t cnt)
{
	xml_out_start(x, "path");
	put_paint(x, m->paint);
	buf_puts(&x->buf, " d=\"");
	for (size_t i = 0; i < cnt; i++) {
		buf_u8(&x->buf, 'M');
		xml_out_put_length(x, m[i].box.x);
		buf_u8(&x->buf, ' ');
		xml_out_put_length(x, m[i].box.y);
		buf_u8(&x->buf, 'h');
		xml_out_put_length(x, m[i].box.w);
		buf_u8(&x->buf, 'v');
		xml_out_put_length(x, m[i].box.h);
		buf_u8(&x->buf, 'H');
		xml_out_put_length(x, m[i].box.x);
		buf_u8(&x->buf, 'z');
	}
	buf_u8(&x->buf, '"');
	xml_out_end_empty(x);
}

/* Draws m, and what goes with it; returns how many marks that were. */
static size_t put_mark(struct xml_out *x, const struct scene *s, const struct scene_mark *m)
{
	size_t run = run_of(m, s->marks.v + s->marks.cnt);

	if (run > 1) {
		put_path(x, m, run);
		return run;
	}
	switch (m->kind) {
	case SCENE_RECT:
		put_rect(x, s, m);
		break;
	case SCENE_FRAME:
		put_frame(x, s, m);
		break;
	case SCENE_TEXT:
		put_text(x, s, m);
		break;
	case SCENE_OPEN:
		put_open(x, m);
		break;
	case SCENE_CLOSE:
		xml_out_close(x, "g");
		break;
	}
	return 1;
}

/* The script is ours, but its markup characters still are not XML's. */
static void put_script(struct xml_out *x, const struct scene *s)
{
	if (s->detail.len) {
		xml_out_raw(x, "<metadata>");
		buf_put(&x->buf, s->detail.v, s->detail.len);
		xml_out_raw(x, "</metadata>\n");
	}
	if (!s->script)
		return;
	xml_out_raw(x, "<script><![CDATA[\n");
	buf_put(&x->buf, s->script, s->script_len);
	xml_out_raw(x, "]]></script>\n");
}

void scene_svg(struct buf *out, const struct scene *s)
{
	struct xml_out x = { .buf = *out };
	char id[ID_SIZE];

	make_id(id, s);
	put_head(&x, s, id);
	for (size_t i = 0; i < s->marks.cnt;) {
		i += put_mark(&x, s, &s->marks.v[i]);
		buf_u8(&x.buf, '\n');
	}
	put_script(&x, s);
	xml_out_close(&x, "svg");
	xml_out_raw(&x, "\n");
	*out = x.buf;
}
