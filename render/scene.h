#ifndef RENDER_SCENE_H
#define RENDER_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/vec.h"

/*
 * A picture as a display list: boxes and texts in the order in which they are
 * drawn. A layout makes one; scene_svg and scene_cairo draw it, and so agree. It
 * knows neither samples nor files.
 *
 *	(0,0) ------> x        all lengths are hundredths of a pixel, whole numbers,
 *	  |                    so that the same scene is the same bytes everywhere
 *	  v y
 *
 * Texts are visible text (base/text.h) of one line, in a monospace font whose
 * columns are 0.6 of its size; whoever adds one has cut it to its place
 * (render/text_fit.h). What belongs to SVG alone, the script and the detail that it
 * reads, is carried along and means nothing to other back ends.
 */

#define SCENE_PX 100
#define SCENE_COLUMN(size) ((int32_t)(size)*6 / 10) /* width of a column at a font size */

/* Where a frame's label begins: from the left edge, and its base line from the lower one. */
#define SCENE_LABEL_X (3 * SCENE_PX)
#define SCENE_LABEL_Y (5 * SCENE_PX)

/* Paint that has a meaning, so that a dark theme may change it; or just a colour. */
enum scene_tone {
	SCENE_TONE_RGB = 1,
	SCENE_TONE_PAPER = 2, /* behind everything */
	SCENE_TONE_INK = 3,   /* titles */
	SCENE_TONE_DIM = 4,   /* everything said beside them */
	SCENE_TONE_PANEL = 5, /* the empty ground of a grid, which stays light */
	SCENE_TONE_RULE = 6,  /* axes and their ticks */
	SCENE_TONE_TOOL = 7,  /* the ground of bars, and of scripts' tools */
};

struct scene_paint {
	enum scene_tone tone;
	uint32_t rgb; /* 0xRRGGBB, for SCENE_TONE_RGB */
};

/* Parts of a picture, for a script to find them. */
enum scene_part {
	SCENE_PART_HEAD = 1,
	SCENE_PART_FRAMES = 2,
	SCENE_PART_GRID = 3,
	SCENE_PART_FOOT = 4,
};

enum scene_anchor {
	SCENE_START = 1,
	SCENE_MIDDLE = 2,
	SCENE_END = 3,
};

enum scene_mark_kind {
	SCENE_RECT = 1,	 /* a filled box; with a tip, a thing to point at */
	SCENE_FRAME = 2, /* the same with a label inside */
	SCENE_TEXT = 3,
	SCENE_OPEN = 4, /* a part begins, moved down by y */
	SCENE_CLOSE = 5,
};

struct scene_box {
	int32_t x;
	int32_t y;
	int32_t w;
	int32_t h;
};

struct scene_type {
	int32_t size;
	enum scene_anchor anchor;
	bool bold;
	struct scene_paint paint;
};

/* A place in scene.texts. */
struct scene_span {
	uint32_t at;
	uint32_t len;
};

struct scene_mark {
	enum scene_mark_kind kind;
	struct scene_box box; /* TEXT: x and y of the base line; OPEN: y alone */
	struct scene_paint paint;
	struct scene_span text; /* TEXT: what is drawn; FRAME: the label */
	struct scene_span tip;	/* RECT, FRAME: said when pointed at */
	int32_t size;		/* TEXT, FRAME: of the font */
	enum scene_anchor anchor;
	bool bold;
	enum scene_part part; /* OPEN */
};

struct scene {
	const char *view; /* "flame": a word of ours, never a stranger's */
	int32_t width;
	int32_t height; /* set last, by the layout */
	struct buf title;
	struct buf description; /* lines of visible text, for <desc> */
	struct buf detail;	/* XML text: what the script reads; empty: none */
	const char *script;	/* NULL: none */
	size_t script_len;
	struct buf texts;
	struct {
		VEC(struct scene_mark);
	} marks;
};

void scene_init(struct scene *s, const char *view, int32_t width);
void scene_release(struct scene *s);

struct scene_paint scene_rgb(uint32_t rgb);
struct scene_paint scene_tone(enum scene_tone tone);

void scene_open(struct scene *s, enum scene_part part, int32_t y);
void scene_close(struct scene *s);
void scene_rect(struct scene *s, struct scene_box box, struct scene_paint paint);
void scene_text(struct scene *s, int32_t x, int32_t y, const struct scene_type *type,
		const char *text, size_t len);

/* A box with a label of the given font size and a tip; either may be empty. */
void scene_frame(struct scene *s, struct scene_box box, struct scene_paint paint, int32_t size,
		 const struct buf *label, const struct buf *tip);

/* What the paint is on light paper. */
uint32_t scene_paint_rgb(struct scene_paint paint);

const char *scene_span_text(const struct scene *s, struct scene_span span);

#endif
