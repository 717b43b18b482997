#ifndef RENDER_SCENE_CAIRO_H
#define RENDER_SCENE_CAIRO_H

#include "base/buf.h"
#include "base/err.h"
#include "render/scene.h"

/*
 * A scene as PNG or PDF, drawn by cairo. The library is loaded when the first such
 * picture is asked for, so that the program runs where it is missing; then -ENOTSUP and
 * a sentence that names the package. No date is written: same scene, same bytes with
 * the same cairo and font.
 */

/* scale: pixels of the picture for each of the scene's, from 1 up. -EFBIG beyond what
 * an image can have, with the remedy. */
int scene_cairo_png(struct buf *out, const struct scene *s, unsigned scale, struct err *err);

/* One page of the size of the scene, with text that can be selected. */
int scene_cairo_pdf(struct buf *out, const struct scene *s, struct err *err);

#endif
