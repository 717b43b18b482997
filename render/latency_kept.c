#include "render/latency_kept.h"

#include "base/sum.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "render/latency_coverage.h"

/* Whether it is a single event or a bin of the event meant. */
static bool is_of_event(const struct latency_kept *s, const struct trace_record *record)
{
	uint32_t series;

	if (record->kind == TRACE_RECORD_LATENCY)
		series = record->latency.series;
	else if (record->kind == TRACE_RECORD_BIN)
		series = record->bin.series;
	else
		return false;
	return trace_reader_series(s->reader, series)->event == s->totals.event;
}

static bool is_one(const struct latency_kept *s, const struct trace_record *record)
{
	return record->kind == TRACE_RECORD_LATENCY && is_of_event(s, record) &&
	       latency_is_selected(&record->latency, s->reader, s->selection);
}

/* Threads are known of single events only: of bins those of all threads count. */
static int count_bins(struct latency_kept *s, struct err *err)
{
	struct selection of_all_threads = *s->selection;
	struct latency_walk walk;
	struct latency_cell cell;
	int got;

	of_all_threads.thread = 0;
	got = latency_walk_start(&walk, s->reader, &of_all_threads, err);
	if (got < 0)
		return got;
	while ((got = latency_walk_next(&walk, &cell, err)) > 0)
		continue;
	latency_walk_end(&walk, &s->totals);
	return got;
}

/* Where all events are there one by one, the counts need not be of whole bins and slices. */
static void be_exact(struct latency_totals *t, uint64_t cnt, uint64_t sum)
{
	sum_clipped(&t->outside_cnt, t->kept_cnt);
	t->outside_cnt = t->outside_cnt > cnt ? t->outside_cnt - cnt : 0;
	t->kept_cnt = cnt;
	t->kept_sum = sum;
	t->slice_ns = 0;
	t->is_exact = true;
}

static int count_singles(struct latency_kept *s, struct err *err)
{
	struct latency_coverage coverage = { 0 };
	bool is_latency =
		trace_reader_event(s->reader, s->totals.event)->kind == TRACE_EVENT_LATENCY;
	uint64_t kept_sum = 0;
	struct trace_record record;
	int got;

	trace_reader_rewind(s->reader);
	while ((got = trace_reader_next(s->reader, &record, err)) > 0) {
		if (is_of_event(s, &record))
			latency_coverage_add(&coverage, &record, s->reader, s->selection);
		if (!is_one(s, &record))
			continue;
		s->kept_cnt++;
		s->drawn_cnt += (record.latency.why & TRACE_LATENCY_DRAWN) != 0;
		s->stack_cnt += record.latency.stack != TRACE_NONE;
		sum_clipped(&kept_sum, record.latency.value);
	}
	s->is_whole = is_latency && latency_coverage_is_whole(&coverage, s->reader, s->selection);
	if (s->is_whole)
		be_exact(&s->totals, s->kept_cnt, kept_sum);
	return got;
}

int latency_kept_start(struct latency_kept *s, struct trace_reader *r,
		       const struct selection *selection, struct err *err)
{
	struct latency_kept started = { .reader = r, .selection = selection };
	int status = count_bins(&started, err);

	if (status >= 0)
		status = count_singles(&started, err);
	if (status < 0)
		return status;
	trace_reader_rewind(r);
	*s = started;
	return 0;
}

int latency_kept_next(struct latency_kept *s, struct trace_latency *out, struct err *err)
{
	struct trace_record record;
	int got;

	while ((got = trace_reader_next(s->reader, &record, err)) > 0) {
		if (record.kind == TRACE_RECORD_KEY_FRAME) {
			s->group_cnt++;
		} else if (is_one(s, &record)) {
			*out = record.latency;
			return 1;
		}
	}
	return got;
}

bool latency_kept_are_all(const struct latency_kept *s)
{
	return s->is_whole;
}

void latency_kept_put_among(struct buf *out, const struct trace_reader *r)
{
	uint64_t slower_ns = trace_reader_fact_number(r, TRACE_FACT_SLOWER_NS);
	char text[UNITS_TEXT_MAX];

	if (slower_ns)
		buf_printf(out, "the longest, and all that took %s or more, are among them",
			   units_duration(text, slower_ns));
	else
		buf_puts(out, "the longest are among them");
}

const char *latency_process(const struct trace_latency *latency, const struct trace_reader *r)
{
	const char *process = trace_reader_series(r, latency->series)->process;

	if (*process || latency->thread == TRACE_NONE)
		return process;
	return trace_reader_process(r, trace_reader_thread(r, latency->thread)->process)->comm;
}
