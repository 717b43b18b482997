#include <string.h>

#include "base/json.h"
#include "formats/trace_reader.h"
#include "render/report.h"

/*
 * Version 1. Shares are not given: every value is of the same unit as "value", which is
 * their whole. Fields are added, never renamed. Of a trace that holds waits "waits" is an object
 * (wait_report_json.c), and of one with latencies "latencies" is an array
 * (latency_report_json.c); if nothing but these is told of, there are, besides, only those fields
 * that are of the whole trace.
 */
#define REPORT_JSON_VERSION 1

static void put_text_of(struct json *j, const char *key, const struct report *r, uint32_t id)
{
	size_t len;
	const char *text = strtab_get(r->texts, id, &len);

	json_bytes(j, key, text, len);
}

static const char *kind_text(uint8_t kind)
{
	static const char *const texts[] = {
		[TRACE_FRAME_KERNEL] = "kernel",	   [TRACE_FRAME_USER] = "user",
		[TRACE_FRAME_INLINED] = "inlined",	   [TRACE_FRAME_JIT] = "jit",
		[TRACE_FRAME_INTERPRETED] = "interpreted", [TRACE_FRAME_WAKER] = "waker",
		[TRACE_FRAME_CONTEXT] = "context",	   [TRACE_FRAME_LOST] = "lost",
	};

	return kind < sizeof(texts) / sizeof(texts[0]) && texts[kind] ? texts[kind] : "unknown";
}

static void put_sums(struct json *j, const char *key, const struct report *r,
		     const struct function_sums *sums, size_t rows)
{
	json_array(j, key);
	for (size_t i = 0; i < sums->cnt && i < rows; i++) {
		const struct function_sum *sum = &sums->v[i];

		json_object(j, NULL);
		put_text_of(j, "name", r, sum->name);
		put_text_of(j, "module", r, sum->module);
		json_text(j, "kind", kind_text(sum->kind));
		json_flag(j, "named", !sum->unnamed);
		json_count(j, "self", sum->self);
		json_count(j, "total", sum->total);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void put_processes(struct json *j, const struct report *r, size_t rows)
{
	json_array(j, "processes");
	for (size_t i = 0; i < r->processes.cnt && i < rows; i++) {
		json_object(j, NULL);
		put_text_of(j, "name", r, r->processes.v[i].name);
		json_count(j, "value", r->processes.v[i].total);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void put_lines(struct json *j, const struct report *r, size_t rows)
{
	json_array(j, "lines");
	for (size_t i = 0; i < r->lines.cnt && i < rows; i++) {
		const struct line_sum *sum = &r->lines.v[i];

		json_object(j, NULL);
		put_text_of(j, "file", r, sum->file);
		json_count(j, "line", sum->line);
		put_text_of(j, "name", r, sum->name);
		put_text_of(j, "module", r, sum->module);
		json_count(j, "self", sum->self);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void put_reason(struct json *j, const struct unnamed_reason *why)
{
	json_text(j, "reason",
		  !why				    ? ""
		  : why->reason == NAME_REASON_NONE ? name_reason_text(NAME_REASON_NO_MATCH)
						    : name_reason_text(why->reason));
	json_text(j, "note", why ? why->note : "");
}

/* Of several files or processes of one name the one with most of the weight. */
static void put_unnamed(struct json *j, const struct report *r, size_t rows)
{
	json_array(j, "unnamed");
	for (size_t i = 0; i < r->unnamed.cnt && i < rows; i++) {
		const struct function_sum *sum = &r->unnamed.v[i];
		size_t cnt;
		const struct unnamed_reason *why =
			unnamed_reasons_find(&r->reasons, sum->name, &cnt);

		json_object(j, NULL);
		put_text_of(j, "name", r, sum->name);
		json_count(j, "self", sum->self);
		json_count(j, "total", sum->total);
		put_reason(j, why);
		json_array(j, "others");
		for (size_t k = 1; k < cnt && k < rows; k++) {
			json_object(j, NULL);
			put_reason(j, &why[k]);
			json_end(j, '}');
		}
		json_end(j, ']');
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void put_facts(struct json *j, const struct trace_reader *trace)
{
	json_object(j, "facts");
	for (int i = 1; i < TRACE_FACT_CNT; i++) {
		const char *text = trace_reader_fact(trace, i);

		if (*text)
			json_text(j, trace_fact_text(i), text);
	}
	json_end(j, '}');
}

static void put_losses(struct json *j, const struct trace_reader *trace)
{
	const struct trace_totals *all = trace_reader_totals(trace);

	json_array(j, "losses");
	for (int i = 1; i < TRACE_LOSS_CNT; i++) {
		if (!all->lost[i])
			continue;
		json_object(j, NULL);
		json_text(j, "reason", trace_loss_text(i));
		json_flag(j, "samples", trace_loss_is_samples(i));
		json_flag(j, "waits", trace_loss_is_waits(i));
		json_flag(j, "latencies", trace_loss_is_latencies(i));
		json_count(j, "count", all->lost[i]);
		json_text(j, "meaning", report_loss_meaning(i));
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void put_trace(struct json *j, const struct report *r)
{
	const struct trace_reader *trace = r->source->trace;

	json_flag(j, "clean", trace_reader_is_clean(trace));
	json_text(j, "stop", trace_stop_text(trace_reader_totals(trace)->stop));
}

static void put_event(struct json *j, const struct report *r)
{
	const struct trace_event *event = trace_reader_event(r->source->trace, r->totals.event);

	json_text(j, "event", event->name);
	json_text(j, "source", event->source);
	json_count(j, "frequency_hz", event->frequency_hz);
	json_count(j, "period_ns", event->period_ns);
	json_count(j, "duration_ns", r->seconds_ns);
	json_count(j, "samples", r->totals.kept_cnt);
	json_count(j, "samples_outside", r->totals.outside_cnt);
	json_count(j, "busy_cpus_thousandths", report_busy_cpus(r));
	json_count(j, "value_unnamed", r->totals.unnamed_weight);
	json_count(j, "value_stack_lost", r->totals.lost_weight);
}

static void put_samples(struct json *j, const struct report *r, size_t rows)
{
	json_text(j, "unit", trace_unit_text(r->measure.unit));
	json_count(j, "value", r->tree.nodes[0].value);
	put_processes(j, r, rows);
	put_sums(j, "by_self", r, &r->by_self, rows);
	put_sums(j, "by_total", r, &r->by_total, rows);
	put_lines(j, r, rows);
	put_unnamed(j, r, rows);
}

void report_put_json(struct buf *out, const struct report *r, size_t rows)
{
	struct json j;
	const struct trace_reader *trace = r->source->trace;

	json_start(&j, out);
	json_object(&j, NULL);
	json_count(&j, "version", REPORT_JSON_VERSION);
	json_text(&j, "file", r->source->path);
	if (trace)
		put_facts(&j, trace);
	if (trace && r->has_samples)
		put_event(&j, r);
	if (trace)
		put_trace(&j, r);
	if (trace && r->has_samples)
		stack_quality_put_json(&j, &r->totals.quality, rows);
	if (trace)
		put_losses(&j, trace);
	else
		json_count(&j, "bad_lines", r->bad_cnt);
	if (r->has_samples)
		put_samples(&j, r, rows);
	if (r->has_waits)
		wait_report_put_json(&j, &r->waits, rows);
	if (r->has_latencies)
		latency_report_put_json(&j, &r->latencies, rows);
	json_end(&j, '}');
}
