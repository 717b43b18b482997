#include "render/latency_caption.h"

#include <string.h>

#include "base/sum.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "render/latency_words.h"
#include "render/wait_caption.h"

/* "12,345 events, 1.23 s in all"; values that are no amounts are not added up. */
static void about_events(struct caption *c, const struct latency_caption *what,
			 const struct trace_event *event)
{
	const struct latency_totals *t = what->totals;
	char count[UNITS_TEXT_MAX], sum[UNITS_TEXT_MAX];
	uint64_t took_ns = selection_covers_ns(what->selection, what->reader);

	caption_about(c, "%s%s event%s%s", what->is_part ? "of " : "",
		      units_count(count, t->kept_cnt), t->kept_cnt == 1 ? "" : "s",
		      t->is_sample ? " kept one by one" : "");
	if (event->unit == TRACE_UNIT_NS || event->unit == TRACE_UNIT_BYTES)
		caption_about(c, "%s%s in all", t->kept_sum == UINT64_MAX ? "more than " : "",
			      latency_value_text(sum, event->unit, t->kept_sum));
	if (took_ns)
		caption_about(c, "in %s", units_duration(sum, took_ns));
	if (event->source && *event->source && strcmp(event->source, event->name) != 0)
		caption_about(c, "event %s (%s)", event->name, event->source);
	else
		caption_about(c, "event %s", event->name);
}

static void about_latency(struct caption *c, const struct latency_caption *what,
			  enum trace_unit unit)
{
	const struct range *asked = &what->selection->latency;
	char text[LATENCY_RANGE_MAX];

	if (selection_range_is_all(*asked))
		return;
	if (!asked->first)
		caption_about(c, "only up to %s", latency_value_text(text, unit, asked->last));
	else if (asked->last == UINT64_MAX)
		caption_about(c, "only from %s on", latency_value_text(text, unit, asked->first));
	else
		caption_about(c, "only %s",
			      latency_range_text(text, unit, asked->first, asked->last));
}

/* What was asked for may cut slices of time and ranges of values, which are taken whole. */
static void note_taken(struct caption *c, const struct latency_caption *what, enum trace_unit unit)
{
	const struct latency_totals *t = what->totals;
	char from[UNITS_TEXT_MAX], to[UNITS_TEXT_MAX], text[LATENCY_RANGE_MAX];

	if (!t->kept_cnt)
		return;
	if (!selection_range_is_all(what->selection->time) && t->slice_ns)
		caption_note(c, "of the time, slices of up to %s are taken whole: %s to %s",
			     units_duration(text, t->slice_ns), units_duration(from, t->from_ns),
			     units_duration(to, t->to_ns));
	if (!selection_range_is_all(what->selection->latency) && !t->is_exact && !t->is_sample)
		caption_note(c, "of the values, ranges are taken whole: %s",
			     latency_range_text(text, unit, t->least, t->most));
}

static void note_outside(struct caption *c, const struct latency_caption *what)
{
	const struct latency_totals *t = what->totals;
	char count[UNITS_TEXT_MAX];

	if (t->outside_cnt)
		caption_note(c, "outside of what was selected: %s event%s",
			     units_count(count, t->outside_cnt), t->outside_cnt == 1 ? "" : "s");
}

static void note_sample(struct caption *c, const struct latency_caption *what)
{
	const struct trace_event *event = trace_reader_event(what->reader, what->totals->event);
	bool is_wait = event->kind == TRACE_EVENT_WAIT;
	char count[UNITS_TEXT_MAX];

	if (!what->totals->is_sample)
		return;
	caption_note(c,
		     "only events that were kept one by one, of %s%s in the whole recording: the "
		     "longest of each slice, and some drawn evenly",
		     units_count(count, is_wait ? trace_reader_totals(what->reader)->wait_cnt
						: what->totals->counted_cnt),
		     is_wait ? " waits" : "");
}

/* What of a loss no event was named for. */
static uint64_t lost_of_any(const struct latency_caption *what, enum trace_loss loss)
{
	uint64_t all = trace_reader_totals(what->reader)->lost[loss];
	uint64_t named = what->totals->lost[loss];

	sum_clipped(&named, what->totals->lost_others[loss]);
	return all > named ? all - named : 0;
}

static void note_loss(struct caption *c, const struct latency_caption *what, enum trace_loss loss)
{
	uint64_t own = what->totals->lost[loss], any = lost_of_any(what, loss);
	char count[UNITS_TEXT_MAX];

	if (own)
		caption_note(c, "%s: %s", trace_loss_text(loss), units_count(count, own));
	if (any)
		caption_note(c, "%s%s: %s", trace_loss_text(loss),
			     caption_is_of_latencies(loss) ? ", of whichever event" : "",
			     units_count(count, any));
}

static void note_lost_events(struct caption *c, const struct latency_caption *what)
{
	uint64_t lost = what->totals->lost[TRACE_LOSS_LATENCIES], taken = lost;
	uint64_t any = lost_of_any(what, TRACE_LOSS_LATENCIES);
	char count[UNITS_TEXT_MAX], share[UNITS_TEXT_MAX];

	sum_clipped(&taken, what->totals->counted_cnt);
	if (lost)
		caption_note(c, "%s event%s lost (%s) in the whole recording",
			     units_count(count, lost), lost == 1 ? "" : "s",
			     units_percent(share, lost, taken));
	else if (!any)
		caption_note(c, "no events lost");
	if (any)
		caption_note(c, "lost, of whichever event: %s", units_count(count, any));
}

/* Those of other events are not of this picture. */
static void note_latency_losses(struct caption *c, const struct latency_caption *what)
{
	static const enum trace_loss others[] = {
		TRACE_LOSS_UNSTARTED,	TRACE_LOSS_COARSE,	   TRACE_LOSS_SINGLES,
		TRACE_LOSS_TASK_EVENTS, TRACE_LOSS_DAMAGED_CHUNKS, TRACE_LOSS_DAMAGED_BYTES,
	};

	note_lost_events(c, what);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		note_loss(c, what, others[i]);
}

/* Samples and waits have losses of their own. */
static void note_losses(struct caption *c, const struct latency_caption *what,
			enum trace_event_kind kind)
{
	const struct trace_totals *all = trace_reader_totals(what->reader);

	if (kind == TRACE_EVENT_LATENCY) {
		note_latency_losses(c, what);
	} else if (kind == TRACE_EVENT_WAIT) {
		wait_caption_losses(c, all);
	} else {
		for (int i = 1; i < TRACE_LOSS_CNT; i++)
			if (!caption_is_of_latencies(i) && !caption_is_of_waits(i))
				caption_note_loss(c, all, i);
	}
}

void latency_caption_write(struct caption *out, const struct latency_caption *what)
{
	const struct latency_totals *t = what->totals;
	const struct trace_event *event = trace_reader_event(what->reader, t->event);

	about_events(out, what, event);
	about_latency(out, what, event->unit);
	caption_about_recording(out, what->reader, what->selection);
	note_sample(out, what);
	note_taken(out, what, event->unit);
	note_outside(out, what);
	if (t->kept_cnt && !what->is_of_singles)
		caption_note(out, "values are counted in ranges, 8 for each power of two: "
				  "percentiles are right to an eighth and better");
	note_losses(out, what, event->kind);
	caption_note_ending(out, what->reader);
	out->is_outside = !t->kept_cnt && t->outside_cnt;
}
