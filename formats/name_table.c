#include "formats/name_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/name_store.h"

struct name_table *name_table_new(void)
{
	struct name_table *t = mem_alloc(1, sizeof(*t));

	t->texts = strtab_new();
	t->identities = strtab_new();
	return t;
}

void name_table_free(struct name_table *t)
{
	if (!t)
		return;
	strtab_free(t->texts);
	strtab_free(t->identities);
	idmap_release(&t->by_place);
	idmap_release(&t->by_copy);
	vec_release(&t->modules);
	vec_release(&t->entries);
	vec_release(&t->frames);
	vec_release(&t->copies);
	vec_release(&t->places);
	free(t);
}

static bool is_owned(enum trace_module_kind kind)
{
	return kind == TRACE_MODULE_JIT || kind == TRACE_MODULE_UNMAPPED ||
	       kind == TRACE_MODULE_COPY;
}

/*
 * The same code has the same identity in every group and every trace: a file by its
 * build ID, or by its path if it has none; memory without a file by whose it is.
 */
static void put_identity(struct buf *out, const struct trace_module *m,
			 const struct trace_process *owner)
{
	buf_u8(out, (uint8_t)m->kind);
	buf_blob(out, m->build_id, m->build_id_len);
	if (!m->build_id_len)
		buf_puts(out, m->path);
	if (is_owned(m->kind) && owner) {
		buf_u8(out, 0);
		buf_u32(out, owner->tgid);
		buf_u32(out, owner->generation);
		buf_u64(out, owner->start_ns);
	}
}

uint32_t name_table_identity(struct name_table *t, const void *identity, size_t len)
{
	uint32_t id = strtab_intern(t->identities, identity, len) - 1;

	if (id == t->modules.cnt)
		*vec_push(&t->modules) = (struct name_module){ .note = "" };
	return id;
}

uint32_t name_table_module(struct name_table *t, const struct trace_module *module,
			   const struct trace_process *owner)
{
	struct buf identity = { 0 };
	uint32_t id;

	put_identity(&identity, module, owner);
	id = name_table_identity(t, identity.v, identity.len);
	buf_release(&identity);
	return id;
}

uint32_t name_table_module_find(const struct name_table *t, const struct trace_module *module,
				const struct trace_process *owner)
{
	struct buf identity = { 0 };
	uint32_t id;

	put_identity(&identity, module, owner);
	id = strtab_find(t->identities, (const char *)identity.v, identity.len);
	buf_release(&identity);
	return id == UINT32_MAX ? TRACE_NONE : id - 1;
}

const char *name_table_keep(struct name_table *t, const char *text)
{
	size_t len = strnlen(text, NAME_TEXT_BYTES);

	return strtab_get(t->texts, strtab_intern(t->texts, text, len), NULL);
}

static bool is_before(const struct name_entry *e, uint32_t module, uint64_t offset)
{
	return e->module != module ? e->module < module : e->offset < offset;
}

/* Where an entry is, or NULL. Who names goes through modules and offsets in order, and so
 * does a file: the search needs no index then. */
static struct name_entry *find_entry(const struct name_table *t, uint32_t module, uint64_t offset)
{
	size_t first = 0, last = t->entries.cnt;
	struct name_entry *entries = t->entries.v;

	if (t->is_unsorted) {
		uint32_t at = idmap_find(&t->by_place, module, offset);

		return at == IDMAP_NONE ? NULL : &entries[at];
	}
	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (is_before(&entries[middle], module, offset))
			first = middle + 1;
		else
			last = middle;
	}
	if (first == t->entries.cnt || entries[first].module != module ||
	    entries[first].offset != offset)
		return NULL;
	return &entries[first];
}

static void index_entries(struct name_table *t)
{
	t->is_unsorted = true;
	for (size_t i = 0; i < t->entries.cnt; i++)
		idmap_set(&t->by_place, t->entries.v[i].module, t->entries.v[i].offset,
			  (uint32_t)i);
}

static struct name_entry *entry_of(struct name_table *t, uint32_t module, uint64_t offset)
{
	size_t cnt = t->entries.cnt;
	bool is_last =
		!t->is_unsorted && (!cnt || is_before(&t->entries.v[cnt - 1], module, offset));
	struct name_entry *found = is_last ? NULL : find_entry(t, module, offset);

	if (found)
		return found;
	if (!is_last && !t->is_unsorted)
		index_entries(t);
	if (t->is_unsorted)
		idmap_set(&t->by_place, module, offset, (uint32_t)cnt);
	*vec_push(&t->entries) = (struct name_entry){ .module = module, .offset = offset };
	return &t->entries.v[cnt];
}

void name_table_reserve(struct name_table *t, size_t entry_cnt, size_t frame_cnt)
{
	vec_reserve(&t->entries, entry_cnt);
	vec_reserve(&t->frames, frame_cnt);
}

void name_table_add_kept(struct name_table *t, uint32_t module, uint64_t offset,
			 const struct name_frame *frames, size_t cnt, enum name_reason reason)
{
	struct name_entry *entry = entry_of(t, module, offset);

	assert(module < t->modules.cnt);
	if (cnt > NAME_FRAMES_MAX)
		cnt = NAME_FRAMES_MAX;
	entry->first = (uint32_t)t->frames.cnt;
	entry->cnt = (uint16_t)cnt;
	entry->reason = cnt ? NAME_REASON_NONE : (uint16_t)reason;
	for (size_t i = 0; i < cnt; i++)
		*vec_push(&t->frames) = frames[i];
}

void name_table_add(struct name_table *t, uint32_t module, uint64_t offset,
		    const struct name_frame *frames, size_t cnt, enum name_reason reason)
{
	struct name_frame kept[NAME_FRAMES_MAX];

	if (cnt > NAME_FRAMES_MAX)
		cnt = NAME_FRAMES_MAX;
	for (size_t i = 0; i < cnt; i++) {
		kept[i] = frames[i];
		kept[i].function = name_table_keep(t, frames[i].function);
		kept[i].file = name_table_keep(t, frames[i].file ? frames[i].file : "");
	}
	name_table_add_kept(t, module, offset, kept, cnt, reason);
}

const struct name_frame *name_table_find(const struct name_table *t, uint32_t module,
					 uint64_t offset, size_t *out_cnt,
					 enum name_reason *out_reason)
{
	const struct name_entry *entry = find_entry(t, module, offset);

	*out_cnt = 0;
	if (!entry) {
		*out_reason = NAME_REASON_NO_MATCH;
		if (module < t->modules.cnt && t->modules.v[module].reason)
			*out_reason = t->modules.v[module].reason;
		return NULL;
	}
	*out_cnt = entry->cnt;
	*out_reason = (enum name_reason)entry->reason;
	return entry->cnt ? &t->frames.v[entry->first] : NULL;
}

static struct name_copy *copy_of(struct name_table *t, uint32_t module, uint64_t id)
{
	uint32_t next = (uint32_t)t->copies.cnt;
	uint32_t at = idmap_intern(&t->by_copy, module, id, next);

	if (at == next)
		*vec_push(&t->copies) = (struct name_copy){ .module = module, .id = id };
	return &t->copies.v[at];
}

void name_table_add_copy(struct name_table *t, uint32_t module, uint64_t id,
			 const struct name_place *places, size_t cnt, enum trace_reason root)
{
	struct name_copy *copy = copy_of(t, module, id);

	assert(module < t->modules.cnt);
	if (!cnt && !root)
		root = TRACE_REASON_OTHER;
	if (cnt > TRACE_DEPTH_MAX) {
		cnt = TRACE_DEPTH_MAX;
		root = TRACE_REASON_TOO_DEEP;
	}
	copy->first = (uint32_t)t->places.cnt;
	copy->cnt = (uint16_t)cnt;
	copy->root = (uint16_t)root;
	for (size_t i = 0; i < cnt; i++)
		*vec_push(&t->places) = places[i];
}

const struct name_place *name_table_find_copy(const struct name_table *t, uint32_t module,
					      uint64_t id, size_t *out_cnt,
					      enum trace_reason *out_root)
{
	uint32_t at = idmap_find(&t->by_copy, module, id);
	const struct name_copy *copy;

	*out_cnt = 0;
	*out_root = TRACE_REASON_NOT_UNWOUND;
	if (at == IDMAP_NONE)
		return NULL;
	copy = &t->copies.v[at];
	*out_cnt = copy->cnt;
	*out_root = (enum trace_reason)copy->root;
	return copy->cnt ? &t->places.v[copy->first] : NULL;
}

void name_table_set_module_note(struct name_table *t, uint32_t module, enum name_reason reason,
				const char *note)
{
	t->modules.v[module] =
		(struct name_module){ .reason = reason, .note = name_table_keep(t, note) };
}

enum name_reason name_table_module_reason(const struct name_table *t, uint32_t module,
					  const char **out_note)
{
	*out_note = t->modules.v[module].note;
	return t->modules.v[module].reason;
}

size_t name_table_cnt(const struct name_table *t)
{
	return t->entries.cnt;
}

const char *name_reason_text(enum name_reason reason)
{
	static const char *const texts[NAME_REASON_CNT] = {
		[NAME_REASON_NONE] = "named",
		[NAME_REASON_NO_FILE] = "file not found",
		[NAME_REASON_OTHER_BUILD] = "file has another build ID",
		[NAME_REASON_NO_SYMBOLS] = "no symbol table",
		[NAME_REASON_NO_MATCH] = "no symbol at the address",
		[NAME_REASON_NOT_MAPPED] = "no mapping known at the address",
		[NAME_REASON_NO_JIT_MAP] = "no map from the runtime",
		[NAME_REASON_BAD_FILE] = "file not readable as ELF",
		[NAME_REASON_HIDDEN] = "kernel symbols hidden",
	};

	return (unsigned)reason < NAME_REASON_CNT ? texts[reason] : "unknown";
}
