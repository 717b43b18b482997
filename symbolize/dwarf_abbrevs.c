#include "symbolize/dwarf_abbrevs.h"

#include <dwarf.h>

#include "symbolize/dwarf_leb.h"
#include "symbolize/dwarf_work.h"

void dwarf_abbrevs_init(struct dwarf_abbrevs *out, struct bytes rest, unsigned version,
			uint8_t address_bytes, uint8_t offset_bytes)
{
	*out = (struct dwarf_abbrevs){
		.rest = rest,
		.address_bytes = address_bytes,
		.offset_bytes = offset_bytes,
		.reference_bytes = version == 2 ? address_bytes : offset_bytes,
	};
}

void dwarf_abbrevs_release(struct dwarf_abbrevs *a)
{
	vec_release(&a->abbrevs);
	vec_release(&a->fields);
	idmap_release(&a->numbers);
	*a = (struct dwarf_abbrevs){ 0 };
}

/* ---- forms ---- */

uint8_t dwarf_abbrevs_form_bytes(const struct dwarf_abbrevs *a, uint64_t form)
{
	switch (form) {
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_data1:
	case DW_FORM_ref1:
	case DW_FORM_flag:
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
		return 1;
	case DW_FORM_data2:
	case DW_FORM_ref2:
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return 2;
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		return 3;
	case DW_FORM_data4:
	case DW_FORM_ref4:
	case DW_FORM_ref_sup4:
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
		return 4;
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sig8:
	case DW_FORM_ref_sup8:
		return 8;
	case DW_FORM_data16:
		return 16;
	case DW_FORM_addr:
		return a->address_bytes;
	case DW_FORM_ref_addr:
		return a->reference_bytes;
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_strp_sup:
	case DW_FORM_sec_offset:
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_GNU_strp_alt:
		return a->offset_bytes;
	default:
		return DWARF_FIELD_VARIES;
	}
}

static bool is_number(uint64_t form)
{
	switch (form) {
	case DW_FORM_data1:
	case DW_FORM_data2:
	case DW_FORM_data4:
	case DW_FORM_data8:
	case DW_FORM_udata:
	case DW_FORM_implicit_const:
		return true;
	default:
		return false;
	}
}

static bool is_reference(uint64_t form)
{
	switch (form) {
	case DW_FORM_ref1:
	case DW_FORM_ref2:
	case DW_FORM_ref4:
	case DW_FORM_ref8:
	case DW_FORM_ref_udata:
		return true;
	default:
		return false;
	}
}

/* Whether a value of that form is read here. */
static bool is_plain(enum dwarf_entry_fact fact, uint64_t form)
{
	switch (fact) {
	case DWARF_ENTRY_LOW_PC:
		return form == DW_FORM_addr;
	case DWARF_ENTRY_HIGH_PC:
		return form == DW_FORM_addr || is_number(form);
	case DWARF_ENTRY_CALL_FILE:
	case DWARF_ENTRY_CALL_LINE:
		return is_number(form);
	case DWARF_ENTRY_LINKAGE_NAME:
		return true;
	default:
		return is_reference(form);
	}
}

/* ---- attributes ---- */

/* Of a function, or of one that was inlined. */
static enum dwarf_entry_fact fact_of_function(uint64_t attribute)
{
	switch (attribute) {
	case DW_AT_low_pc:
		return DWARF_ENTRY_LOW_PC;
	case DW_AT_high_pc:
		return DWARF_ENTRY_HIGH_PC;
	case DW_AT_abstract_origin:
		return DWARF_ENTRY_ORIGIN;
	case DW_AT_specification:
		return DWARF_ENTRY_SPECIFICATION;
	case DW_AT_call_file:
		return DWARF_ENTRY_CALL_FILE;
	case DW_AT_call_line:
		return DWARF_ENTRY_CALL_LINE;
	case DW_AT_linkage_name:
	case DW_AT_MIPS_linkage_name:
		return DWARF_ENTRY_LINKAGE_NAME;
	default:
		return DWARF_ENTRY_NONE;
	}
}

/* The first of its kind counts. */
static enum dwarf_entry_fact take_fact(struct dwarf_abbrev *abbrev, uint64_t attribute,
				       uint64_t form)
{
	bool is_function =
		abbrev->tag == DW_TAG_subprogram || abbrev->tag == DW_TAG_inlined_subroutine;
	enum dwarf_entry_fact fact = DWARF_ENTRY_NONE;

	if (attribute == DW_AT_sibling)
		fact = DWARF_ENTRY_SIBLING;
	else if (is_function)
		fact = fact_of_function(attribute);
	abbrev->is_odd |= is_function && attribute == DW_AT_ranges;
	if (fact == DWARF_ENTRY_NONE || abbrev->present & 1u << fact)
		return DWARF_ENTRY_NONE;
	if (!is_plain(fact, form)) {
		abbrev->is_odd |= fact != DWARF_ENTRY_SIBLING;
		return DWARF_ENTRY_NONE;
	}
	abbrev->present |= (uint16_t)(1u << fact);
	if (fact == DWARF_ENTRY_HIGH_PC && form == DW_FORM_addr)
		abbrev->present |= 1u << DWARF_ENTRY_END_IS_ADDRESS;
	return fact < DWARF_ENTRY_FACT_CNT ? fact : DWARF_ENTRY_NONE;
}

static void add_attribute(struct dwarf_abbrevs *a, struct dwarf_abbrev *abbrev, uint64_t attribute,
			  uint64_t form)
{
	enum dwarf_entry_fact fact = take_fact(abbrev, attribute, form);
	uint8_t bytes = dwarf_abbrevs_form_bytes(a, form);
	uint64_t constant = form == DW_FORM_implicit_const ? dwarf_leb_signed(&a->rest) : 0;

	if (fact == DWARF_ENTRY_NONE && bytes != DWARF_FIELD_VARIES) {
		abbrev->tail += bytes;
		return;
	}
	*vec_push(&a->fields) = (struct dwarf_field){
		.skip = abbrev->tail,
		.constant = constant,
		.form = form <= UINT16_MAX ? (uint16_t)form : 0,
		.bytes = bytes,
		.fact = fact,
	};
	abbrev->field_cnt++;
	abbrev->tail = 0;
}

/* ---- the table ---- */

/* False: that was the last, or it is malformed. */
static bool decode_next(struct dwarf_abbrevs *a, const struct dwarf_work *work)
{
	struct dwarf_abbrev abbrev = { .code = bytes_varint(&a->rest) };
	uint64_t attribute;
	uint64_t form;
	uint64_t tag;

	if (!abbrev.code || !dwarf_work_step(work))
		return false;
	tag = bytes_varint(&a->rest);
	abbrev.tag = tag <= UINT16_MAX ? (uint16_t)tag : 0;
	abbrev.has_children = bytes_u8(&a->rest) == DW_CHILDREN_yes;
	abbrev.first = (uint32_t)a->fields.cnt;
	for (;;) {
		attribute = bytes_varint(&a->rest);
		form = bytes_varint(&a->rest);
		if (a->rest.failed || !dwarf_work_step(work) || a->fields.cnt == UINT32_MAX)
			return false;
		if (!attribute && !form)
			break;
		add_attribute(a, &abbrev, attribute, form);
	}
	if (abbrev.code != a->abbrevs.cnt + 1 && a->abbrevs.cnt < IDMAP_NONE &&
	    idmap_find(&a->numbers, abbrev.code, 0) == IDMAP_NONE)
		idmap_set(&a->numbers, abbrev.code, 0, (uint32_t)a->abbrevs.cnt);
	*vec_push(&a->abbrevs) = abbrev;
	return true;
}

static const struct dwarf_abbrev *find_decoded(const struct dwarf_abbrevs *a, uint64_t code)
{
	uint32_t number;

	if (code - 1 < a->abbrevs.cnt && a->abbrevs.v[code - 1].code == code)
		return &a->abbrevs.v[code - 1];
	number = a->numbers.cnt ? idmap_find(&a->numbers, code, 0) : IDMAP_NONE;
	return number != IDMAP_NONE ? &a->abbrevs.v[number] : NULL;
}

const struct dwarf_abbrev *dwarf_abbrevs_find(struct dwarf_abbrevs *a, uint64_t code,
					      const struct dwarf_work *work)
{
	const struct dwarf_abbrev *found = find_decoded(a, code);

	while (!found && bytes_left(&a->rest)) {
		if (!decode_next(a, work))
			a->rest.p = a->rest.end;
		else if (a->abbrevs.v[a->abbrevs.cnt - 1].code == code)
			found = &a->abbrevs.v[a->abbrevs.cnt - 1];
	}
	return found;
}
