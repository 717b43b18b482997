#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strtab.h"
#include "base/sum.h"
#include "base/text.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "render/command_words.h"
#include "render/latency_caption.h"
#include "render/latency_report.h"
#include "render/latency_words.h"
#include "render/picture_source.h"
#include "render/report.h"
#include "render/report_page.h"

#define EVENT_COLUMNS 40   /* of a table's row, before its words */
#define PERCENTS_COLUMN 13 /* where those of a row stand, below it */
#define GROUP_COLUMNS 60   /* the same of events by label */
#define SINGLE_COLUMNS 21  /* and of the longest ones, */
#define QUEUED_COLUMNS 10  /* where they have such */
#define BYTES_COLUMNS 9
#define MAIN_FEW 2     /* events that are all told of by label, and one by one */
#define ROWS_OF_MANY 3 /* of a table, where all events of a trace are told of, */
#define ROWS_USUAL 10  /* unless more are asked for */

static const uint32_t percents[] = { 50000, 90000, 99000, 99900, LATENCY_GREATEST };
#define PERCENT_CNT (sizeof(percents) / sizeof(percents[0]))

static size_t rows_of(const struct page *p, const struct latency_report *r, size_t cnt)
{
	bool is_cut = r->v.cnt > 1 && p->rows > ROWS_OF_MANY && p->rows <= ROWS_USUAL;
	size_t most = is_cut ? ROWS_OF_MANY : p->rows;

	return cnt < most ? cnt : most;
}

static const struct trace_event *event_of(const struct latency_report *r,
					  const struct latency_finding *f)
{
	return trace_reader_event(r->source->trace, f->event);
}

static void put_text(struct buf *out, const struct latency_report *r, uint32_t id)
{
	size_t len;
	const char *text = strtab_get(r->texts, id, &len);

	buf_put(out, text, len);
}

/* "1,234", "12.3", "0.123": thousandths. */
static const char *rate_text(char out[UNITS_TEXT_MAX], uint64_t thousandths)
{
	unsigned long long whole = thousandths / 1000;

	if (thousandths >= 100000)
		return units_count(out, whole + (thousandths % 1000 >= 500));
	if (thousandths >= 10000)
		snprintf(out, UNITS_TEXT_MAX, "%llu.%u", whole,
			 (unsigned)(thousandths % 1000 / 100));
	else
		snprintf(out, UNITS_TEXT_MAX, "%llu.%03u", whole, (unsigned)(thousandths % 1000));
	return out;
}

/* "p50 118..131 us, p90 1.05..1.18 ms ...": each is what is certain of it, and breaks nowhere. */
static void put_percentiles(const struct page *p, const struct latency_finding *f,
			    enum trace_unit unit)
{
	char name[UNITS_TEXT_MAX], range[LATENCY_RANGE_MAX];
	size_t column = PERCENTS_COLUMN;
	struct buf item = { 0 };
	uint64_t first, last;

	buf_printf(p->out, "%*s", PERCENTS_COLUMN, "");
	for (size_t i = 0; i < PERCENT_CNT; i++) {
		latency_finding_range(f, percents[i], &first, &last);
		buf_clear(&item);
		buf_printf(&item, "%s %s%s", latency_percent_text(name, percents[i]),
			   latency_range_text(range, unit, first, last),
			   i + 1 < PERCENT_CNT ? "," : "");
		if (i && column + 1 + item.len > p->columns) {
			buf_printf(p->out, "\n%*s", PERCENTS_COLUMN, "");
			column = PERCENTS_COLUMN;
		} else if (i) {
			buf_u8(p->out, ' ');
			column++;
		}
		buf_put(p->out, item.v, item.len);
		column += item.len;
	}
	buf_u8(p->out, '\n');
	buf_release(&item);
}

static void put_event(const struct page *p, const struct latency_report *r,
		      const struct latency_finding *f)
{
	const struct trace_event *event = event_of(r, f);
	char count[UNITS_TEXT_MAX], rate[UNITS_TEXT_MAX], sum[UNITS_TEXT_MAX], mean[UNITS_TEXT_MAX];
	struct buf line = { 0 };

	buf_printf(p->out, "%11s %8s %9s %9s  ", units_count(count, f->totals.kept_cnt),
		   rate_text(rate, latency_report_rate(r, f)),
		   latency_value_text(sum, event->unit, f->totals.kept_sum),
		   latency_value_text(mean, event->unit, latency_values_mean(f->values)));
	buf_printf(&line, "%s: %s", event->name, event->source);
	if (f->totals.lost[TRACE_LOSS_LATENCIES])
		buf_printf(&line, "; %s lost",
			   units_count(count, f->totals.lost[TRACE_LOSS_LATENCIES]));
	page_put_rest(p, &line, EVENT_COLUMNS);
	if (f->totals.kept_cnt)
		put_percentiles(p, f, event->unit);
}

static bool has_happened(const struct latency_finding *f)
{
	return f->totals.kept_cnt || f->totals.lost[TRACE_LOSS_LATENCIES];
}

/* "no events: tcp-connect, tcp-life" */
static void put_silent(const struct page *p, const struct latency_report *r)
{
	struct buf names = { 0 }, line = { 0 };

	for (size_t i = 0; i < r->v.cnt; i++)
		if (!has_happened(&r->v.v[i]))
			buf_printf(&names, "%s%s", names.len ? ", " : "",
				   event_of(r, &r->v.v[i])->name);
	if (names.len) {
		buf_printf(p->out, "%11s %*s", "0", EVENT_COLUMNS - 10, "");
		text_visible(&line, buf_text(&names), names.len);
		page_put_wrapped(p, buf_text(&line), EVENT_COLUMNS + 2, EVENT_COLUMNS + 2);
	}
	buf_release(&names);
	buf_release(&line);
}

static void put_events(const struct page *p, const struct latency_report *r)
{
	page_put_title(p, "%11s %8s %9s %9s  LATENCIES, and what is certain of their percentiles",
		       "COUNT", "A SECOND", "SUM", "MEAN");
	for (size_t i = 0; i < r->v.cnt; i++)
		if (has_happened(&r->v.v[i]))
			put_event(p, r, &r->v.v[i]);
	put_silent(p, r);
}

static void put_group(const struct page *p, const struct latency_finding *f, enum trace_unit unit,
		      uint32_t by, size_t group)
{
	struct latency_values *v = mem_alloc(1, sizeof(*v));
	char count[UNITS_TEXT_MAX], share[UNITS_TEXT_MAX], sum[UNITS_TEXT_MAX];
	char median[UNITS_TEXT_MAX], rare[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];
	struct buf line = { 0 };

	latency_groups_values(&f->groups[by], group, v);
	buf_printf(p->out, "%11s %9s %7s %9s %9s %9s  ", units_count(count, v->total_cnt),
		   latency_value_text(sum, unit, v->total_sum),
		   units_percent(share, v->total_sum, f->values->total_sum),
		   latency_value_text(median, unit, latency_values_percentile(v, LATENCY_MEDIAN)),
		   latency_value_text(rare, unit, latency_values_percentile(v, 99000)),
		   latency_value_text(most, unit, latency_values_percentile(v, LATENCY_GREATEST)));
	buf_puts(&line, latency_groups_name(&f->groups[by], group));
	page_put_rest(p, &line, GROUP_COLUMNS);
	free(v);
}

static void put_title_of_groups(const struct page *p, const struct trace_event *event, uint32_t by)
{
	struct buf title = { 0 }, shown = { 0 };

	buf_printf(&title, "%s by %s", event->name, latency_by_text(event, by));
	text_visible(&shown, buf_text(&title), title.len);
	page_put_title(p, "%11s %9s %7s %9s %9s %9s  %.150s", "COUNT", "SUM", "SHARE", "P50", "P99",
		       "MAX", buf_text(&shown));
	buf_release(&title);
	buf_release(&shown);
}

/* The labels first: they say what an event is; then the processes. */
static void put_groups(const struct page *p, const struct latency_report *r,
		       const struct latency_finding *f)
{
	static const uint32_t order[] = { LATENCY_BY_LABEL, LATENCY_BY_LABEL + 1,
					  LATENCY_BY_PROCESS };
	const struct trace_event *event = event_of(r, f);

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const struct latency_groups *groups = &f->groups[order[i]];
		size_t cnt = rows_of(p, r, groups->v.cnt);

		if (!*latency_by_text(event, order[i]) || !latency_finding_has(f, order[i]))
			continue;
		put_title_of_groups(p, event, order[i]);
		for (size_t k = 0; k < cnt; k++)
			put_group(p, f, event->unit, order[i], k);
		if (groups->v.cnt > cnt)
			page_put_more(p, groups->v.cnt - cnt, GROUP_COLUMNS);
	}
}

/* "fio/1234: sda, read, /var/lib/db" */
static void put_whose(struct buf *out, const struct latency_report *r,
		      const struct latency_single *s)
{
	bool has_label = false;

	put_text(out, r, s->comm ? s->comm : s->process);
	if (!s->comm && !s->process)
		buf_puts(out, "[unknown]");
	if (s->tid)
		buf_printf(out, "/%u", s->tid);
	for (size_t i = 0; i < TRACE_LABELS_MAX; i++) {
		if (!s->labels[i])
			continue;
		buf_puts(out, has_label ? ", " : ": ");
		put_text(out, r, s->labels[i]);
		has_label = true;
	}
	if (s->text && !latency_single_is_named(s, s->text)) {
		buf_puts(out, has_label ? ", " : ": ");
		put_text(out, r, s->text);
	}
}

static void put_place(const struct page *p, const struct latency_report *r, uint32_t gist,
		      size_t columns)
{
	struct stack_gist g = stack_gists_get(&r->gists, gist);
	const uint32_t names[] = { g.kernel, g.entry, g.caller };
	struct buf line = { 0 };

	for (size_t i = 0; i < 3; i++) {
		if (!names[i])
			continue;
		buf_puts(&line, line.len ? " <- " : "at ");
		put_text(&line, r, names[i]);
	}
	if (!line.len)
		return;
	buf_printf(p->out, "%*s", (int)columns + 2, "");
	page_put_rest(p, &line, columns + 2);
}

static size_t columns_of(const struct latency_extras *x)
{
	return (size_t)SINGLE_COLUMNS + (x->has_queued ? QUEUED_COLUMNS : 0) +
	       (x->has_bytes ? BYTES_COLUMNS : 0);
}

static void put_single(const struct page *p, const struct latency_report *r, enum trace_unit unit,
		       const struct latency_single *s, const struct latency_extras *x)
{
	char at[UNITS_TEXT_MAX], took[UNITS_TEXT_MAX], queued[UNITS_TEXT_MAX],
		bytes[UNITS_TEXT_MAX];
	struct buf line = { 0 };

	buf_printf(p->out, "%9s %9s", units_duration(at, s->end_ns),
		   latency_value_text(took, unit, s->value));
	if (x->has_queued)
		buf_printf(p->out, " %9s",
			   s->queued_ns ? units_duration(queued, s->queued_ns) : "");
	if (x->has_bytes)
		buf_printf(p->out, " %8s", s->bytes ? units_size(bytes, s->bytes) : "");
	buf_puts(p->out, "  ");
	put_whose(&line, r, s);
	page_put_rest(p, &line, columns_of(x));
	put_place(p, r, s->gist, columns_of(x));
}

static void put_longest(const struct page *p, const struct latency_report *r,
			const struct latency_finding *f)
{
	const struct trace_event *event = event_of(r, f);
	size_t cnt = rows_of(p, r, f->longest.v.cnt);
	struct latency_extras extras = latency_extras_of(f->longest.v.v, cnt);
	struct buf name = { 0 };

	if (!cnt)
		return;
	text_visible(&name, event->name, strlen(event->name));
	page_put_title(p, "%9s %9s%s%s  %s of %.150s, one by one", "ENDED AT",
		       event->unit == TRACE_UNIT_NS ? "TOOK" : "VALUE",
		       extras.has_queued ? "    QUEUED" : "", extras.has_bytes ? "    BYTES" : "",
		       event->unit == TRACE_UNIT_NS ? "LONGEST" : "LARGEST", buf_text(&name));
	buf_release(&name);
	for (size_t i = 0; i < cnt; i++)
		put_single(p, r, event->unit, &f->longest.v.v[i], &extras);
}

static void put_about(const struct page *p, const struct latency_report *r)
{
	char count[UNITS_TEXT_MAX], took[UNITS_TEXT_MAX];
	struct caption caption = { 0 };
	struct buf text = { 0 };
	uint64_t cnt = 0;

	for (size_t i = 0; i < r->v.cnt; i++)
		sum_clipped(&cnt, r->v.v[i].totals.kept_cnt);
	text_visible(&text, r->source->path, strlen(r->source->path));
	buf_printf(&text, ": %s latency event%s", units_count(count, cnt), cnt == 1 ? "" : "s");
	if (r->covered_ns)
		buf_printf(&text, ", in %s", units_duration(took, r->covered_ns));
	caption_about_recording(&caption, r->source->trace, r->selection);
	for (size_t i = 0; i < caption.about.cnt; i++)
		buf_printf(&text, ", %s", caption.about.v[i]);
	page_put_wrapped(p, buf_text(&text), 0, 2);
	caption_release(&caption);
	buf_release(&text);
}

static void put_sentence(const struct page *p, const char *note)
{
	struct buf text = { 0 };

	buf_puts(&text, note);
	text.v[0] = (uint8_t)toupper(text.v[0]);
	buf_u8(&text, '.');
	page_put_wrapped(p, buf_text(&text), 0, 2);
	buf_release(&text);
}

/* A trace of many events would fill pages: there, each has its row, and more is asked for. */
static bool is_told_of(const struct page *p, const struct latency_report *r, size_t finding)
{
	size_t main_cnt = 0;

	for (size_t i = 0; i < r->v.cnt; i++)
		main_cnt += latency_report_is_main(r, i) && r->v.v[i].totals.kept_cnt;
	return latency_report_is_main(r, finding) && (main_cnt <= MAIN_FEW || p->rows > ROWS_USUAL);
}

/* What has a row and nothing more. */
static void note_parts(struct caption *c, const struct page *p, const struct latency_report *r)
{
	struct buf word = { 0 }, shown = { 0 };
	const char *name = NULL;

	for (size_t i = 0; i < r->v.cnt; i++)
		if (!is_told_of(p, r, i) && r->v.v[i].totals.kept_cnt && !name)
			name = event_of(r, &r->v.v[i])->name;
	if (!name)
		return;
	command_put_word(&word, name);
	text_visible(&shown, buf_text(&word), word.len);
	caption_note(c,
		     "of one event alone, profile report -e %s tells by label and process, and "
		     "the longest one by one",
		     buf_text(&shown));
	buf_release(&word);
	buf_release(&shown);
}

/* Each with what it means. */
static void note_losses(struct caption *c, const struct latency_report *r)
{
	uint64_t lost = latency_report_lost(r, TRACE_LOSS_LATENCIES), taken = lost;
	char count[UNITS_TEXT_MAX], share[UNITS_TEXT_MAX];

	for (size_t i = 0; i < r->v.cnt; i++)
		sum_clipped(&taken, r->v.v[i].totals.counted_cnt);
	if (lost)
		caption_note(c, "%s latency event%s lost (%s) in the whole recording: %s",
			     units_count(count, lost), lost == 1 ? "" : "s",
			     units_percent(share, lost, taken),
			     report_loss_meaning(TRACE_LOSS_LATENCIES));
	else
		caption_note(c, "no events lost");
	for (int i = 1; i < TRACE_LOSS_CNT; i++) {
		lost = latency_report_lost(r, i);
		if (lost && i != TRACE_LOSS_LATENCIES && !caption_is_of_waits(i) &&
		    !trace_loss_is_samples(i))
			caption_note(c, "%s: %s; %s", trace_loss_text(i), units_count(count, lost),
				     report_loss_meaning(i));
	}
}

/* What was taken and what not, and what was lost. */
static void put_notes(const struct page *p, const struct latency_report *r)
{
	const struct trace_reader *trace = r->source->trace;
	char kept[UNITS_TEXT_MAX], outside[UNITS_TEXT_MAX];
	uint64_t single_cnt = 0, outside_cnt = 0;
	struct caption caption = { 0 };

	for (size_t i = 0; i < r->v.cnt; i++) {
		sum_clipped(&single_cnt, r->v.v[i].single_cnt);
		sum_clipped(&outside_cnt, r->v.v[i].totals.outside_cnt);
	}
	caption_note(&caption,
		     "percentiles are known by ranges of values, 8 for each power of two; kept one "
		     "by one (profile report --list): %s of the events",
		     units_count(kept, single_cnt));
	if (outside_cnt)
		caption_note(&caption, "outside of what was selected: %s event%s",
			     units_count(outside, outside_cnt), outside_cnt == 1 ? "" : "s");
	note_parts(&caption, p, r);
	note_losses(&caption, r);
	caption_note_ending(&caption, trace);
	buf_u8(p->out, '\n');
	for (size_t i = 0; i < caption.notes.cnt; i++)
		put_sentence(p, caption.notes.v[i]);
	caption_release(&caption);
}

void latency_report_put_text(const struct page *p, const struct latency_report *r)
{
	put_about(p, r);
	put_events(p, r);
	for (size_t i = 0; i < r->v.cnt; i++) {
		if (!is_told_of(p, r, i))
			continue;
		put_groups(p, r, &r->v.v[i]);
		put_longest(p, r, &r->v.v[i]);
	}
	put_notes(p, r);
}
