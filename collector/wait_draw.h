#ifndef COLLECTOR_WAIT_DRAW_H
#define COLLECTOR_WAIT_DRAW_H

#include <stdint.h>

/*
 * How many of 2^32 waits are drawn to be kept one by one, so that about keep_hz a second
 * are, if as many waits end in the next slice as in the one before.
 */
#define WAIT_DRAW_FIRST (UINT32_MAX / 64) /* for the first slice, which is short */

uint32_t wait_draw(uint64_t keep_hz, uint64_t wait_cnt, uint64_t slice_ns);

#endif
