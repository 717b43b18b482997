#ifndef RENDER_HEATMAP_PICTURE_H
#define RENDER_HEATMAP_PICTURE_H

#include "base/err.h"
#include "render/heatmap_request.h"
#include "render/scene.h"
#include "render/selection.h"

struct picture_source;

/*
 * The heat map of an event's values, as a scene that the caller releases: time across, value
 * up, colour by count. Its script is heatmap_script of render/scripts.h, which the caller sets.
 *
 * -EINVAL for folded stacks, and for a label that the event does not have; -ENOENT as
 * latency_event_find() has it. title NULL: one is made.
 */
int heatmap_picture(struct scene *out, const struct picture_source *source,
		    const struct selection *selection, const struct heatmap_request *request,
		    const char *title, int32_t width, struct err *err);

#endif
