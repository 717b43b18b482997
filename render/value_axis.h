#ifndef RENDER_VALUE_AXIS_H
#define RENDER_VALUE_AXIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"
#include "formats/trace.h"

/*
 * Values along a line: where each has its place, and which round ones are written there.
 *
 *	log      a bin of formats/latency_bin.h is a step: 8 steps for each power of two
 *	linear   as it says
 *
 *	|--------|--------|--------|        lengths are hundredths of a pixel
 *	100 us   1 ms     10 ms    100 ms
 */
struct value_axis {
	bool is_linear;
	enum trace_unit unit;
	uint64_t first,
		last; /* values: from the lower edge of the first to the upper of the last */
	int32_t length;
};

/* For values from the bin `least` to the bin `most`. Logarithmic ones have whole powers of two, and
 * two or more of them; linear ones begin at 0 where that is near. */
void value_axis_init(struct value_axis *a, bool is_linear, enum trace_unit unit, uint32_t least,
		     uint32_t most, int32_t length);

/* Where a value begins; of what lies beyond the ends it is the end. */
int32_t value_axis_at(const struct value_axis *a, uint64_t value);

/* Round values on the axis, `apart` or more from one another, in rising order; how many. */
#define VALUE_AXIS_MARKS_MAX 128
size_t value_axis_marks(const struct value_axis *a, int32_t apart, uint64_t *out);

/* The least round value that is not below this one; 0: none. Powers of ten (of bytes of 1,024; of
 * times as clocks have them), or 1, 2 and 5 times these as well. */
uint64_t value_axis_round(enum trace_unit unit, uint64_t value, bool tens_only);

/* Few characters: "10 ms", "1.5 us", "2 min", "64 KiB", "1.2k". */
const char *value_axis_text(char out[UNITS_TEXT_MAX], enum trace_unit unit, uint64_t value);

/* 1, 2 or 5 times a power of ten (of bytes a power of two) that takes at most `most` steps to
 * reach `value`: for axes of counts and sums, too. */
uint64_t value_axis_step(enum trace_unit unit, uint64_t value, uint64_t most);

#endif
