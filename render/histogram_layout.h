#ifndef RENDER_HISTOGRAM_LAYOUT_H
#define RENDER_HISTOGRAM_LAYOUT_H

#include <stdint.h>

#include "render/scene.h"

struct histogram;

/*
 * A histogram as a scene: a panel a group, one below the other on one axis of values, each with
 * a scale of its own, because groups may differ by any factor.
 *
 *	sda: 1,204 events, p50 130 us, ... max 80 ms
 *	          p50        p99      max
 *	800 |     :|:          |        |
 *	400 |    .:|:.         |        |
 *	  0 |____::|:::________|:_______|_
 *	    100 us        1 ms      10 ms
 *
 * A bar's height is its count (or sum). On a linear axis ranges differ in width, and height is
 * count by width, so that areas can be compared. No bar is too low to be seen.
 */
void histogram_layout(struct scene *out, const struct histogram *h, int32_t width);

#endif
