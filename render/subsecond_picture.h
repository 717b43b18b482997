#ifndef RENDER_SUBSECOND_PICTURE_H
#define RENDER_SUBSECOND_PICTURE_H

#include "base/err.h"
#include "render/scene.h"
#include "render/selection.h"

struct picture_source;

/*
 * The subsecond heat map of a trace's samples, as a scene that the caller releases.
 * -EINVAL for folded stacks, which have no times. title NULL: one is made.
 */
int subsecond_picture(struct scene *out, const struct picture_source *source,
		      const struct selection *selection, const char *title, int32_t width,
		      struct err *err);

#endif
