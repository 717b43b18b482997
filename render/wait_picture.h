#ifndef RENDER_WAIT_PICTURE_H
#define RENDER_WAIT_PICTURE_H

#include "base/err.h"
#include "render/flame_picture.h"
#include "render/wait_drawing.h"

struct picture_source;
struct selection;

/* What a picture of waits is drawn from: as flame_picture_open(), which a trace's samples
 * have. A title of NULL is one of ours. */
int wait_picture_open(struct flame_picture *out, const struct picture_source *source,
		      const struct selection *selection, const struct wait_request *request,
		      const char *title, struct err *err);

#endif
