#include "formats/entry_table.h"

void entry_table_start(struct entry_table *t)
{
	*t = (struct entry_table){ .known = strtab_new() };
}

void entry_table_release(struct entry_table *t)
{
	strtab_free(t->known);
	buf_release(&t->fresh);
	*t = (struct entry_table){ 0 };
}

void entry_table_restart(struct entry_table *t)
{
	entry_table_release(t);
	entry_table_start(t);
}

uint32_t entry_table_cnt(const struct entry_table *t)
{
	return strtab_cnt(t->known) - 1;
}

uint32_t entry_table_intern(struct entry_table *t, const struct buf *entry)
{
	uint32_t cnt = entry_table_cnt(t);
	uint32_t id = strtab_intern(t->known, (const char *)entry->v, entry->len) - 1;

	if (id == cnt)
		buf_put(&t->fresh, entry->v, entry->len);
	return id;
}

void entry_table_put(struct entry_table *t, struct buf *out)
{
	buf_varint(out, t->written_cnt);
	buf_put(out, t->fresh.v, t->fresh.len);
	buf_clear(&t->fresh);
	t->written_cnt = entry_table_cnt(t);
}
