#ifndef RENDER_FLAME_BOXES_H
#define RENDER_FLAME_BOXES_H

#include <stdint.h>

#include "base/vec.h"
#include "render/call_tree.h"

/*
 * Which frames of a call tree get a box, and where. Pure arithmetic: values, no
 * pixels, so a test can check every box.
 *
 *	value 0 ------------------------------> total
 *	depth 0 |             all               |
 *	depth 1 | main            | worker |....|   .... strip: frames too small,
 *	depth 2 | parse | rd |..|                    neighbours merged into one
 *
 * A frame keeps its true place whatever is left out beside it, so zooming in moves
 * nothing. Children lie in the tree's order from the left edge of their parent; what
 * the parent did itself is the room at its right. All frames of at least min_value
 * have a box of their own; runs of smaller siblings are one strip. As a child is
 * never larger than its parent, the boxes are a tree with the same root.
 */

#define FLAME_BOX_STRIP TRACE_NONE

struct flame_box {
	uint32_t node; /* FLAME_BOX_STRIP: a strip */
	uint32_t depth;
	uint64_t first; /* value to the left of it */
	uint64_t value;
};

struct flame_boxes {
	struct {
		VEC(struct flame_box); /* parents before children, left before right */
	} boxes;
	uint32_t frame_cnt;    /* boxes that are frames, the root among them */
	uint32_t hidden_cnt;   /* frames without a box, those below strips among them */
	uint64_t hidden_value; /* of all strips */
	uint32_t depth_cnt;    /* rows */
};

/* The tree must be finished. */
void flame_boxes_choose(struct flame_boxes *out, const struct call_tree *t, uint64_t min_value);
void flame_boxes_release(struct flame_boxes *b);

/* The same from boxes that were chosen for a min_value not larger than this one. */
void flame_boxes_narrow(struct flame_boxes *out, const struct flame_boxes *from,
			uint64_t min_value);

#endif
