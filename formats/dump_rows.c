#include "formats/dump_rows.h"

#include "base/text.h"

void dump_id(struct buf *out, const char *label, uint32_t id)
{
	if (id == TRACE_NONE)
		buf_printf(out, " %s -", label);
	else
		buf_printf(out, " %s %u", label, id);
}

void dump_number(struct buf *out, const char *label, uint64_t value)
{
	buf_printf(out, " %s %llu", label, (unsigned long long)value);
}

void dump_hex(struct buf *out, const char *label, uint64_t value)
{
	buf_printf(out, " %s 0x%llx", label, (unsigned long long)value);
}

void dump_text(struct buf *out, const char *label, const char *s, size_t len)
{
	buf_printf(out, " %s \"", label);
	text_visible(out, s, len);
	buf_puts(out, "\"");
}

void dump_entry_text(struct buf *out, const char *label, struct entry_text text)
{
	dump_text(out, label, text.s ? text.s : "", text.len);
}

void dump_row(struct buf *out, uint64_t id)
{
	buf_printf(out, "    #%llu", (unsigned long long)id);
}

bool dump_is_bad(struct bytes *b, bool good)
{
	b->failed |= !good;
	return !good;
}
