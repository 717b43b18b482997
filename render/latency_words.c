#include "render/latency_words.h"

#include <stdio.h>
#include <string.h>

#include "render/latency_values.h"

const char *latency_value_text(char out[UNITS_TEXT_MAX], enum trace_unit unit, uint64_t value)
{
	if (unit == TRACE_UNIT_NS)
		return units_duration(out, value);
	if (unit == TRACE_UNIT_BYTES)
		return units_size(out, value);
	return units_count(out, value);
}

const char *latency_range_text(char out[LATENCY_RANGE_MAX], enum trace_unit unit, uint64_t first,
			       uint64_t last)
{
	char from[UNITS_TEXT_MAX], to[UNITS_TEXT_MAX];
	const char *from_unit, *to_unit;

	latency_value_text(from, unit, first);
	latency_value_text(to, unit, last);
	from_unit = strchr(from, ' ');
	to_unit = strchr(to, ' ');
	if (!strcmp(from, to))
		snprintf(out, LATENCY_RANGE_MAX, "%s", from);
	else if (from_unit && to_unit && !strcmp(from_unit, to_unit))
		snprintf(out, LATENCY_RANGE_MAX, "%.*s..%s", (int)(from_unit - from), from, to);
	else
		snprintf(out, LATENCY_RANGE_MAX, "%s..%s", from, to);
	return out;
}

const char *latency_percent_text(char out[UNITS_TEXT_MAX], uint32_t percent_thousandths)
{
	unsigned whole = percent_thousandths / LATENCY_PERCENT;
	unsigned part = percent_thousandths % LATENCY_PERCENT, digits = 3;

	for (; part && part % 10 == 0; part /= 10)
		digits--;
	if (percent_thousandths >= LATENCY_GREATEST)
		snprintf(out, UNITS_TEXT_MAX, "max");
	else if (part)
		snprintf(out, UNITS_TEXT_MAX, "p%u.%0*u", whole, (int)digits, part);
	else
		snprintf(out, UNITS_TEXT_MAX, "p%u", whole);
	return out;
}

const char *latency_sum_noun(enum trace_unit unit)
{
	if (unit == TRACE_UNIT_NS)
		return "time";
	return unit == TRACE_UNIT_BYTES ? "bytes" : "value";
}
