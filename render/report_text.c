#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "base/sum.h"
#include "base/term.h"
#include "base/text.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "render/caption.h"
#include "render/report.h"
#include "render/report_page.h"

#define NUMBERS_COLUMNS 28 /* of a table's row, before the name */
#define CUT_COLUMNS 19	   /* the same in the table of cuts */
#define LINE_COLUMNS 19	   /* and in that of lines */
#define NAME_COLUMNS_MIN 24
#define REASONS_TOLD 3 /* why one name stands for none: of so many files or processes */

static const char *share_text(char out[UNITS_TEXT_MAX], const struct report *r, uint64_t value)
{
	return units_percent(out, value, r->tree.nodes[0].value);
}

static const char *value_text(char out[UNITS_TEXT_MAX], const struct report *r, uint64_t value)
{
	if (r->measure.unit == TRACE_UNIT_NS)
		return units_duration(out, value);
	if (r->measure.unit == TRACE_UNIT_BYTES)
		return units_size(out, value);
	return units_count(out, value);
}

static const char *value_title(const struct report *r)
{
	return r->measure.unit == TRACE_UNIT_NS	       ? "TIME"
	       : r->measure.unit == TRACE_UNIT_BYTES   ? "SIZE"
	       : r->measure.unit == TRACE_UNIT_SAMPLES ? "SAMPLES"
						       : "EVENTS";
}

/* How the last two columns share what the numbers leave. */
struct columns {
	size_t name;
	bool has_module; /* a narrow terminal has no room for it */
};

static size_t wider(const struct page *p, size_t widest, uint32_t id)
{
	size_t len, columns;
	const char *text = strtab_get(p->texts, id, &len);

	columns = text_columns(text, len);
	return columns > widest ? columns : widest;
}

static struct columns measure_columns(const struct page *p, const struct function_sums *sums,
				      size_t cnt)
{
	size_t name = 0, module = 0, left = p->columns - NUMBERS_COLUMNS;
	struct columns c;

	for (size_t i = 0; i < cnt; i++) {
		name = wider(p, name, sums->v[i].name);
		if (!sums->v[i].unnamed)
			module = wider(p, module, sums->v[i].module);
	}
	c.has_module = module && left >= module + 2 + NAME_COLUMNS_MIN;
	if (c.has_module)
		left -= module + 2;
	c.name = name < left ? name : left;
	return c;
}

static void put_row(const struct page *p, const struct function_sum *sum, bool by_self,
		    struct columns columns)
{
	uint64_t first = by_self ? sum->self : sum->total;
	uint64_t second = by_self ? sum->total : sum->self;
	char share[UNITS_TEXT_MAX], value[UNITS_TEXT_MAX], other[UNITS_TEXT_MAX];
	bool has_module = columns.has_module && sum->module && !sum->unnamed;

	buf_printf(p->out, "%7s %9s %8s  ", share_text(share, p->report, first),
		   value_text(value, p->report, first), share_text(other, p->report, second));
	page_put_name(p, sum->name, columns.name, has_module);
	if (has_module) {
		buf_puts(p->out, "  ");
		page_put_name(p, sum->module, PAGE_UNCUT, false);
	}
	buf_u8(p->out, '\n');
}

static void put_functions(const struct page *p, const struct function_sums *sums, bool by_self)
{
	size_t cnt = sums->cnt < p->rows ? sums->cnt : p->rows;
	struct columns columns;

	while (cnt && by_self && !sums->v[cnt - 1].self)
		cnt--;
	if (!cnt)
		return;
	columns = measure_columns(p, sums, cnt);
	buf_printf(p->out, "\n%s%7s %9s %8s  %s%s\n", p->bold, by_self ? "SELF" : "TOTAL",
		   value_title(p->report), by_self ? "TOTAL" : "SELF",
		   by_self ? "FUNCTION alone" : "FUNCTION with its callees", p->plain);
	for (size_t i = 0; i < cnt; i++)
		put_row(p, &sums->v[i], by_self, columns);
}

/* "src/inflate.c:812  inflate_fast" */
static void put_place(const struct page *p, const struct line_sum *sum)
{
	struct buf place = { 0 };
	size_t len;
	const char *text = strtab_get(p->texts, sum->file, &len);

	buf_put(&place, text, len);
	buf_printf(&place, ":%u  ", sum->line);
	text = strtab_get(p->texts, sum->name, &len);
	buf_put(&place, text, len);
	page_put_cut(p, (const char *)place.v, place.len, p->columns - LINE_COLUMNS);
	buf_release(&place);
}

static void put_lines(const struct page *p)
{
	const struct line_sums *sums = &p->report->lines;
	char share[UNITS_TEXT_MAX], value[UNITS_TEXT_MAX];

	if (!sums->cnt)
		return;
	buf_printf(p->out, "\n%s%7s %9s  LINE alone%s\n", p->bold, "SELF", value_title(p->report),
		   p->plain);
	for (size_t i = 0; i < sums->cnt && i < p->rows; i++) {
		buf_printf(p->out, "%7s %9s  ", share_text(share, p->report, sums->v[i].self),
			   value_text(value, p->report, sums->v[i].self));
		put_place(p, &sums->v[i]);
		buf_u8(p->out, '\n');
	}
}

static void put_processes(const struct page *p)
{
	const struct function_sums *sums = &p->report->processes;
	char share[UNITS_TEXT_MAX], value[UNITS_TEXT_MAX];

	buf_printf(p->out, "\n%s%7s %9s  PROCESS%s\n", p->bold, "SHARE", value_title(p->report),
		   p->plain);
	for (size_t i = 0; i < sums->cnt && i < p->rows; i++) {
		buf_printf(p->out, "%7s %9s  ", share_text(share, p->report, sums->v[i].total),
			   value_text(value, p->report, sums->v[i].total));
		page_put_name(p, sums->v[i].name, p->columns - NUMBERS_COLUMNS, false);
		buf_u8(p->out, '\n');
	}
	if (sums->cnt > p->rows)
		page_put_more(p, sums->cnt - p->rows, 19);
}

static void put_reason(const struct page *p, const struct unnamed_reason *why)
{
	struct buf text = { 0 };

	if (why->reason != NAME_REASON_NONE && *why->note) {
		text_visible(&text, why->note, strlen(why->note));
	} else if (why->reason != NAME_REASON_NONE) {
		buf_puts(&text, name_reason_text(why->reason));
	} else {
		buf_printf(&text, "no symbol covers these addresses%s", *why->note ? "; " : "");
		text_visible(&text, why->note, strlen(why->note));
	}
	buf_printf(p->out, "%*s", NUMBERS_COLUMNS + 2, "");
	page_put_wrapped(p, buf_text(&text), NUMBERS_COLUMNS + 2, NUMBERS_COLUMNS + 2);
	buf_release(&text);
}

static void put_reasons(const struct page *p, uint32_t name)
{
	char count[UNITS_TEXT_MAX];
	size_t cnt;
	const struct unnamed_reason *why = unnamed_reasons_find(&p->report->reasons, name, &cnt);

	for (size_t i = 0; i < cnt && i < REASONS_TOLD; i++)
		put_reason(p, &why[i]);
	if (cnt > REASONS_TOLD)
		buf_printf(p->out, "%*sand %s more of that name\n", NUMBERS_COLUMNS + 2, "",
			   units_count(count, cnt - REASONS_TOLD));
}

static void put_unnamed(const struct page *p)
{
	const struct function_sums *sums = &p->report->unnamed;
	struct columns columns;

	if (!sums->cnt)
		return;
	columns = measure_columns(p, sums, sums->cnt < p->rows ? sums->cnt : p->rows);
	buf_printf(p->out, "\n%s%7s %9s %8s  WITHOUT NAMES, and why%s\n", p->bold, "SELF",
		   value_title(p->report), "TOTAL", p->plain);
	for (size_t i = 0; i < sums->cnt && i < p->rows; i++) {
		put_row(p, &sums->v[i], true, columns);
		put_reasons(p, sums->v[i].name);
	}
}

/* "no frame pointer, in [jit]", and below it what would help. */
static void put_stack_cut(const struct page *p, const struct stack_cut *cut)
{
	const struct stack_quality *q = &p->report->totals.quality;
	const char *remedy = stack_cut_remedy(q, cut);
	char share[UNITS_TEXT_MAX], count[UNITS_TEXT_MAX];

	buf_printf(p->out, "%7s %9s  %s", units_percent(share, cut->cnt, q->stack_cnt),
		   units_count(count, cut->cnt), trace_reason_text(cut->reason));
	if (*cut->module) {
		buf_puts(p->out, ", in ");
		text_visible(p->out, cut->module, strlen(cut->module));
	}
	buf_u8(p->out, '\n');
	if (!*remedy)
		return;
	buf_printf(p->out, "%*s", CUT_COLUMNS + 2, "");
	page_put_wrapped(p, remedy, CUT_COLUMNS + 2, CUT_COLUMNS + 2);
}

static void put_stack_cuts(const struct page *p)
{
	const struct stack_quality *q = &p->report->totals.quality;

	if (!q->cuts.cnt)
		return;
	buf_printf(p->out, "\n%s%7s %9s  USER STACKS CUT, and why%s\n", p->bold, "SHARE", "SAMPLES",
		   p->plain);
	for (size_t i = 0; i < q->cuts.cnt && i < p->rows; i++)
		put_stack_cut(p, &q->cuts.v[i]);
	if (q->cuts.cnt > p->rows)
		page_put_more(p, q->cuts.cnt - p->rows, CUT_COLUMNS);
}

static void put_about(const struct page *p)
{
	const struct report *r = p->report;
	struct caption caption = { 0 };
	struct buf text = { 0 };

	text_visible(&text, r->source->path, strlen(r->source->path));
	buf_puts(&text, ": ");
	if (r->source->trace)
		caption_of_trace(&caption, r->source->trace, &r->measure, r->selection, &r->totals);
	else
		measure_total(&text, &r->measure, r->tree.nodes[0].value);
	for (size_t i = 0; i < caption.about.cnt; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", caption.about.v[i]);
	page_put_wrapped(p, buf_text(&text), 0, 2);
	caption_release(&caption);
	buf_release(&text);
}

static void put_busy(const struct page *p)
{
	const struct report *r = p->report;
	uint64_t busy = report_busy_cpus(r), cpus;
	char share[UNITS_TEXT_MAX];

	if (!busy)
		return;
	cpus = trace_reader_fact_number(r->source->trace, TRACE_FACT_CPU_CNT);
	buf_printf(p->out, "%llu.%02llu CPUs busy on average", (unsigned long long)busy / 1000,
		   (unsigned long long)busy % 1000 / 10);
	if (cpus)
		buf_printf(p->out, ", %s of %llu", units_percent(share, busy, cpus * 1000),
			   (unsigned long long)cpus);
	buf_puts(p->out, ".\n");
}

static void put_loss(const struct page *p, enum trace_loss loss, uint64_t cnt, uint64_t taken)
{
	char count[UNITS_TEXT_MAX], share[UNITS_TEXT_MAX];
	struct buf text = { 0 };

	units_count(count, cnt);
	if (trace_loss_is_samples(loss))
		buf_printf(&text, "%s sample%s lost (%s), %s: %s", count, cnt == 1 ? "" : "s",
			   units_percent(share, cnt, taken), trace_loss_text(loss),
			   report_loss_meaning(loss));
	else
		buf_printf(&text, "%s: %s; %s", trace_loss_text(loss), count,
			   report_loss_meaning(loss));
	buf_puts(p->out, p->warn);
	page_put_wrapped(p, buf_text(&text), 0, 2);
	buf_puts(p->out, p->plain);
	buf_release(&text);
}

static void put_ending(const struct page *p)
{
	struct buf text = { 0 };

	caption_put_ending(&text, p->report->source->trace);
	if (text.len)
		buf_printf(p->out, "%s%c%s.%s\n", p->warn, toupper(text.v[0]), buf_text(&text) + 1,
			   p->plain);
	buf_release(&text);
}

/* How many user stacks are whole; what cut the others stands in a table of its own. */
static void put_quality(const struct page *p)
{
	const struct selection_totals *t = &p->report->totals;
	char share[UNITS_TEXT_MAX];
	struct buf text = { 0 };

	stack_quality_put_whole(&text, &t->quality);
	if (text.len)
		buf_printf(p->out, "%c%s.\n", toupper(text.v[0]), buf_text(&text) + 1);
	buf_release(&text);
	if (t->quality.kernel_cut_cnt)
		buf_printf(p->out, "%s of the samples lack a part of their kernel stack.\n",
			   units_percent(share, t->quality.kernel_cut_cnt, t->kept_cnt));
	if (t->lost_weight && !trace_reader_has_times(p->report->source->trace))
		buf_printf(p->out, "%s of the samples lack a part of their stack.\n",
			   share_text(share, p->report, t->lost_weight));
}

static void put_losses(const struct page *p)
{
	const struct trace_totals *all = trace_reader_totals(p->report->source->trace);
	uint64_t taken = caption_taken_cnt(all), lost = 0, lost_of_others = 0;

	buf_u8(p->out, '\n');
	for (int i = 1; i < TRACE_LOSS_CNT; i++) {
		if (caption_is_of_waits(i) || caption_is_of_latencies(i)) {
			sum_clipped(&lost_of_others, all->lost[i]);
			continue;
		}
		sum_clipped(&lost, all->lost[i]);
		if (all->lost[i])
			put_loss(p, i, all->lost[i], taken);
	}
	if (!lost)
		buf_puts(p->out,
			 lost_of_others ? "No samples were lost.\n" : "Nothing was lost.\n");
	put_quality(p);
	put_ending(p);
}

static void put_samples(const struct page *p)
{
	const struct report *r = p->report;

	put_about(p);
	put_busy(p);
	if (!r->tree.nodes[0].value)
		buf_puts(p->out, "\nNo samples.\n");
	else
		put_processes(p);
	put_functions(p, &r->by_self, true);
	put_lines(p);
	put_functions(p, &r->by_total, false);
	put_unnamed(p);
	put_stack_cuts(p);
	if (r->source->trace)
		put_losses(p);
	else if (r->bad_cnt)
		buf_printf(
			p->out,
			"\nLines left out, being no folded stacks: %llu, the first is line %llu.\n",
			(unsigned long long)r->bad_cnt, (unsigned long long)r->bad_line);
}

void report_put_text(struct buf *out, const struct report *r, size_t rows, FILE *stream)
{
	struct page page = {
		.out = out,
		.report = r,
		.texts = r->texts,
		.rows = rows,
		.columns = isatty(fileno(stream)) ? term_columns(stream) : PAGE_UNCUT,
		.bold = term_style(stream, TERM_BOLD),
		.warn = term_style(stream, TERM_WARN),
		.plain = term_style(stream, TERM_PLAIN),
	};

	if (page.columns < NUMBERS_COLUMNS + NAME_COLUMNS_MIN)
		page.columns = NUMBERS_COLUMNS + NAME_COLUMNS_MIN;
	if (r->has_samples)
		put_samples(&page);
	if (r->has_samples && r->has_waits)
		buf_u8(out, '\n');
	if (r->has_waits)
		wait_report_put_text(&page, &r->waits);
	if (r->has_latencies && (r->has_samples || r->has_waits))
		buf_u8(out, '\n');
	if (r->has_latencies)
		latency_report_put_text(&page, &r->latencies);
}
