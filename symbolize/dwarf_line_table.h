#ifndef SYMBOLIZE_DWARF_LINE_TABLE_H
#define SYMBOLIZE_DWARF_LINE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/vec.h"

struct dwarf_sections;
struct dwarf_work;

/*
 * The head of one unit's line table: its files, and how its program is coded. DWARF 2 to 5,
 * section 6.2.4 of each.
 *
 * Read by our own hands, because libdw makes an object of each row and sorts them all before it
 * says what a file is called: for libc a third of the time of naming. What was made to be
 * malformed ends the reading; nothing outside the sections is touched.
 */

struct dwarf_line_file {
	const char *name;
	uint64_t folder; /* number in `folders` */
};

struct dwarf_line_table {
	struct {
		VEC(const char *);
	} folders; /* the first is the unit's own; NULL: not known here */
	struct {
		VEC(struct dwarf_line_file);
	} files; /* by the number that rows and calls use; NULL: there is none */
	struct bytes program;
	const uint8_t *operand_cnts; /* of the standard opcodes, from 1 */
	uint8_t opcode_base;	     /* the first special one; at least 1 */
	uint8_t line_range;	     /* not 0 */
	uint8_t advance_bytes;	     /* of one step of an address */
	int8_t line_base;
};

/* The one at an offset of .debug_line. False: it is malformed. folder: the unit's own, or NULL. */
bool dwarf_line_table_open(struct dwarf_line_table *out, const struct dwarf_sections *s,
			   uint64_t at, const char *folder, const struct dwarf_work *work);
void dwarf_line_table_release(struct dwarf_line_table *t);

/* The file with a number; NULL: none. */
const struct dwarf_line_file *dwarf_line_table_file(const struct dwarf_line_table *t,
						    uint64_t number);
/* Its folder as the compiler wrote it; NULL: none. */
const char *dwarf_line_table_folder(const struct dwarf_line_table *t,
				    const struct dwarf_line_file *file);

#endif
