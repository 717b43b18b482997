#ifndef SYMBOLIZE_DWARF_NAMES_H
#define SYMBOLIZE_DWARF_NAMES_H

#include <libelf.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/name_table.h"
#include "symbolize/demangle.h"

struct elf_image;

/*
 * What DWARF says of addresses: function, what it was inlined into, files and lines.
 *
 *	addresses -> sort -> dwarf_units: whose are they?
 *	                       per unit  dwarf_functions: which chain of functions?
 *	                                 dwarf_lines:     which file and line?
 *	                       -> frames of each address
 *
 * Only units that have addresses are read. A name is the linker's, made readable, else
 * the one in the source, without its namespace. DWARF that is not whole gives what it can.
 *
 * libdw is not made for hostile files: lives in a sandboxed child. What can be bounded
 * from here is: compressed sections before they grow (symbolize/dwarf_sections.h), the
 * work (symbolize/dwarf_work.h), depth, frames and texts.
 */

struct dwarf_names_input {
	struct elf_image *image;
	uint64_t len;	       /* bytes of the image */
	struct elf_image *alt; /* that dwz moved what is common to; or NULL */
	uint64_t alt_len;
	const uint64_t *addresses; /* in any order */
	size_t cnt;
	enum demangle_style style;
};

struct dwarf_names;

/* Never NULL; the images must outlive it. */
struct dwarf_names *dwarf_names_new(const struct dwarf_names_input *in);
void dwarf_names_free(struct dwarf_names *n);

/* How many of the addresses it knows. */
size_t dwarf_names_cnt(const struct dwarf_names *n);

/*
 * The frames of the address with number i, innermost first, and their count; 0: DWARF
 * does not know it. `function` of the last one may be "" (only file and line are known).
 */
size_t dwarf_names_find(const struct dwarf_names *n, size_t i,
			struct name_frame out[NAME_FRAMES_MAX]);

#endif
