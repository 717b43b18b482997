#ifndef SYMBOLIZE_DWARF_UNITS_H
#define SYMBOLIZE_DWARF_UNITS_H

#include <elfutils/libdw.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct dwarf_work;

/*
 * Which compilation unit of a file's DWARF has which of some addresses. Units say so in
 * .debug_aranges, a list of all in one place; those that are not in it (clang and Go
 * write none) are asked themselves. Of several units that claim an address the first in
 * the file has it.
 *
 *	addresses  a0 a1 a2 a3 a4          (ascend)
 *	unit 0x0b  [------)    [------)
 *	unit 0x7f        [-----)           -> unit 0x0b: a0 a1 a3 a4, unit 0x7f: a2
 *
 * Units without code (types, partial ones) have no addresses. A unit whose DIEs lie in
 * another file (-gsplit-dwarf) is found by its skeleton, which has the lines.
 */

#define DWARF_UNITS_MAX ((size_t)1 << 20)

struct dwarf_unit {
	Dwarf_Die die;
	size_t first; /* in `members` */
	size_t cnt;
};

struct dwarf_units {
	struct {
		VEC(struct dwarf_unit);
	} units; /* those that have addresses, as they lie in the file */
	struct {
		VEC(uint32_t);
	} members; /* numbers of addresses: by unit, there ascending */
};

void dwarf_units_find(struct dwarf_units *out, Dwarf *dwarf, const struct dwarf_work *work);
void dwarf_units_release(struct dwarf_units *u);

#endif
