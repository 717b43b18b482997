#include "render/scene_cairo.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "render/cairo_library.h"

/* A side of an image that cairo can make, and the memory that we let one take. */
#define SIDE_MAX_PX 32767
#define IMAGE_MAX_PX ((int64_t)200 << 20 >> 2)

struct canvas {
	const struct cairo_library *lib;
	struct cairo_context *cairo;
	const struct scene *scene;
};

static double px(int32_t length)
{
	return (double)length / SCENE_PX;
}

static void set_paint(const struct canvas *c, struct scene_paint paint)
{
	uint32_t rgb = scene_paint_rgb(paint);

	c->lib->set_source_rgb(c->cairo, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0,
			       (rgb & 255) / 255.0);
}

static void draw_box(const struct canvas *c, struct scene_box box, struct scene_paint paint)
{
	set_paint(c, paint);
	c->lib->rectangle(c->cairo, px(box.x), px(box.y), px(box.w), px(box.h));
	c->lib->fill(c->cairo);
}

static void draw_text(const struct canvas *c, const struct scene_mark *m, int32_t x, int32_t y,
		      struct scene_paint paint)
{
	char *text = mem_dup(scene_span_text(c->scene, m->text), m->text.len);
	struct cairo_extents extents = { 0 };
	double left = px(x);

	c->lib->select_font_face(c->cairo, "monospace", CAIRO_UPRIGHT,
				 m->bold ? CAIRO_BOLD : CAIRO_REGULAR);
	c->lib->set_font_size(c->cairo, px(m->size));
	if (m->kind == SCENE_TEXT && m->anchor != SCENE_START) {
		c->lib->text_extents(c->cairo, text, &extents);
		left -= m->anchor == SCENE_END ? extents.x_advance : extents.x_advance / 2;
	}
	set_paint(c, paint);
	c->lib->move_to(c->cairo, left, px(y));
	c->lib->show_text(c->cairo, text);
	free(text);
}

static void draw_mark(const struct canvas *c, const struct scene_mark *m)
{
	switch (m->kind) {
	case SCENE_RECT:
		draw_box(c, m->box, m->paint);
		break;
	case SCENE_FRAME:
		draw_box(c, m->box, m->paint);
		draw_text(c, m, m->box.x + SCENE_LABEL_X, m->box.y + m->box.h - SCENE_LABEL_Y,
			  scene_rgb(0));
		break;
	case SCENE_TEXT:
		draw_text(c, m, m->box.x, m->box.y, m->paint);
		break;
	case SCENE_OPEN:
		c->lib->save(c->cairo);
		c->lib->translate(c->cairo, 0, px(m->box.y));
		break;
	case SCENE_CLOSE:
		c->lib->restore(c->cairo);
		break;
	}
}

static int draw_scene(const struct cairo_library *lib, struct cairo_surface *surface,
		      const struct scene *s, double scale)
{
	struct canvas c = { .lib = lib, .cairo = lib->create(surface), .scene = s };
	struct scene_box ground = { .w = s->width, .h = s->height };
	int status;

	lib->scale(c.cairo, scale, scale);
	draw_box(&c, ground, scene_tone(SCENE_TONE_PAPER));
	for (size_t i = 0; i < s->marks.cnt; i++)
		draw_mark(&c, &s->marks.v[i]);
	lib->show_page(c.cairo);
	status = lib->status(c.cairo);
	lib->destroy(c.cairo);
	return status;
}

static int append(void *closure, const unsigned char *bytes, unsigned len)
{
	buf_put(closure, bytes, len);
	return CAIRO_GOOD;
}

static int failed(const struct cairo_library *lib, int status, struct err *err)
{
	return err_set(err, -EIO, "cairo cannot draw the picture: %s",
		       lib->status_to_string(status));
}

static int check_size(int64_t width, int64_t height, struct err *err)
{
	if (width <= SIDE_MAX_PX && height <= SIDE_MAX_PX && width * height <= IMAGE_MAX_PX)
		return 0;
	return err_set(err, -EFBIG,
		       "the picture is %lld x %lld pixels, more than a PNG of ours may have; "
		       "use a smaller --scale, or write .svg or .pdf",
		       (long long)width, (long long)height);
}

int scene_cairo_png(struct buf *out, const struct scene *s, unsigned scale, struct err *err)
{
	const struct cairo_library *lib = cairo_library_get(err);
	int64_t width = ((int64_t)s->width * scale + SCENE_PX - 1) / SCENE_PX;
	int64_t height = ((int64_t)s->height * scale + SCENE_PX - 1) / SCENE_PX;

	if (!lib)
		return -ENOTSUP;
	int status = check_size(width, height, err);
	if (status < 0)
		return status;
	struct cairo_surface *surface =
		lib->image_surface_create(CAIRO_RGB24, (int)width, (int)height);
	int drawn = draw_scene(lib, surface, s, scale);
	if (drawn == CAIRO_GOOD)
		drawn = lib->surface_write_to_png_stream(surface, append, out);
	lib->surface_destroy(surface);
	return drawn == CAIRO_GOOD ? 0 : failed(lib, drawn, err);
}

/* A date of its own would make each file another one. */
#define NO_DATE "1970-01-01T00:00:00Z"

int scene_cairo_pdf(struct buf *out, const struct scene *s, struct err *err)
{
	const struct cairo_library *lib = cairo_library_get(err);
	char *title;

	if (!lib)
		return -ENOTSUP;
	struct cairo_surface *surface =
		lib->pdf_surface_create_for_stream(append, out, px(s->width), px(s->height));
	title = mem_dup((const char *)s->title.v, s->title.len);
	lib->pdf_surface_set_metadata(surface, CAIRO_PDF_TITLE, title);
	lib->pdf_surface_set_metadata(surface, CAIRO_PDF_DATE, NO_DATE);
	free(title);
	int drawn = draw_scene(lib, surface, s, 1);
	lib->surface_finish(surface);
	if (drawn == CAIRO_GOOD)
		drawn = lib->surface_status(surface);
	lib->surface_destroy(surface);
	return drawn == CAIRO_GOOD ? 0 : failed(lib, drawn, err);
}
