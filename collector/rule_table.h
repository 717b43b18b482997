#ifndef COLLECTOR_RULE_TABLE_H
#define COLLECTOR_RULE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "bpf/unwind.h"

/*
 * The rules of one file, each once. A library has some hundreds; a file that has more
 * than fit is not one that a compiler made, and what is too much is unsupported.
 */
#define RULE_TABLE_NONE 0u	  /* where the rule of kind NONE is */
#define RULE_TABLE_UNSUPPORTED 1u /* and that of kind UNSUPPORTED */

struct rule_table {
	VEC(struct unwind_rule);
	uint32_t *slots; /* index + 1; a power of two of them, at most half in use */
	uint32_t slot_cnt;
};

void rule_table_init(struct rule_table *t);
void rule_table_release(struct rule_table *t);

/* Where the rule is, now if not before. */
uint32_t rule_table_add(struct rule_table *t, const struct unwind_rule *rule);

#endif
