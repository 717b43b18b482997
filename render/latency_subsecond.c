#include "render/latency_subsecond.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "formats/wait_column.h"
#include "render/command_words.h"
#include "render/latency_caption.h"
#include "render/latency_kept.h"
#include "render/latency_title.h"
#include "render/picture_source.h"
#include "render/subsecond_bins.h"
#include "render/subsecond_layout.h"
#include "render/wait_walk.h"

#define SECOND_NS 1000000000ull

static bool is_of_waits(const struct latency_kept *s)
{
	return trace_reader_event(s->reader, s->totals.event)->kind == TRACE_EVENT_WAIT;
}

/* The longest alone would show when things were slow, not when they were. */
static int count(struct subsecond_bins *b, struct latency_kept *s, uint64_t *out_cnt,
		 struct err *err)
{
	bool all = latency_kept_are_all(s);
	struct trace_latency one;
	int got;

	*out_cnt = 0;
	while ((got = latency_kept_next(s, &one, err)) > 0) {
		if (!all && !(one.why & TRACE_LATENCY_DRAWN))
			continue;
		subsecond_bins_add(b, one.end_ns, 1);
		++*out_cnt;
	}
	return got;
}

/* Waits that were kept one by one: likewise. */
static int count_waits(struct subsecond_bins *b, const struct latency_kept *s, uint64_t *out_cnt,
		       struct err *err)
{
	struct trace_record record;
	int got;

	*out_cnt = 0;
	trace_reader_rewind(s->reader);
	while ((got = trace_reader_next(s->reader, &record, err)) > 0) {
		if (record.kind != TRACE_RECORD_WAIT || record.wait.event != s->totals.event ||
		    !(record.wait.why & TRACE_WAIT_DRAWN) ||
		    !wait_is_selected(&record.wait, s->reader, s->selection))
			continue;
		subsecond_bins_add(b, wait_end_ns(&record.wait), 1);
		++*out_cnt;
	}
	return got;
}

static void note_part(struct caption *c, const struct latency_kept *s, uint64_t cnt)
{
	char drawn[UNITS_TEXT_MAX], all[UNITS_TEXT_MAX];

	if (is_of_waits(s))
		caption_note(c, "cells are of waits that were drawn evenly, by when they ended: %s",
			     units_count(drawn, cnt));
	else if (latency_kept_are_all(s))
		caption_note(c, "each event was kept one by one");
	else
		caption_note(c, "cells are of %s events of %s, drawn evenly",
			     units_count(drawn, cnt), units_count(all, s->totals.kept_cnt));
}

static void caption_it(struct caption *c, const struct latency_kept *s,
		       const struct subsecond_bins *b, uint64_t cnt, const char *title)
{
	struct latency_caption what = { .reader = s->reader,
					.selection = s->selection,
					.totals = &s->totals,
					.is_of_singles = true };
	char *subject = latency_title_subject(s->reader, s->totals.event);
	char *made =
		title ? mem_dup(title, strlen(title)) : mem_printf("%s, second by second", subject);
	char outside[UNITS_TEXT_MAX];

	c->title = text_visible_dup(made, strlen(made));
	free(subject);
	free(made);
	note_part(c, s, cnt);
	latency_caption_write(c, &what);
	if (b->col_seconds > 1)
		caption_note(c, "each column is the sum of %llu seconds",
			     (unsigned long long)b->col_seconds);
	if (b->outside)
		caption_note(c, "not drawn, from before the start: %s events",
			     units_count(outside, b->outside));
	c->is_outside = !cnt && (s->totals.kept_cnt || s->totals.outside_cnt);
}

static int draw(struct scene *out, const struct picture_source *source, struct latency_kept *s,
		const char *title, int32_t width, struct err *err)
{
	const struct trace_event *event = trace_reader_event(s->reader, s->totals.event);
	uint64_t first = s->selection->time.first / SECOND_NS, cnt;
	uint64_t start_ns = trace_reader_fact_number(s->reader, TRACE_FACT_CLOCK_START_NS);
	struct measure measure = { .unit = TRACE_UNIT_EVENTS };
	struct caption caption = { 0 };
	struct subsecond_bins bins;
	int status;

	subsecond_bins_init(&bins, start_ns + first * SECOND_NS, subsecond_layout_columns(width),
			    SUBSECOND_ROWS);
	status = is_of_waits(s) ? count_waits(&bins, s, &cnt, err) : count(&bins, s, &cnt, err);
	if (status >= 0) {
		char *command =
			command_stacks(source->path, command_stacks_event(event), s->selection);
		struct subsecond_options options = { .width = width,
						     .first = first,
						     .command = command };

		caption_it(&caption, s, &bins, cnt, title);
		subsecond_layout(out, &bins, &measure, &caption, &options);
		caption_release(&caption);
		free(command);
	}
	subsecond_bins_release(&bins);
	return status;
}

int latency_subsecond_picture(struct scene *out, const struct picture_source *source,
			      const struct selection *selection, const char *title, int32_t width,
			      struct err *err)
{
	struct latency_kept singles;
	int status;

	if (!picture_source_has_times(source))
		return err_set(err, -EINVAL, "%s: the trace has no times to draw", source->path);
	status = latency_kept_start(&singles, source->trace, selection, err);
	if (status < 0)
		return status;
	return draw(out, source, &singles, title, width, err);
}
