#ifndef BASE_SORTED_H
#define BASE_SORTED_H

#include <stddef.h>
#include <stdint.h>

/*
 * Ascending numbers, and taking each of them once: ranges that come with the strongest first
 * take what they cover, and pass over what is taken, in time that hardly grows with it.
 *
 *	next   | 0 1 2 3 4 |   range takes 1 and 2   | 0 2 3 3 4 |
 */

/* The index of the first that is not below the value; cnt: all are. */
static inline size_t sorted_from(const uint64_t *v, size_t cnt, uint64_t value)
{
	size_t first = 0, last = cnt;

	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (v[middle] < value)
			first = middle + 1;
		else
			last = middle;
	}
	return first;
}

/* The first index from i on that is not taken. next[i] is i at first, and i + 1 once it is
 * taken; the one behind the last index is never taken. */
static inline size_t sorted_not_taken(size_t *next, size_t i)
{
	while (next[i] != i) {
		next[i] = next[next[i]];
		i = next[i];
	}
	return i;
}

#endif
