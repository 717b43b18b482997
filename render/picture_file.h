#ifndef RENDER_PICTURE_FILE_H
#define RENDER_PICTURE_FILE_H

#include <stddef.h>

#include "base/err.h"

struct buf;
struct scene;

/* What a file name's extension asks for. */
enum picture_kind {
	PICTURE_SVG = 1,
	PICTURE_PNG = 2,
	PICTURE_PDF = 3,
	PICTURE_FOLDED = 4,
	PICTURE_TEXT = 5,
};

/* "-" is stdout, as SVG; "-.txt" and its like are stdout, too. -EINVAL with a sentence that names the kinds there are. */
int picture_kind_of(const char *path, enum picture_kind *out, struct err *err);

/* Draws the scene as SVG, PNG or PDF; scale is PNG's pixels for each pixel of the scene. */
int picture_file_draw(const char *path, enum picture_kind kind, const struct scene *s,
		      unsigned scale, struct err *err);

/* Writes what is already text. */
int picture_file_write(const char *path, const struct buf *content, struct err *err);

#endif
