#include "formats/info_latencies.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "base/units.h"
#include "formats/info_waits.h"
#include "formats/trace_reader.h"
#include "formats/trace_summary.h"

static void put_counted(struct buf *out, uint64_t cnt, const char *one, const char *many)
{
	char text[UNITS_TEXT_MAX];

	buf_printf(out, "%s %s", units_count(text, cnt), cnt == 1 ? one : many);
}

static void put_labels(struct buf *out, const struct trace_event *event)
{
	const char *before = " by ";

	for (unsigned i = 0; i < TRACE_LABELS_MAX; i++) {
		if (!*event->labels[i])
			continue;
		buf_puts(out, before);
		text_visible(out, event->labels[i], strlen(event->labels[i]));
		before = ", ";
	}
}

static void put_value(struct buf *out, enum trace_unit unit, uint64_t value)
{
	char text[UNITS_TEXT_MAX];

	if (value == UINT64_MAX)
		buf_puts(out, "at least ");
	if (unit == TRACE_UNIT_NS)
		buf_puts(out, units_duration(text, value));
	else if (unit == TRACE_UNIT_BYTES)
		buf_puts(out, units_size(text, value));
	else
		buf_printf(out, "%s in all", units_count(text, value));
}

void info_put_latency_event(struct buf *out, const struct trace_event *event,
			    const struct event_summary *s)
{
	char text[UNITS_TEXT_MAX];

	put_labels(out, event);
	buf_puts(out, ": ");
	put_counted(out, s->latency_cnt, "event", "events");
	buf_puts(out, ", ");
	put_value(out, event->unit, s->weight);
	if (s->single_cnt)
		buf_printf(out, ", %s kept one by one", units_count(text, s->single_cnt));
	buf_puts(out, "\n");
}

void info_put_latencies(struct buf *out, const struct trace_reader *r,
			const struct trace_summary *s)
{
	const struct latency_summary *l = &s->latencies;
	uint64_t slower_ns = trace_reader_fact_number(r, TRACE_FACT_SLOWER_NS);
	char text[UNITS_TEXT_MAX];

	if (!l->bin_cnt)
		return;
	info_put_label(out, "Latencies");
	put_counted(out, l->bin_cnt, "bin", "bins");
	if (l->longest_slice_ns)
		buf_printf(out, ", in slices of %s", units_duration(text, l->shortest_slice_ns));
	if (l->longest_slice_ns > l->shortest_slice_ns)
		buf_printf(out, " to %s", units_duration(text, l->longest_slice_ns));
	if (slower_ns)
		buf_printf(out, "; each event of %s or longer was to be kept",
			   units_duration(text, slower_ns));
	buf_puts(out, "\n");
}

void info_put_latency_event_json(struct json *j, const struct trace_event *event,
				 const struct event_summary *s)
{
	json_count(j, "latencies", s->latency_cnt);
	json_count(j, "kept", s->single_cnt);
	json_array(j, "labels");
	for (unsigned i = 0; i < TRACE_LABELS_MAX; i++)
		if (*event->labels[i])
			json_text(j, NULL, event->labels[i]);
	json_end(j, ']');
}

void info_put_latencies_json(struct json *j, const struct trace_reader *r,
			     const struct trace_summary *s)
{
	if (!s->latencies.bin_cnt && !s->totals.single_cnt)
		return;
	json_object(j, "latencies");
	json_count(j, "count", s->totals.latency_cnt);
	json_count(j, "kept", s->totals.single_cnt);
	json_count(j, "bins", s->latencies.bin_cnt);
	json_count(j, "shortest_slice_ns", s->latencies.shortest_slice_ns);
	json_count(j, "longest_slice_ns", s->latencies.longest_slice_ns);
	json_count(j, "slower_ns", trace_reader_fact_number(r, TRACE_FACT_SLOWER_NS));
	json_end(j, '}');
}
