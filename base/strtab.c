#include "base/strtab.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"

/* Bytes live in blocks that never move, each string behind its id; a longer one gets a block
 * of its own. */
#define BLOCK_BYTES ((size_t)64 << 10)
#define STRTAB_START_CAP 256
#define ID_BYTES sizeof(uint32_t)

struct string {
	const char *bytes;
	uint32_t len;
	uint32_t hash;
};

struct strtab {
	struct {
		VEC(struct string);
	} strings;
	struct {
		VEC(char *);
	} blocks;
	size_t block_left;
	uint32_t *slots; /* id + 1; 0: empty */
	size_t cap;	 /* a power of two */
};

struct strtab *strtab_new(void)
{
	struct strtab *t = mem_alloc(1, sizeof(*t));

	t->cap = STRTAB_START_CAP;
	t->slots = mem_alloc(t->cap, sizeof(*t->slots));
	strtab_intern(t, "", 0);
	return t;
}

void strtab_free(struct strtab *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->blocks.cnt; i++)
		free(t->blocks.v[i]);
	vec_release(&t->blocks);
	vec_release(&t->strings);
	free(t->slots);
	free(t);
}

static char *take_room(struct strtab *t, size_t len)
{
	char *at;

	if (len > BLOCK_BYTES / 4) {
		at = mem_resize(NULL, len, 1);
		*vec_push(&t->blocks) = at;
		/* The open block, if any, stays the last one. */
		if (t->blocks.cnt > 1 && t->block_left) {
			t->blocks.v[t->blocks.cnt - 1] = t->blocks.v[t->blocks.cnt - 2];
			t->blocks.v[t->blocks.cnt - 2] = at;
		}
		return at;
	}
	if (len > t->block_left) {
		*vec_push(&t->blocks) = mem_resize(NULL, BLOCK_BYTES, 1);
		t->block_left = BLOCK_BYTES;
	}
	at = t->blocks.v[t->blocks.cnt - 1] + (BLOCK_BYTES - t->block_left);
	t->block_left -= len;
	return at;
}

static const char *keep(struct strtab *t, uint32_t id, const char *bytes, size_t len)
{
	char *at = take_room(t, ID_BYTES + len + 1);

	memcpy(at, &id, ID_BYTES);
	at += ID_BYTES;
	if (len)
		memcpy(at, bytes, len);
	at[len] = '\0';
	return at;
}

static bool equals(const struct string *s, const char *bytes, size_t len, uint32_t hash)
{
	return s->hash == hash && s->len == len && (!len || !memcmp(s->bytes, bytes, len));
}

static size_t probe(const struct strtab *t, const char *bytes, size_t len, uint32_t hash)
{
	size_t at = hash & (t->cap - 1);

	while (t->slots[at] && !equals(&t->strings.v[t->slots[at] - 1], bytes, len, hash))
		at = (at + 1) & (t->cap - 1);
	return at;
}

static void grow(struct strtab *t)
{
	free(t->slots);
	t->cap *= 2;
	t->slots = mem_alloc(t->cap, sizeof(*t->slots));
	for (size_t id = 0; id < t->strings.cnt; id++) {
		size_t at = t->strings.v[id].hash & (t->cap - 1);

		while (t->slots[at])
			at = (at + 1) & (t->cap - 1);
		t->slots[at] = (uint32_t)id + 1;
	}
}

uint32_t strtab_find(const struct strtab *t, const char *bytes, size_t len)
{
	return t->slots[probe(t, bytes, len, (uint32_t)hash_bytes(bytes, len))] - 1;
}

uint32_t strtab_intern(struct strtab *t, const char *bytes, size_t len)
{
	uint32_t hash = (uint32_t)hash_bytes(bytes, len);
	size_t at = probe(t, bytes, len, hash);
	uint32_t id;

	if (t->slots[at])
		return t->slots[at] - 1;
	assert(len < UINT32_MAX);
	if ((t->strings.cnt + 1) * 2 > t->cap) {
		grow(t);
		at = probe(t, bytes, len, hash);
	}
	id = (uint32_t)t->strings.cnt;
	*vec_push(&t->strings) = (struct string){ .bytes = keep(t, id, bytes, len),
						  .len = (uint32_t)len,
						  .hash = hash };
	t->slots[at] = id + 1;
	return id;
}

uint32_t strtab_intern_text(struct strtab *t, const char *text)
{
	return strtab_intern(t, text, strlen(text));
}

const char *strtab_get(const struct strtab *t, uint32_t id, size_t *out_len)
{
	assert(id < t->strings.cnt);
	if (out_len)
		*out_len = t->strings.v[id].len;
	return t->strings.v[id].bytes;
}

uint32_t strtab_id_of(const char *bytes)
{
	uint32_t id;

	memcpy(&id, bytes - ID_BYTES, ID_BYTES);
	return id;
}

int strtab_compare(const struct strtab *t, uint32_t a, uint32_t b)
{
	size_t a_len, b_len;
	const char *a_text = strtab_get(t, a, &a_len), *b_text = strtab_get(t, b, &b_len);

	return text_compare(a_text, a_len, b_text, b_len);
}

uint32_t strtab_cnt(const struct strtab *t)
{
	return (uint32_t)t->strings.cnt;
}
