#ifndef RENDER_LATENCY_WORDS_H
#define RENDER_LATENCY_WORDS_H

#include <stdint.h>

#include "base/units.h"
#include "formats/trace.h"

/* How values of latency events are said, by the unit of their event. */

/* "1.23 ms", "64 KiB", "1,234". */
const char *latency_value_text(char out[UNITS_TEXT_MAX], enum trace_unit unit, uint64_t value);

/* From one value to another, with the unit said once where both have it: "8.2..9.2 ms",
 * "960 us..1.02 ms"; of one value it is that. */
#define LATENCY_RANGE_MAX (2 * UNITS_TEXT_MAX + 2)
const char *latency_range_text(char out[LATENCY_RANGE_MAX], enum trace_unit unit, uint64_t first,
			       uint64_t last);

/* "p50", "p99.9", "max": of thousandths of a percent. */
const char *latency_percent_text(char out[UNITS_TEXT_MAX], uint32_t percent_thousandths);

/* What adding values up gives: "time", "bytes", "value". */
const char *latency_sum_noun(enum trace_unit unit);

#endif
