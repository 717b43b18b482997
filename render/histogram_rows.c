#include "render/histogram_rows.h"

#include "base/sum.h"
#include "render/value_axis.h"

#define LINEAR_ROWS 20
#define PERCENT_OF_LEAST LATENCY_PERCENT /* hardly anything is below it */

static const struct row_unit times[] = {
	{ "nsecs", 1 }, { "usecs", 1000 }, { "msecs", 1000000 }, { "secs", 1000000000 }
};
static const struct row_unit sizes[] = {
	{ "bytes", 1 }, { "kbytes", 1 << 10 }, { "mbytes", 1 << 20 }, { "gbytes", 1 << 30 }
};
static const struct row_unit plain = { "value", 1 };

struct row_unit row_unit_choose(enum trace_unit unit, const struct latency_values *v)
{
	const struct row_unit *units = unit == TRACE_UNIT_NS ? times : sizes;
	uint32_t bin = latency_values_bin(v, PERCENT_OF_LEAST);
	uint64_t least = bin == LATENCY_BINS ? 1 : latency_bin_last(bin);
	size_t cnt = 4;

	if (unit != TRACE_UNIT_NS && unit != TRACE_UNIT_BYTES)
		return plain;
	while (cnt > 1 && units[cnt - 1].size > least)
		cnt--;
	return units[cnt - 1];
}

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

static uint64_t middle_of(uint32_t bin)
{
	return latency_bin_first(bin) + (latency_bin_last(bin) - latency_bin_first(bin)) / 2;
}

/* Returns the bin behind the row. */
static uint32_t add_row(struct histogram_rows *rows, const struct latency_values *v, uint32_t bin,
			uint32_t most, uint64_t step)
{
	uint64_t end = end_of_row(middle_of(bin), &rows->unit, step);
	struct histogram_row row = { .first = latency_bin_first(bin) };

	do {
		row.last = latency_bin_last(bin);
		sum_clipped(&row.cnt, v->cnt[bin]);
		sum_clipped(&row.sum, v->sum[bin]);
		bin++;
	} while (bin <= most && middle_of(bin) <= end);
	*vec_push(rows) = row;
	return bin;
}

/* The first bin of the row of the least value; a linear table begins at 0 where that is near. */
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

/* The last one of the row of the greatest value. */
static uint32_t last_bin(const struct latency_values *v, uint64_t step)
{
	uint32_t bin = latency_values_bin(v, LATENCY_GREATEST);

	if (step)
		return bin;
	return bin < 8 ? (bin ? (2u << (31 - __builtin_clz(bin))) - 1 : 0) : bin / 8 * 8 + 7;
}

/* No row is narrower than the widest range: counts of rows can be compared. */
static uint64_t linear_step(enum trace_unit unit, const struct latency_values *v)
{
	uint32_t most = latency_values_bin(v, LATENCY_GREATEST);
	uint64_t last = latency_bin_last(most), widest = last - latency_bin_first(most);
	uint64_t step = value_axis_step(unit, last, LINEAR_ROWS);

	return step > widest ? step : value_axis_step(unit, widest + 1, 1);
}

void histogram_rows_make(struct histogram_rows *out, const struct latency_values *v,
			 enum trace_unit measure, struct row_unit unit, bool is_linear)
{
	uint64_t step;
	uint32_t bin, most;

	*out = (struct histogram_rows){ .unit = unit };
	if (!v->total_cnt)
		return;
	step = is_linear ? linear_step(measure, v) : 0;
	most = last_bin(v, step);
	for (bin = first_bin(v, &unit, step); bin <= most;)
		bin = add_row(out, v, bin, most, step);
}

uint64_t histogram_row_first(const struct histogram_rows *rows, size_t row)
{
	return rows->v[row].first / rows->unit.size;
}

uint64_t histogram_row_last(const struct histogram_rows *rows, size_t row)
{
	uint64_t first = histogram_row_first(rows, row), next;

	if (__builtin_add_overflow(rows->v[row].last, 1, &next))
		return UINT64_MAX / rows->unit.size;
	next /= rows->unit.size;
	return next > first ? next - 1 : first;
}
