#include "render/wait_caption.h"

#include <string.h>

#include "base/sum.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "formats/wait_threshold.h"

/* How much of the recording is drawn: slices of it, where sums are. */
static uint64_t covers_ns(const struct wait_caption *what)
{
	const struct wait_totals *t = what->totals;

	if (selection_range_is_all(what->selection->time) || t->is_single ||
	    !t->threshold.has_slices)
		return selection_covers_ns(what->selection, what->reader);
	return t->slices_to_ns > t->slices_from_ns ? t->slices_to_ns - t->slices_from_ns : 0;
}

static void about_time(struct caption *c, const struct wait_caption *what)
{
	const struct wait_totals *t = what->totals;
	char drawn[UNITS_TEXT_MAX], runnable[UNITS_TEXT_MAX], took[UNITS_TEXT_MAX];
	uint64_t took_ns = covers_ns(what);

	units_duration(drawn, what->drawn_ns);
	if (what->request->drawing == WAIT_DRAWING_WALL && t->has_accounts) {
		caption_about(c, "%s of %s thread%s", drawn, units_count(runnable, t->thread_cnt),
			      t->thread_cnt == 1 ? "" : "s");
	} else if (what->request->drawing == WAIT_DRAWING_WAKEUP) {
		caption_about(c, "%s blocked", drawn);
	} else {
		caption_about(c, "%s of waiting", drawn);
		if (t->kept_runnable_ns)
			caption_about(c, "%s of it for a CPU",
				      units_duration(runnable, t->kept_runnable_ns));
		if (t->short_ns)
			caption_about(c, "%s of it without stacks",
				      units_duration(runnable, t->short_ns));
	}
	if (took_ns)
		caption_about(c, "in %s", units_duration(took, took_ns));
	caption_about(c, "%s wait%s", units_count(runnable, t->kept_cnt),
		      t->kept_cnt == 1 ? "" : "s");
}

static void about_weight(struct caption *c, const struct wait_request *request)
{
	if (request->drawing != WAIT_DRAWING_CHAIN)
		return;
	if (request->weight == WAIT_WEIGHT_SPLIT)
		caption_about(c, "split: each waker has the part that it has to answer for");
	else
		caption_about(c, "full: each chain has all of the wait that it ended");
}

/* "waits of 1 ms or more", and where the threshold was not what was asked for. */
static void about_threshold(struct caption *c, const struct wait_caption *what)
{
	const struct wait_totals *t = what->totals;
	uint64_t asked_ns = trace_reader_fact_number(what->reader, TRACE_FACT_MIN_BLOCK_NS);
	uint64_t max_ns = trace_reader_fact_number(what->reader, TRACE_FACT_MAX_BLOCK_NS);
	const char *states = trace_reader_fact(what->reader, TRACE_FACT_WAIT_STATES);
	char min[UNITS_TEXT_MAX], max[UNITS_TEXT_MAX];

	if (asked_ns && max_ns)
		caption_about(c, "waits of %s to %s", wait_threshold_text(min, asked_ns),
			      wait_threshold_text(max, max_ns));
	else if (asked_ns)
		caption_about(c, "waits of %s or more", wait_threshold_text(min, asked_ns));
	else if (max_ns)
		caption_about(c, "waits of up to %s", wait_threshold_text(max, max_ns));
	if (*states)
		caption_about(c, "only %s waits", states);
	if (t->threshold.has_slices && t->threshold.most_ns > asked_ns)
		caption_note(c,
			     "keeping all of them would have cost more than was allowed: the "
			     "threshold rose to %s",
			     wait_threshold_text(min, t->threshold.most_ns));
}

/* Slices of time are whole, whatever part of them is asked for. */
static void about_slices(struct caption *c, const struct wait_caption *what)
{
	const struct wait_totals *t = what->totals;
	char from[UNITS_TEXT_MAX], to[UNITS_TEXT_MAX];

	if (selection_range_is_all(what->selection->time))
		return;
	if (t->is_single)
		caption_note(c, "of the time asked for: waits that ended in it");
	else if (t->threshold.has_slices)
		caption_note(c, "waits are summed in slices of time: these end from %s to %s",
			     wait_threshold_text(from, t->slices_from_ns),
			     wait_threshold_text(to, t->slices_to_ns));
}

static void about_single(struct caption *c, const struct wait_caption *what)
{
	const struct range *latency = &what->selection->latency;
	char first[UNITS_TEXT_MAX], last[UNITS_TEXT_MAX];

	if (!selection_range_is_all(*latency) && latency->last == UINT64_MAX)
		caption_about(c, "only waits of %s or more",
			      wait_threshold_text(first, latency->first));
	else if (!selection_range_is_all(*latency))
		caption_about(c, "only waits of %s to %s",
			      wait_threshold_text(first, latency->first),
			      wait_threshold_text(last, latency->last));
	if (what->totals->is_single)
		caption_note(c, "a sample: the waits that were kept one by one, which are the "
				"longest and some drawn evenly");
}

static void note_left_out(struct caption *c, const struct wait_totals *t)
{
	char idle[UNITS_TEXT_MAX], kernel[UNITS_TEXT_MAX];

	if (t->idle_ns && t->kernel_ns)
		caption_note(c,
			     "left out: %s of idle sleepers (--with-idle shows them), %s of kernel "
			     "threads (--with-kernel)",
			     units_duration(idle, t->idle_ns),
			     units_duration(kernel, t->kernel_ns));
	else if (t->idle_ns)
		caption_note(c, "left out: %s of idle sleepers (--with-idle shows them)",
			     units_duration(idle, t->idle_ns));
	else if (t->kernel_ns)
		caption_note(c, "left out: %s of kernel threads (--with-kernel shows them)",
			     units_duration(kernel, t->kernel_ns));
}

static void note_short(struct caption *c, const struct wait_caption *what)
{
	char text[UNITS_TEXT_MAX];

	if (what->totals->short_ns && what->request->drawing == WAIT_DRAWING_WAKEUP)
		caption_note(c, "%s of shorter waits, or others than were asked for, are not drawn",
			     units_duration(text, what->totals->short_ns));
}

/* Clocks of CPUs differ by microseconds: less than a thousandth is no loss. */
static void note_rest(struct caption *c, const struct wait_caption *what)
{
	const struct wait_totals *t = what->totals;
	char text[UNITS_TEXT_MAX];

	if (what->request->drawing == WAIT_DRAWING_WALL)
		return;
	if (t->rest_ns > t->kept_blocked_ns / 1000 && t->rest_ns > t->kept_runnable_ns / 1000)
		caption_note(c, "%s more of waiting has no record; render -e wall shows whose",
			     units_duration(text, t->rest_ns));
}

static void note_unknown_wakers(struct caption *c, const struct wait_caption *what)
{
	const struct wait_totals *t = what->totals;
	char share[UNITS_TEXT_MAX];

	if (t->unknown_ns && wait_drawing_way(what->request->drawing) != WAIT_WAY_OFFCPU)
		caption_note(c, "nobody was seen to end %s of the blocked time",
			     units_percent(share, t->unknown_ns, t->kept_blocked_ns));
}

static void note_wall(struct caption *c, const struct wait_caption *what)
{
	char count[UNITS_TEXT_MAX];

	if (what->request->drawing != WAIT_DRAWING_WALL)
		return;
	if (!what->totals->has_accounts && what->drawn_ns)
		caption_note(c, "only waits are shown: there are no accounts of where else the "
				"time of threads went");
	else if (what->samples->cnt)
		caption_note(c,
			     "time on a CPU is exact for each process; its stacks share it by %s "
			     "samples of %s",
			     units_count(count, what->samples->cnt), what->samples->event);
	else if (what->samples->event)
		caption_note(c, "no samples of %s are of it: time on a CPU has no stacks",
			     what->samples->event);
	else
		caption_note(c, "no CPU samples were taken: time on a CPU has no stacks");
}

void wait_caption_losses(struct caption *c, const struct trace_totals *all)
{
	static const enum trace_loss others[] = {
		TRACE_LOSS_WAKERS,	   TRACE_LOSS_UNTRACKED,     TRACE_LOSS_CLOCK,
		TRACE_LOSS_ACCOUNTS,	   TRACE_LOSS_TASK_EVENTS,   TRACE_LOSS_UNFOLLOWED,
		TRACE_LOSS_DAMAGED_CHUNKS, TRACE_LOSS_DAMAGED_BYTES,
	};
	uint64_t lost = all->lost[TRACE_LOSS_WAITS], taken = lost;
	char count[UNITS_TEXT_MAX], share[UNITS_TEXT_MAX], took[UNITS_TEXT_MAX];

	sum_clipped(&taken, all->wait_cnt);
	if (lost)
		caption_note(c, "%s wait%s lost (%s), %s in all", units_count(count, lost),
			     lost == 1 ? "" : "s", units_percent(share, lost, taken),
			     units_duration(took, all->lost[TRACE_LOSS_WAIT_NS]));
	else
		caption_note(c, "no waits lost");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		caption_note_loss(c, all, others[i]);
}

void wait_caption_write(struct caption *out, const struct wait_caption *what)
{
	const struct trace_event *event = trace_reader_event(what->reader, what->totals->event);

	about_time(out, what);
	about_threshold(out, what);
	about_weight(out, what->request);
	about_single(out, what);
	caption_about(out, "event %s (%s)", event->name, event->source);
	caption_about_recording(out, what->reader, what->selection);
	note_left_out(out, what->totals);
	about_slices(out, what);
	note_short(out, what);
	note_wall(out, what);
	note_rest(out, what);
	note_unknown_wakers(out, what);
	wait_caption_losses(out, trace_reader_totals(what->reader));
	caption_note_stacks(out, &what->totals->quality);
	caption_note_ending(out, what->reader);
	out->is_outside = !what->drawn_ns && what->totals->outside_cnt;
}
