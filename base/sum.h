#ifndef BASE_SUM_H
#define BASE_SUM_H

#include <stdint.h>

/* Adds to a sum that ends at UINT64_MAX: a file may claim any values. */
static inline void sum_clipped(uint64_t *sum, uint64_t value)
{
	if (__builtin_add_overflow(*sum, value, sum))
		*sum = UINT64_MAX;
}

#endif
