#include "formats/bin_column.h"
#include "formats/dump_rows.h"
#include "formats/latency_bin.h"
#include "formats/latency_column.h"
#include "formats/latency_entries.h"

void dump_labels(struct buf *out, struct bytes *b)
{
	while (bytes_left(b)) {
		struct entry_text labels[TRACE_LABELS_MAX];
		uint32_t event;

		if (dump_is_bad(b, entry_take_labels(b, &event, labels)))
			return;
		buf_puts(out, "   ");
		dump_id(out, "event", event);
		for (unsigned i = 0; i < TRACE_LABELS_MAX; i++)
			dump_entry_text(out, "label", labels[i]);
		buf_puts(out, "\n");
	}
}

void dump_series(struct buf *out, struct bytes *b)
{
	if (!bytes_left(b))
		return;
	for (uint64_t id = bytes_varint(b); bytes_left(b); id++) {
		struct series_texts texts;
		struct trace_series s;

		if (dump_is_bad(b, entry_take_series(b, &s, &texts)))
			return;
		dump_row(out, id);
		dump_id(out, "event", s.event);
		dump_entry_text(out, "process", texts.process);
		for (unsigned i = 0; i < TRACE_LABELS_MAX; i++)
			dump_entry_text(out, "label", texts.labels[i]);
		buf_puts(out, "\n");
	}
}

void dump_bins(struct buf *out, struct bytes *b)
{
	struct bin_column bins = { 0 };

	dump_is_bad(b, bin_column_take(b, &bins));
	for (size_t i = 0; i < bins.cnt; i++) {
		const struct trace_bin *bin = &bins.v[i].bin;

		buf_puts(out, "   ");
		dump_id(out, "event", bins.v[i].event);
		dump_id(out, "slice", bin->slice);
		dump_id(out, "series", bin->series);
		dump_number(out, "bin", bin->bin);
		if (bin->bin < LATENCY_BINS) /* else it is not readable */
			buf_printf(out, " (%llu to %llu)",
				   (unsigned long long)latency_bin_first(bin->bin),
				   (unsigned long long)latency_bin_last(bin->bin));
		dump_number(out, "count", bin->cnt);
		dump_number(out, "sum", bin->sum);
		buf_puts(out, "\n");
	}
	vec_release(&bins);
}

static void put_why(struct buf *out, uint32_t why)
{
	buf_printf(out, "%s%s%s", why & TRACE_LATENCY_LONGEST ? " longest" : "",
		   why & TRACE_LATENCY_DRAWN ? " drawn" : "",
		   why & TRACE_LATENCY_SLOWER ? " slower" : "");
}

void dump_latencies(struct buf *out, struct bytes *b, uint64_t first_us)
{
	struct latency_column latencies = { 0 };

	dump_is_bad(b, latency_column_take(b, first_us, &latencies));
	for (size_t i = 0; i < latencies.cnt; i++) {
		const struct trace_latency *l = &latencies.v[i].latency;

		buf_puts(out, "   ");
		dump_id(out, "event", latencies.v[i].event);
		dump_id(out, "series", l->series);
		dump_id(out, "thread", l->thread);
		dump_id(out, "stack", l->stack);
		dump_id(out, "cpu", l->cpu);
		put_why(out, l->why);
		dump_number(out, "end_ns", l->end_ns);
		dump_number(out, "value", l->value);
		dump_number(out, "queued_ns", l->queued_ns);
		dump_number(out, "bytes", l->bytes);
		dump_text(out, "text", l->text, latencies.v[i].text_len);
		buf_puts(out, "\n");
	}
	vec_release(&latencies);
}

void dump_latency_totals(struct buf *out, struct bytes *b)
{
	struct trace_totals t = { 0 };

	if (dump_is_bad(b, entry_take_latency_totals(b, &t)))
		return;
	buf_puts(out, "   ");
	dump_number(out, "latencies", t.latency_cnt);
	dump_number(out, "singles", t.single_cnt);
	buf_puts(out, "\n");
}
