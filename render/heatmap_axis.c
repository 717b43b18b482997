#include "render/heatmap_axis.h"

#include <stdio.h>

#include "render/axis.h"
#include "render/scene.h"
#include "render/value_axis.h"

#define SECOND_NS 1000000000ull
#define APART (15 * SCENE_PX)
#define FINE_APART (30 * SCENE_PX) /* of those that come between decades */
#define LINEAR_APART (40 * SCENE_PX)
#define ENOUGH 4

static void try_mark(struct heatmap_marks *out, const struct heatmap_rows *r, enum trace_unit unit,
		     uint64_t value, int32_t least)
{
	struct heatmap_mark mark = { .value = value };

	if (out->cnt == HEATMAP_MARKS_MAX || !heatmap_rows_y(r, value, &mark.y))
		return;
	for (uint32_t i = 0; i < out->cnt; i++) {
		int32_t apart = out->v[i].y - mark.y;

		if (apart < least && apart > -least)
			return;
	}
	value_axis_text(mark.text, unit, value);
	out->v[out->cnt++] = mark;
}

/* Decades, or finer round values. */
static void try_rounds(struct heatmap_marks *out, const struct heatmap_rows *r,
		       enum trace_unit unit, bool tens_only)
{
	uint64_t value = value_axis_round(unit, 1, tens_only);

	while (value) {
		try_mark(out, r, unit, value, tens_only ? APART : FINE_APART);
		value = value < UINT64_MAX ? value_axis_round(unit, value + 1, tens_only) : 0;
	}
}

/* `factor` times each power of ten. */
static void try_tens(struct heatmap_marks *out, const struct heatmap_rows *r, enum trace_unit unit,
		     uint64_t factor)
{
	uint64_t value = factor;

	do
		try_mark(out, r, unit, value, APART);
	while (!__builtin_mul_overflow(value, 10, &value));
}

/* The less round the value, the later it is tried. */
static void mark_log(struct heatmap_marks *out, const struct heatmap_rows *r, enum trace_unit unit)
{
	static const uint16_t others[] = { 3, 7, 15, 4, 6, 8, 12, 25, 0 };

	try_mark(out, r, unit, 0, APART);
	try_rounds(out, r, unit, true);
	if (out->cnt < ENOUGH)
		try_rounds(out, r, unit, false);
	for (const uint16_t *f = others; *f && unit != TRACE_UNIT_BYTES; f++)
		if (out->cnt < ENOUGH)
			try_tens(out, r, unit, *f);
	for (uint32_t i = 0; i < r->cnt && out->cnt < 2; i++)
		try_mark(out, r, unit, latency_bin_first(r->v[i].first), APART);
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
	uint64_t step = value_axis_step(unit, to - from, (uint64_t)(r->height / LINEAR_APART + 1));

	for (uint64_t value = from / step * step; value <= to; value += step) {
		try_mark(out, r, unit, value, APART);
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
	step = value_axis_step(TRACE_UNIT_NS, span_ns, most);
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
