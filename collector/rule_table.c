#include "collector/rule_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

#define SLOTS_FIRST 256u

static uint64_t hash_of(const struct unwind_rule *rule)
{
	uint64_t words[2];

	_Static_assert(sizeof(words) == sizeof(*rule), "a rule is two words");
	memcpy(words, rule, sizeof(words));
	return hash_pair(words[0], words[1]);
}

static uint32_t *slot_of(const struct rule_table *t, const struct unwind_rule *rule)
{
	uint32_t mask = t->slot_cnt - 1;
	uint32_t at = (uint32_t)hash_of(rule) & mask;

	while (t->slots[at] && memcmp(&t->v[t->slots[at] - 1], rule, sizeof(*rule)))
		at = (at + 1) & mask;
	return &t->slots[at];
}

static void grow(struct rule_table *t)
{
	free(t->slots);
	t->slot_cnt *= 2;
	t->slots = mem_alloc(t->slot_cnt, sizeof(*t->slots));
	for (uint32_t i = 0; i < t->cnt; i++)
		*slot_of(t, &t->v[i]) = i + 1;
}

void rule_table_init(struct rule_table *t)
{
	*t = (struct rule_table){ .slot_cnt = SLOTS_FIRST };
	t->slots = mem_alloc(t->slot_cnt, sizeof(*t->slots));
	rule_table_add(t, &(struct unwind_rule){ .kind = UNWIND_NONE });
	rule_table_add(t, &(struct unwind_rule){ .kind = UNWIND_UNSUPPORTED });
}

void rule_table_release(struct rule_table *t)
{
	free(t->slots);
	vec_release(t);
	*t = (struct rule_table){ 0 };
}

uint32_t rule_table_add(struct rule_table *t, const struct unwind_rule *rule)
{
	uint32_t *slot = slot_of(t, rule);

	if (*slot)
		return *slot - 1;
	if (t->cnt == UNWIND_RULES_MAX)
		return RULE_TABLE_UNSUPPORTED;
	*vec_push(t) = *rule;
	*slot = (uint32_t)t->cnt;
	if (t->cnt * 2 > t->slot_cnt)
		grow(t);
	return (uint32_t)t->cnt - 1;
}
