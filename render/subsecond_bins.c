#include "render/subsecond_bins.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"

#define SECOND_NS 1000000000u

void subsecond_bins_init(struct subsecond_bins *b, uint64_t start_ns, uint32_t col_max,
			 uint32_t row_cnt)
{
	assert(col_max >= 2 && row_cnt >= 1);
	*b = (struct subsecond_bins){ .start_ns = start_ns,
				      .col_seconds = 1,
				      .col_max = col_max,
				      .row_cnt = row_cnt,
				      .cells = mem_alloc((size_t)col_max * row_cnt,
							 sizeof(*b->cells)) };
}

void subsecond_bins_release(struct subsecond_bins *b)
{
	if (!b)
		return;
	free(b->cells);
	b->cells = NULL;
}

static uint64_t *cell(const struct subsecond_bins *b, uint32_t col, uint32_t row)
{
	return &b->cells[(size_t)col * b->row_cnt + row];
}

/* Columns 2n and 2n + 1 become column n. */
static void halve(struct subsecond_bins *b)
{
	for (uint32_t col = 0; col < b->col_cnt; col++) {
		for (uint32_t row = 0; row < b->row_cnt; row++) {
			uint64_t value = *cell(b, col, row);

			*cell(b, col, row) = 0;
			sum_clipped(cell(b, col / 2, row), value);
		}
	}
	b->col_cnt = (b->col_cnt + 1) / 2;
	b->col_seconds *= 2;
}

void subsecond_bins_add(struct subsecond_bins *b, uint64_t time_ns, uint64_t weight)
{
	if (time_ns < b->start_ns) {
		sum_clipped(&b->outside, weight);
		return;
	}
	uint64_t second = (time_ns - b->start_ns) / SECOND_NS;
	uint64_t offset = (time_ns - b->start_ns) % SECOND_NS;

	while (second / b->col_seconds >= b->col_max)
		halve(b);
	uint32_t col = (uint32_t)(second / b->col_seconds);

	if (b->col_cnt <= col)
		b->col_cnt = col + 1;
	sum_clipped(cell(b, col, (uint32_t)(offset * b->row_cnt / SECOND_NS)), weight);
}

uint64_t subsecond_bins_get(const struct subsecond_bins *b, uint32_t col, uint32_t row)
{
	return *cell(b, col, row);
}

uint64_t subsecond_bins_max(const struct subsecond_bins *b)
{
	uint64_t max = 0;

	for (size_t i = 0; i < (size_t)b->col_cnt * b->row_cnt; i++)
		if (b->cells[i] > max)
			max = b->cells[i];
	return max;
}
