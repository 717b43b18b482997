#include "formats/latency_draft.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/sum.h"
#include "formats/chunk.h"
#include "formats/latency_bin.h"
#include "formats/trace_layout.h"

void latency_draft_start(struct latency_draft *d)
{
	*d = (struct latency_draft){ 0 };
	entry_table_start(&d->series);
}

void latency_draft_release(struct latency_draft *d)
{
	entry_table_release(&d->series);
	vec_release(&d->series_events);
	idmap_release(&d->by_place);
	vec_release(&d->bins);
	vec_release(&d->latencies);
	strtab_free(d->texts);
}

void latency_draft_restart(struct latency_draft *d)
{
	entry_table_restart(&d->series);
	d->series_events.cnt = 0;
}

void latency_draft_forget(struct latency_draft *d)
{
	if (d->bins.cnt)
		idmap_clear(&d->by_place);
	d->bins.cnt = 0;
	d->latencies.cnt = 0;
	strtab_free(d->texts);
	d->texts = NULL;
}

uint32_t latency_draft_series(struct latency_draft *d, const struct trace_series *series,
			      const struct buf *entry)
{
	uint32_t id = entry_table_intern(&d->series, entry);

	if (id == d->series_events.cnt)
		*vec_push(&d->series_events) = series->event;
	return id;
}

void latency_draft_bin(struct latency_draft *d, const struct trace_bin *given)
{
	uint32_t next = (uint32_t)d->bins.cnt, at;
	struct trace_bin bin = *given;

	assert(bin.bin < LATENCY_BINS && bin.cnt && bin.series < d->series_events.cnt);
	bin_settle(&bin);
	at = idmap_intern(&d->by_place, (uint64_t)bin.slice << 32 | bin.series, bin.bin, next);
	if (at == next) {
		*vec_push(&d->bins) = (struct event_bin){
			.event = d->series_events.v[bin.series],
			.bin = bin,
		};
		return;
	}
	sum_clipped(&d->bins.v[at].bin.cnt, bin.cnt);
	sum_clipped(&d->bins.v[at].bin.sum, bin.sum);
}

static const char *keep_text(struct latency_draft *d, const char *text, uint32_t *out_len)
{
	size_t len = text ? strnlen(text, TRACE_LATENCY_TEXT_MAX) : 0;

	*out_len = (uint32_t)len;
	if (!len)
		return "";
	if (!d->texts)
		d->texts = strtab_new();
	return strtab_get(d->texts, strtab_intern(d->texts, text, len), NULL);
}

void latency_draft_latency(struct latency_draft *d, const struct trace_latency *given)
{
	struct event_latency e = { .latency = *given };

	assert(given->why && given->why <= TRACE_LATENCY_WHYS &&
	       given->series < d->series_events.cnt);
	e.event = d->series_events.v[given->series];
	if (e.latency.queued_ns > e.latency.value)
		e.latency.queued_ns = e.latency.value;
	if (e.latency.cpu >= TRACE_CPUS_MAX)
		e.latency.cpu = TRACE_NONE;
	e.latency.text = keep_text(d, given->text, &e.text_len);
	*vec_push(&d->latencies) = e;
}

bool latency_draft_has_records(const struct latency_draft *d)
{
	return d->bins.cnt || d->latencies.cnt || d->series.fresh.len;
}

static void widen(uint64_t time_ns, uint64_t *first_ns, uint64_t *last_ns)
{
	if (time_ns < *first_ns)
		*first_ns = time_ns;
	if (time_ns > *last_ns)
		*last_ns = time_ns;
}

bool latency_draft_times(const struct latency_draft *d, const struct trace_slice *slices,
			 uint64_t *first_ns, uint64_t *last_ns)
{
	for (size_t i = 0; i < d->bins.cnt; i++) {
		const struct trace_slice *s = &slices[d->bins.v[i].bin.slice];

		widen(s->start_ns, first_ns, last_ns);
		widen(s->end_ns, first_ns, last_ns);
	}
	for (size_t i = 0; i < d->latencies.cnt; i++)
		widen(d->latencies.v[i].latency.end_ns, first_ns, last_ns);
	return d->bins.cnt || d->latencies.cnt;
}

void latency_draft_put_table(struct latency_draft *d, struct buf *raw)
{
	struct buf content = { 0 };

	if (!d->series.fresh.len)
		return;
	entry_table_put(&d->series, &content);
	chunk_section_put(raw, SECTION_SERIES, true, &content);
	buf_release(&content);
}

static int compare_bins(const void *a, const void *b)
{
	return bin_column_compare(a, b);
}

static int compare_latencies(const void *a, const void *b)
{
	return latency_column_compare(a, b);
}

static void put_bins(struct latency_draft *d, struct buf *content)
{
	for (size_t i = 0; i < d->bins.cnt; i++)
		bin_settle(&d->bins.v[i].bin); /* where a count was cut */
	qsort(d->bins.v, d->bins.cnt, sizeof(*d->bins.v), compare_bins);
	bin_column_put(content, d->bins.v, d->bins.cnt);
}

static void put_latencies(struct latency_draft *d, const uint32_t *stack_ids, uint64_t first_us,
			  struct buf *content)
{
	for (size_t i = 0; i < d->latencies.cnt; i++) {
		uint32_t *stack = &d->latencies.v[i].latency.stack;

		*stack = *stack == TRACE_NONE ? TRACE_NONE : stack_ids[*stack];
	}
	qsort(d->latencies.v, d->latencies.cnt, sizeof(*d->latencies.v), compare_latencies);
	latency_column_put(content, first_us, d->latencies.v, d->latencies.cnt);
}

void latency_draft_put_records(struct latency_draft *d, const uint32_t *stack_ids,
			       uint64_t first_us, struct buf *raw)
{
	struct buf content = { 0 };

	if (d->bins.cnt) {
		put_bins(d, &content);
		chunk_section_put(raw, SECTION_BINS, true, &content);
	}
	buf_clear(&content);
	if (d->latencies.cnt) {
		put_latencies(d, stack_ids, first_us, &content);
		chunk_section_put(raw, SECTION_LATENCIES, true, &content);
	}
	buf_release(&content);
}
