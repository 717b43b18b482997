#ifndef RENDER_HISTOGRAM_TEXT_H
#define RENDER_HISTOGRAM_TEXT_H

#include "base/buf.h"

struct histogram;

/*
 * A histogram for the terminal, in the form that everybody knows, within 80 columns:
 *
 *	     usecs               : count     distribution
 *	        65 -> 130        : 1,204    |****************************************|
 *	       131 -> 261        : 301      |**********                              |
 *
 * A row is a power of two of nanoseconds (or bytes), shown in the unit that fits; a linear one has
 * rows of equal width as far as the ranges are so narrow. What is less than a unit is one row. A
 * dot is less than a star. The rows of a group are all of its events.
 */
void histogram_text(struct buf *out, const struct histogram *h);

#endif
