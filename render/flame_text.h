#ifndef RENDER_FLAME_TEXT_H
#define RENDER_FLAME_TEXT_H

#include "base/buf.h"
#include "render/call_tree.h"
#include "render/caption.h"
#include "render/measure.h"

/*
 * A finished call tree in words: for those who do not see its picture, and for other
 * programs. Lines end in '\n'; the order is that of values and names, never of ids.
 */

/* For a picture's <desc>: the ten names with the largest own values, each after a '\n'. */
void flame_text_summary(struct buf *out, const struct call_tree *t, const struct measure *m);

/* All frames of at least min_value as an indented list, largest siblings first. */
void flame_text_tree(struct buf *out, const struct call_tree *t, const struct measure *m,
		     uint64_t min_value);

/* A picture's words without the picture: title, what was measured, the list of at most
 * max_frames frames of a thousandth or more of the whole, what that leaves out, the notes. */
void flame_text_page(struct buf *out, const struct call_tree *t, const struct measure *m,
		     const struct caption *c, uint32_t max_frames);

/* Folded stacks (formats/TEXT.md), without annotations: samples, or microseconds of what is
 * measured in time. */
void flame_text_folded(struct buf *out, const struct call_tree *t, const struct measure *m);

#endif
