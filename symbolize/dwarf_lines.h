#ifndef SYMBOLIZE_DWARF_LINES_H
#define SYMBOLIZE_DWARF_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dwarf_line_table;
struct dwarf_work;

/*
 * Files and lines of one unit's addresses: the program of its line table is run once, and no
 * row is kept. Two rows of a sequence that follow each other give the addresses between them
 * the place of the first:
 *
 *	rows       0x10 a.c:3      0x18 a.c:4   0x18 a.h:9      0x24 end
 *	addresses       |- a.c:3 -|             |---- a.h:9 ---|
 */

struct dwarf_place {
	uint64_t file; /* number in the table */
	uint32_t line; /* 0: the compiler knows none */
	bool is_known;
};

/* A place for each of the addresses, which are those of this unit. */
void dwarf_lines_find(struct dwarf_place *out, const struct dwarf_line_table *table,
		      const struct dwarf_work *work);

#endif
