#include "render/fold_names.h"

#include <endian.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "formats/folded.h"

#define NAMES_START_CAP 4096

uint64_t fold_seed[2];

void fold_seed_draw(void)
{
	fold_seed[0] = hash_pair(0, 1);
	fold_seed[1] = hash_pair(1, 0);
}

void fold_names_init(struct fold_names *names, struct strtab *texts)
{
	*names = (struct fold_names){ .texts = texts,
				      .copies = strtab_new(),
				      .cap = NAMES_START_CAP,
				      .slot_cap = 2 * NAMES_START_CAP };
	names->v = mem_resize(NULL, names->cap, sizeof(*names->v));
	names->slots = mem_alloc(names->slot_cap, sizeof(*names->slots));
}

void fold_names_release(struct fold_names *names)
{
	strtab_free(names->copies);
	free(names->v);
	free(names->slots);
	*names = (struct fold_names){ 0 };
}

static uint32_t empty_slot(const struct fold_names *names, uint64_t hash)
{
	uint32_t mask = names->slot_cap - 1, at = (uint32_t)hash & mask;

	while (names->slots[at])
		at = (at + 1) & mask;
	return at;
}

static void grow(struct fold_names *names)
{
	names->cap *= 2;
	names->slot_cap *= 2;
	names->v = mem_resize(names->v, names->cap, sizeof(*names->v));
	free(names->slots);
	names->slots = mem_alloc(names->slot_cap, sizeof(*names->slots));
	for (uint32_t i = 0; i < names->cnt; i++)
		names->slots[empty_slot(names, names->v[i].hash)] = i + 1;
}

static uint64_t head_of(const char *text, uint32_t len)
{
	uint64_t head = 0;

	memcpy(&head, text, len < sizeof(head) ? len : sizeof(head));
	return be64toh(head);
}

int fold_names_compare(const struct fold_name *a, const struct fold_name *b)
{
	if (a->head != b->head)
		return a->head < b->head ? -1 : 1;
	return text_compare(a->text, a->len, b->text, b->len);
}

static uint32_t add(struct fold_names *names, const char *text, uint32_t len, uint64_t hash)
{
	struct fold_name *name;
	uint32_t name_len = len;

	text = strtab_get(names->copies, strtab_intern(names->copies, text, len), NULL);
	if (names->cnt == names->cap)
		grow(names);
	name = &names->v[names->cnt];
	*name = (struct fold_name){
		.text = text, .head = head_of(text, len), .len = len, .hash = hash, .id = names->cnt
	};
	name->kind = (uint8_t)folded_kind(text, &name_len);
	name->unnamed = name_len == FOLD_UNKNOWN_LEN && !memcmp(text, FOLD_UNKNOWN, name_len);
	if (names->texts)
		name->id = strtab_intern(names->texts, text, name_len);
	names->slots[empty_slot(names, hash)] = ++names->cnt;
	return names->cnt - 1;
}

uint32_t fold_names_intern(struct fold_names *names, const char *text, uint32_t len, uint64_t hash)
{
	uint32_t mask = names->slot_cap - 1;

	for (uint32_t at = (uint32_t)hash & mask; names->slots[at]; at = (at + 1) & mask) {
		const struct fold_name *name = &names->v[names->slots[at] - 1];

		if (name->hash == hash && name->len == len && !memcmp(name->text, text, len))
			return names->slots[at] - 1;
	}
	return add(names, text, len, hash);
}
