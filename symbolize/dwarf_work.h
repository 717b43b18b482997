#ifndef SYMBOLIZE_DWARF_WORK_H
#define SYMBOLIZE_DWARF_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The addresses whose names are wanted, and how much may still be done to find them.
 * Each DIE, range, row and hit that is looked at is a step; who has none left stops, and
 * what was found until then holds. An honest file needs fewer steps than it has bytes;
 * one whose references go round, or whose ranges all cover everything, runs out.
 */

struct dwarf_work {
	const uint64_t *addresses; /* ascend */
	size_t cnt;
	uint64_t *steps; /* that are left */
};

/* Takes a step; false: none is left. */
static inline bool dwarf_work_step(const struct dwarf_work *w)
{
	if (!*w->steps)
		return false;
	--*w->steps;
	return true;
}

/* The number of the first address at or behind `start`. */
size_t dwarf_work_from(const struct dwarf_work *w, uint64_t start);

#endif
