#ifndef SYMBOLIZE_DWARF_RANGE_LIST_H
#define SYMBOLIZE_DWARF_RANGE_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* One list of .debug_rnglists (section 2.17.3 of DWARF 5), read from its first entry on. */
struct dwarf_range_list {
	struct bytes in;
	uint64_t base; /* that of the unit at first */
	uint8_t address_bytes;
	bool is_odd; /* it ended at an entry that only libdw understands */
};

/* False: no more, or the list is malformed. */
bool dwarf_range_list_next(struct dwarf_range_list *l, uint64_t *out_start, uint64_t *out_end);

#endif
