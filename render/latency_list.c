#include "render/latency_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strtab.h"
#include "base/sum.h"
#include "base/text.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "render/latency_coverage.h"
#include "render/latency_kept.h"
#include "render/latency_single_json.h"
#include "render/latency_words.h"
#include "render/picture_source.h"

/* What is listed, in one pass over the trace: of each event a walk over its bins. */
struct listing {
	struct latency_list *list;
	struct selection selection;
	struct selection bins; /* know no threads */
	struct latency_walk *walks;
	uint32_t walk_cnt;
	uint32_t only; /* event; TRACE_NONE: all */
	struct latency_coverage coverage;
};

static int start(struct listing *g, struct latency_list *l, const struct selection *selection,
		 struct err *err)
{
	struct trace_reader *r = l->source->trace;
	struct latency_walk first;

	*g = (struct listing){ .list = l, .selection = *selection, .bins = *selection };
	g->bins.thread = 0;
	int status = latency_walk_start(&first, r, &g->bins, err);

	if (status < 0)
		return status;
	if (!selection->event && first.totals.is_exact)
		return err_set(err, -ENOENT,
			       "%s: the trace holds samples, and no latencies to list; these are "
			       "recorded by: profile record -e block,runq,syscall",
			       trace_reader_path(r));
	g->only = selection->event ? first.totals.event : TRACE_NONE;
	g->walk_cnt = trace_reader_event_cnt(r);
	g->walks = mem_alloc(g->walk_cnt, sizeof(*g->walks));
	for (uint32_t id = 0; id < g->walk_cnt; id++) {
		first.totals.event = id;
		latency_walk_again(&g->walks[id], r, &g->bins, &first.totals);
	}
	return 0;
}

static bool is_listed(const struct listing *g, uint32_t event)
{
	return event < g->walk_cnt && (g->only == TRACE_NONE || g->only == event);
}

static void take(struct listing *g, const struct trace_record *record)
{
	struct trace_reader *r = g->list->source->trace;
	struct latency_cell none;
	uint32_t event;

	for (uint32_t id = 0; id < g->walk_cnt && record->kind == TRACE_RECORD_KEY_FRAME; id++)
		latency_walk_take(&g->walks[id], record, &none);
	if (record->kind == TRACE_RECORD_BIN) {
		event = trace_reader_series(r, record->bin.series)->event;
		if (!is_listed(g, event))
			return;
		latency_walk_take(&g->walks[event], record, &none);
		latency_coverage_add(&g->coverage, record, r, &g->selection);
	} else if (record->kind == TRACE_RECORD_LATENCY) {
		event = trace_reader_series(r, record->latency.series)->event;
		if (!is_listed(g, event))
			return;
		latency_coverage_add(&g->coverage, record, r, &g->selection);
		if (latency_is_selected(&record->latency, r, &g->selection))
			*vec_push(&g->list->v) =
				latency_single_of(&record->latency, r, g->list->texts);
	}
}

static int list_all(struct latency_list *l, const struct selection *selection, struct err *err)
{
	struct trace_record record;
	struct listing g;
	int got = start(&g, l, selection, err);

	if (got < 0)
		return got;
	while ((got = trace_reader_next(l->source->trace, &record, err)) > 0)
		take(&g, &record);
	for (uint32_t id = 0; id < g.walk_cnt; id++)
		sum_clipped(&l->event_cnt, g.walks[id].totals.kept_cnt);
	l->is_whole = latency_coverage_is_whole(&g.coverage, l->source->trace, selection);
	l->is_about = !selection_range_is_all(selection->time) ||
		      !selection_range_is_all(selection->latency);
	free(g.walks);
	return got;
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare(const void *a, const void *b)
{
	const struct latency_single *x = a, *y = b;
	int way = order(x->end_ns, y->end_ns);

	way = way ? way : order(x->event, y->event);
	way = way ? way : order(x->tid, y->tid);
	return way ? way : order(x->value, y->value);
}

int latency_list_make(struct latency_list *out, const struct picture_source *source,
		      const struct selection *selection, struct err *err)
{
	int status = picture_source_check_latencies(source, err);

	if (status < 0)
		return status;
	*out = (struct latency_list){ .source = source, .texts = strtab_new() };
	status = list_all(out, selection, err);
	if (status < 0) {
		latency_list_release(out);
		return status;
	}
	if (out->v.cnt)
		qsort(out->v.v, out->v.cnt, sizeof(*out->v.v), compare);
	return 0;
}

void latency_list_release(struct latency_list *l)
{
	if (l->texts)
		strtab_free(l->texts);
	vec_release(&l->v);
	*l = (struct latency_list){ 0 };
}

/* Visible, and padded with blanks, of which one stands behind it at least. */
static void put_column(struct buf *out, const char *text, size_t len, size_t columns)
{
	size_t start = out->len, width;

	text_visible(out, text, len);
	width = text_columns((const char *)out->v + start, out->len - start);
	for (; width < columns; width++)
		buf_u8(out, ' ');
	buf_u8(out, ' ');
}

static void put_name(struct buf *out, const struct latency_list *l, uint32_t id, size_t columns)
{
	size_t len;
	const char *text = strtab_get(l->texts, id, &len);

	put_column(out, len ? text : "-", len ? len : 1, columns);
}

/* "sda,read" */
static void put_labels(struct buf *out, const struct latency_list *l,
		       const struct latency_single *s)
{
	struct buf labels = { 0 };

	for (size_t i = 0; i < TRACE_LABELS_MAX; i++) {
		size_t len;
		const char *text = strtab_get(l->texts, s->labels[i], &len);

		if (!len)
			continue;
		buf_puts(&labels, labels.len ? "," : "");
		buf_put(&labels, text, len);
	}
	if (!labels.len)
		buf_u8(&labels, '-');
	put_column(out, (const char *)labels.v, labels.len, 16);
	buf_release(&labels);
}

static void put_line(struct buf *out, const struct latency_list *l, const struct latency_extras *c,
		     const struct latency_single *s)
{
	const struct trace_event *event = trace_reader_event(l->source->trace, s->event);
	char bytes[UNITS_TEXT_MAX], queued[UNITS_TEXT_MAX], value[UNITS_TEXT_MAX];
	size_t len;
	const char *text = strtab_get(l->texts, s->text, &len);

	buf_printf(out, "%4llu.%06llu ", (unsigned long long)(s->end_ns / 1000000000),
		   (unsigned long long)(s->end_ns % 1000000000 / 1000));
	put_name(out, l, s->comm ? s->comm : s->process, 15);
	buf_printf(out, "%-7u %-7u ", s->tgid, s->tid);
	put_column(out, event->name, strlen(event->name), 13);
	put_labels(out, l, s);
	if (c->has_bytes)
		buf_printf(out, "%8s ", s->bytes ? units_size(bytes, s->bytes) : "-");
	if (c->has_queued)
		buf_printf(out, "%9s ", s->queued_ns ? units_duration(queued, s->queued_ns) : "-");
	buf_printf(out, "%9s", latency_value_text(value, event->unit, s->value));
	if (len && !latency_single_is_named(s, s->text)) {
		buf_puts(out, "  ");
		text_visible(out, text, len);
	}
	buf_u8(out, '\n');
}

void latency_list_put_text(struct buf *out, const struct latency_list *l)
{
	struct latency_extras extras = latency_extras_of(l->v.v, l->v.cnt);
	char kept[UNITS_TEXT_MAX], all[UNITS_TEXT_MAX];

	buf_printf(out, "%-11s %-15s %-7s %-7s %-13s %-16s %s%s%9s%s\n", "TIME(s)", "COMM", "PID",
		   "TID", "EVENT", "LABELS", extras.has_bytes ? "   BYTES " : "",
		   extras.has_queued ? "   QUEUED " : "", "LATENCY",
		   extras.has_text ? "  TEXT" : "");
	for (size_t i = 0; i < l->v.cnt; i++)
		put_line(out, l, &extras, &l->v.v[i]);
	units_count(kept, l->v.cnt);
	if (l->is_whole) {
		buf_printf(out, "\n%s event%s: all%s that were counted.\n", kept,
			   l->v.cnt == 1 ? "" : "s", l->is_about ? " of the selection" : "");
		return;
	}
	buf_printf(out, "\n%s of %s%s events were kept one by one; ", kept,
		   l->is_about ? "about " : "", units_count(all, l->event_cnt));
	latency_kept_put_among(out, l->source->trace);
	buf_puts(out, l->is_about ? "; of all events, only whole ranges of values and slices of "
				    "time are counted.\n"
				  : ".\n");
	if (!trace_reader_fact_number(l->source->trace, TRACE_FACT_SLOWER_NS))
		buf_puts(out, "profile record --slower 10ms keeps all that take so long.\n");
}

void latency_list_put_json(struct buf *out, const struct latency_list *l)
{
	struct json j;

	json_start(&j, out);
	json_object(&j, NULL);
	json_count(&j, "version", 1);
	json_text(&j, "file", l->source->path);
	json_count(&j, "events", l->event_cnt);
	json_count(&j, "kept_one_by_one", l->v.cnt);
	json_flag(&j, "all_were_kept", l->is_whole);
	json_array(&j, "latencies");
	for (size_t i = 0; i < l->v.cnt; i++) {
		json_object(&j, NULL);
		latency_single_put_json(&j, &l->v.v[i], l->source->trace, l->texts);
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_end(&j, '}');
}
