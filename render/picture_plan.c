#include "render/picture_plan.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "formats/trace_reader.h"
#include "render/latency_walk.h"
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
	*out = (struct planned_picture){ .view = VIEW_CHAIN,
					 .drawing = drawing,
					 .event = wait_drawing_name(drawing) };
	return check_drawing(drawing, VIEW_CHAIN, source, err);
}

/* The first event of a kind, of that name or of any if it is NULL; false: there is none. */
static bool find_kind(const struct trace_reader *r, enum trace_event_kind kind, const char *name,
		      uint32_t *out)
{
	for (uint32_t id = 0; id < trace_reader_event_cnt(r); id++) {
		const struct trace_event *event = trace_reader_event(r, id);

		if (event->kind == kind && (!name || !strcmp(event->name, name))) {
			*out = id;
			return true;
		}
	}
	return false;
}

/* What of waits is meant; 0: nothing, but samples. */
static enum wait_drawing drawing_of(const struct trace_reader *r, const char *event, enum view view)
{
	uint32_t id;

	if (r && (find_kind(r, TRACE_EVENT_SAMPLE, event, &id) ||
		  (event && find_kind(r, TRACE_EVENT_LATENCY, event, &id))))
		return 0;
	if (event)
		return wait_drawing_find(event);
	if (r && view != VIEW_SUBSECOND && wait_drawing_is_held(WAIT_DRAWING_OFFCPU, r))
		return WAIT_DRAWING_OFFCPU;
	return 0;
}

/* Of whatever has values, by the name that was given. */
static int plan_values(struct planned_picture *out, const struct picture_source *source,
		       const struct selection *selection, enum view view, struct err *err)
{
	const struct trace_event *event;
	uint32_t id;
	int status = picture_source_check_latencies(source, err);

	if (status >= 0)
		status = latency_event_find(source->trace, selection->event, &id, err);
	if (status < 0)
		return status;
	event = trace_reader_event(source->trace, id);
	*out = (struct planned_picture){ .view = view,
					 .event = selection->event ? selection->event : event->name,
					 .is_latency = event->kind != TRACE_EVENT_SAMPLE };
	return 0;
}

/* Whether the event of latencies is meant: by its name, or because there is nothing else. */
static bool means_latency(const struct trace_reader *r, const char *name, uint32_t *out)
{
	uint32_t other;

	if (!r || !find_kind(r, TRACE_EVENT_LATENCY, name, out))
		return false;
	return name ? !find_kind(r, TRACE_EVENT_SAMPLE, name, &other)
		    : !find_kind(r, TRACE_EVENT_SAMPLE, NULL, &other) &&
			       !find_kind(r, TRACE_EVENT_WAIT, NULL, &other);
}

static int plan_samples(struct planned_picture *out, const struct trace_reader *r,
			const struct selection *selection, enum view view, struct err *err)
{
	uint32_t event;
	int status;

	*out = (struct planned_picture){ .view = view ? view : VIEW_FLAME, .event = "stacks" };
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

int picture_plan_one(struct planned_picture *out, const struct picture_source *source,
		     const struct selection *selection, enum view view, struct err *err)
{
	const struct trace_reader *r = source->trace;
	enum wait_drawing drawing = drawing_of(r, selection->event, view);
	uint32_t event;
	int status;

	if (drawing != WAIT_DRAWING_WALL &&
	    (view_is_of_values(view) || (view == VIEW_SUBSECOND && drawing)))
		return plan_values(out, source, selection, view, err);
	if (view == VIEW_CHAIN && !selection->event)
		return plan_chain(out, source, err);
	if (view != VIEW_CHAIN && means_latency(r, selection->event, &event)) {
		*out = (struct planned_picture){ .view = view ? view : VIEW_HEATMAP,
						 .event = trace_reader_event(r, event)->name,
						 .is_latency = true };
		return 0;
	}
	if (drawing) {
		status = check_drawing(drawing, view, source, err);
		*out = (struct planned_picture){ .view = view ? view : view_of_drawing(drawing),
						 .drawing = drawing,
						 .event = wait_drawing_name(drawing) };
		return status;
	}
	return plan_samples(out, r, selection, view, err);
}

/* A heat map needs times. */
static void add_samples(struct picture_plan *plan, const struct picture_source *source,
			const char *event)
{
	*vec_push(plan) = (struct planned_picture){ .view = VIEW_FLAME, .event = event };
	if (picture_source_has_times(source))
		*vec_push(plan) =
			(struct planned_picture){ .view = VIEW_SUBSECOND, .event = event };
}

static void add_latencies(struct picture_plan *plan, const char *event)
{
	for (enum view view = VIEW_HEATMAP; view <= VIEW_HISTOGRAM; view++)
		*vec_push(plan) = (struct planned_picture){ .view = view,
							    .event = event,
							    .is_latency = true };
}

static void add_waits(struct picture_plan *plan, const struct picture_source *source)
{
	for (int i = 1; i < WAIT_DRAWING_CNT; i++)
		if (wait_drawing_is_held(i, source->trace))
			*vec_push(plan) = (struct planned_picture){ .view = view_of_drawing(i),
								    .drawing = i,
								    .event = wait_drawing_name(i) };
}

/* What a record is of, kept or lost; TRACE_NONE: of no event. */
static uint32_t event_of(const struct trace_reader *r, const struct trace_record *record)
{
	switch (record->kind) {
	case TRACE_RECORD_SAMPLE:
		return record->sample.event;
	case TRACE_RECORD_WAIT_SUM:
		return record->wait_sum.event;
	case TRACE_RECORD_BIN:
		return trace_reader_series(r, record->bin.series)->event;
	case TRACE_RECORD_LOSS:
		return trace_loss_is_latencies(record->loss.loss) ? record->loss.event : TRACE_NONE;
	default:
		return TRACE_NONE;
	}
}

/* Which events happened, by their ids; how many did. */
static int find_happened(struct trace_reader *r, bool happened[TRACE_EVENTS_MAX], uint32_t *out_cnt,
			 struct err *err)
{
	struct trace_record record;
	uint32_t event;
	int got;

	*out_cnt = 0;
	trace_reader_rewind(r);
	while ((got = trace_reader_next(r, &record, err)) > 0) {
		event = event_of(r, &record);
		if (event >= TRACE_EVENTS_MAX)
			continue;
		*out_cnt += !happened[event];
		happened[event] = true;
	}
	return got;
}

static int add_all(struct picture_plan *plan, const struct picture_source *source, struct err *err)
{
	const struct trace_reader *r = source->trace;
	bool happened[TRACE_EVENTS_MAX] = { false };
	uint32_t cnt;
	int status = find_happened(source->trace, happened, &cnt, err);

	for (uint32_t id = 0; id < trace_reader_event_cnt(r) && status >= 0; id++) {
		const struct trace_event *event = trace_reader_event(r, id);

		if (event->kind == TRACE_EVENT_WAIT)
			continue;
		if (cnt && !happened[id])
			*vec_push(&plan->silent) = event->name;
		else if (event->kind == TRACE_EVENT_SAMPLE)
			add_samples(plan, source, event->name);
		else
			add_latencies(plan, event->name);
	}
	add_waits(plan, source);
	return status;
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
	if (r && !selection->event)
		return add_all(out, source, err);
	if (first.is_latency)
		add_latencies(out, first.event);
	else
		add_samples(out, source, first.event);
	return 0;
}

void picture_plan_release(struct picture_plan *plan)
{
	vec_release(&plan->silent);
	vec_release(plan);
}
