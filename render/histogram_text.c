#include "render/histogram_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/units.h"
#include "render/histogram.h"
#include "render/histogram_rows.h"
#include "render/latency_by.h"
#include "render/latency_words.h"

#define COLUMNS 80
#define STARS_MIN 10
#define EDGE_MIN 10 /* columns of an edge */
#define COUNT_MIN 9 /* and of a count */
#define BETWEEN 11  /* neither edges nor count nor bar, and one that stays free */

/* How wide the columns of a table are, so that a row fits a terminal. */
struct columns {
	int edge, count, stars;
};

static const char *weight_text(char out[UNITS_TEXT_MAX], const struct histogram *h,
			       const struct histogram_row *row)
{
	if (h->request.by_time)
		return latency_value_text(out, h->unit, row->sum);
	snprintf(out, UNITS_TEXT_MAX, "%llu", (unsigned long long)row->cnt);
	return out;
}

static uint64_t weight_of(const struct histogram *h, const struct histogram_row *row)
{
	return h->request.by_time ? row->sum : row->cnt;
}

static struct columns measure_columns(const struct histogram *h, const struct histogram_rows *rows)
{
	struct columns c = { EDGE_MIN, COUNT_MIN, 0 };
	char text[UNITS_TEXT_MAX];

	for (size_t i = 0; i < rows->cnt; i++) {
		int edge = snprintf(text, sizeof(text), "%llu",
				    (unsigned long long)histogram_row_last(rows, i));
		int count = (int)strlen(weight_text(text, h, &rows->v[i]));

		c.edge = edge > c.edge ? edge : c.edge;
		c.count = count > c.count ? count : c.count;
	}
	c.stars = COLUMNS - BETWEEN - 2 * c.edge - c.count;
	c.stars = c.stars < STARS_MIN ? STARS_MIN : c.stars;
	return c;
}

static void put_bar(struct buf *out, uint64_t weight, uint64_t top, int columns)
{
	int stars = top ? (int)((unsigned __int128)weight * (unsigned)columns / top) : 0;

	buf_u8(out, '|');
	for (int i = 0; i < columns; i++)
		buf_u8(out, i < stars ? '*' : weight && !i ? '.' : ' ');
	buf_puts(out, "|\n");
}

/* "       131 -> 261        : 1204     |*****     |" */
static void put_row(struct buf *out, const struct histogram *h, const struct histogram_rows *rows,
		    size_t row, const struct columns *c, uint64_t top)
{
	char text[UNITS_TEXT_MAX];

	buf_printf(out, "%*llu -> %-*llu : %-*s ", c->edge,
		   (unsigned long long)histogram_row_first(rows, row), c->edge,
		   (unsigned long long)histogram_row_last(rows, row), c->count,
		   weight_text(text, h, &rows->v[row]));
	put_bar(out, weight_of(h, &rows->v[row]), top, c->stars);
}

static void put_rows(struct buf *out, const struct histogram *h, const struct latency_values *v)
{
	struct histogram_rows rows;
	struct columns c;
	uint64_t top = 0;

	histogram_rows_make(&rows, v, h->unit, row_unit_choose(h->unit, &h->all),
			    h->request.is_linear);
	c = measure_columns(h, &rows);
	for (size_t i = 0; i < rows.cnt; i++)
		top = weight_of(h, &rows.v[i]) > top ? weight_of(h, &rows.v[i]) : top;
	buf_printf(out, "%*s%-*s : %-*s %s\n", c.edge, "", c.edge + 4, rows.unit.name, c.count,
		   h->request.by_time ? latency_sum_noun(h->unit) : "count", "distribution");
	for (size_t i = 0; i < rows.cnt; i++)
		put_row(out, h, &rows, i, &c, top);
	vec_release(&rows);
}

/* "p50 1.2 ms, p90 3.4 ms, p99 8.2 ms, p99.9 9.9 ms, max 80.1 ms, mean 1.5 ms" */
static void put_percentiles(struct buf *out, const struct histogram *h,
			    const struct latency_values *v)
{
	static const uint32_t percents[] = { 50000, 90000, 99000, 99900, LATENCY_GREATEST };
	char text[UNITS_TEXT_MAX], name[UNITS_TEXT_MAX];

	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		buf_printf(out, "%s%s %s", i ? ", " : "", latency_percent_text(name, percents[i]),
			   latency_value_text(text, h->unit,
					      latency_values_percentile(v, percents[i])));
	buf_printf(out, ", mean %s\n", latency_value_text(text, h->unit, latency_values_mean(v)));
}

static void put_group(struct buf *out, const struct histogram *h, size_t group)
{
	struct latency_values *v = mem_alloc(1, sizeof(*v));
	char count[UNITS_TEXT_MAX];
	struct buf name = { 0 };

	histogram_group(h, group, &name, v);
	buf_u8(out, '\n');
	if (name.len)
		buf_printf(out, "%s: %s event%s\n", buf_text(&name),
			   units_count(count, v->total_cnt), v->total_cnt == 1 ? "" : "s");
	put_rows(out, h, v);
	put_percentiles(out, h, v);
	buf_release(&name);
	free(v);
}

void histogram_text(struct buf *out, const struct histogram *h)
{
	const struct caption *c = &h->caption;

	buf_printf(out, "%s\n", c->title);
	for (size_t i = 0; i < c->about.cnt; i++)
		buf_printf(out, "%s%s", i ? ", " : "", c->about.v[i]);
	buf_puts(out, "\n");
	if (!h->all.total_cnt)
		buf_printf(out, "\n%s\n", caption_nothing(c));
	for (size_t i = 0; h->all.total_cnt && i < histogram_group_cnt(h); i++)
		put_group(out, h, i);
	buf_puts(out, "\n");
	if (*h->command)
		buf_printf(out, "to see the stacks of a part: %s --latency FROM..TO\n", h->command);
	for (size_t i = 0; i < c->notes.cnt; i++)
		buf_printf(out, "%s\n", c->notes.v[i]);
}
