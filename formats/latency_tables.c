#include "formats/latency_tables.h"

#include "formats/latency_entries.h"
#include "formats/trace_tables.h"

static const struct trace_series damaged_series = { .process = "[damaged]", .labels = { "", "" } };

void latency_tables_release(struct latency_tables *l)
{
	vec_release(&l->series);
	vec_release(&l->is_open);
}

void latency_tables_restart(struct latency_tables *l)
{
	latency_tables_rollback(l, 0);
}

void latency_tables_rollback(struct latency_tables *l, size_t series_cnt)
{
	l->series.cnt = series_cnt;
	l->is_open.cnt = series_cnt;
}

/* Event 0 is there for those that nothing ever refers to. */
static bool fill_series(struct trace_tables *t, size_t to)
{
	struct latency_tables *l = &t->latencies;

	if (to <= l->series.cnt)
		return true;
	if (!trace_tables_may_fill(t, l->series.cnt, to, TRACE_SERIES_MAX) ||
	    !trace_tables_has_event(t, 0))
		return false;
	while (l->series.cnt < to) {
		*vec_push(&l->series) = damaged_series;
		*vec_push(&l->is_open) = true;
	}
	return true;
}

bool latency_tables_has_series(struct trace_tables *t, uint32_t id, uint32_t event)
{
	struct latency_tables *l = &t->latencies;

	if (!trace_tables_has_event(t, event) || !fill_series(t, (size_t)id + 1))
		return false;
	if (l->is_open.v[id]) {
		l->is_open.v[id] = false;
		l->series.v[id].event = event;
	}
	return l->series.v[id].event == event;
}

bool latency_tables_take_labels(struct trace_tables *t, struct bytes *b)
{
	while (bytes_left(b)) {
		struct entry_text labels[TRACE_LABELS_MAX];
		uint32_t event;

		if (!entry_take_labels(b, &event, labels) || !trace_tables_has_event(t, event))
			return false;
		for (unsigned i = 0; i < TRACE_LABELS_MAX; i++)
			t->events.v[event].labels[i] = strtab_get(
				t->head_texts,
				strtab_intern(t->head_texts, labels[i].s, labels[i].len), NULL);
	}
	return true;
}

static const char *keep(struct trace_tables *t, struct entry_text text)
{
	return strtab_get(t->texts, strtab_intern(t->texts, text.s, text.len), NULL);
}

/* An empty section is there only to tell readers before it that they cannot go on. */
bool latency_tables_take_series(struct trace_tables *t, struct bytes *b)
{
	struct latency_tables *l = &t->latencies;
	size_t base;

	if (!bytes_left(b))
		return true;
	if (!trace_tables_take_base(b, l->series.cnt, &base) || !fill_series(t, base))
		return false;
	while (bytes_left(b)) {
		struct trace_series series;
		struct series_texts texts;

		if (!entry_take_series(b, &series, &texts) ||
		    !trace_tables_has_event(t, series.event) || l->series.cnt >= TRACE_SERIES_MAX)
			return false;
		series.process = keep(t, texts.process);
		for (unsigned i = 0; i < TRACE_LABELS_MAX; i++)
			series.labels[i] = keep(t, texts.labels[i]);
		*vec_push(&l->series) = series;
		*vec_push(&l->is_open) = false;
	}
	return true;
}
