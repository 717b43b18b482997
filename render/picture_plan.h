#ifndef RENDER_PICTURE_PLAN_H
#define RENDER_PICTURE_PLAN_H

#include "base/err.h"
#include "base/vec.h"
#include "render/view.h"

struct picture_source;
struct selection;

/*
 * Which pictures are meant by a view and the name of an event, each of which may be left out.
 * Each event has the views that are defined on its kind:
 *
 *	samples          flame, icicle, subsecond; if their weight is a value, on request:
 *	                 heatmap, histogram
 *	waits            flame, icicle   of offcpu, wakeup and wall
 *	                 chain           of offwake and chain
 *	                 on request: heatmap, histogram, subsecond
 *	latencies        heatmap, histogram; on request: flame, icicle, subsecond
 *	folded stacks    flame, icicle
 */
struct planned_picture {
	enum view view;
	enum wait_drawing drawing; /* 0: not of waits, or not of their stacks */
	const char *event;	   /* the source's, or the selection's */
	bool is_latency;	   /* of latencies, or of waits as such */
};

/* Of the trace. */
struct event_names {
	VEC(const char *);
};

struct picture_plan {
	VEC(struct planned_picture);
	struct event_names silent; /* nothing happened, so they are not drawn */
};

/* The one picture that goes into one file: of what is left out, the first that there is. */
int picture_plan_one(struct planned_picture *out, const struct picture_source *source,
		     const struct selection *selection, enum view view, struct err *err);

void picture_plan_release(struct picture_plan *plan);

/* All of them: every event of a trace that happened, in its own view (if none did, every event),
 * or those that were asked for, whatever there is of them. */
int picture_plan_all(struct picture_plan *out, const struct picture_source *source,
		     const struct selection *selection, enum view view, struct err *err);

#endif
