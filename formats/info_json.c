#include "formats/info_json.h"

#include "base/json.h"
#include "formats/info_latencies.h"
#include "formats/info_waits.h"
#include "formats/trace_reader.h"
#include "formats/trace_summary.h"

static void put_facts(struct json *j, const struct trace_reader *r)
{
	json_object(j, "facts");
	for (unsigned fact = 1; fact < TRACE_FACT_CNT; fact++) {
		const char *text = trace_reader_fact(r, (enum trace_fact)fact);

		if (*text)
			json_text(j, trace_fact_text((enum trace_fact)fact), text);
	}
	json_end(j, '}');
}

static void put_events(struct json *j, const struct trace_reader *r, const struct trace_summary *s)
{
	json_array(j, "events");
	for (uint32_t id = 0; id < trace_reader_event_cnt(r); id++) {
		const struct trace_event *e = trace_reader_event(r, id);

		json_object(j, NULL);
		json_text(j, "name", e->name);
		json_text(j, "source", e->source);
		json_text(j, "unit", trace_unit_text(e->unit));
		json_count(j, "frequency_hz", e->frequency_hz);
		json_count(j, "period_ns", e->period_ns);
		json_count(j, "samples", s->events.v[id].sample_cnt);
		if (e->kind == TRACE_EVENT_WAIT)
			json_count(j, "waits", s->events.v[id].wait_cnt);
		if (e->kind == TRACE_EVENT_LATENCY)
			info_put_latency_event_json(j, e, &s->events.v[id]);
		json_count(j, "weight", s->events.v[id].weight);
		json_end(j, '}');
	}
	json_end(j, ']');
}

/* Counts by a text for people, as a key: "ring full" is ring_full. */
static void put_by(struct json *j, const char *text, uint64_t count)
{
	char key[64] = "";

	for (size_t i = 0; text[i] && i + 1 < sizeof(key); i++)
		key[i] = text[i] == ' ' ? '_' : text[i];
	json_count(j, key, count);
}

static void put_counts(struct json *j, const struct trace_summary *s)
{
	json_object(j, "counts");
	json_count(j, "samples", s->totals.sample_cnt);
	json_count(j, "processes", s->process_cnt);
	json_count(j, "threads", s->thread_cnt);
	json_count(j, "modules", s->module_cnt);
	json_count(j, "stacks", s->stack_cnt);
	json_count(j, "frames", s->frame_uses);
	json_count(j, "deepest_stack", s->deepest);
	json_count(j, "kernel_symbols", s->kernel_symbol_cnt);
	json_count(j, "jit_map_bytes", s->jit_map_bytes);
	json_count(j, "copied_stacks", s->copy_cnt);
	json_count(j, "copied_bytes", s->copy_bytes);
	json_end(j, '}');
	json_object(j, "lost");
	for (unsigned loss = 1; loss < TRACE_LOSS_CNT; loss++)
		put_by(j, trace_loss_text((enum trace_loss)loss), s->totals.lost[loss]);
	json_end(j, '}');
	json_object(j, "stacks_cut");
	for (unsigned reason = 1; reason < TRACE_REASON_CNT; reason++)
		put_by(j, trace_reason_text((enum trace_reason)reason), s->cut[reason]);
	json_end(j, '}');
}

void info_put_json(struct buf *out, const struct trace_reader *r, const struct trace_summary *s)
{
	struct json j;

	json_start(&j, out);
	json_object(&j, NULL);
	json_text(&j, "path", trace_reader_path(r));
	json_count(&j, "bytes", trace_reader_bytes(r));
	json_flag(&j, "clean", s->is_clean);
	json_text(&j, "stop", trace_stop_text(s->totals.stop));
	json_count(&j, "first_ns", s->totals.first_ns);
	json_count(&j, "last_ns", s->totals.last_ns);
	json_count(&j, "end_ns", s->totals.end_ns);
	json_flag(&j, "has_names", trace_reader_has_names(r));
	put_facts(&j, r);
	put_events(&j, r, s);
	put_counts(&j, s);
	info_put_waits_json(&j, r, s);
	info_put_latencies_json(&j, r, s);
	stack_quality_put_json(&j, &s->quality, SIZE_MAX);
	json_end(&j, '}');
	buf_puts(out, "\n");
}
