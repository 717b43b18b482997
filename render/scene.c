#include "render/scene.h"

#include <assert.h>

void scene_init(struct scene *s, const char *view, int32_t width)
{
	*s = (struct scene){ .view = view, .width = width };
}

void scene_release(struct scene *s)
{
	if (!s)
		return;
	buf_release(&s->title);
	buf_release(&s->description);
	buf_release(&s->detail);
	buf_release(&s->texts);
	vec_release(&s->marks);
}

struct scene_paint scene_rgb(uint32_t rgb)
{
	return (struct scene_paint){ .tone = SCENE_TONE_RGB, .rgb = rgb };
}

struct scene_paint scene_tone(enum scene_tone tone)
{
	return (struct scene_paint){ .tone = tone };
}

uint32_t scene_paint_rgb(struct scene_paint paint)
{
	switch (paint.tone) {
	case SCENE_TONE_RGB:
		return paint.rgb;
	case SCENE_TONE_PAPER:
		return 0xffffff;
	case SCENE_TONE_INK:
		return 0x1a1a1a;
	case SCENE_TONE_DIM:
		return 0x565656;
	case SCENE_TONE_PANEL:
	case SCENE_TONE_TOOL:
		return 0xf1f1f3;
	case SCENE_TONE_RULE:
		return 0x9a9a9a;
	}
	return 0;
}

static struct scene_mark *add(struct scene *s, enum scene_mark_kind kind)
{
	struct scene_mark *mark = vec_push(&s->marks);

	*mark = (struct scene_mark){ .kind = kind };
	return mark;
}

static struct scene_span keep(struct scene *s, const void *text, size_t len)
{
	struct scene_span span = { .at = (uint32_t)s->texts.len, .len = (uint32_t)len };

	assert(s->texts.len + len <= UINT32_MAX);
	buf_put(&s->texts, text, len);
	return span;
}

const char *scene_span_text(const struct scene *s, struct scene_span span)
{
	return span.len ? (const char *)s->texts.v + span.at : "";
}

void scene_open(struct scene *s, enum scene_part part, int32_t y)
{
	struct scene_mark *mark = add(s, SCENE_OPEN);

	mark->part = part;
	mark->box.y = y;
}

void scene_close(struct scene *s)
{
	add(s, SCENE_CLOSE);
}

void scene_rect(struct scene *s, struct scene_box box, struct scene_paint paint)
{
	struct scene_mark *mark = add(s, SCENE_RECT);

	mark->box = box;
	mark->paint = paint;
}

void scene_text(struct scene *s, int32_t x, int32_t y, const struct scene_type *type,
		const char *text, size_t len)
{
	struct scene_span span = keep(s, text, len);
	struct scene_mark *mark = add(s, SCENE_TEXT);

	mark->box.x = x;
	mark->box.y = y;
	mark->text = span;
	mark->size = type->size;
	mark->anchor = type->anchor;
	mark->bold = type->bold;
	mark->paint = type->paint;
}

void scene_frame(struct scene *s, struct scene_box box, struct scene_paint paint, int32_t size,
		 const struct buf *label, const struct buf *tip)
{
	struct scene_span label_span = keep(s, label->v, label->len);
	struct scene_span tip_span = keep(s, tip->v, tip->len);
	struct scene_mark *mark = add(s, label->len ? SCENE_FRAME : SCENE_RECT);

	mark->box = box;
	mark->paint = paint;
	mark->size = size;
	mark->text = label_span;
	mark->tip = tip_span;
}
