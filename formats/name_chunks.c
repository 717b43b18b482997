#include "formats/name_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/chunk.h"
#include "formats/entries.h"

/* A section ends when it has grown to this; one entry adds at most a little over half a
 * chunk: NAME_FRAMES_MAX times two texts of NAME_TEXT_BYTES. */
#define SECTION_BYTES (TRACE_CHUNK_RAW_MAX / 8)

static const char *identity_of(const struct name_table *t, uint32_t module, size_t *out_len)
{
	return strtab_get(t->identities, module + 1, out_len);
}

static int compare_modules(const void *a, const void *b, void *table)
{
	const struct name_table *t = table;

	return strtab_compare(t->identities, *(const uint32_t *)a + 1, *(const uint32_t *)b + 1);
}

/* Entries by the rank of their module, which stands in `module` while they are sorted. */
static int compare_entries(const void *a, const void *b)
{
	const struct name_entry *x = a, *y = b;

	if (x->module != y->module)
		return x->module < y->module ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

static int compare_copies(const void *a, const void *b)
{
	const struct name_copy *x = a, *y = b;

	if (x->module != y->module)
		return x->module < y->module ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* One who names goes through modules and offsets in order, most of the time. */
static void sort_entries(struct name_entry *entries, size_t cnt)
{
	size_t i = 1;

	while (i < cnt && compare_entries(&entries[i - 1], &entries[i]) <= 0)
		i++;
	if (i < cnt)
		qsort(entries, cnt, sizeof(*entries), compare_entries);
}

static void sort_copies(struct name_chunks *c, const uint32_t *rank)
{
	size_t cnt = c->table->copies.cnt;

	c->copies = mem_resize(NULL, cnt, sizeof(*c->copies));
	for (size_t i = 0; i < cnt; i++) {
		c->copies[i] = c->table->copies.v[i];
		c->copies[i].module = rank[c->copies[i].module];
	}
	qsort(c->copies, cnt, sizeof(*c->copies), compare_copies);
}

void name_chunks_start(struct name_chunks *c, const struct name_table *t)
{
	size_t modules = t->modules.cnt;
	uint32_t *rank = mem_resize(NULL, modules, sizeof(*rank));

	*c = (struct name_chunks){ .table = t, .cnt = t->entries.cnt };
	c->modules = mem_resize(NULL, modules, sizeof(*c->modules));
	for (uint32_t i = 0; i < modules; i++)
		c->modules[i] = i;
	qsort_r(c->modules, modules, sizeof(*c->modules), compare_modules, (void *)t);
	for (uint32_t i = 0; i < modules; i++)
		rank[c->modules[i]] = i;
	c->sorted = mem_resize(NULL, c->cnt, sizeof(*c->sorted));
	for (size_t i = 0; i < c->cnt; i++) {
		c->sorted[i] = t->entries.v[i];
		c->sorted[i].module = rank[c->sorted[i].module];
	}
	sort_entries(c->sorted, c->cnt);
	sort_copies(c, rank);
	c->uses = mem_alloc(strtab_cnt(t->texts), sizeof(*c->uses));
	free(rank);
}

void name_chunks_release(struct name_chunks *c)
{
	free(c->sorted);
	free(c->modules);
	free(c->copies);
	free(c->uses);
	*c = (struct name_chunks){ 0 };
}

struct section {
	struct name_chunks *chunks;
	uint32_t text_cnt; /* with the empty one, which is 0 and not written */
	struct buf texts;
	struct buf entries;
};

static void put_text(struct section *s, const char *text)
{
	struct text_use *use = &s->chunks->uses[strtab_id_of(text)];

	if (use->section != s->chunks->section) {
		use->section = s->chunks->section;
		use->index = *text ? s->text_cnt++ : 0;
		if (*text)
			entry_put_text(&s->texts, text);
	}
	buf_varint(&s->entries, use->index);
}

static void put_entry(struct section *s, const struct name_entry *e, uint64_t before)
{
	const struct name_table *t = s->chunks->table;

	buf_varint(&s->entries, e->offset - before);
	buf_varint(&s->entries, e->cnt);
	if (!e->cnt)
		buf_varint(&s->entries, e->reason);
	for (uint32_t i = e->first; i < e->first + e->cnt; i++) {
		const struct name_frame *f = &t->frames.v[i];

		buf_varint(&s->entries, f->kind);
		put_text(s, f->function);
		put_text(s, f->file);
		buf_varint(&s->entries, f->line);
	}
}

/* Entries of one module, as many as a section takes. */
static void put_section(struct name_chunks *c, struct buf *raw)
{
	struct section s = { .chunks = c, .text_cnt = 1 };
	uint32_t module = c->modules[c->module_at];
	const struct name_module *m = &c->table->modules.v[module];
	struct buf head = { 0 };
	uint64_t before = 0;
	size_t len;
	const char *identity = identity_of(c->table, module, &len);

	c->section++;
	while (c->at < c->cnt && c->sorted[c->at].module == c->module_at &&
	       s.texts.len + s.entries.len < SECTION_BYTES) {
		put_entry(&s, &c->sorted[c->at], before);
		before = c->sorted[c->at++].offset;
	}
	if (c->at == c->cnt || c->sorted[c->at].module != c->module_at)
		c->module_at++;
	buf_blob(&head, identity, len);
	buf_varint(&head, m->reason);
	entry_put_text(&head, m->note);
	buf_varint(&head, s.texts.len);
	chunk_section_start(raw, SECTION_MODULE_NAMES, false,
			    head.len + s.texts.len + s.entries.len);
	buf_put(raw, head.v, head.len);
	buf_put(raw, s.texts.v, s.texts.len);
	buf_put(raw, s.entries.v, s.entries.len);
	buf_release(&head);
	buf_release(&s.texts);
	buf_release(&s.entries);
}

bool name_chunks_next(struct name_chunks *c, struct buf *raw)
{
	buf_clear(raw);
	while (c->module_at < c->table->modules.cnt && raw->len < SECTION_BYTES)
		put_section(c, raw);
	while (c->copy_at < c->table->copies.cnt && raw->len < SECTION_BYTES)
		c->copy_at += name_copies_put(c->table, c->modules[c->copies[c->copy_at].module],
					      c->copies + c->copy_at,
					      c->table->copies.cnt - c->copy_at, raw);
	return raw->len != 0;
}

/* The texts of a section as the table keeps them. */
struct text_list {
	VEC(const char *);
};

static const char *keep(struct name_table *t, struct entry_text text)
{
	size_t len = strnlen(text.s, text.len < NAME_TEXT_BYTES ? text.len : NAME_TEXT_BYTES);

	return strtab_get(t->texts, strtab_intern(t->texts, text.s, len), NULL);
}

static bool take_texts(struct name_table *t, struct bytes *b, struct text_list *out)
{
	size_t len = (size_t)bytes_varint_max(b, TRACE_CHUNK_RAW_MAX);
	struct bytes texts = bytes_sub(b, len);

	*vec_push(out) = strtab_get(t->texts, 0, NULL);
	while (bytes_left(&texts)) {
		struct entry_text text = entry_take_text(&texts);

		if (texts.failed)
			return false;
		*vec_push(out) = keep(t, text);
	}
	return !b->failed;
}

static bool take_frame(struct bytes *b, const struct text_list *texts, struct name_frame *out)
{
	uint64_t function, file;

	out->kind = (enum trace_frame_kind)bytes_varint_max(b, TRACE_FRAME_LOST);
	function = bytes_varint_max(b, texts->cnt - 1);
	file = bytes_varint_max(b, texts->cnt - 1);
	out->function = texts->v[function];
	out->file = texts->v[file];
	out->line = (uint32_t)bytes_varint_max(b, UINT32_MAX);
	return !b->failed && out->kind && *out->function;
}

static bool take_entry(struct name_table *t, uint32_t module, uint64_t *offset, struct bytes *b,
		       const struct text_list *texts)
{
	struct name_frame frames[NAME_FRAMES_MAX];
	enum name_reason reason = NAME_REASON_NONE;
	size_t cnt;

	*offset += bytes_varint(b);
	cnt = (size_t)bytes_varint_max(b, NAME_FRAMES_MAX);
	if (!cnt)
		reason = (enum name_reason)bytes_varint_max(b, NAME_REASON_CNT - 1);
	for (size_t i = 0; i < cnt; i++)
		if (!take_frame(b, texts, &frames[i]))
			return false;
	if (b->failed)
		return false;
	name_table_add_kept(t, module, *offset, frames, cnt, reason);
	return true;
}

bool name_chunks_take(struct name_table *t, struct bytes b)
{
	struct text_list texts = { 0 };
	size_t identity_len;
	const uint8_t *identity = bytes_blob(&b, NAME_IDENTITY_MAX, &identity_len);
	enum name_reason reason = (enum name_reason)bytes_varint_max(&b, NAME_REASON_CNT - 1);
	struct entry_text note = entry_take_text(&b);
	uint64_t offset = 0;
	uint32_t module;
	bool good;

	if (b.failed || !identity_len)
		return false;
	module = name_table_identity(t, identity, identity_len);
	t->modules.v[module] = (struct name_module){
		.reason = reason,
		.note = strtab_get(t->texts, strtab_intern(t->texts, note.s, note.len), NULL)
	};
	good = take_texts(t, &b, &texts);
	while (good && bytes_left(&b))
		good = take_entry(t, module, &offset, &b, &texts);
	vec_release(&texts);
	return good;
}
