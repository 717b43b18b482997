#ifndef RENDER_PICTURE_H
#define RENDER_PICTURE_H

#include "render/scene.h"

/* Measures that all pictures share, in hundredths of a pixel, and what they are asked for. */

#define PICTURE_MARGIN (16 * SCENE_PX)
#define PICTURE_LARGE (17 * SCENE_PX) /* font size of the title */
#define PICTURE_SMALL (12 * SCENE_PX) /* of everything else */
#define PICTURE_LINE (17 * SCENE_PX)  /* from base line to base line */
#define PICTURE_BAR (26 * SCENE_PX)   /* room above the frames where the script puts its tools */

#define PICTURE_WIDTH_MIN_PX 400
#define PICTURE_WIDTH_MAX_PX 20000

/* Of a picture whose last line stands at y: whole pixels, so that an image ends sharply. */
static inline int32_t picture_height(int32_t y)
{
	return (y + PICTURE_MARGIN + SCENE_PX - 1) / SCENE_PX * SCENE_PX;
}

#endif
