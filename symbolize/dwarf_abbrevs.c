#include "symbolize/dwarf_abbrevs.h"

#include <dwarf.h>

#include "symbolize/dwarf_leb.h"
#include "symbolize/dwarf_work.h"

void dwarf_abbrevs_turn(struct dwarf_abbrevs *a, struct bytes table, unsigned version,
			uint8_t address_bytes, uint8_t offset_bytes)
{
	uint8_t reference_bytes = version == 2 ? address_bytes : offset_bytes;

	if (a->start == table.p && a->address_bytes == address_bytes &&
	    a->offset_bytes == offset_bytes && a->reference_bytes == reference_bytes)
		return;
	a->start = table.p;
	a->rest = table;
	a->address_bytes = address_bytes;
	a->offset_bytes = offset_bytes;
	a->reference_bytes = reference_bytes;
	a->abbrevs.cnt = 0;
	a->fields.cnt = 0;
	if (a->numbers.cnt)
		idmap_clear(&a->numbers);
}

void dwarf_abbrevs_release(struct dwarf_abbrevs *a)
{
	vec_release(&a->abbrevs);
	vec_release(&a->fields);
	idmap_release(&a->numbers);
	*a = (struct dwarf_abbrevs){ 0 };
}

/* ---- forms ---- */

#define NEVER_MORE 16 /* bytes of a value of a fixed size; what is above stands for ... */
#define ADDRESS (NEVER_MORE + 1)
#define OFFSET (NEVER_MORE + 2)
#define REFERENCE (NEVER_MORE + 3)
#define VARIES (NEVER_MORE + 4)

static uint8_t size_of_form(uint64_t form)
{
	/* One more than the size, so that a form which is not here varies. */
	static const uint8_t sizes[] = {
		[DW_FORM_flag_present] = 1,
		[DW_FORM_implicit_const] = 1,
		[DW_FORM_data1] = 2,
		[DW_FORM_ref1] = 2,
		[DW_FORM_flag] = 2,
		[DW_FORM_strx1] = 2,
		[DW_FORM_addrx1] = 2,
		[DW_FORM_data2] = 3,
		[DW_FORM_ref2] = 3,
		[DW_FORM_strx2] = 3,
		[DW_FORM_addrx2] = 3,
		[DW_FORM_strx3] = 4,
		[DW_FORM_addrx3] = 4,
		[DW_FORM_data4] = 5,
		[DW_FORM_ref4] = 5,
		[DW_FORM_ref_sup4] = 5,
		[DW_FORM_strx4] = 5,
		[DW_FORM_addrx4] = 5,
		[DW_FORM_data8] = 9,
		[DW_FORM_ref8] = 9,
		[DW_FORM_ref_sig8] = 9,
		[DW_FORM_ref_sup8] = 9,
		[DW_FORM_data16] = 17,
		[DW_FORM_addr] = ADDRESS + 1,
		[DW_FORM_strp] = OFFSET + 1,
		[DW_FORM_line_strp] = OFFSET + 1,
		[DW_FORM_strp_sup] = OFFSET + 1,
		[DW_FORM_sec_offset] = OFFSET + 1,
		[DW_FORM_ref_addr] = REFERENCE + 1,
	};

	if (form < sizeof(sizes))
		return sizes[form] ? sizes[form] - 1 : VARIES;
	return form == DW_FORM_GNU_ref_alt || form == DW_FORM_GNU_strp_alt ? OFFSET : VARIES;
}

uint8_t dwarf_abbrevs_form_bytes(const struct dwarf_abbrevs *a, uint64_t form)
{
	uint8_t size = size_of_form(form);

	switch (size) {
	case ADDRESS:
		return a->address_bytes;
	case OFFSET:
		return a->offset_bytes;
	case REFERENCE:
		return a->reference_bytes;
	case VARIES:
		return DWARF_FIELD_VARIES;
	default:
		return size;
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
static bool is_plain(enum dwarf_fact fact, uint64_t form)
{
	switch (fact) {
	case DWARF_FACT_LOW_PC:
		return form == DW_FORM_addr;
	case DWARF_FACT_HIGH_PC:
		return form == DW_FORM_addr || is_number(form);
	case DWARF_FACT_CALL_FILE:
	case DWARF_FACT_CALL_LINE:
		return is_number(form);
	case DWARF_FACT_LINES:
		return form == DW_FORM_sec_offset || form == DW_FORM_data4 || form == DW_FORM_data8;
	case DWARF_FACT_NAME:
	case DWARF_FACT_LINKAGE_NAME:
	case DWARF_FACT_FOLDER:
		return form == DW_FORM_string || form == DW_FORM_strp || form == DW_FORM_line_strp;
	case DWARF_FACT_RANGES:
		return form == DW_FORM_sec_offset;
	default:
		return is_reference(form);
	}
}

/* ---- attributes ---- */

/* Of a function, of one that was inlined, of a unit; of all others only where the next one is. */
static bool is_asked(unsigned tag)
{
	switch (tag) {
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_compile_unit:
	case DW_TAG_skeleton_unit:
		return true;
	default:
		return false;
	}
}

/* The first of its kind counts. */
static enum dwarf_fact take_fact(struct dwarf_abbrev *abbrev, uint64_t attribute, uint64_t form)
{
	enum dwarf_fact fact = dwarf_fact_of(attribute);
	uint16_t bit = (uint16_t)(1u << fact);

	if (fact == DWARF_FACT_CNT || (abbrev->present | abbrev->odd) & bit)
		return DWARF_FACT_CNT;
	if (!is_plain(fact, form)) {
		abbrev->odd |= bit;
		return DWARF_FACT_CNT;
	}
	abbrev->present |= bit;
	return fact;
}

static void add_attribute(struct dwarf_abbrevs *a, struct dwarf_abbrev *abbrev, uint64_t attribute,
			  uint64_t form)
{
	enum dwarf_fact fact = DWARF_FACT_CNT;
	uint8_t bytes = dwarf_abbrevs_form_bytes(a, form);
	uint64_t constant = form == DW_FORM_implicit_const ? dwarf_leb_signed(&a->rest) : 0;

	if (attribute == DW_AT_sibling || is_asked(abbrev->tag))
		fact = take_fact(abbrev, attribute, form);
	if (fact == DWARF_FACT_CNT && bytes != DWARF_FIELD_VARIES) {
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
	struct dwarf_abbrev abbrev = { .code = dwarf_leb_take(&a->rest) };
	uint64_t attribute;
	uint64_t form;
	uint64_t tag;

	if (!abbrev.code || !dwarf_work_step(work))
		return false;
	tag = dwarf_leb_take(&a->rest);
	abbrev.tag = tag <= UINT16_MAX ? (uint16_t)tag : 0;
	abbrev.has_children = bytes_u8(&a->rest) == DW_CHILDREN_yes;
	abbrev.first = (uint32_t)a->fields.cnt;
	for (;;) {
		attribute = dwarf_leb_take(&a->rest);
		form = dwarf_leb_take(&a->rest);
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

	while (!found && a->rest.p < a->rest.end) {
		if (!decode_next(a, work))
			a->rest.p = a->rest.end;
		else if (a->abbrevs.v[a->abbrevs.cnt - 1].code == code)
			found = &a->abbrevs.v[a->abbrevs.cnt - 1];
	}
	return found;
}
