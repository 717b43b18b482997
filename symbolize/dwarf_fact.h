#ifndef SYMBOLIZE_DWARF_FACT_H
#define SYMBOLIZE_DWARF_FACT_H

#include <dwarf.h>
#include <stdint.h>

/* What naming asks of a DIE, of all that it may say. */
enum dwarf_fact {
	DWARF_FACT_LOW_PC,
	DWARF_FACT_HIGH_PC,
	DWARF_FACT_RANGES,
	DWARF_FACT_NAME,
	DWARF_FACT_LINKAGE_NAME,
	DWARF_FACT_ORIGIN, /* what an inlined function, or one out of line, stems from */
	DWARF_FACT_SPECIFICATION,
	DWARF_FACT_CALL_FILE,
	DWARF_FACT_CALL_LINE,
	DWARF_FACT_LINES,  /* of a unit: where its line table is */
	DWARF_FACT_FOLDER, /* of a unit: that it was compiled in */
	DWARF_FACT_SIBLING,
	DWARF_FACT_CNT, /* none of them */
};

static inline enum dwarf_fact dwarf_fact_of(uint64_t attribute)
{
	switch (attribute) {
	case DW_AT_low_pc:
		return DWARF_FACT_LOW_PC;
	case DW_AT_high_pc:
		return DWARF_FACT_HIGH_PC;
	case DW_AT_ranges:
		return DWARF_FACT_RANGES;
	case DW_AT_name:
		return DWARF_FACT_NAME;
	case DW_AT_linkage_name:
	case DW_AT_MIPS_linkage_name:
		return DWARF_FACT_LINKAGE_NAME;
	case DW_AT_abstract_origin:
		return DWARF_FACT_ORIGIN;
	case DW_AT_specification:
		return DWARF_FACT_SPECIFICATION;
	case DW_AT_call_file:
		return DWARF_FACT_CALL_FILE;
	case DW_AT_call_line:
		return DWARF_FACT_CALL_LINE;
	case DW_AT_stmt_list:
		return DWARF_FACT_LINES;
	case DW_AT_comp_dir:
		return DWARF_FACT_FOLDER;
	case DW_AT_sibling:
		return DWARF_FACT_SIBLING;
	default:
		return DWARF_FACT_CNT;
	}
}

#endif
