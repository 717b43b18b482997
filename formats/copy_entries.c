#include "formats/copy_entries.h"

#include "formats/entries.h"

static uint32_t take_u32(struct bytes *b)
{
	return (uint32_t)bytes_varint_max(b, UINT32_MAX);
}

static uint32_t rows_kept(const struct trace_mappings *m)
{
	return m->cnt < TRACE_MAPPINGS_MAX ? m->cnt : TRACE_MAPPINGS_MAX;
}

static bool is_row(const struct trace_mapping *row, uint64_t end)
{
	return row->start >= end && row->end > row->start;
}

void entry_put_mappings(struct buf *out, const struct trace_mappings *m)
{
	uint64_t end = 0;
	uint32_t cnt = 0;

	for (uint32_t i = 0; i < rows_kept(m); i++) {
		if (!is_row(&m->v[i], end))
			continue;
		end = m->v[i].end;
		cnt++;
	}
	buf_varint(out, m->process);
	buf_varint(out, cnt);
	end = 0;
	for (uint32_t i = 0; i < rows_kept(m); i++) {
		const struct trace_mapping *row = &m->v[i];

		if (!is_row(row, end))
			continue;
		buf_varint(out, row->start - end);
		buf_varint(out, row->end - row->start);
		buf_varint(out, row->file_offset);
		buf_varint(out, row->module);
		end = row->end;
	}
}

bool entry_take_mappings(struct bytes *b, uint32_t *out_process, uint32_t *out_cnt)
{
	*out_process = take_u32(b);
	*out_cnt = (uint32_t)bytes_varint_max(b, TRACE_MAPPINGS_MAX);
	return !b->failed;
}

bool entry_take_mapping(struct bytes *b, uint64_t *end, struct trace_mapping *out)
{
	uint64_t step = bytes_varint(b), len = bytes_varint(b);

	out->file_offset = bytes_varint(b);
	out->module = take_u32(b);
	if (b->failed || !len || __builtin_add_overflow(*end, step, &out->start) ||
	    __builtin_add_overflow(out->start, len, &out->end))
		return false;
	*end = out->end;
	return true;
}

/* Registers are addresses near one another, or small: distances are short. */
static void put_registers(struct buf *out, const struct trace_copy *c)
{
	uint32_t cnt =
		c->register_cnt < TRACE_REGISTERS_MAX ? c->register_cnt : TRACE_REGISTERS_MAX;
	uint64_t before = 0;

	buf_varint(out, cnt);
	for (uint32_t i = 0; i < cnt; i++) {
		buf_zigzag(out, (int64_t)(c->registers[i] - before));
		before = c->registers[i];
	}
}

void entry_put_copy(struct buf *out, const struct trace_copy *c, uint64_t id_before)
{
	buf_varint(out, c->module);
	entry_put_id(out, c->mappings);
	buf_zigzag(out, (int64_t)(c->id - id_before));
	buf_varint(out, c->why);
	put_registers(out, c);
	buf_blob(out, c->bytes, c->len < TRACE_COPY_BYTES_MAX ? c->len : TRACE_COPY_BYTES_MAX);
}

bool entry_take_copy(struct bytes *b, uint64_t id_before, struct trace_copy *out,
		     uint64_t *registers)
{
	struct trace_copy c = { .module = take_u32(b), .mappings = entry_take_id(b) };
	uint64_t before = 0;

	c.id = id_before + (uint64_t)bytes_zigzag(b);
	c.why = (enum trace_reason)bytes_varint_max(b, TRACE_REASON_CNT - 1);
	c.register_cnt = (uint32_t)bytes_varint_max(b, TRACE_REGISTERS_MAX);
	for (uint32_t i = 0; i < c.register_cnt; i++)
		registers[i] = before += (uint64_t)bytes_zigzag(b);
	c.registers = registers;
	c.bytes = bytes_blob(b, TRACE_COPY_BYTES_MAX, &c.len);
	if (b->failed)
		return false;
	*out = c;
	return true;
}
