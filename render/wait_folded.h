#ifndef RENDER_WAIT_FOLDED_H
#define RENDER_WAIT_FOLDED_H

#include "base/err.h"
#include "render/wait_drawing.h"

struct buf;
struct picture_source;
struct selection;

/*
 * The waits that a selection holds as folded lines, in microseconds. Where nothing is chosen
 * they are those of `profile export folded`, to the byte: other programs have their own
 * filters, so idle sleepers and kernel threads are there. All drawings but that of wall time.
 */
int wait_folded_write(struct buf *out, const struct picture_source *source,
		      const struct selection *selection, const struct wait_request *request,
		      struct err *err);

#endif
