#include "render/report.h"

#include <errno.h>
#include <string.h>

#include "formats/trace_reader.h"
#include "render/caption.h"

static int gather_trace(struct report *r, struct err *err)
{
	struct trace_reader *trace = r->source->trace;
	int status =
		selection_gather(r->selection, trace, r->source->names, &r->tree, &r->totals, err);

	if (status < 0)
		return status;
	r->measure = measure_of_event(trace_reader_event(trace, r->totals.event));
	r->seconds_ns = selection_covers_ns(r->selection, trace);
	status = line_sums_gather(&r->lines, r->source, r->selection, r->texts, err);
	if (status < 0)
		return status;
	return unnamed_reasons_gather(&r->reasons, r->source, r->selection, r->texts, err);
}

static int gather_folded(struct report *r, struct err *err)
{
	r->measure.unit = TRACE_UNIT_SAMPLES;
	return picture_source_fold(r->source, r->selection, &r->tree, &r->bad_cnt, &r->bad_line,
				   err);
}

static void sum_up(struct report *r)
{
	function_sums_make(&r->by_self, &r->tree);
	vec_reserve(&r->by_total, r->by_self.cnt);
	r->by_total.cnt = r->by_self.cnt;
	if (r->by_self.cnt)
		memcpy(r->by_total.v, r->by_self.v, r->by_self.cnt * sizeof(*r->by_self.v));
	process_sums_make(&r->processes, &r->tree);
	function_sums_sort_by_self(&r->by_self, r->texts);
	function_sums_sort_by_total(&r->by_total, r->texts);
	function_sums_sort_by_total(&r->processes, r->texts);
	for (size_t i = 0; i < r->by_self.cnt; i++)
		if (r->by_self.v[i].unnamed)
			*vec_push(&r->unnamed) = r->by_self.v[i];
}

static bool has_kind(const struct trace_reader *trace, enum trace_event_kind kind)
{
	for (uint32_t id = 0; id < trace_reader_event_cnt(trace); id++)
		if (trace_reader_event(trace, id)->kind == kind)
			return true;
	return false;
}

/* Whether a name is that of an event of latencies, and of no samples. */
static bool is_of_latencies(const struct trace_reader *trace, const char *name)
{
	bool is_latency = false;

	for (uint32_t id = 0; id < trace_reader_event_cnt(trace) && name; id++) {
		const struct trace_event *event = trace_reader_event(trace, id);

		if (!strcmp(event->name, name) && event->kind == TRACE_EVENT_SAMPLE)
			return false;
		is_latency |= !strcmp(event->name, name) && event->kind == TRACE_EVENT_LATENCY;
	}
	return is_latency;
}

/* What is told of. Where there is nothing of what was asked for, gathering it says so. */
static void choose(struct report *r, struct wait_request *request)
{
	const struct trace_reader *trace = r->source->trace;
	const char *event = r->selection->event;
	bool is_latency = trace && is_of_latencies(trace, event);
	bool may_be_waits = trace && event && !is_latency && wait_drawing_find(event) &&
			    (wait_way_meant(trace, event) || !wait_way_find(event));

	request->drawing = may_be_waits ? wait_drawing_find(event) : WAIT_DRAWING_OFFCPU;
	if (request->drawing == WAIT_DRAWING_WALL)
		request->drawing = WAIT_DRAWING_OFFCPU;
	r->has_waits = may_be_waits || (trace && !event && has_kind(trace, TRACE_EVENT_WAIT));
	r->has_latencies = is_latency || (trace && !event && has_kind(trace, TRACE_EVENT_LATENCY));
	r->has_samples =
		!may_be_waits && !is_latency &&
		((!r->has_waits && !r->has_latencies) || has_kind(trace, TRACE_EVENT_SAMPLE));
}

static int gather(struct report *r, const struct wait_request *request, struct err *err)
{
	int status = 0;

	if (r->has_samples)
		status = r->source->trace ? gather_trace(r, err) : gather_folded(r, err);
	if (status >= 0 && r->has_samples)
		sum_up(r);
	if (status >= 0 && r->has_waits)
		status = wait_report_make(&r->waits, r->source, r->selection, request, r->texts,
					  err);
	if (status >= 0 && r->has_latencies)
		status = latency_report_make(&r->latencies, r->source, r->selection, r->texts, err);
	return status;
}

int report_make(struct report *out, const struct picture_source *source,
		const struct selection *selection, const struct wait_request *waits,
		struct err *err)
{
	struct wait_request request = *waits;
	int status;

	*out = (struct report){ .source = source, .selection = selection, .texts = strtab_new() };
	call_tree_init(&out->tree, out->texts);
	choose(out, &request);
	status = gather(out, &request, err);
	if (status < 0)
		report_release(out);
	return status < 0 ? status : 0;
}

void report_release(struct report *r)
{
	selection_totals_release(&r->totals);
	call_tree_release(&r->tree);
	function_sums_release(&r->by_self);
	function_sums_release(&r->by_total);
	function_sums_release(&r->processes);
	function_sums_release(&r->unnamed);
	line_sums_release(&r->lines);
	unnamed_reasons_release(&r->reasons);
	wait_report_release(&r->waits);
	latency_report_release(&r->latencies);
	strtab_free(r->texts);
	*r = (struct report){ 0 };
}

uint64_t report_busy_cpus(const struct report *r)
{
	unsigned __int128 ns = r->tree.nodes[0].value;

	if (!r->seconds_ns || r->measure.unit != TRACE_UNIT_SAMPLES)
		return 0;
	return (uint64_t)(ns * r->measure.period_ns * 1000 / r->seconds_ns);
}

const char *report_loss_meaning(enum trace_loss loss)
{
	static const char *const meanings[] = {
		[TRACE_LOSS_RING_FULL] =
			"the collector could not keep up; fewer samples a second (-F) help",
		[TRACE_LOSS_NO_RING] = "a CPU came online and was not followed yet",
		[TRACE_LOSS_RECURSION] = "samples fell into a BPF program that was running",
		[TRACE_LOSS_THROTTLED] = "the kernel found sampling too costly and paused it; "
					 "shares are right, the sum is too low; a lower -F helps",
		[TRACE_LOSS_TASK_EVENTS] = "starts or mappings of processes were missed; some "
					   "frames may have no name or the wrong process",
		[TRACE_LOSS_DAMAGED_CHUNKS] = "parts of the file cannot be read",
		[TRACE_LOSS_DAMAGED_BYTES] = "bytes of the file belong to nothing that can be read",
		[TRACE_LOSS_UNREADABLE] = "records came that the collector does not understand",
		[TRACE_LOSS_DISK_FULL] = "there was no room left to write them",
		[TRACE_LOSS_UNFOLLOWED] = "too many ran at once to follow them all; nothing of "
					  "these is recorded, -a records everybody",
		[TRACE_LOSS_WAITS] =
			"there was no room for them, where fewer kinds of waits (--min-block, "
			"--wait-state) help, or it was not seen how they ended",
		[TRACE_LOSS_WAIT_NS] = "how long those waits were, in nanoseconds",
		[TRACE_LOSS_WAKERS] = "who ended some waits is not known",
		[TRACE_LOSS_UNTRACKED] = "threads found no room; nothing of their waits is known",
		[TRACE_LOSS_CLOCK] = "times that ran backwards between CPUs count as nothing",
		[TRACE_LOSS_ACCOUNTS] = "where the time of some threads went is not known",
		[TRACE_LOSS_LATENCIES] = "there was no room for them, or it was not seen how they "
					 "ended; they are in no bin and no percentile",
		[TRACE_LOSS_SINGLES] = "some single latency events were not kept one by one; they "
				       "are counted in their bins",
		[TRACE_LOSS_UNSTARTED] = "what had begun before the recording is not told of: how "
					 "long it took is not known",
		[TRACE_LOSS_COARSE] = "some latency events are counted without process and labels, "
				      "for want of room",
	};
	size_t cnt = sizeof(meanings) / sizeof(meanings[0]);

	return (size_t)loss < cnt && meanings[loss] ? meanings[loss] : "";
}
