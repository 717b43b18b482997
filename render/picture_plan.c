#include "render/picture_plan.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "formats/trace_reader.h"
#include "render/picture_source.h"
#include "render/wait_drawing.h"

static enum view view_of_drawing(enum wait_drawing drawing)
{
	return wait_drawing_is_chain(drawing) ? VIEW_CHAIN : VIEW_FLAME;
}

static int check_drawing(enum wait_drawing drawing, enum view view,
			 const struct picture_source *source, struct err *err)
{
	enum view own = view_of_drawing(drawing);
	uint32_t event;

	if (view && view != own && !(own == VIEW_FLAME && view == VIEW_ICICLE))
		return err_set(err, -EINVAL,
			       "-e %s is not drawn as %s but as %s: profile render %s -e %s",
			       wait_drawing_name(drawing), view_name(view), view_name(own),
			       view_name(own), wait_drawing_name(drawing));
	if (!source->trace)
		return 0; /* whoever opens it says what is wrong */
	return wait_event_find(source->trace, wait_drawing_way(drawing), &event, err);
}

/* The widest chain graph that the trace holds. */
static int plan_chain(struct planned_picture *out, const struct picture_source *source,
		      struct err *err)
{
	enum wait_drawing drawing = WAIT_DRAWING_CHAIN;

	if (!source->trace)
		return err_set(err, -EINVAL,
			       "%s: folded stacks do not say who ended a wait; record a trace with "
			       "'profile record -e chain'",
			       source->path);
	if (!wait_drawing_is_held(drawing, source->trace) &&
	    wait_drawing_is_held(WAIT_DRAWING_OFFWAKE, source->trace))
		drawing = WAIT_DRAWING_OFFWAKE;
	*out = (struct planned_picture){ VIEW_CHAIN, drawing, wait_drawing_name(drawing) };
	return check_drawing(drawing, VIEW_CHAIN, source, err);
}

/* Of that name, or of any if it is NULL. */
static bool has_samples(const struct trace_reader *r, const char *name)
{
	for (uint32_t id = 0; id < trace_reader_event_cnt(r); id++) {
		const struct trace_event *event = trace_reader_event(r, id);

		if (event->kind == TRACE_EVENT_SAMPLE && (!name || !strcmp(event->name, name)))
			return true;
	}
	return false;
}

/* What of waits is meant; 0: nothing, but samples. */
static enum wait_drawing drawing_of(const struct trace_reader *r, const char *event, enum view view)
{
	if (r && has_samples(r, event))
		return 0;
	if (event)
		return wait_drawing_find(event);
	if (r && view != VIEW_SUBSECOND && wait_drawing_is_held(WAIT_DRAWING_OFFCPU, r))
		return WAIT_DRAWING_OFFCPU;
	return 0;
}

int picture_plan_one(struct planned_picture *out, const struct picture_source *source,
		     const struct selection *selection, enum view view, struct err *err)
{
	const struct trace_reader *r = source->trace;
	enum wait_drawing drawing = drawing_of(r, selection->event, view);
	uint32_t event;
	int status;

	if (view == VIEW_CHAIN && !selection->event)
		return plan_chain(out, source, err);
	if (drawing) {
		status = check_drawing(drawing, view, source, err);
		*out = (struct planned_picture){ view ? view : view_of_drawing(drawing), drawing,
						 wait_drawing_name(drawing) };
		return status;
	}
	*out = (struct planned_picture){ view ? view : VIEW_FLAME, 0, "stacks" };
	if (view == VIEW_CHAIN)
		return err_set(err, -EINVAL,
			       "chain is for waits, not for %s: profile render chain -e chain",
			       selection->event);
	if (!r)
		return 0;
	status = selection_event(selection, r, &event, err);
	if (status >= 0)
		out->event = trace_reader_event(r, event)->name;
	return status;
}

/* A heat map needs times. */
static void add_samples(struct picture_plan *plan, const struct picture_source *source,
			const char *event)
{
	*vec_push(plan) = (struct planned_picture){ VIEW_FLAME, 0, event };
	if (picture_source_has_times(source))
		*vec_push(plan) = (struct planned_picture){ VIEW_SUBSECOND, 0, event };
}

static void add_waits(struct picture_plan *plan, const struct picture_source *source)
{
	for (int i = 1; i < WAIT_DRAWING_CNT; i++)
		if (wait_drawing_is_held(i, source->trace))
			*vec_push(plan) = (struct planned_picture){ view_of_drawing(i), i,
								    wait_drawing_name(i) };
}

int picture_plan_all(struct picture_plan *out, const struct picture_source *source,
		     const struct selection *selection, enum view view, struct err *err)
{
	struct planned_picture first;
	int status = picture_plan_one(&first, source, selection, view, err);
	const struct trace_reader *r = source->trace;

	if (status < 0)
		return status;
	if (view || (first.drawing && selection->event)) {
		*vec_push(out) = first;
		return 0;
	}
	if (!r || selection->event) {
		add_samples(out, source, first.event);
		return 0;
	}
	for (uint32_t id = 0; id < trace_reader_event_cnt(r); id++)
		if (trace_reader_event(r, id)->kind == TRACE_EVENT_SAMPLE)
			add_samples(out, source, trace_reader_event(r, id)->name);
	add_waits(out, source);
	return 0;
}
