#ifndef RENDER_LATENCY_CAPTION_H
#define RENDER_LATENCY_CAPTION_H

#include "render/caption.h"
#include "render/latency_walk.h"

struct selection;
struct trace_reader;

/*
 * What a picture of values says beside itself: how many events it is of, which of them the
 * selection took and left, how exactly values are known, and what was lost.
 */
struct latency_caption {
	const struct trace_reader *reader;
	const struct selection *selection;
	const struct latency_totals *totals;
	bool is_of_singles; /* no percentiles stand in it */
	bool is_part;	    /* it is drawn of some of the events, which is said before */
};

/* All but the title. Read it once the trace was walked. */
void latency_caption_write(struct caption *out, const struct latency_caption *what);

#endif
