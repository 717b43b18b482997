#ifndef SYMBOLIZE_DWARF_ENTRIES_H
#define SYMBOLIZE_DWARF_ENTRIES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "symbolize/dwarf_abbrevs.h"

struct dwarf_range_list;
struct dwarf_sections;
struct dwarf_work;

/*
 * The DIEs of one unit in the order of its bytes, with what a walk for functions asks of them
 * (section 7.5 of DWARF). What is rare there is left to libdw, for which each can be had as a DIE.
 *
 *	unit   head | DIE of the unit | DIE | children | 0 | DIE | ...
 *	                                     ^ `in`, once that DIE has been read
 *
 * Read by our own hands, because libdw decodes every DIE several times on its way to the next
 * one, under a lock: for libc more than a third of the time of naming. Nothing outside the unit is
 * touched, and every step goes forward.
 */

struct dwarf_entry {
	const uint8_t *at;
	uint16_t tag;	  /* 0: the end of a list of siblings */
	uint16_t present; /* bit of each fact with a value */
	uint16_t odd;	  /* of each that only dwarf_entries_die() and libdw know */
	bool has_children;
	uint16_t forms[DWARF_FACT_CNT];
	uint64_t values[DWARF_FACT_CNT]; /* of a reference: an offset in the unit */
};

struct dwarf_entries {
	const struct dwarf_sections *sections;
	const struct dwarf_work *work;
	struct dwarf_abbrevs abbrevs;
	unsigned version;
	struct bytes unit; /* from its head on, which references count from */
	Dwarf_Die die;	   /* of the unit */
	struct dwarf_entry root;
	struct bytes children; /* of the unit */
};

/* Goes on to another unit; a zeroed struct has none yet. False: its head is malformed. */
bool dwarf_entries_turn(struct dwarf_entries *e, const struct dwarf_sections *sections,
			Dwarf_Die *unit, const struct dwarf_work *work);
void dwarf_entries_release(struct dwarf_entries *e);

/* The DIE at in->p; its children, if it has some, are what comes next. False: it is malformed, or
 * no step is left. */
bool dwarf_entries_read(struct dwarf_entries *e, struct bytes *in, struct dwarf_entry *out);

/* To behind the children of a DIE that was just read and has some. */
void dwarf_entries_pass_children(struct dwarf_entries *e, struct bytes *in);
/* To where its sibling is, if it says so; else false. */
bool dwarf_entries_to_sibling(const struct dwarf_entries *e, const struct dwarf_entry *entry,
			      struct bytes *in);

#define DWARF_FACT_BIT(fact) (1u << (fact))

static inline bool dwarf_entry_has(const struct dwarf_entry *e, enum dwarf_fact fact)
{
	return e->present & DWARF_FACT_BIT(fact);
}

/* NULL: it has none, or an empty one. It belongs to the file. */
const char *dwarf_entries_text(const struct dwarf_entries *e, const struct dwarf_entry *entry,
			       enum dwarf_fact fact);

/* The list of what has DWARF_FACT_RANGES. False: only libdw can read it. */
bool dwarf_entries_ranges(const struct dwarf_entries *e, const struct dwarf_entry *entry,
			  struct dwarf_range_list *out);

Dwarf_Die dwarf_entries_die(const struct dwarf_entries *e, const uint8_t *at);
/* What the entry stems from; NULL: nothing that lies in the same unit. */
const uint8_t *dwarf_entries_origin(const struct dwarf_entries *e, const struct dwarf_entry *entry);

/* As dwarf_die_name(). */
const char *dwarf_entries_name(struct dwarf_entries *e, const Dwarf_Die *die);

#endif
