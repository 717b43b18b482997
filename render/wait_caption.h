#ifndef RENDER_WAIT_CAPTION_H
#define RENDER_WAIT_CAPTION_H

#include <stdint.h>

#include "render/caption.h"
#include "render/wait_wall.h"
#include "render/wait_walk.h"

struct selection;
struct trace_reader;

/*
 * What a picture of waits says beside itself: what its width is, which waits were kept and
 * from which length on, what was left out and how to see it, what was lost.
 */
struct wait_caption {
	const struct trace_reader *reader;
	const struct selection *selection;
	const struct wait_request *request;
	const struct wait_totals *totals;
	const struct wall_samples *samples; /* of the picture of wall time */
	uint64_t drawn_ns;		    /* the tree's */
};

/* Read it once the trace was walked. */
void wait_caption_write(struct caption *out, const struct wait_caption *what);

/* What was lost of waits, and whatever else any picture of them has to say of losses. */
void wait_caption_losses(struct caption *c, const struct trace_totals *all);

#endif
