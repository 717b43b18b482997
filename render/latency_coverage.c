#include "render/latency_coverage.h"

#include <string.h>

#include "base/sum.h"
#include "base/text.h"
#include "formats/trace_reader.h"

static bool holds(const struct trace_series *series, const struct selection *s)
{
	return !s->process || text_glob(s->process, series->process, strlen(series->process));
}

void latency_coverage_add(struct latency_coverage *c, const struct trace_record *record,
			  const struct trace_reader *r, const struct selection *s)
{
	const struct trace_series *series;

	if (record->kind == TRACE_RECORD_BIN) {
		series = trace_reader_series(r, record->bin.series);
		if (!holds(series, s))
			return;
		sum_clipped(&c->event_cnt[record->bin.bin], record->bin.cnt);
		c->has_other_units |= trace_reader_event(r, series->event)->unit != TRACE_UNIT_NS;
	} else if (record->kind == TRACE_RECORD_LATENCY) {
		series = trace_reader_series(r, record->latency.series);
		c->single_cnt[latency_bin_of(record->latency.value)] += holds(series, s);
	}
}

/* Whether the recorder kept each event from the range's least value on. */
static bool was_asked_for(const struct latency_coverage *c, const struct trace_reader *r,
			  uint64_t least)
{
	uint64_t slower_ns = trace_reader_fact_number(r, TRACE_FACT_SLOWER_NS);

	return slower_ns && least >= slower_ns && !c->has_other_units &&
	       !trace_reader_totals(r)->lost[TRACE_LOSS_SINGLES];
}

bool latency_coverage_is_whole(const struct latency_coverage *c, const struct trace_reader *r,
			       const struct selection *s)
{
	bool is_all = selection_range_is_all(s->latency);
	uint64_t least = is_all ? 0 : s->latency.first;
	uint32_t first = latency_bin_of(least);
	uint32_t last = is_all ? LATENCY_BINS - 1 : latency_bin_of(s->latency.last);

	if (latency_bin_first(first) < least && was_asked_for(c, r, least))
		first++;
	for (uint32_t bin = first; bin <= last; bin++)
		if (c->single_cnt[bin] < c->event_cnt[bin])
			return false;
	return true;
}
