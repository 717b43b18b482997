#ifndef SYMBOLIZE_DWARF_LINES_H
#define SYMBOLIZE_DWARF_LINES_H

#include <elfutils/libdw.h>
#include <stddef.h>
#include <stdint.h>

struct dwarf_work;

/*
 * Files and lines of one unit's addresses: its line table is read once, sorted, and the
 * rows and addresses are merged in ascending order. File names are as the compiler wrote
 * them; they belong to the Dwarf. One that does not begin with '/' is relative to the
 * folder that the unit was compiled in.
 */

struct dwarf_place {
	const char *file; /* NULL: unknown */
	uint32_t line;
};

/* A place for each of the addresses, which are those of this unit. */
void dwarf_lines_find(struct dwarf_place *out, Dwarf_Die *unit, const struct dwarf_work *work);

/* The file with a number in the unit's table; NULL: none. */
const char *dwarf_lines_file(Dwarf_Die *unit, uint32_t number);

/* The folder that the unit was compiled in; NULL: unknown. */
const char *dwarf_lines_folder(Dwarf_Die *unit);

#endif
