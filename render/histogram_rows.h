#ifndef RENDER_HISTOGRAM_ROWS_H
#define RENDER_HISTOGRAM_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "formats/trace.h"
#include "render/latency_values.h"

/*
 * A histogram as the rows of a table: powers of two of nanoseconds (or bytes), whose ranges are
 * so many whole ones, in the unit that fits. What is less than a unit is one row. A linear one has
 * rows of about equal width: where the edge of a row cuts a range, the row has it that holds more
 * of it. Empty rows between others are rows, too. Pure.
 *
 * Invariant: the counts of the rows are all of the values.
 */
struct row_unit {
	const char *name; /* "usecs" */
	uint64_t size;
};

/* The largest one that hardly anything is below of. */
struct row_unit row_unit_choose(enum trace_unit unit, const struct latency_values *v);

struct histogram_row {
	uint64_t first, last; /* values, both within */
	uint64_t cnt, sum;
};

struct histogram_rows {
	struct row_unit unit;
	VEC(struct histogram_row);
};

void histogram_rows_make(struct histogram_rows *out, const struct latency_values *v,
			 enum trace_unit measure, struct row_unit unit, bool is_linear);

/* A row's edges in its unit: to the least one that it reaches, "4 -> 7". */
uint64_t histogram_row_first(const struct histogram_rows *rows, size_t row);
uint64_t histogram_row_last(const struct histogram_rows *rows, size_t row);

#endif
