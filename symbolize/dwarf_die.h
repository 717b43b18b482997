#ifndef SYMBOLIZE_DWARF_DIE_H
#define SYMBOLIZE_DWARF_DIE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#include "symbolize/dwarf_fact.h"

/*
 * What naming asks of one DIE, taken in one pass over its attributes: dwarf_attr() walks
 * them from the first for each question, and dwarf_ranges() and its like then ask the
 * origins, too, whose places are not this DIE's.
 */

/* An inlined function stems from its abstract form, which stems from its declaration in
 * a class: real chains have three. Longer ones go round in circles. */
#define DWARF_ORIGINS_MAX 16

struct dwarf_die {
	Dwarf_Die die;
	unsigned present; /* bit of each fact */
	Dwarf_Attribute facts[DWARF_FACT_CNT];
};

/* A DIE that cannot be read to its end has no facts. */
void dwarf_die_read(struct dwarf_die *out, const Dwarf_Die *die);

/* One that is known to have DWARF_FACT_RANGES, of which nothing else is asked. */
void dwarf_die_of_ranges(struct dwarf_die *out, const Dwarf_Die *die);

bool dwarf_die_has(const struct dwarf_die *d, enum dwarf_fact fact);
/* 0 where there is none, or it is larger. */
uint32_t dwarf_die_number(const struct dwarf_die *d, enum dwarf_fact fact);

/*
 * Goes through [start, end) of a DIE; *at is 0 before the first. False: no more. Ranges
 * may overlap, be empty, or be many: the caller counts.
 */
struct dwarf_die_ranges {
	ptrdiff_t at;
	bool ended;
	Dwarf_Addr base;
};

bool dwarf_die_next_range(struct dwarf_die *d, struct dwarf_die_ranges *r, uint64_t *out_start,
			  uint64_t *out_end);

/* The DIE whose name it has: itself, or the first that it stems from. */
void dwarf_die_named(struct dwarf_die *d, Dwarf_Die *out);

/*
 * The name that the linker knows, of the DIE or of one it stems from, else the one in the
 * source; NULL: none. It belongs to the file.
 */
const char *dwarf_die_name(const Dwarf_Die *die);

#endif
