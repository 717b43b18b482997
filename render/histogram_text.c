#include "render/histogram_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"
#include "base/text.h"
#include "base/units.h"
#include "render/histogram.h"
#include "render/latency_by.h"
#include "render/latency_words.h"
#include "render/value_axis.h"

#define STARS 40
#define LINEAR_ROWS 20
#define DIGITS_BEYOND 10000000000ull /* wider edges of rows would not fit */
#define PERCENT_OF_LEAST 1000	     /* the unit is such that hardly anything is below it */

/* What rows are told in. */
struct row_unit {
	const char *name;
	uint64_t size;
};

static const struct row_unit times[] = {
	{ "nsecs", 1 }, { "usecs", 1000 }, { "msecs", 1000000 }, { "secs", 1000000000 }
};
static const struct row_unit sizes[] = {
	{ "bytes", 1 }, { "kbytes", 1 << 10 }, { "mbytes", 1 << 20 }, { "gbytes", 1 << 30 }
};
static const struct row_unit plain[] = { { "value", 1 } };

/* The same for all groups, so that their rows can be compared. */
static struct row_unit unit_of(const struct histogram *h)
{
	const struct row_unit *units = h->unit == TRACE_UNIT_NS	     ? times
				       : h->unit == TRACE_UNIT_BYTES ? sizes
								     : plain;
	size_t cnt = units == plain ? 1 : 4;
	uint32_t bin = latency_values_bin(&h->all, PERCENT_OF_LEAST);
	uint64_t least = bin == LATENCY_BINS ? 1 : latency_bin_last(bin);
	uint32_t most = latency_values_bin(&h->all, LATENCY_GREATEST);

	while (cnt > 1 && units[cnt - 1].size > least &&
	       latency_bin_last(most) / units[cnt - 2].size < DIGITS_BEYOND)
		cnt--;
	return units[cnt - 1];
}

struct row {
	uint64_t first, last;
	uint64_t weight;
};

/* The least power of two that is no part of a unit. */
static uint64_t power_of(const struct row_unit *unit)
{
	return unit->size < 2 ? 1 : 2ull << (63 - __builtin_clzll(unit->size - 1));
}

/* Where the row ends that holds a value: with a power of two, or with a multiple of the step. */
static uint64_t end_of_row(uint64_t value, const struct row_unit *unit, uint64_t step)
{
	if (step)
		return value / step < UINT64_MAX / step ? (value / step + 1) * step - 1
							: UINT64_MAX;
	if (value < power_of(unit))
		return power_of(unit) - 1;
	return UINT64_MAX >> __builtin_clzll(value);
}

/* Where the edge of a row cuts a range, the row has it that holds more of it. */
static uint64_t middle_of(uint32_t bin)
{
	return latency_bin_first(bin) + (latency_bin_last(bin) - latency_bin_first(bin)) / 2;
}

static bool take_row(const struct histogram *h, const struct latency_values *v,
		     const struct row_unit *unit, uint64_t step, uint32_t *bin, uint32_t most,
		     struct row *out)
{
	uint64_t end;

	if (*bin > most)
		return false;
	*out = (struct row){ .first = latency_bin_first(*bin) };
	end = end_of_row(middle_of(*bin), unit, step);
	do {
		out->last = latency_bin_last(*bin);
		sum_clipped(&out->weight, h->request.by_time ? v->sum[*bin] : v->cnt[*bin]);
		++*bin;
	} while (*bin <= most && middle_of(*bin) <= end);
	return true;
}

/* "       131 -> 261        : " */
static void put_edges(struct buf *out, const struct row *row, const struct row_unit *unit)
{
	uint64_t first = row->first / unit->size, next;
	uint64_t last = __builtin_add_overflow(row->last, 1, &next) ? row->last / unit->size
								    : next / unit->size;

	if (last > first && next)
		last--;
	buf_printf(out, "%10llu -> %-10llu : ", (unsigned long long)first,
		   (unsigned long long)last);
}

static void put_bar(struct buf *out, uint64_t weight, uint64_t top)
{
	unsigned stars = top ? (unsigned)((unsigned __int128)weight * STARS / top) : 0;

	buf_u8(out, '|');
	for (unsigned i = 0; i < STARS; i++)
		buf_u8(out, i < stars ? '*' : weight && !i ? '.' : ' ');
	buf_puts(out, "|\n");
}

static void put_row(struct buf *out, const struct histogram *h, const struct row *row,
		    const struct row_unit *unit, uint64_t top)
{
	char text[UNITS_TEXT_MAX];

	put_edges(out, row, unit);
	if (h->request.by_time)
		latency_value_text(text, h->unit, row->weight);
	else
		snprintf(text, sizeof(text), "%llu", (unsigned long long)row->weight);
	buf_printf(out, "%-9s ", text);
	put_bar(out, row->weight, top);
}

/* Where rows begin and end: the whole row of the least value, and that of the greatest. A linear
 * one begins at 0 where that is near. */
static uint32_t first_bin(const struct latency_values *v, const struct row_unit *unit,
			  uint64_t step)
{
	uint32_t bin = latency_values_bin(v, 0), most = latency_values_bin(v, LATENCY_GREATEST);

	if (step)
		return latency_bin_first(bin) < latency_bin_last(most) / 2 ? 0 : bin;
	if (latency_bin_first(bin) < power_of(unit))
		return 0;
	return bin < 8 ? (bin ? 1u << (31 - __builtin_clz(bin)) : 0) : bin / 8 * 8;
}

static uint32_t last_bin(const struct latency_values *v, uint64_t step)
{
	uint32_t bin = latency_values_bin(v, LATENCY_GREATEST);

	if (step)
		return bin;
	return bin < 8 ? (bin ? (2u << (31 - __builtin_clz(bin))) - 1 : 0) : bin / 8 * 8 + 7;
}

/* No row is narrower than the widest range: counts of rows can be compared. */
static uint64_t linear_step(const struct histogram *h, const struct latency_values *v)
{
	uint32_t most = latency_values_bin(v, LATENCY_GREATEST);
	uint64_t last = latency_bin_last(most), widest = last - latency_bin_first(most);
	uint64_t step = value_axis_step(h->unit, last, LINEAR_ROWS);

	return step > widest ? step : value_axis_step(h->unit, widest + 1, 1);
}

static void put_rows(struct buf *out, const struct histogram *h, const struct latency_values *v)
{
	uint64_t step = h->request.is_linear ? linear_step(h, v) : 0, top = 0;
	struct row_unit unit = unit_of(h);
	uint32_t from = first_bin(v, &unit, step), most = last_bin(v, step), bin = from;
	struct row row;

	while (take_row(h, v, &unit, step, &bin, most, &row))
		top = row.weight > top ? row.weight : top;
	buf_printf(out, "%10s%-14s : %-9s %s\n", "", unit.name,
		   h->request.by_time ? latency_sum_noun(h->unit) : "count", "distribution");
	bin = from;
	while (take_row(h, v, &unit, step, &bin, most, &row))
		put_row(out, h, &row, &unit, top);
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
