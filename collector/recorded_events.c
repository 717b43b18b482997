#include "collector/recorded_events.h"

#include <errno.h>
#include <string.h>

#include "collector/latency_programs.h"
#include "collector/latency_rows.h"
#include "collector/wait_hooks.h"

static int choose_row(struct recorded_events *e, struct trace_writer *writer,
		      const struct event_row *row, uint64_t hz, struct err *err)
{
	uint32_t i = e->sample_cnt;
	const char *source = row->name;
	int code = event_row_probe(row, &source, err);

	if (code) {
		err_prefix(err, "-e %s", row->name);
		return code;
	}
	sampling_plan_make(&e->plans[i], row, source, hz);
	e->sample_ids[i] = trace_writer_event(writer, &e->plans[i].event);
	e->sample_cnt++;
	e->sampled_cnt++;
	return 0;
}

static int choose_probe(struct recorded_events *e, struct trace_writer *writer,
			const struct probe_spec *probe, struct err *err)
{
	uint32_t i = e->sample_cnt;
	struct trace_event event = {
		.name = probe->text,
		.source = probe->text,
		.kind = TRACE_EVENT_SAMPLE,
		.unit = probe->unit,
	};
	int code = probe_spec_probe(probe, &event.source, err);

	if (code) {
		err_prefix(err, "-e %s", probe->text);
		return code;
	}
	e->probes[i] = probe;
	e->plans[i] = (struct sampling_plan){ .source = event.source, .event = event };
	e->sample_ids[i] = trace_writer_event(writer, &event);
	e->sample_cnt++;
	return 0;
}

/* One event, whatever ways it can be drawn in. */
static int choose_waits(struct recorded_events *e, struct trace_writer *writer,
			const struct wait_options *waits, struct err *err)
{
	struct trace_event event = {
		.name = wait_way_name(waits->way),
		.kind = TRACE_EVENT_WAIT,
		.unit = TRACE_UNIT_NS,
	};
	int code = wait_hooks_probe(waits->way, &event.source, err);

	if (code) {
		err_prefix(err, "-e %s", event.name);
		return code;
	}
	e->wait_id = trace_writer_event(writer, &event);
	return 0;
}

/* All measures of a source. */
static int choose_source(struct recorded_events *e, struct trace_writer *writer,
			 const struct latency_source *source, struct err *err)
{
	const struct latency_row *row;
	const char *fires = source->name;
	int code = source->probe(&fires, err);

	if (code) {
		err_prefix(err, "-e %s", source->name);
		return code;
	}
	for (size_t i = 0; (row = latency_row_at(i)); i++) {
		struct trace_event event = {
			.name = row->name,
			.source = fires,
			.kind = TRACE_EVENT_LATENCY,
			.unit = row->unit,
		};

		if (strcmp(row->source, source->name))
			continue;
		memcpy(event.labels, row->labels, sizeof(event.labels));
		e->latency_ids[row->measure] = trace_writer_event(writer, &event);
	}
	return 0;
}

static int choose_latency_probe(struct recorded_events *e, struct trace_writer *writer,
				const struct probe_spec *probe, uint32_t number, struct err *err)
{
	struct trace_event event = {
		.name = probe->text,
		.source = probe->text,
		.kind = TRACE_EVENT_LATENCY,
		.unit = probe->unit,
		.labels = { probe->key },
	};
	int code = probe_spec_probe(probe, &event.source, err);

	if (code) {
		err_prefix(err, "-e %s", probe->text);
		return code;
	}
	e->latency_ids[ABI_MEASURE_PROBE + number] = trace_writer_event(writer, &event);
	return 0;
}

static int choose_retransmits(struct recorded_events *e, struct trace_writer *writer,
			      struct err *err)
{
	const struct trace_event event = {
		.name = "tcp-retransmit",
		.source = "tcp_retransmit_skb",
		.kind = TRACE_EVENT_SAMPLE,
		.unit = TRACE_UNIT_EVENTS,
	};

	if (e->sample_cnt == ABI_EVENTS_MAX)
		return err_set(err, -E2BIG,
			       "-e tcp: at most %d events of samples in one recording, and "
			       "retransmits are one",
			       ABI_EVENTS_MAX);
	e->retransmits = e->sample_cnt++;
	e->plans[e->retransmits] = (struct sampling_plan){ .source = event.source, .event = event };
	e->sample_ids[e->retransmits] = trace_writer_event(writer, &event);
	return 0;
}

static int choose_latencies(struct recorded_events *e, struct trace_writer *writer,
			    const struct latency_options *latency, struct err *err)
{
	int code = 0;

	for (uint32_t i = 0; i < latency->source_cnt && !code; i++) {
		code = choose_source(e, writer, latency->sources[i], err);
		if (!code && latency->sources[i] == &latency_source_tcp)
			code = choose_retransmits(e, writer, err);
	}
	for (uint32_t i = 0; i < latency->probe_cnt && !code; i++)
		code = choose_latency_probe(e, writer, &latency->probes[i], i, err);
	return code;
}

int recorded_events_choose(struct recorded_events *e, struct trace_writer *writer,
			   const struct recorded_options *o, struct err *err)
{
	int code = 0;

	*e = (struct recorded_events){ .retransmits = TRACE_NONE };
	memset(e->latency_ids, 0xff, sizeof(e->latency_ids));
	if (o->row_cnt + o->probe_cnt > ABI_EVENTS_MAX)
		return err_set(err, -E2BIG, "%u events at once; at most %d can be recorded",
			       o->row_cnt + o->probe_cnt, ABI_EVENTS_MAX);
	if (o->frequency_hz > SAMPLING_MAX_HZ)
		return err_set(err, -EINVAL, "-F %llu: the most is %d times a second",
			       (unsigned long long)o->frequency_hz, SAMPLING_MAX_HZ);
	for (uint32_t i = 0; i < o->row_cnt && !code; i++)
		code = choose_row(e, writer, o->rows[i], o->frequency_hz, err);
	for (uint32_t i = 0; i < o->probe_cnt && !code; i++)
		code = choose_probe(e, writer, &o->probes[i], err);
	if (!code && o->waits)
		code = choose_waits(e, writer, o->waits, err);
	if (!code && o->latency)
		code = choose_latencies(e, writer, o->latency, err);
	return code;
}
