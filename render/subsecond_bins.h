#ifndef RENDER_SUBSECOND_BINS_H
#define RENDER_SUBSECOND_BINS_H

#include <stdint.h>

/*
 * Samples counted by second and by offset within the second. Pure arithmetic: no
 * files, no pixels, so a test can check every cell.
 *
 *	offset ^  row_cnt-1 | 1 . . 2 |
 *	(1 s)  |          0 | 3 2 . 4 |
 *	                    col 0 ... col_cnt-1  -> seconds since start_ns
 *
 * There are at most col_max columns. When a trace outgrows them, neighbours are added
 * together and each column stands for twice as many seconds, so memory is bounded
 * whatever the times are, and no pass over the trace is needed to know its end.
 *
 * Invariant: the sum of all cells plus `outside` equals the weights added, but for what one
 * of them would need beyond UINT64_MAX.
 */
struct subsecond_bins {
	uint64_t start_ns;
	uint64_t col_seconds; /* of a column; a power of two */
	uint32_t col_max;
	uint32_t col_cnt; /* up to the last one that holds something */
	uint32_t row_cnt;
	uint64_t *cells;  /* column by column, offset 0 first */
	uint64_t outside; /* before start_ns */
};

/* col_max: 2 or more. */
void subsecond_bins_init(struct subsecond_bins *b, uint64_t start_ns, uint32_t col_max,
			 uint32_t row_cnt);
void subsecond_bins_release(struct subsecond_bins *b);

void subsecond_bins_add(struct subsecond_bins *b, uint64_t time_ns, uint64_t weight);

uint64_t subsecond_bins_get(const struct subsecond_bins *b, uint32_t col, uint32_t row);
uint64_t subsecond_bins_max(const struct subsecond_bins *b);

#endif
