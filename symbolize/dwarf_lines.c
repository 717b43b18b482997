#include "symbolize/dwarf_lines.h"

#include <dwarf.h>

#include "symbolize/dwarf_work.h"

/* The last row at or before an address has it, unless that ends a sequence. */
static void take_row(struct dwarf_place *out, Dwarf_Line *row)
{
	bool ends = true;
	int line = 0;

	if (!row || dwarf_lineendsequence(row, &ends) || ends)
		return;
	out->file = dwarf_linesrc(row, NULL, NULL);
	if (!dwarf_lineno(row, &line) && line > 0)
		out->line = (uint32_t)line;
}

void dwarf_lines_find(struct dwarf_place *out, Dwarf_Die *unit, const struct dwarf_work *work)
{
	Dwarf_Lines *rows = NULL;
	Dwarf_Line *last = NULL;
	size_t row_cnt = 0;
	size_t row = 0;

	if (dwarf_getsrclines(unit, &rows, &row_cnt))
		row_cnt = 0;
	for (size_t i = 0; i < work->cnt; i++) {
		for (; row < row_cnt && dwarf_work_step(work); row++) {
			Dwarf_Line *next = dwarf_onesrcline(rows, row);
			Dwarf_Addr start;

			if (!next || dwarf_lineaddr(next, &start) || start > work->addresses[i])
				break;
			last = next;
		}
		out[i] = (struct dwarf_place){ 0 };
		take_row(&out[i], last);
	}
}

const char *dwarf_lines_file(Dwarf_Die *unit, uint32_t number)
{
	Dwarf_Files *files;
	size_t cnt;

	if (dwarf_getsrcfiles(unit, &files, &cnt) || number >= cnt)
		return NULL;
	return dwarf_filesrc(files, number, NULL, NULL);
}

const char *dwarf_lines_folder(Dwarf_Die *unit)
{
	Dwarf_Attribute folder;

	return dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &folder));
}
