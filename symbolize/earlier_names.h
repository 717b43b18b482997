#ifndef SYMBOLIZE_EARLIER_NAMES_H
#define SYMBOLIZE_EARLIER_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct module_addresses;
struct name_table;

/*
 * A trace that was named before may have been named where more files were: naming it
 * again must not lose what is known. An address that has no name now keeps the one it
 * had; one that has a name now takes the new one.
 */

/* The module's id among the earlier names; TRACE_NONE if it has none there. */
uint32_t earlier_names_find(const struct name_table *earlier, const struct module_addresses *m);

/* Goes through the offsets of one module, `before` in `earlier`; returns how many names
 * were kept. `whole`: reasons are those of before, too. */
size_t earlier_names_keep(struct name_table *names, uint32_t module,
			  const struct name_table *earlier, uint32_t before,
			  const struct module_addresses *m, bool whole);

#endif
