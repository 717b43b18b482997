#include "render/latency_walk.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/sum.h"
#include "base/text.h"
#include "formats/latency_bin.h"
#include "formats/trace_reader.h"
#include "formats/wait_column.h"
#include "formats/wait_event.h"

static const char nothing[] = "";

static bool has_values(const struct trace_event *event)
{
	return event->kind != TRACE_EVENT_SAMPLE || event->unit != TRACE_UNIT_SAMPLES;
}

/* The event of a name; without one, the first of latencies, else that of samples with values. */
static bool find_meant(const struct trace_reader *r, const char *name, uint32_t *out)
{
	uint32_t cnt = trace_reader_event_cnt(r), values = TRACE_NONE;

	for (uint32_t id = 0; id < cnt; id++) {
		const struct trace_event *event = trace_reader_event(r, id);

		*out = id;
		if (name ? !strcmp(event->name, name) : event->kind == TRACE_EVENT_LATENCY)
			return true;
		if (values == TRACE_NONE && event->kind == TRACE_EVENT_SAMPLE && has_values(event))
			values = id;
	}
	*out = values;
	return !name && values != TRACE_NONE;
}

static int refuse(const struct trace_reader *r, const char *name, struct err *err)
{
	static const char how[] = "latencies are recorded by: profile record -e block,runq,syscall";
	const char *path = trace_reader_path(r);
	struct buf there = { 0 };
	int status;

	for (uint32_t id = 0; id < trace_reader_event_cnt(r); id++) {
		const char *event = trace_reader_event(r, id)->name;

		buf_puts(&there, id ? ", " : ", but: ");
		text_visible(&there, event, strlen(event));
	}
	if (name)
		status = err_set(err, -ENOENT, "%s: the trace holds no event '%s'%s; %s", path,
				 name, buf_text(&there), how);
	else
		status = err_set(err, -ENOENT, "%s: the trace holds no latencies%s; %s", path,
				 buf_text(&there), how);
	buf_release(&there);
	return status;
}

int latency_event_find(const struct trace_reader *r, const char *name, uint32_t *out,
		       struct err *err)
{
	enum wait_way way = name ? wait_way_find(name) : 0;

	if (find_meant(r, name, out)) {
		if (has_values(trace_reader_event(r, *out)))
			return 0;
		return err_set(err, -ENOTSUP,
			       "%s: samples of '%s' have no values to draw; their stacks "
			       "are drawn by: profile render flame",
			       trace_reader_path(r), name);
	}
	return way ? wait_event_find(r, way, out, err) : refuse(r, name, err);
}

/* The bins of latency events are all of them, but know no threads. */
static bool takes_bins(const struct latency_walk *w)
{
	return !w->totals.is_exact && !w->totals.is_sample;
}

int latency_walk_start(struct latency_walk *w, struct trace_reader *r, const struct selection *s,
		       struct err *err)
{
	struct latency_walk started = { .reader = r, .selection = s };
	int status = latency_event_find(r, s->event, &started.totals.event, err);

	if (status < 0)
		return status;
	if (!selection_range_is_all(s->time) && !trace_reader_has_times(r))
		return err_set(err, -EINVAL, "%s: an imported trace has no times to choose from",
			       trace_reader_path(r));
	enum trace_event_kind kind = trace_reader_event(r, started.totals.event)->kind;

	started.totals.is_exact = kind == TRACE_EVENT_SAMPLE;
	started.totals.is_sample =
		kind == TRACE_EVENT_WAIT || (kind == TRACE_EVENT_LATENCY && s->thread);
	started.start_ns = trace_reader_fact_number(r, TRACE_FACT_CLOCK_START_NS);
	trace_reader_rewind(r);
	*w = started;
	return 0;
}

void latency_walk_again(struct latency_walk *w, struct trace_reader *r, const struct selection *s,
			const struct latency_totals *before)
{
	*w = (struct latency_walk){
		.reader = r,
		.selection = s,
		.totals = { .event = before->event,
			    .is_exact = before->is_exact,
			    .is_sample = before->is_sample },
		.start_ns = trace_reader_fact_number(r, TRACE_FACT_CLOCK_START_NS),
	};
	trace_reader_rewind(r);
}

static uint64_t since_start(const struct latency_walk *w, uint64_t ns)
{
	return ns > w->start_ns ? ns - w->start_ns : 0;
}

static bool holds_range(const struct range *range, uint64_t first, uint64_t last)
{
	return selection_range_is_all(*range) || (last >= range->first && first <= range->last);
}

/* A slice that begins where the selection ends is the first of the next one. */
static bool holds_slice(const struct selection *s, const struct latency_cell *cell)
{
	bool is_moment = cell->start_ns >= cell->end_ns || s->time.first == s->time.last;

	if (selection_range_is_all(s->time))
		return true;
	return cell->start_ns >= s->time.first &&
	       (is_moment ? cell->start_ns <= s->time.last : cell->start_ns < s->time.last);
}

static bool holds_process(const struct selection *s, const char *comm)
{
	return !s->process || text_glob(s->process, comm, strlen(comm));
}

bool latency_is_selected(const struct trace_latency *latency, const struct trace_reader *r,
			 const struct selection *s)
{
	uint64_t start_ns = trace_reader_fact_number(r, TRACE_FACT_CLOCK_START_NS);
	uint64_t end_ns = latency->end_ns > start_ns ? latency->end_ns - start_ns : 0;

	if (!holds_range(&s->time, end_ns, end_ns) ||
	    !holds_range(&s->latency, latency->value, latency->value))
		return false;
	if (s->thread && (latency->thread == TRACE_NONE ||
			  trace_reader_thread(r, latency->thread)->tid != s->thread))
		return false;
	return holds_process(s, trace_reader_series(r, latency->series)->process);
}

/* One event whose value is known. */
static struct latency_cell single_cell(const struct latency_walk *w, uint64_t time_ns,
				       uint64_t value)
{
	return (struct latency_cell){
		.start_ns = since_start(w, time_ns),
		.end_ns = since_start(w, time_ns),
		.bin = latency_bin_of(value),
		.cnt = 1,
		.sum = value,
		.process = nothing,
		.labels = { nothing, nothing },
	};
}

static void take_series(const struct latency_walk *w, uint32_t id, struct latency_cell *cell)
{
	const struct trace_series *series = trace_reader_series(w->reader, id);

	cell->process = series->process;
	memcpy(cell->labels, series->labels, sizeof(cell->labels));
}

static bool is_of(const struct latency_walk *w, uint32_t series)
{
	return trace_reader_series(w->reader, series)->event == w->totals.event;
}

static const char *comm_of(const struct latency_walk *w, uint32_t thread)
{
	return trace_reader_process(w->reader, trace_reader_thread(w->reader, thread)->process)
		->comm;
}

/* Each of these: true if the record is of the event; *out_holds: and in the selection. */
static bool read_bin(struct latency_walk *w, const struct trace_bin *bin, struct latency_cell *out,
		     bool *out_holds)
{
	const struct selection *s = w->selection;

	if (!is_of(w, bin->series))
		return false;
	sum_clipped(&w->totals.counted_cnt, bin->cnt);
	if (!takes_bins(w))
		return false;
	const struct trace_slice *slice = trace_reader_slice(w->reader, bin->slice);

	*out = (struct latency_cell){
		.start_ns = since_start(w, slice->start_ns),
		.end_ns = since_start(w, slice->end_ns),
		.bin = bin->bin,
		.cnt = bin->cnt,
		.sum = bin->sum,
	};
	take_series(w, bin->series, out);
	*out_holds =
		holds_slice(s, out) && holds_process(s, out->process) &&
		holds_range(&s->latency, latency_bin_first(bin->bin), latency_bin_last(bin->bin));
	return true;
}

static bool read_latency(struct latency_walk *w, const struct trace_latency *latency,
			 struct latency_cell *out, bool *out_holds)
{
	if (!is_of(w, latency->series))
		return false;
	*out_holds = latency_is_selected(latency, w->reader, w->selection);
	w->totals.stack_cnt += *out_holds && latency->stack != TRACE_NONE;
	if (takes_bins(w))
		return false;
	*out = single_cell(w, latency->end_ns, latency->value);
	take_series(w, latency->series, out);
	return true;
}

static bool read_wait(struct latency_walk *w, const struct trace_wait *wait,
		      struct latency_cell *out, bool *out_holds)
{
	uint64_t took_ns = wait->blocked_ns;

	if (wait->event != w->totals.event)
		return false;
	sum_clipped(&took_ns, wait->runnable_ns);
	*out = single_cell(w, wait_end_ns(wait), took_ns);
	out->process = comm_of(w, wait->thread);
	*out_holds = holds_range(&w->selection->time, out->start_ns, out->start_ns) &&
		     holds_range(&w->selection->latency, took_ns, took_ns) &&
		     selection_holds_thread(w->selection,
					    trace_reader_thread(w->reader, wait->thread)->tid,
					    out->process);
	w->totals.stack_cnt += *out_holds && wait->stack != TRACE_NONE;
	return true;
}

static bool read_sample(struct latency_walk *w, const struct trace_sample *sample,
			struct latency_cell *out, bool *out_holds)
{
	if (sample->event != w->totals.event)
		return false;
	*out = single_cell(w, sample->time_ns, sample->weight);
	out->process = comm_of(w, sample->thread);
	*out_holds = holds_range(&w->selection->time, out->start_ns, out->start_ns) &&
		     holds_range(&w->selection->latency, sample->weight, sample->weight) &&
		     selection_holds_thread(w->selection,
					    trace_reader_thread(w->reader, sample->thread)->tid,
					    out->process);
	w->totals.stack_cnt += *out_holds && sample->stack != TRACE_NONE;
	return true;
}

static bool read_record(struct latency_walk *w, const struct trace_record *record,
			struct latency_cell *out, bool *out_holds)
{
	switch (record->kind) {
	case TRACE_RECORD_BIN:
		return read_bin(w, &record->bin, out, out_holds);
	case TRACE_RECORD_LATENCY:
		return read_latency(w, &record->latency, out, out_holds);
	case TRACE_RECORD_WAIT:
		return read_wait(w, &record->wait, out, out_holds);
	case TRACE_RECORD_SAMPLE:
		return read_sample(w, &record->sample, out, out_holds);
	default:
		return false;
	}
}

static void take(struct latency_walk *w, const struct latency_cell *cell)
{
	struct latency_totals *t = &w->totals;
	uint64_t least = latency_bin_first(cell->bin), most = latency_bin_last(cell->bin);
	uint64_t slice_ns = cell->end_ns > cell->start_ns ? cell->end_ns - cell->start_ns : 0;

	if (!t->kept_cnt || least < t->least)
		t->least = least;
	if (!t->kept_cnt || cell->start_ns < t->from_ns)
		t->from_ns = cell->start_ns;
	if (most > t->most)
		t->most = most;
	if (cell->end_ns > t->to_ns)
		t->to_ns = cell->end_ns;
	if (slice_ns > t->slice_ns)
		t->slice_ns = slice_ns;
	sum_clipped(&t->kept_cnt, cell->cnt);
	sum_clipped(&t->kept_sum, cell->sum);
}

/* Facts stand at each key frame; where the first is damaged, they come late. */
static void enter_group(struct latency_walk *w)
{
	w->key_frame++;
	w->start_ns = trace_reader_fact_number(w->reader, TRACE_FACT_CLOCK_START_NS);
}

static void take_loss(struct latency_walk *w, const struct trace_loss_count *loss)
{
	if (loss->event == w->totals.event)
		sum_clipped(&w->totals.lost[loss->loss], loss->count);
	else if (loss->event != TRACE_NONE)
		sum_clipped(&w->totals.lost_others[loss->loss], loss->count);
}

bool latency_walk_take(struct latency_walk *w, const struct trace_record *record,
		       struct latency_cell *out)
{
	struct latency_cell cell;
	bool holds = false;

	if (record->kind == TRACE_RECORD_KEY_FRAME)
		enter_group(w);
	if (record->kind == TRACE_RECORD_LOSS)
		take_loss(w, &record->loss);
	if (!read_record(w, record, &cell, &holds))
		return false;
	if (!holds) {
		sum_clipped(&w->totals.outside_cnt, cell.cnt);
		return false;
	}
	cell.key_frame = w->key_frame;
	take(w, &cell);
	*out = cell;
	return true;
}

int latency_walk_next(struct latency_walk *w, struct latency_cell *out, struct err *err)
{
	struct trace_record record;
	int got;

	while ((got = trace_reader_next(w->reader, &record, err)) > 0)
		if (latency_walk_take(w, &record, out))
			return 1;
	return got;
}

void latency_walk_end(struct latency_walk *w, struct latency_totals *out)
{
	*out = w->totals;
	*w = (struct latency_walk){ 0 };
}
