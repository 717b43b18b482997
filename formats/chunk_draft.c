#include "formats/chunk_draft.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/entries.h"
#include "formats/latency_entries.h"

/* With the heads of all sections. */
#define SECTIONS_ROOM 512
#define FACT_ROOM 16 /* beside the text */

void chunk_draft_start(struct chunk_draft *d)
{
	*d = (struct chunk_draft){ 0 };
	entry_table_start(&d->processes);
	entry_table_start(&d->threads);
	entry_table_start(&d->modules);
	entry_table_start(&d->mappings);
	frame_table_start(&d->frames);
	wait_draft_start(&d->waits);
	latency_draft_start(&d->latencies);
}

void chunk_draft_release(struct chunk_draft *d)
{
	for (unsigned i = 0; i < TRACE_FACT_CNT; i++)
		free(d->facts[i]);
	buf_release(&d->events);
	buf_release(&d->labels);
	entry_table_release(&d->processes);
	entry_table_release(&d->threads);
	entry_table_release(&d->modules);
	entry_table_release(&d->mappings);
	frame_table_release(&d->frames);
	stack_trie_release(&d->nodes);
	vec_release(&d->samples);
	wait_draft_release(&d->waits);
	latency_draft_release(&d->latencies);
	buf_release(&d->kernel_symbols);
	buf_release(&d->jit_maps);
	buf_release(&d->copies);
	vec_release(&d->cpu_changes);
	vec_release(&d->losses);
	buf_release(&d->scratch);
}

void chunk_draft_restart(struct chunk_draft *d)
{
	entry_table_restart(&d->processes);
	entry_table_restart(&d->threads);
	entry_table_restart(&d->modules);
	entry_table_restart(&d->mappings);
	frame_table_restart(&d->frames);
	stack_trie_clear(&d->nodes);
	wait_draft_restart(&d->waits);
	latency_draft_restart(&d->latencies);
}

void chunk_draft_fact(struct chunk_draft *d, enum trace_fact fact, const char *text)
{
	size_t len = strlen(text);

	assert(fact > 0 && fact < TRACE_FACT_CNT);
	free(d->facts[fact]);
	d->facts[fact] = mem_dup(text, len < CHUNK_DRAFT_FACT_MAX ? len : CHUNK_DRAFT_FACT_MAX);
}

uint32_t chunk_draft_event(struct chunk_draft *d, const struct trace_event *event)
{
	assert(d->event_cnt < TRACE_EVENTS_MAX);
	entry_put_event(&d->events, event);
	entry_put_labels(&d->labels, d->event_cnt, event);
	return d->event_cnt++;
}

static void put_section(struct chunk_draft *d, struct buf *raw, unsigned type, bool required)
{
	chunk_section_put(raw, type, required, &d->scratch);
}

void chunk_draft_put_heads(struct chunk_draft *d, struct buf *raw)
{
	buf_clear(&d->scratch);
	for (unsigned fact = 1; fact < TRACE_FACT_CNT; fact++) {
		if (!d->facts[fact])
			continue;
		buf_varint(&d->scratch, fact);
		entry_put_text(&d->scratch, d->facts[fact]);
	}
	put_section(d, raw, SECTION_FACTS, false);
	buf_clear(&d->scratch);
	buf_varint(&d->scratch, 0);
	buf_put(&d->scratch, d->events.v, d->events.len);
	put_section(d, raw, SECTION_EVENTS, true);
	if (d->labels.len)
		chunk_section_put(raw, SECTION_EVENT_LABELS, true, &d->labels);
}

static void put_entries(struct chunk_draft *d, struct buf *raw, struct entry_table *t,
			unsigned type)
{
	if (!t->fresh.len)
		return;
	buf_clear(&d->scratch);
	entry_table_put(t, &d->scratch);
	put_section(d, raw, type, true);
}

/* An older reader takes a later value for damage, unless it was told before. */
static void put_warning(struct chunk_draft *d, struct buf *raw)
{
	buf_clear(&d->scratch);
	if (d->has_later_values)
		put_section(d, raw, SECTION_COPIES, true);
	if (d->has_later_losses)
		put_section(d, raw, SECTION_LINKS, true);
	if (d->has_latency_losses)
		put_section(d, raw, SECTION_SERIES, true);
}

static void put_tables(struct chunk_draft *d, struct buf *raw)
{
	put_entries(d, raw, &d->processes, SECTION_PROCESSES);
	put_entries(d, raw, &d->threads, SECTION_THREADS);
	put_entries(d, raw, &d->modules, SECTION_MODULES);
	put_entries(d, raw, &d->mappings, SECTION_MAPPINGS);
	if (d->frames.fresh.cnt) {
		buf_clear(&d->scratch);
		frame_table_put(&d->frames, &d->scratch);
		put_section(d, raw, SECTION_FRAMES, true);
	}
	if (stack_trie_is_fresh(&d->nodes)) {
		buf_clear(&d->scratch);
		stack_trie_put(&d->nodes, d->frames.file_ids.v, &d->scratch);
		put_section(d, raw, SECTION_NODES, true);
	}
	wait_draft_put_tables(&d->waits, d->nodes.file_ids.v, raw);
	latency_draft_put_table(&d->latencies, raw);
}

static int compare_samples(const void *a, const void *b)
{
	return sample_column_compare(a, b);
}

static void put_samples(struct chunk_draft *d, struct buf *raw, uint64_t first_us)
{
	if (!d->samples.cnt)
		return;
	for (size_t i = 0; i < d->samples.cnt; i++) {
		uint32_t *stack = &d->samples.v[i].stack;

		*stack = *stack == TRACE_NONE ? TRACE_NONE : d->nodes.file_ids.v[*stack];
	}
	qsort(d->samples.v, d->samples.cnt, sizeof(*d->samples.v), compare_samples);
	buf_clear(&d->scratch);
	sample_column_put(&d->scratch, first_us, d->samples.v, d->samples.cnt);
	put_section(d, raw, SECTION_SAMPLES, true);
}

static void put_rest(struct chunk_draft *d, struct buf *raw, uint64_t first_us)
{
	if (d->kernel_symbols.len)
		chunk_section_put(raw, SECTION_KERNEL_SYMBOLS, false, &d->kernel_symbols);
	buf_put(raw, d->jit_maps.v, d->jit_maps.len);
	if (d->copies.len)
		chunk_section_put(raw, SECTION_COPIES, true, &d->copies);
	buf_clear(&d->scratch);
	for (size_t i = 0; i < d->cpu_changes.cnt; i++)
		entry_put_cpu_change(&d->scratch, &d->cpu_changes.v[i], first_us);
	if (d->scratch.len)
		put_section(d, raw, SECTION_CPU_CHANGES, false);
	buf_clear(&d->scratch);
	for (size_t i = 0; i < d->losses.cnt; i++)
		entry_put_loss(&d->scratch, &d->losses.v[i]);
	if (d->scratch.len)
		put_section(d, raw, SECTION_LOSSES, false);
}

static void widen(uint64_t time_ns, uint64_t *first_ns, uint64_t *last_ns)
{
	if (time_ns < *first_ns)
		*first_ns = time_ns;
	if (time_ns > *last_ns)
		*last_ns = time_ns;
}

static void set_times(const struct chunk_draft *d, struct chunk_header *h)
{
	uint64_t first_ns = UINT64_MAX, last_ns = 0, span_us;
	bool has_times = wait_draft_times(&d->waits, &first_ns, &last_ns);

	has_times |=
		latency_draft_times(&d->latencies, d->waits.slice_times.v, &first_ns, &last_ns);
	for (size_t i = 0; i < d->samples.cnt; i++)
		widen(d->samples.v[i].time_ns, &first_ns, &last_ns);
	for (size_t i = 0; i < d->cpu_changes.cnt; i++)
		widen(d->cpu_changes.v[i].time_ns, &first_ns, &last_ns);
	if (!has_times && !d->samples.cnt && !d->cpu_changes.cnt)
		return;
	h->first_us = first_ns / 1000;
	span_us = last_ns / 1000 - h->first_us;
	h->span_us = span_us < CHUNK_SPAN_MAX ? (uint32_t)span_us : CHUNK_SPAN_MAX;
}

bool chunk_draft_has_records(const struct chunk_draft *d)
{
	return d->samples.cnt || d->kernel_symbols.len || d->jit_maps.len || d->copies.len ||
	       d->cpu_changes.cnt || d->losses.cnt || d->frames.fresh.cnt ||
	       stack_trie_is_fresh(&d->nodes) || d->processes.fresh.len || d->threads.fresh.len ||
	       d->modules.fresh.len || d->mappings.fresh.len || wait_draft_has_records(&d->waits) ||
	       latency_draft_has_records(&d->latencies);
}

void chunk_draft_put(struct chunk_draft *d, bool heads, struct chunk_header *h, struct buf *raw)
{
	set_times(d, h);
	if (heads)
		chunk_draft_put_heads(d, raw);
	put_warning(d, raw);
	put_tables(d, raw);
	put_samples(d, raw, h->first_us);
	wait_draft_put_records(&d->waits, d->nodes.file_ids.v, h->first_us, raw);
	latency_draft_put_records(&d->latencies, d->nodes.file_ids.v, h->first_us, raw);
	put_rest(d, raw, h->first_us);
}

void chunk_draft_forget(struct chunk_draft *d)
{
	d->samples.cnt = 0;
	wait_draft_forget(&d->waits);
	latency_draft_forget(&d->latencies);
	buf_clear(&d->kernel_symbols);
	buf_clear(&d->jit_maps);
	buf_clear(&d->copies);
	d->has_later_values = false;
	d->has_later_losses = false;
	d->has_latency_losses = false;
	d->cpu_changes.cnt = 0;
	d->losses.cnt = 0;
}

size_t chunk_draft_heads_room(const struct chunk_draft *d)
{
	size_t room = SECTIONS_ROOM + d->events.len + d->labels.len;

	for (unsigned fact = 1; fact < TRACE_FACT_CNT; fact++)
		room += d->facts[fact] ? strlen(d->facts[fact]) + FACT_ROOM : 0;
	return room;
}
