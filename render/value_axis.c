#include "render/value_axis.h"

#include <stdio.h>
#include <string.h>

#include "formats/latency_bin.h"

#define SECOND 1000000000ull
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define STEPS_MIN 16 /* bins of a logarithmic axis: two powers of two */

static uint32_t whole_power_down(uint32_t bin)
{
	return bin < 16 ? 0 : bin / 8 * 8;
}

static void init_log(struct value_axis *a, uint32_t least, uint32_t most)
{
	uint32_t from = whole_power_down(least), to = most / 8 * 8 + 7;

	while (to - from + 1 < STEPS_MIN) {
		if (from >= 8)
			from -= 8;
		if (to + 8 < LATENCY_BINS)
			to += 8;
	}
	a->first = latency_bin_first(from);
	a->last = latency_bin_last(to);
}

void value_axis_init(struct value_axis *a, bool is_linear, enum trace_unit unit, uint32_t least,
		     uint32_t most, int32_t length)
{
	*a = (struct value_axis){ .is_linear = is_linear, .unit = unit, .length = length };
	if (!is_linear) {
		init_log(a, least, most);
		return;
	}
	a->first = latency_bin_first(least);
	a->last = latency_bin_last(most);
	if (a->first < a->last / 2)
		a->first = 0;
}

/* Bins of a value, in 65,536ths. */
static uint64_t steps_of(uint64_t value)
{
	uint32_t bin = latency_bin_of(value);
	uint64_t first = latency_bin_first(bin), width = latency_bin_last(bin) - first;
	unsigned __int128 part = (unsigned __int128)(value - first) << 16;

	return ((uint64_t)bin << 16) + (uint64_t)(part / ((unsigned __int128)width + 1));
}

int32_t value_axis_at(const struct value_axis *a, uint64_t value)
{
	unsigned __int128 at, whole;

	if (value <= a->first)
		return 0;
	if (value > a->last)
		return a->length;
	if (a->is_linear) {
		at = value - a->first;
		whole = (unsigned __int128)(a->last - a->first) + 1;
	} else {
		at = steps_of(value) - steps_of(a->first);
		whole = ((uint64_t)(latency_bin_of(a->last) + 1) << 16) - steps_of(a->first);
	}
	return (int32_t)(at * (uint32_t)a->length / whole);
}

/* The least of 1, 2, 5, 10, 20 ... times unit that is not below a value; 0: none. */
static uint64_t round_up(uint64_t value, uint64_t unit, bool tens_only)
{
	for (;;) {
		static const uint64_t heads[] = { 1, 2, 5 };
		uint64_t step;

		for (size_t i = 0; i < (tens_only ? 1 : 3); i++)
			if (!__builtin_mul_overflow(unit, heads[i], &step) && step >= value)
				return step;
		if (__builtin_mul_overflow(unit, 10, &unit))
			return 0;
	}
}

/* Of times: 1, 2, 5 ... up to 10 s, and then as clocks have them. */
static uint64_t round_time(uint64_t ns, bool tens_only)
{
	static const uint64_t fine[] = { 10 * SECOND, 20 * SECOND, MINUTE,	2 * MINUTE,
					 5 * MINUTE,  10 * MINUTE, 30 * MINUTE, HOUR };
	static const uint64_t coarse[] = { 10 * SECOND, MINUTE, 10 * MINUTE, HOUR };
	const uint64_t *v = tens_only ? coarse : fine;
	size_t cnt = tens_only ? sizeof(coarse) / sizeof(*v) : sizeof(fine) / sizeof(*v);

	if (ns <= 10 * SECOND)
		return round_up(ns, 1, tens_only);
	for (size_t i = 0; i < cnt; i++)
		if (ns <= v[i])
			return v[i];
	return round_up(ns, HOUR, tens_only);
}

static uint64_t round_size(uint64_t bytes, bool tens_only)
{
	unsigned power = 0, by = tens_only ? 10 : 1;

	while (power < 64 && (uint64_t)1 << power < bytes)
		power += by;
	return power < 64 ? (uint64_t)1 << power : 0;
}

uint64_t value_axis_round(enum trace_unit unit, uint64_t value, bool tens_only)
{
	if (unit == TRACE_UNIT_NS)
		return round_time(value, tens_only);
	if (unit == TRACE_UNIT_BYTES)
		return round_size(value, tens_only);
	return round_up(value, 1, tens_only);
}

uint64_t value_axis_step(enum trace_unit unit, uint64_t value, uint64_t most)
{
	uint64_t step = value / (most ? most : 1);

	step = value_axis_round(unit, step ? step : 1, false);
	if (step && step < UINT64_MAX / 2 && value / step > most)
		step = value_axis_round(unit, step + 1, false);
	return step ? step : UINT64_MAX;
}

static size_t marks_linear(const struct value_axis *a, int32_t apart, uint64_t *out)
{
	uint64_t most = (uint64_t)(a->length / apart), step;
	uint64_t value, rest;
	size_t cnt = 0;

	if (most > VALUE_AXIS_MARKS_MAX - 1)
		most = VALUE_AXIS_MARKS_MAX - 1;
	step = value_axis_step(a->unit, a->last - a->first, most);
	rest = a->first % step;
	value = a->first;
	if (rest && __builtin_add_overflow(value, step - rest, &value))
		return 0;
	while (value <= a->last && cnt < VALUE_AXIS_MARKS_MAX) {
		out[cnt++] = value;
		if (__builtin_add_overflow(value, step, &value))
			break;
	}
	return cnt;
}

/* False: two of them are nearer. Those that are too near are left out. */
static bool marks_log(const struct value_axis *a, int32_t apart, bool tens_only, uint64_t *out,
		      size_t *out_cnt)
{
	uint64_t value = value_axis_round(a->unit, a->first ? a->first : 1, tens_only);
	bool is_apart = true;
	size_t cnt = 0;

	if (!a->first)
		out[cnt++] = 0;
	while (value && value <= a->last && cnt < VALUE_AXIS_MARKS_MAX) {
		if (!cnt || value_axis_at(a, value) - value_axis_at(a, out[cnt - 1]) >= apart)
			out[cnt++] = value;
		else
			is_apart = false;
		if (value == UINT64_MAX)
			break;
		value = value_axis_round(a->unit, value + 1, tens_only);
	}
	*out_cnt = cnt;
	return is_apart;
}

size_t value_axis_marks(const struct value_axis *a, int32_t apart, uint64_t *out)
{
	size_t cnt;

	if (a->is_linear)
		return marks_linear(a, apart, out);
	if (!marks_log(a, apart, false, out, &cnt))
		marks_log(a, apart, true, out, &cnt);
	return cnt;
}

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

const char *value_axis_text(char out[UNITS_TEXT_MAX], enum trace_unit unit, uint64_t value)
{
	if (unit == TRACE_UNIT_NS && value >= HOUR && value % HOUR == 0)
		put_short(out, value / HOUR, "h");
	else if (unit == TRACE_UNIT_NS && value >= MINUTE && value % MINUTE == 0)
		put_short(out, value / MINUTE, "min");
	else if (unit == TRACE_UNIT_NS && value >= MINUTE)
		put_short(out, value / SECOND, "s");
	else if (unit == TRACE_UNIT_NS)
		cut_zeros((char *)units_duration(out, value));
	else if (unit == TRACE_UNIT_BYTES)
		cut_zeros((char *)units_size(out, value));
	else
		put_short(out, value, "");
	return out;
}
