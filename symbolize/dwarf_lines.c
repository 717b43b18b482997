#include "symbolize/dwarf_lines.h"

#include <dwarf.h>
#include <stdbool.h>
#include <string.h>

#include "symbolize/dwarf_leb.h"
#include "symbolize/dwarf_line_table.h"
#include "symbolize/dwarf_work.h"

/* The machine of section 6.2.2 of DWARF, without what only debuggers ask for. */
struct machine {
	const struct dwarf_line_table *table;
	const struct dwarf_work *work;
	struct dwarf_place *out;
	uint64_t address;
	uint64_t file;
	uint64_t line;
	bool has_row;	      /* of this sequence, which is ... */
	uint64_t row_address; /* ... here ... */
	struct dwarf_place row;
	size_t at; /* number of the first address that is not before it */
};

static void start_sequence(struct machine *m)
{
	m->address = 0;
	m->file = 1;
	m->line = 1;
	m->has_row = false;
}

static void end_row(struct machine *m)
{
	const struct dwarf_work *w = m->work;

	for (; m->at < w->cnt && w->addresses[m->at] < m->address && dwarf_work_step(w); m->at++)
		m->out[m->at] = m->row;
}

static void put_row(struct machine *m)
{
	if (m->has_row)
		end_row(m);
	if (!m->has_row || m->address < m->row_address)
		m->at = dwarf_work_from(m->work, m->address);
	m->has_row = true;
	m->row_address = m->address;
	m->row.file = m->file;
	m->row.line = m->line <= UINT32_MAX ? (uint32_t)m->line : 0;
	m->row.is_known = true;
}

static void run_special(struct machine *m, uint8_t opcode)
{
	const struct dwarf_line_table *t = m->table;
	uint8_t step = (uint8_t)(opcode - t->opcode_base);

	m->address += (uint64_t)(step / t->line_range) * t->advance_bytes;
	m->line += (uint64_t)(t->line_base + step % t->line_range);
}

static void run_extended(struct machine *m, struct bytes *program)
{
	struct bytes b = bytes_sub(program, (size_t)dwarf_leb_take(program));

	switch (bytes_u8(&b)) {
	case DW_LNE_end_sequence:
		if (m->has_row)
			end_row(m);
		start_sequence(m);
		break;
	case DW_LNE_set_address:
		m->address = bytes_left(&b) == 4 ? bytes_u32(&b) : bytes_u64(&b);
		break;
	default:
		break; /* its operands were passed over */
	}
}

static void run_standard(struct machine *m, uint8_t opcode, struct bytes *program)
{
	const struct dwarf_line_table *t = m->table;

	switch (opcode) {
	case DW_LNS_copy:
		put_row(m);
		break;
	case DW_LNS_advance_pc:
		m->address += dwarf_leb_take(program) * t->advance_bytes;
		break;
	case DW_LNS_advance_line:
		m->line += dwarf_leb_signed(program);
		break;
	case DW_LNS_set_file:
		m->file = dwarf_leb_take(program);
		break;
	case DW_LNS_const_add_pc:
		m->address += (uint64_t)((255 - t->opcode_base) / t->line_range) * t->advance_bytes;
		break;
	case DW_LNS_fixed_advance_pc:
		m->address += bytes_u16(program);
		break;
	default:
		for (uint8_t i = 0; i < t->operand_cnts[opcode - 1]; i++)
			(void)dwarf_leb_take(program);
	}
}

void dwarf_lines_find(struct dwarf_place *out, const struct dwarf_line_table *table,
		      const struct dwarf_work *work)
{
	struct machine m = { .table = table, .work = work, .out = out };
	struct bytes program = table->program;

	memset(out, 0, work->cnt * sizeof(*out));
	start_sequence(&m);
	while (program.p < program.end && dwarf_work_step(work)) {
		uint8_t opcode = *program.p++;

		if (opcode >= table->opcode_base) {
			run_special(&m, opcode);
			put_row(&m);
		} else if (opcode) {
			run_standard(&m, opcode, &program);
		} else {
			run_extended(&m, &program);
		}
	}
}
