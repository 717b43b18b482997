#include "collector/record_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "collector/sampling_plan.h"

#define SECOND_NS 1000000000ull

uint64_t record_text_lost(const struct recorder_summary *s)
{
	uint64_t lost = 0;

	for (int loss = 1; loss < TRACE_LOSS_CNT; loss++)
		if (trace_loss_is_samples((enum trace_loss)loss))
			lost += s->totals.lost[loss];
	return lost;
}

static bool has_waits(const struct recorder_summary *s)
{
	return s->waits.resume_source != NULL;
}

static bool has_latencies(const struct recorder_summary *s)
{
	return s->latencies.recorded;
}

/* "48,211 waits", behind what stands there. */
static void put_count(struct buf *out, size_t start, uint64_t cnt, const char *one,
		      const char *many)
{
	char count[UNITS_TEXT_MAX];

	buf_printf(out, "%s%s %s", out->len > start ? ", " : "", units_count(count, cnt),
		   cnt == 1 ? one : many);
}

/* "1,187 samples", "48,211 waits", "187,024 latencies (2,169 one by one)", or all of them: what
 * was recorded. */
static void put_kept(struct buf *out, const struct recorder_summary *s)
{
	uint64_t samples = s->totals.sample_cnt;
	char count[UNITS_TEXT_MAX];
	size_t start = out->len;

	if (samples || s->generated || !(has_waits(s) || has_latencies(s)))
		put_count(out, start, samples, "sample", "samples");
	if (has_waits(s))
		put_count(out, start, s->totals.wait_cnt, "wait", "waits");
	if (!has_latencies(s))
		return;
	put_count(out, start, s->totals.latency_cnt, "latency", "latencies");
	if (s->totals.single_cnt)
		buf_printf(out, " (%s one by one)", units_count(count, s->totals.single_cnt));
}

/* Samples, waits and latencies. */
static uint64_t lost_of_all(const struct recorder_summary *s)
{
	return record_text_lost(s) + s->totals.lost[TRACE_LOSS_WAITS] +
	       s->totals.lost[TRACE_LOSS_LATENCIES];
}

static bool is_lost(enum trace_loss loss)
{
	return trace_loss_is_samples(loss) || trace_loss_is_waits(loss) ||
	       trace_loss_is_latencies(loss);
}

void record_text_progress(struct buf *out, const struct recorder_summary *s, uint64_t elapsed_ns)
{
	char lost[UNITS_TEXT_MAX], size[UNITS_TEXT_MAX];
	uint64_t seconds = elapsed_ns / SECOND_NS;

	buf_printf(out, "%02" PRIu64 ":%02" PRIu64 "  ", seconds / 60, seconds % 60);
	put_kept(out, s);
	buf_printf(out, "  %s lost  %s", units_count(lost, lost_of_all(s)),
		   units_size(size, s->bytes));
}

/* " (ring full 300, not written 12)". */
static void put_reasons(struct buf *out, const struct recorder_summary *s)
{
	const char *before = " (";
	char count[UNITS_TEXT_MAX];

	for (int loss = 1; loss < TRACE_LOSS_CNT; loss++) {
		if (!s->totals.lost[loss] || !is_lost((enum trace_loss)loss))
			continue;
		buf_printf(out, "%s%s %s", before, trace_loss_text((enum trace_loss)loss),
			   units_count(count, s->totals.lost[loss]));
		before = ", ";
	}
	buf_puts(out, ")");
}

void record_text_result(struct buf *out, const struct recorder_summary *s, const char *output)
{
	char count[UNITS_TEXT_MAX], time[UNITS_TEXT_MAX], size[UNITS_TEXT_MAX];
	uint64_t lost = lost_of_all(s);

	put_kept(out, s);
	buf_printf(out, " in %s, %s lost", units_duration(time, s->wall_ns),
		   units_count(count, lost));
	if (lost)
		put_reasons(out, s);
	buf_printf(out, ", %s -> %s", units_size(size, s->bytes),
		   strcmp(output, "-") ? output : "stdout");
}

static void put_other(struct buf *out, uint64_t cnt, const char *before, const char *unit,
		      const char *after)
{
	char text[UNITS_TEXT_MAX];

	if (cnt)
		buf_printf(out, "%s%s%s %s%s%s", out->len ? "; " : "", before,
			   units_count(text, cnt), unit, cnt == 1 ? "" : "s", after);
}

void record_text_other_losses(struct buf *out, const struct recorder_summary *s)
{
	put_other(out, s->totals.lost[TRACE_LOSS_UNFOLLOWED], "processes could not be followed ",
		  "time", ": too many ran at once, and nothing of them is recorded");
	put_other(out, s->totals.lost[TRACE_LOSS_TASK_EVENTS],
		  "mappings, names or exits were not seen ", "time",
		  ": some frames may have no name");
	put_other(out, s->totals.lost[TRACE_LOSS_THROTTLED], "the kernel paused sampling ", "time",
		  "; lower the rate with -F");
	put_other(out, s->totals.lost[TRACE_LOSS_WAKERS], "", "waker",
		  " lost: who ended those waits is not known");
	put_other(out, s->totals.lost[TRACE_LOSS_UNTRACKED],
		  "threads that found no room for their state switched ", "time",
		  ": their waits are not known");
	put_other(out, s->totals.lost[TRACE_LOSS_ACCOUNTS], "", "thread",
		  " whose time could not be accounted for");
	put_other(out, s->totals.lost[TRACE_LOSS_SINGLES], "", "single event",
		  " lost for want of room: they are counted, but not kept one by one");
	put_other(out, s->totals.lost[TRACE_LOSS_COARSE],
		  "too many different ones at once: ", "event",
		  " counted without process and labels");
}

void record_text_cut_stacks(struct buf *out, const struct recorder_summary *s)
{
	const struct drain_counts *c = &s->counts;

	put_other(out, c->tables.refused_cnt, "no room for the unwind tables of ", "file",
		  "; more with --unwind-mem");
	put_other(out, c->tables.evicted_cnt, "unwind tables were put out for others ", "time",
		  "; more room with --unwind-mem");
	put_other(out, c->tables.unruled_rows, "too many unwind rules: ", "row", " without one");
	put_other(out, c->copies_cut, "", "stack",
		  " cut off at the end of a copy; --copy-size makes those of samples longer, of "
		  "waits and latencies they have 32KiB");
	put_other(out, c->copies_dropped, "", "stack",
		  " cut off for want of room for copies; fewer with a lower -F");
}

void record_text_unwinding(struct buf *out, const struct recorder_summary *s)
{
	char files[UNITS_TEXT_MAX], rows[UNITS_TEXT_MAX], bytes[UNITS_TEXT_MAX];
	char copies[UNITS_TEXT_MAX], kept[UNITS_TEXT_MAX], kept_bytes[UNITS_TEXT_MAX];
	const struct drain_counts *c = &s->counts;

	if (!c->tables.module_cnt && !c->copies)
		return;
	buf_printf(out, "unwinding: tables of %s files, %s rows, %s; %s stacks copied",
		   units_count(files, c->tables.module_cnt), units_count(rows, c->tables.row_cnt),
		   units_size(bytes, c->tables.bytes), units_count(copies, c->copies));
	buf_printf(out, ", %s of them into the trace (%s)", units_count(kept, c->copies_kept),
		   units_size(kept_bytes, c->copies_kept_bytes));
	if (c->tables.unreadable_cnt)
		buf_printf(out, "; %s files could not be read",
			   units_count(files, c->tables.unreadable_cnt));
}

void record_text_waits(struct buf *out, const struct recorder_summary *s)
{
	char generated[UNITS_TEXT_MAX], kept[UNITS_TEXT_MAX], lost[UNITS_TEXT_MAX];
	char open[UNITS_TEXT_MAX], cost[UNITS_TEXT_MAX], threshold[UNITS_TEXT_MAX];
	const struct waits_summary *w = &s->waits;

	if (!has_waits(s))
		return;
	buf_printf(out, "waits: %s generated + %s still open = %s kept + %s lost",
		   units_count(generated, w->generated), units_count(open, w->open_cnt),
		   units_count(kept, s->totals.wait_cnt),
		   units_count(lost, s->totals.lost[TRACE_LOSS_WAITS]));
	buf_printf(out, "; stacks at %s; cost %s of all CPUs, threshold %s", w->resume_source,
		   units_percent(cost, w->cost_ns, w->time_ns),
		   units_duration(threshold, w->threshold_ns));
	if (w->highest_ns > w->threshold_ns)
		buf_printf(out, ", at most %s", units_duration(threshold, w->highest_ns));
}

void record_text_latencies(struct buf *out, const struct recorder_summary *s)
{
	char generated[UNITS_TEXT_MAX], kept[UNITS_TEXT_MAX], lost[UNITS_TEXT_MAX];
	char singles[UNITS_TEXT_MAX], unstarted[UNITS_TEXT_MAX];

	if (!has_latencies(s))
		return;
	buf_printf(out, "latencies: %s generated = %s counted + %s lost; %s kept one by one",
		   units_count(generated, s->latencies.generated),
		   units_count(kept, s->totals.latency_cnt),
		   units_count(lost, s->totals.lost[TRACE_LOSS_LATENCIES]),
		   units_count(singles, s->totals.single_cnt));
	buf_printf(out, "; %s more had begun before",
		   units_count(unstarted, s->totals.lost[TRACE_LOSS_UNSTARTED]));
}

void record_text_nothing(struct buf *out, uint64_t frequency_hz)
{
	char period[UNITS_TEXT_MAX];

	buf_printf(out,
		   "no samples: what was chosen used less CPU time than one sample stands for (%s; "
		   "more with -F)",
		   units_duration(period,
				  SECOND_NS / (frequency_hz ? frequency_hz : SAMPLING_DEFAULT_HZ)));
}

void record_text_account(struct buf *out, const struct recorder_summary *s)
{
	char generated[UNITS_TEXT_MAX], kept[UNITS_TEXT_MAX], lost[UNITS_TEXT_MAX];
	char idle[UNITS_TEXT_MAX];

	buf_printf(out, "%s generated = %s kept + %s lost; %s more on idle CPUs",
		   units_count(generated, s->generated), units_count(kept, s->totals.sample_cnt),
		   units_count(lost, record_text_lost(s)), units_count(idle, s->idle_cnt));
}

void record_text_cost(struct buf *out, const struct recorder_summary *s)
{
	char self[UNITS_TEXT_MAX], bpf[UNITS_TEXT_MAX], part[UNITS_TEXT_MAX];

	buf_printf(out, "cost: %s of CPU time by the collector",
		   units_duration(self, s->self_cpu_ns));
	if (s->bpf_run_ns)
		buf_printf(out, ", %s by its BPF programs", units_duration(bpf, s->bpf_run_ns));
	buf_printf(out, "; %s of one CPU",
		   units_percent(part, s->self_cpu_ns + s->bpf_run_ns, s->wall_ns));
}
