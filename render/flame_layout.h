#ifndef RENDER_FLAME_LAYOUT_H
#define RENDER_FLAME_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "render/call_tree.h"
#include "render/caption.h"
#include "render/measure.h"
#include "render/scene.h"

/*
 * A flame graph as a scene: a call tree's boxes (render/flame_boxes.h) given pixels,
 * colours and words.
 *
 *	title, what was measured where and when
 *	                                      (room for the script's tools)
 *	            | memcpy |
 *	     | parse_line    | read |
 *	| main                      | worker  |
 *	| all                                 |       icicle: the same upside down
 *	legend of the kinds of frames that occur
 *	losses, unknown names, frames left out
 */

#define FLAME_ROW (18 * SCENE_PX) /* one frame with the line between it and the next */
#define FLAME_MAX_FRAMES_LIMIT 1000000u
#define FLAME_MIN_WIDTH 10 /* hundredths of a pixel */

/* A single deep stack would make a picture of needles, so rows above this one are drawn
 * only up to the last that has a frame of such a width. */
#define FLAME_ROWS_ALWAYS 40
#define FLAME_ROW_WIDTH (3 * SCENE_PX)
#define FLAME_CHAIN_ROW_WIDTH (10 * SCENE_PX) /* chains are several stacks high */

struct flame_options {
	int32_t width;	   /* of the picture */
	int32_t min_width; /* of a frame, in hundredths of a pixel */
	uint32_t max_frames;
	bool root_on_top;
	bool is_chain;	 /* of waits and who ended them: said in the scene's view */
	bool has_detail; /* for the script: what zooming shows */
	size_t budget;	 /* about the bytes of the SVG, without its script; 0: any */
};

/* The tree must be finished. The scene is initialised here; the caller releases it. */
void flame_layout(struct scene *out, const struct call_tree *t, const struct measure *m,
		  const struct caption *c, const struct flame_options *o);

#endif
