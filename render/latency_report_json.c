#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strtab.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "render/latency_report.h"
#include "render/latency_single_json.h"
#include "render/latency_words.h"
#include "render/picture_source.h"

/* formats/TEXT.md says what each field is. Fields are added, never renamed. */

/* What is certain: from first to last. Of a group of the finding, or of all of it. */
static void put_percentiles(struct json *j, const struct latency_finding *f,
			    const struct latency_values *v)
{
	static const uint32_t percents[] = { 50000, 90000, 99000, 99900, LATENCY_GREATEST };
	char name[UNITS_TEXT_MAX];

	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		uint64_t value = latency_values_percentile(v, percents[i]), first, last;

		if (v == f->values)
			latency_finding_range(f, percents[i], &first, &last);
		else
			latency_values_range(v, percents[i], &first, &last);
		json_object(j, latency_percent_text(name, percents[i]));
		/* The mean of a bin may lie below the longest that is known. */
		json_count(j, "value", value > first ? value : first);
		json_count(j, "first", first);
		json_count(j, "last", last);
		json_end(j, '}');
	}
}

static void put_values(struct json *j, const struct latency_finding *f,
		       const struct latency_values *v)
{
	json_count(j, "events", v->total_cnt);
	json_count(j, "sum", v->total_sum);
	json_count(j, "mean", latency_values_mean(v));
	put_percentiles(j, f, v);
}

static void put_groups(struct json *j, const struct latency_finding *f,
		       const struct trace_event *event, size_t rows)
{
	struct latency_values *v = mem_alloc(1, sizeof(*v));

	json_object(j, "by");
	for (uint32_t by = LATENCY_BY_PROCESS; by < LATENCY_BY_CNT; by++) {
		const struct latency_groups *groups = &f->groups[by];

		if (!*latency_by_text(event, by))
			continue;
		json_array(j, latency_by_text(event, by));
		for (size_t i = 0; i < groups->v.cnt && i < rows; i++) {
			*v = (struct latency_values){ 0 };
			latency_groups_values(groups, i, v);
			json_object(j, NULL);
			json_text(j, "name", latency_groups_name(groups, i));
			put_values(j, f, v);
			json_end(j, '}');
		}
		json_end(j, ']');
	}
	json_end(j, '}');
	free(v);
}

static void put_place(struct json *j, const struct latency_report *r, uint32_t gist)
{
	struct stack_gist g = stack_gists_get(&r->gists, gist);
	const struct {
		const char *key;
		uint32_t id;
	} parts[] = { { "kernel", g.kernel }, { "entry", g.entry }, { "caller", g.caller } };

	json_object(j, "place");
	for (size_t i = 0; i < 3; i++) {
		size_t len;
		const char *text = strtab_get(r->texts, parts[i].id, &len);

		json_bytes(j, parts[i].key, text, len);
	}
	json_end(j, '}');
}

static void put_longest(struct json *j, const struct latency_report *r,
			const struct latency_finding *f, size_t rows)
{
	json_array(j, "longest");
	for (size_t i = 0; i < f->longest.v.cnt && i < rows; i++) {
		const struct latency_single *s = &f->longest.v.v[i];

		json_object(j, NULL);
		latency_single_put_json(j, s, r->source->trace, r->texts);
		put_place(j, r, s->gist);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void put_event(struct json *j, const struct latency_report *r,
		      const struct latency_finding *f, size_t rows)
{
	const struct trace_event *event = trace_reader_event(r->source->trace, f->event);

	json_object(j, NULL);
	json_text(j, "event", event->name);
	json_text(j, "source", event->source);
	json_text(j, "unit", trace_unit_text(event->unit));
	json_count(j, "rate_thousandths", latency_report_rate(r, f));
	put_values(j, f, f->values);
	json_count(j, "outside", f->totals.outside_cnt);
	json_count(j, "lost", f->totals.lost[TRACE_LOSS_LATENCIES]);
	json_count(j, "kept_one_by_one", f->single_cnt);
	put_groups(j, f, event, rows);
	put_longest(j, r, f, rows);
	json_end(j, '}');
}

void latency_report_put_json(struct json *j, const struct latency_report *r, size_t rows)
{
	json_array(j, "latencies");
	for (size_t i = 0; i < r->v.cnt; i++)
		put_event(j, r, &r->v.v[i], rows);
	json_end(j, ']');
}
