#ifndef RENDER_LATENCY_SUBSECOND_H
#define RENDER_LATENCY_SUBSECOND_H

#include <stdint.h>

#include "base/err.h"
#include "render/scene.h"
#include "render/selection.h"

struct picture_source;

/*
 * The subsecond heat map of when latency events ended, as a scene that the caller releases: of
 * all that the selection holds if they were kept one by one, and else of those that were drawn
 * evenly, which the caption says; or of waits, those that were drawn. title NULL: one is made.
 */
int latency_subsecond_picture(struct scene *out, const struct picture_source *source,
			      const struct selection *selection, const char *title, int32_t width,
			      struct err *err);

#endif
