#include "formats/copy_entries.h"
#include "formats/dump_rows.h"

/* The rows of copied stacks and of the mappings that they are unwound with. */

static void dump_mapping_rows(struct buf *out, struct bytes *b, uint32_t cnt)
{
	for (uint64_t end = 0; cnt; cnt--) {
		struct trace_mapping row;

		if (dump_is_bad(b, entry_take_mapping(b, &end, &row)))
			return;
		buf_puts(out, "     ");
		dump_hex(out, "start", row.start);
		dump_hex(out, "end", row.end);
		dump_hex(out, "offset", row.file_offset);
		dump_id(out, "module", row.module);
		buf_puts(out, "\n");
	}
}

void dump_mappings(struct buf *out, struct bytes *b)
{
	for (uint64_t id = bytes_varint(b); bytes_left(b); id++) {
		uint32_t process, cnt;

		if (dump_is_bad(b, entry_take_mappings(b, &process, &cnt)))
			return;
		dump_row(out, id);
		dump_id(out, "process", process);
		dump_number(out, "rows", cnt);
		buf_puts(out, "\n");
		dump_mapping_rows(out, b, cnt);
	}
}

static void put_registers(struct buf *out, const struct trace_copy *c)
{
	buf_puts(out, "      registers");
	for (uint32_t i = 0; i < c->register_cnt; i++)
		buf_printf(out, " %llx", (unsigned long long)c->registers[i]);
	buf_puts(out, "\n");
}

void dump_copies(struct buf *out, struct bytes *b)
{
	uint64_t registers[TRACE_REGISTERS_MAX], before = 0;

	while (bytes_left(b)) {
		struct trace_copy c;

		if (dump_is_bad(b, entry_take_copy(b, before, &c, registers)))
			return;
		before = c.id;
		buf_puts(out, "   ");
		dump_id(out, "module", c.module);
		dump_id(out, "mappings", c.mappings);
		dump_number(out, "id", c.id);
		dump_number(out, "reason", c.why);
		dump_number(out, "bytes", c.len);
		buf_puts(out, "\n");
		put_registers(out, &c);
	}
}
