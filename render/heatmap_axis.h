#ifndef RENDER_HEATMAP_AXIS_H
#define RENDER_HEATMAP_AXIS_H

#include <stdint.h>

#include "base/units.h"
#include "formats/trace.h"
#include "render/heatmap_rows.h"

/*
 * Where the marks of a heat map's axes stand, and what they say: round values, as many as have
 * room. Times are seconds of the recording, also where they are parts of one.
 */
struct heatmap_mark {
	uint64_t value;
	int32_t y; /* from the lower edge up */
	char text[UNITS_TEXT_MAX];
};

#define HEATMAP_MARKS_MAX 64

struct heatmap_marks {
	struct heatmap_mark v[HEATMAP_MARKS_MAX];
	uint32_t cnt;
};

/* Values: decades first, or powers of 1,024 of bytes; finer ones where those are few. */
void heatmap_marks_choose(struct heatmap_marks *out, const struct heatmap_rows *r,
			  enum trace_unit unit);

/* Nanoseconds between two marks, so that at most `most` fit into a time. */
uint64_t heatmap_time_step(uint64_t span_ns, uint64_t most);

/* "12 s", "1:30", and "0.25 s" where marks are less than a second apart. */
const char *heatmap_time_text(char out[UNITS_TEXT_MAX], uint64_t ns, uint64_t step_ns);

#endif
