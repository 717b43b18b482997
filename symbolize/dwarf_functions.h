#ifndef SYMBOLIZE_DWARF_FUNCTIONS_H
#define SYMBOLIZE_DWARF_FUNCTIONS_H

#include <elfutils/libdw.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct dwarf_entries;
struct dwarf_work;

/*
 * The functions of one unit that have some of the addresses, and what was inlined into
 * them, in one walk over the unit's DIEs. A DIE paints the addresses that lie in its
 * ranges with its number, and one that comes later, and so lies deeper, paints over:
 *
 *	addresses             a0   a1   a2   a3   a4
 *	subprogram f          0    0    0    0
 *	  inlined g                1    1
 *	    inlined h                   2
 *	subprogram k (no hit: what is below is not looked at)
 *
 * The chain of an address leads from its scope by `parent` to the function. Nothing is
 * searched per address, and no range is kept.
 */

#define DWARF_SCOPE_NONE UINT32_MAX
#define DWARF_SCOPES_MAX ((size_t)1 << 24)
#define DWARF_DEPTH_MAX 200 /* of nested DIEs */

struct dwarf_scope {
	Dwarf_Die named;    /* the DIE that has its name */
	uint32_t parent;    /* what it was inlined into; DWARF_SCOPE_NONE: a function */
	uint32_t call_file; /* where that calls it: number in the unit's table of files */
	uint32_t call_line;
};

struct dwarf_functions {
	struct {
		VEC(struct dwarf_scope);
	} scopes;
	uint32_t *scope_of; /* the innermost of each address, or DWARF_SCOPE_NONE */
};

/* The addresses are those of this unit. */
void dwarf_functions_find(struct dwarf_functions *out, struct dwarf_entries *unit,
			  const struct dwarf_work *work);
void dwarf_functions_release(struct dwarf_functions *f);

#endif
