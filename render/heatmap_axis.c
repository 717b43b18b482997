#include "render/heatmap_axis.h"

#include <stdio.h>
#include <string.h>

#include "render/axis.h"
#include "render/scene.h"

#define SECOND_NS 1000000000ull
#define APART (15 * SCENE_PX)
#define LINEAR_APART (40 * SCENE_PX)
#define ENOUGH 4

/* Without the zeros that end a fraction: "1.50 ms" is "1.5 ms", "1.00 us" is "1 us". */
static void cut_zeros(char *text)
{
	char *point = strchr(text, '.'), *unit = strchr(text, ' '), *end = unit;

	if (!point || !unit)
		return;
	while (end[-1] == '0')
		end--;
	if (end[-1] == '.')
		end--;
	memmove(end, unit, strlen(unit) + 1);
}

/* Three digits at most, with k for a thousand, and so on. */
static void put_short(char out[UNITS_TEXT_MAX], uint64_t value, const char *unit)
{
	static const char *const names[] = { "", "k", "M", "G", "T", "P", "E" };
	const char *space = *unit ? " " : "";
	uint64_t scale = 1;
	size_t i = 0;

	for (; value / scale >= 1000; i++)
		scale *= 1000;
	uint64_t whole = value / scale, tenth = value % scale / (scale >= 10 ? scale / 10 : 1);

	if (whole < 10 && tenth && i)
		snprintf(out, UNITS_TEXT_MAX, "%u.%u%s%s%s", (unsigned)whole, (unsigned)tenth,
			 space, names[i], unit);
	else
		snprintf(out, UNITS_TEXT_MAX, "%u%s%s%s", (unsigned)whole, space, names[i], unit);
}

const char *heatmap_value_text(char out[UNITS_TEXT_MAX], enum trace_unit unit, uint64_t value)
{
	if (unit == TRACE_UNIT_NS && value >= 60 * SECOND_NS)
		put_short(out, value / SECOND_NS, "s");
	else if (unit == TRACE_UNIT_NS)
		cut_zeros((char *)units_duration(out, value));
	else if (unit == TRACE_UNIT_BYTES)
		cut_zeros((char *)units_size(out, value));
	else
		put_short(out, value, "");
	return out;
}

static void try_mark(struct heatmap_marks *out, const struct heatmap_rows *r, enum trace_unit unit,
		     uint64_t value)
{
	struct heatmap_mark mark = { .value = value };

	if (out->cnt == HEATMAP_MARKS_MAX || !heatmap_rows_y(r, value, &mark.y))
		return;
	for (uint32_t i = 0; i < out->cnt; i++) {
		int32_t apart = out->v[i].y - mark.y;

		if (apart < APART && apart > -APART)
			return;
	}
	heatmap_value_text(mark.text, unit, value);
	out->v[out->cnt++] = mark;
}

/* Round numbers of one class: `factor` times each power of the base. */
static void try_powers(struct heatmap_marks *out, const struct heatmap_rows *r,
		       enum trace_unit unit, uint64_t factor)
{
	uint64_t base = unit == TRACE_UNIT_BYTES ? 1024 : 10;

	for (uint64_t power = 1;; power *= base) {
		uint64_t value;

		if (__builtin_mul_overflow(power, factor, &value))
			return;
		try_mark(out, r, unit, value);
		if (power > UINT64_MAX / base)
			return;
	}
}

static void mark_log(struct heatmap_marks *out, const struct heatmap_rows *r, enum trace_unit unit)
{
	static const uint16_t tens[] = { 1, 5, 2, 3, 7, 15, 4, 6, 8, 12, 25, 0 };
	static const uint16_t twos[] = { 1, 32, 4, 256, 16, 64, 2, 512, 0 };

	try_mark(out, r, unit, 0);
	for (const uint16_t *f = unit == TRACE_UNIT_BYTES ? twos : tens; *f; f++)
		if (out->cnt < ENOUGH)
			try_powers(out, r, unit, *f);
	for (uint32_t i = 0; i < r->cnt && out->cnt < 2; i++)
		try_mark(out, r, unit, latency_bin_first(r->v[i].first));
}

/* 1, 2 or 5 times a power of ten; of bytes a power of two. */
static uint64_t round_step(uint64_t least, enum trace_unit unit)
{
	uint64_t step = 1;

	for (int i = 0; step < least && step <= UINT64_MAX / 5; i++)
		step = unit == TRACE_UNIT_BYTES ? step * 2 : i % 3 == 1 ? step / 2 * 5 : step * 2;
	return step;
}

static void mark_linear(struct heatmap_marks *out, const struct heatmap_rows *r,
			enum trace_unit unit)
{
	uint64_t from = UINT64_MAX, to = 0;

	for (uint32_t i = 0; i < r->cnt; i++) {
		const struct heatmap_row *row = &r->v[i];

		if (row->kind != HEATMAP_ROW_VALUES)
			continue;
		if (latency_bin_first(row->first) < from)
			from = latency_bin_first(row->first);
		to = latency_bin_last(row->last);
	}
	if (from > to)
		return;
	uint64_t step = round_step((to - from) / (uint64_t)(r->height / LINEAR_APART + 1), unit);

	for (uint64_t value = from / step * step; value <= to; value += step) {
		try_mark(out, r, unit, value);
		if (value > UINT64_MAX - step)
			return;
	}
}

void heatmap_marks_choose(struct heatmap_marks *out, const struct heatmap_rows *r,
			  enum trace_unit unit)
{
	*out = (struct heatmap_marks){ 0 };
	if (r->bins_a_row)
		mark_log(out, r, unit);
	else
		mark_linear(out, r, unit);
}

uint64_t heatmap_time_step(uint64_t span_ns, uint64_t most)
{
	uint64_t step;

	if (!most)
		most = 1;
	step = round_step(span_ns / most, TRACE_UNIT_NS);
	if (step < SECOND_NS)
		return step;
	return axis_time_step(span_ns / SECOND_NS, most) * SECOND_NS;
}

const char *heatmap_time_text(char out[UNITS_TEXT_MAX], uint64_t ns, uint64_t step_ns)
{
	uint64_t part = SECOND_NS;
	size_t decimals = 0;

	for (; part > step_ns; part /= 10)
		decimals++;
	if (!decimals)
		return axis_time_text(out, ns / SECOND_NS);
	int len = snprintf(out, UNITS_TEXT_MAX, "%u.%09u", (unsigned)(ns / SECOND_NS % UINT32_MAX),
			   (unsigned)(ns % SECOND_NS));
	size_t end = (size_t)len - 9 + decimals;

	snprintf(out + end, UNITS_TEXT_MAX - end, " s");
	return out;
}
