#include "render/latency_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sum.h"
#include "formats/trace_reader.h"
#include "render/picture_source.h"

static int add_finding(struct latency_report *r, uint32_t event, struct err *err)
{
	struct latency_finding *f = vec_push(&r->v);

	*f = (struct latency_finding){ .event = event, .selection = *r->selection };
	f->selection.event = trace_reader_event(r->source->trace, event)->name;
	f->values = mem_alloc(1, sizeof(*f->values));
	latency_longest_start(&f->longest, LATENCY_LONGEST_MAX);
	for (uint32_t by = LATENCY_BY_PROCESS; by < LATENCY_BY_CNT; by++)
		latency_groups_start(&f->groups[by]);
	r->places[event] = (uint32_t)(r->v.cnt - 1);
	return latency_walk_start(&f->walk, r->source->trace, &f->selection, err);
}

static int add_findings(struct latency_report *r, struct err *err)
{
	const struct trace_reader *trace = r->source->trace;
	uint32_t cnt = trace_reader_event_cnt(trace), only = TRACE_NONE;
	int status = 0;

	if (r->selection->event)
		status = latency_event_find(trace, r->selection->event, &only, err);
	r->places = mem_alloc(cnt ? cnt : 1, sizeof(*r->places));
	r->place_cnt = cnt;
	vec_reserve(&r->v, cnt); /* walks keep the places of their selections */
	for (uint32_t id = 0; id < cnt && status >= 0; id++) {
		r->places[id] = TRACE_NONE;
		if (trace_reader_event(trace, id)->kind == TRACE_EVENT_LATENCY &&
		    (only == TRACE_NONE || only == id))
			status = add_finding(r, id, err);
	}
	return status;
}

static struct latency_finding *finding_of(const struct latency_report *r, uint32_t event)
{
	if (event >= r->place_cnt || r->places[event] == TRACE_NONE)
		return NULL;
	return &r->v.v[r->places[event]];
}

static void add_cell(struct latency_finding *f, const struct latency_cell *cell)
{
	latency_values_add(f->values, cell->bin, cell->cnt, cell->sum);
	for (uint32_t by = LATENCY_BY_PROCESS; by < LATENCY_BY_CNT; by++)
		latency_groups_add(&f->groups[by], latency_by_cell(cell, by), cell->bin, cell->cnt,
				   cell->sum);
}

static void add_single(struct latency_report *r, struct latency_finding *f,
		       const struct trace_latency *latency)
{
	struct latency_single single;

	if (!latency_is_selected(latency, r->source->trace, r->selection))
		return;
	f->single_cnt++;
	if (!latency_longest_wants(&f->longest, latency->value))
		return;
	single = latency_single_of(latency, r->source->trace, r->texts);
	single.gist = stack_gists_id(&r->gists, latency->stack, GIST_OF_BLOCKED);
	latency_longest_add(&f->longest, &single);
}

static void add_record(struct latency_report *r, const struct trace_record *record)
{
	const struct trace_reader *trace = r->source->trace;
	struct latency_finding *f = NULL;
	struct latency_cell cell;

	if (record->kind == TRACE_RECORD_BIN)
		f = finding_of(r, trace_reader_series(trace, record->bin.series)->event);
	else if (record->kind == TRACE_RECORD_LATENCY)
		f = finding_of(r, trace_reader_series(trace, record->latency.series)->event);
	if (!f)
		return;
	if (latency_walk_take(&f->walk, record, &cell))
		add_cell(f, &cell);
	if (record->kind == TRACE_RECORD_LATENCY)
		add_single(r, f, &record->latency);
}

/* What is of no event, or may be of another one: each walk judges it. */
static void tell_all(struct latency_report *r, const struct trace_record *record)
{
	struct latency_cell none;

	for (size_t i = 0; i < r->v.cnt; i++)
		latency_walk_take(&r->v.v[i].walk, record, &none);
}

static int gather(struct latency_report *r, struct err *err)
{
	struct trace_reader *trace = r->source->trace;
	struct trace_record record;
	int got;

	trace_reader_rewind(trace);
	while ((got = trace_reader_next(trace, &record, err)) > 0) {
		if (record.kind == TRACE_RECORD_KEY_FRAME)
			stack_gists_restart(&r->gists);
		if (record.kind == TRACE_RECORD_KEY_FRAME || record.kind == TRACE_RECORD_LOSS)
			tell_all(r, &record);
		else
			add_record(r, &record);
	}
	return got;
}

static void sum_up(struct latency_report *r)
{
	for (size_t i = 0; i < r->v.cnt; i++) {
		struct latency_finding *f = &r->v.v[i];

		latency_walk_end(&f->walk, &f->totals);
		latency_longest_finish(&f->longest);
		for (uint32_t by = LATENCY_BY_PROCESS; by < LATENCY_BY_CNT; by++)
			latency_groups_finish(&f->groups[by], true);
	}
}

int latency_report_make(struct latency_report *out, const struct picture_source *source,
			const struct selection *selection, struct strtab *texts, struct err *err)
{
	int status;

	*out = (struct latency_report){ .source = source, .selection = selection, .texts = texts };
	stack_gists_start(&out->gists, source->trace, source->names, texts);
	out->covered_ns = selection_covers_ns(selection, source->trace);
	status = add_findings(out, err);
	if (status >= 0)
		status = gather(out, err);
	if (status >= 0)
		sum_up(out);
	else
		latency_report_release(out);
	return status < 0 ? status : 0;
}

void latency_report_release(struct latency_report *r)
{
	for (size_t i = 0; i < r->v.cnt; i++) {
		struct latency_finding *f = &r->v.v[i];

		free(f->values);
		latency_longest_release(&f->longest);
		for (uint32_t by = LATENCY_BY_PROCESS; by < LATENCY_BY_CNT; by++)
			latency_groups_release(&f->groups[by]);
	}
	vec_release(&r->v);
	free(r->places);
	stack_gists_release(&r->gists);
	*r = (struct latency_report){ 0 };
}

uint64_t latency_report_rate(const struct latency_report *r, const struct latency_finding *f)
{
	unsigned __int128 rate = f->totals.kept_cnt;

	if (!r->covered_ns)
		return 0;
	rate = rate * 1000000000000ull / r->covered_ns;
	return rate < UINT64_MAX ? (uint64_t)rate : UINT64_MAX;
}

void latency_finding_range(const struct latency_finding *f, uint32_t percent_thousandths,
			   uint64_t *out_first, uint64_t *out_last)
{
	uint64_t longest = f->longest.v.cnt ? f->longest.v.v[0].value : 0;

	latency_values_range(f->values, percent_thousandths, out_first, out_last);
	if (percent_thousandths == LATENCY_GREATEST && longest > *out_first && longest <= *out_last)
		*out_first = longest;
}

/* "block" of "block-bytes" and of itself. */
static size_t family_len(const char *name)
{
	return strcspn(name, "-");
}

static bool are_of_one_source(const struct trace_event *a, const struct trace_event *b)
{
	size_t len = family_len(a->name);

	return len == family_len(b->name) && !strncmp(a->name, b->name, len) &&
	       !strcmp(a->source, b->source);
}

bool latency_report_is_main(const struct latency_report *r, size_t finding)
{
	const struct trace_reader *trace = r->source->trace;
	const struct trace_event *event = trace_reader_event(trace, r->v.v[finding].event);

	for (size_t i = 0; i < finding; i++)
		if (r->v.v[i].totals.kept_cnt &&
		    are_of_one_source(trace_reader_event(trace, r->v.v[i].event), event))
			return false;
	return true;
}

uint64_t latency_report_lost(const struct latency_report *r, enum trace_loss loss)
{
	uint64_t all = trace_reader_totals(r->source->trace)->lost[loss], others = 0;

	if (!r->v.cnt)
		return all;
	others = r->v.v[0].totals.lost_others[loss];
	for (size_t i = 1; i < r->v.cnt; i++)
		others -=
			r->v.v[i].totals.lost[loss] < others ? r->v.v[i].totals.lost[loss] : others;
	return all > others ? all - others : 0;
}

bool latency_finding_has(const struct latency_finding *f, uint32_t by)
{
	const struct latency_groups *g = &f->groups[by];

	return g->v.cnt > 1 ||
	       (g->v.cnt && strcmp(latency_groups_name(g, 0), LATENCY_BY_UNKNOWN) != 0);
}
