#ifndef SYMBOLIZE_DWARF_ABBREVS_H
#define SYMBOLIZE_DWARF_ABBREVS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/idmap.h"
#include "base/vec.h"
#include "symbolize/dwarf_fact.h"

struct dwarf_work;

/*
 * The abbreviations of a unit, which say what its DIEs are made of (section 7.5.3 of DWARF),
 * as a walk for functions needs them: the few attributes that it asks for, and how many bytes
 * lie between them. Most DIEs become one step:
 *
 *	DW_TAG_variable     name strp, file data1, line data2, type ref4   ->  tail: 11 bytes
 *	DW_TAG_subprogram   name strp, low_pc addr, high_pc data8, frame_base exprloc, sibling ref4
 *	                    ->  +4 low_pc, +0 high_pc, +0 (passes an exprloc), +0 sibling, tail: 0
 *
 * Each is decoded when the first DIE of its kind, or of one behind it in the table, is met.
 */

/* A value that is asked for, or whose size only the DIE itself tells. */
struct dwarf_field {
	uint64_t skip;	   /* bytes between it and the one before */
	uint64_t constant; /* DW_FORM_implicit_const: the value */
	uint16_t form;
	uint8_t bytes; /* DWARF_FIELD_VARIES: not always the same */
	uint8_t fact;  /* DWARF_FACT_CNT: none, it is only passed */
};

#define DWARF_FIELD_VARIES 0xff

struct dwarf_abbrev {
	uint64_t code;
	uint64_t tail; /* bytes behind the last field */
	uint32_t first;
	uint32_t field_cnt;
	uint16_t tag;
	uint16_t present; /* bit of each fact that is read here */
	uint16_t odd;	  /* of each that it says in a form that only libdw is asked for */
	bool has_children;
};

struct dwarf_abbrevs {
	const uint8_t *start;
	struct bytes rest; /* what is not decoded yet */
	uint8_t address_bytes;
	uint8_t offset_bytes;
	uint8_t reference_bytes; /* DW_FORM_ref_addr */
	struct {
		VEC(struct dwarf_abbrev);
	} abbrevs;
	struct {
		VEC(struct dwarf_field);
	} fields;
	struct idmap numbers; /* code -> number, of those whose code is not their number + 1 */
};

/*
 * Goes on to the table of another unit, from its first abbreviation on; a zeroed struct has none
 * yet. Units that share a table, with equal sizes, share what was decoded.
 */
void dwarf_abbrevs_turn(struct dwarf_abbrevs *a, struct bytes table, unsigned version,
			uint8_t address_bytes, uint8_t offset_bytes);
void dwarf_abbrevs_release(struct dwarf_abbrevs *a);

/* Of a value in a form; DWARF_FIELD_VARIES also for a form that nobody knows. */
uint8_t dwarf_abbrevs_form_bytes(const struct dwarf_abbrevs *a, uint64_t form);

/* NULL: there is none, or it is malformed. Valid until the next call. */
const struct dwarf_abbrev *dwarf_abbrevs_find(struct dwarf_abbrevs *a, uint64_t code,
					      const struct dwarf_work *work);

#endif
