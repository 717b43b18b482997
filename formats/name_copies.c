#include "formats/name_store.h"

#include "formats/chunk.h"
#include "formats/entries.h"

/* Copied stacks in chunks of names: the places that unwinding found, which refer to modules
 * by a list of identities that stands in the same section. */

/* A section ends when it has grown to this; one copy adds its places, IDENTITIES_MAX at
 * most, and its own identity: less than a chunk in all. */
#define SECTION_BYTES (TRACE_CHUNK_RAW_MAX / 8)
#define IDENTITIES_MAX (TRACE_CHUNK_RAW_MAX / 2)

struct section {
	struct strtab *known; /* identities: index = id - 1 */
	struct buf identities;
	struct buf entries;
};

static uint32_t identity_index(struct section *s, const struct name_table *t, uint32_t module)
{
	uint32_t cnt = strtab_cnt(s->known), id;
	size_t len;
	const char *identity = strtab_get(t->identities, module + 1, &len);

	id = strtab_intern(s->known, identity, len);
	if (id == cnt)
		buf_blob(&s->identities, identity, len);
	return id - 1;
}

/* Whether the place's module is in the list, or there is room for it. */
static bool has_room(const struct section *s, const struct name_table *t, uint32_t module)
{
	size_t len;
	const char *identity = strtab_get(t->identities, module + 1, &len);

	return s->identities.len + len < IDENTITIES_MAX ||
	       strtab_find(s->known, identity, len) != UINT32_MAX;
}

static void put_places(struct section *s, struct buf *out, const struct name_table *t,
		       const struct name_copy *copy, uint32_t *cnt)
{
	for (*cnt = 0; *cnt < copy->cnt; ++*cnt) {
		const struct name_place *place = &t->places.v[copy->first + *cnt];

		if (!has_room(s, t, place->module))
			return;
		buf_varint(out, (uint64_t)identity_index(s, t, place->module) << 1 |
					(place->kind == TRACE_FRAME_JIT));
		buf_varint(out, place->offset);
	}
}

static void put_copy(struct section *s, const struct name_table *t, const struct name_copy *copy,
		     uint64_t before)
{
	struct buf places = { 0 };
	uint32_t cnt;

	put_places(s, &places, t, copy, &cnt);
	buf_varint(&s->entries, copy->id - before);
	buf_varint(&s->entries, cnt < copy->cnt ? TRACE_REASON_TOO_DEEP : copy->root);
	buf_varint(&s->entries, cnt);
	buf_put(&s->entries, places.v, places.len);
	buf_release(&places);
}

size_t name_copies_put(const struct name_table *t, uint32_t module, const struct name_copy *sorted,
		       size_t cnt, struct buf *raw)
{
	struct section s = { .known = strtab_new() };
	struct buf content = { 0 };
	uint64_t before = 0;
	size_t len, done = 0;
	const char *identity = strtab_get(t->identities, module + 1, &len);

	while (done < cnt && sorted[done].module == sorted[0].module &&
	       s.identities.len + s.entries.len < SECTION_BYTES) {
		put_copy(&s, t, &sorted[done], before);
		before = sorted[done++].id;
	}
	buf_blob(&content, identity, len);
	buf_blob(&content, s.identities.v, s.identities.len);
	buf_put(&content, s.entries.v, s.entries.len);
	chunk_section_put(raw, SECTION_COPY_STACKS, false, &content);
	buf_release(&content);
	buf_release(&s.identities);
	buf_release(&s.entries);
	strtab_free(s.known);
	return done;
}

struct module_list {
	VEC(uint32_t); /* ids in the table */
};

static bool take_identities(struct name_table *t, struct bytes *b, struct module_list *out)
{
	struct bytes list = bytes_sub(b, (size_t)bytes_varint_max(b, TRACE_CHUNK_RAW_MAX));

	while (bytes_left(&list)) {
		size_t len;
		const uint8_t *identity = bytes_blob(&list, NAME_IDENTITY_MAX, &len);

		if (list.failed || !len)
			return false;
		*vec_push(out) = name_table_identity(t, identity, len);
	}
	return !b->failed;
}

static bool take_copy(struct name_table *t, uint32_t module, uint64_t *id, struct bytes *b,
		      const struct module_list *modules)
{
	struct name_place places[TRACE_DEPTH_MAX];
	enum trace_reason root;
	size_t cnt;

	*id += bytes_varint(b);
	root = (enum trace_reason)bytes_varint_max(b, TRACE_REASON_CNT - 1);
	cnt = (size_t)bytes_varint_max(b, TRACE_DEPTH_MAX);
	for (size_t i = 0; i < cnt && !b->failed; i++) {
		uint64_t at = bytes_varint(b);

		if (at >> 1 >= modules->cnt)
			return false;
		places[i] = (struct name_place){
			.module = modules->v[at >> 1],
			.kind = at & 1 ? TRACE_FRAME_JIT : TRACE_FRAME_USER,
			.offset = bytes_varint(b),
		};
	}
	if (b->failed || (!cnt && !root))
		return false;
	name_table_add_copy(t, module, *id, places, cnt, root);
	return true;
}

bool name_copies_take(struct name_table *t, struct bytes b)
{
	struct module_list modules = { 0 };
	size_t len;
	const uint8_t *identity = bytes_blob(&b, NAME_IDENTITY_MAX, &len);
	uint64_t id = 0;
	uint32_t module;
	bool good;

	if (b.failed || !len)
		return false;
	module = name_table_identity(t, identity, len);
	good = take_identities(t, &b, &modules);
	while (good && bytes_left(&b))
		good = take_copy(t, module, &id, &b, &modules);
	vec_release(&modules);
	return good;
}
