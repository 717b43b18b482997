#ifndef RENDER_AXIS_H
#define RENDER_AXIS_H

#include <stdint.h>

#include "base/units.h"

/*
 * Where the marks of an axis stand and what they say: round numbers, as many as
 * there is room for.
 */

/* Seconds between two marks so that at most `most` fit into `seconds`: 1, 2, 5, 10, 15, 30 s,
 * then round minutes, hours and days. */
uint64_t axis_time_step(uint64_t seconds, uint64_t most);

/* "12 s", "1:30", "2:00:00": minutes and hours as on a clock. */
const char *axis_time_text(char out[UNITS_TEXT_MAX], uint64_t seconds);

#endif
