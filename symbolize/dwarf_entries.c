#include "symbolize/dwarf_entries.h"

#include <dwarf.h>
#include <endian.h>
#include <string.h>

#include "symbolize/dwarf_die.h"
#include "symbolize/dwarf_leb.h"
#include "symbolize/dwarf_range_list.h"
#include "symbolize/dwarf_sections.h"
#include "symbolize/dwarf_work.h"

#define LONG_DWARF UINT32_MAX /* where a length is expected: it follows, in 64 bits */

/* ---- the unit ---- */

/* What is behind its head is known from libdw, which has read it as well. */
static bool take_head(struct dwarf_entries *e, struct bytes in, struct bytes abbrevs)
{
	uint64_t len = bytes_u32(&in);
	uint8_t offset_bytes = len == LONG_DWARF ? 8 : 4;
	const uint8_t *start = e->unit.p;
	uint8_t address_bytes = 0;
	unsigned version;
	uint64_t offset;

	if (len == LONG_DWARF)
		len = bytes_u64(&in);
	in = bytes_sub(&in, len);
	e->unit = (struct bytes){ .p = start, .end = in.end };
	e->version = version = bytes_u16(&in);
	if (version >= 5) {
		(void)bytes_u8(&in); /* type of the unit */
		address_bytes = bytes_u8(&in);
	}
	offset = offset_bytes == 8 ? bytes_u64(&in) : bytes_u32(&in);
	if (version < 5)
		address_bytes = bytes_u8(&in);
	(void)bytes_take(&abbrevs, offset);
	dwarf_abbrevs_turn(&e->abbrevs, abbrevs, version, address_bytes, offset_bytes);
	return !in.failed && !abbrevs.failed && version >= 2 && version <= 5 &&
	       (address_bytes == 4 || address_bytes == 8);
}

bool dwarf_entries_turn(struct dwarf_entries *e, const struct dwarf_sections *sections,
			Dwarf_Die *unit, const struct dwarf_work *work)
{
	size_t offset = dwarf_dieoffset(unit);
	size_t in_unit = dwarf_cuoffset(unit);

	e->sections = sections;
	e->work = work;
	e->die = *unit;
	e->unit = sections->info;
	if (offset >= bytes_left(&e->unit) || in_unit > offset ||
	    e->unit.p + offset != (const uint8_t *)unit->addr)
		return false;
	e->unit.p += offset - in_unit;
	if (!take_head(e, e->unit, sections->abbrev) || in_unit > bytes_left(&e->unit))
		return false;
	e->children = e->unit;
	e->children.p += in_unit;
	if (!dwarf_entries_read(e, &e->children, &e->root))
		return false;
	if (!e->root.has_children)
		e->children.p = e->children.end;
	return true;
}

void dwarf_entries_release(struct dwarf_entries *e)
{
	dwarf_abbrevs_release(&e->abbrevs);
}

/* ---- values ---- */

static bool skip(struct bytes *in, uint64_t len)
{
	if (len > (uint64_t)(in->end - in->p)) {
		in->failed = true;
		return false;
	}
	in->p += len;
	return true;
}

/* Of one of the fixed sizes that a fact can have. */
static uint64_t take_fixed(struct bytes *in, unsigned len)
{
	const uint8_t *at = in->p;
	uint64_t value = 0;

	if (!skip(in, len))
		return 0;
	switch (len) {
	case 1:
		return *at;
	case 4: {
		uint32_t word;

		memcpy(&word, at, sizeof(word));
		return le32toh(word);
	}
	default:
		for (unsigned i = 0; i < len && i < 8; i++)
			value |= (uint64_t)at[i] << (8 * i);
		return value;
	}
}

static void skip_text(struct bytes *in)
{
	const uint8_t *end = memchr(in->p, '\0', bytes_left(in));

	in->failed |= !end;
	in->p = end ? end + 1 : in->end;
}

static void skip_leb(struct bytes *in)
{
	while (in->p < in->end && *in->p & 0x80)
		in->p++;
	(void)skip(in, 1);
}

/* One of a size that only it tells; what it is worth, if it is an unsigned number. */
static uint64_t take_varying(struct bytes *in, unsigned form)
{
	switch (form) {
	case DW_FORM_udata:
	case DW_FORM_ref_udata:
		return dwarf_leb_take(in);
	case DW_FORM_sdata:
	case DW_FORM_strx:
	case DW_FORM_addrx:
	case DW_FORM_loclistx:
	case DW_FORM_rnglistx:
	case DW_FORM_GNU_addr_index:
	case DW_FORM_GNU_str_index:
		skip_leb(in);
		break;
	case DW_FORM_string:
		skip_text(in);
		break;
	case DW_FORM_exprloc:
	case DW_FORM_block:
		(void)skip(in, dwarf_leb_take(in));
		break;
	case DW_FORM_block1:
		(void)skip(in, take_fixed(in, 1));
		break;
	case DW_FORM_block2:
		(void)skip(in, take_fixed(in, 2));
		break;
	case DW_FORM_block4:
		(void)skip(in, take_fixed(in, 4));
		break;
	default:
		in->failed = true;
	}
	return 0;
}

/* The form stands before the value; it may be any but the same again. */
static void skip_indirect(const struct dwarf_abbrevs *a, struct bytes *in)
{
	uint64_t form = dwarf_leb_take(in);
	uint8_t bytes = dwarf_abbrevs_form_bytes(a, form);

	if (bytes != DWARF_FIELD_VARIES)
		(void)skip(in, bytes);
	else
		(void)take_varying(in, form <= UINT16_MAX ? (unsigned)form : 0);
}

/* ---- one DIE ---- */

/* Where it starts in the unit. */
static uint64_t take_string(const struct dwarf_entries *e, struct bytes *in)
{
	uint64_t start = (uint64_t)(in->p - e->unit.p);

	skip_text(in);
	return start;
}

static void take_field(struct dwarf_entries *e, struct bytes *in, const struct dwarf_field *field,
		       struct dwarf_entry *out)
{
	uint64_t value = field->constant;

	if (!skip(in, field->skip))
		return;
	if (field->form == DW_FORM_indirect)
		skip_indirect(&e->abbrevs, in);
	else if (field->form == DW_FORM_string)
		value = take_string(e, in);
	else if (field->bytes == DWARF_FIELD_VARIES)
		value = take_varying(in, field->form);
	else if (field->bytes)
		value = take_fixed(in, field->bytes);
	if (field->fact == DWARF_FACT_CNT)
		return;
	out->forms[field->fact] = field->form;
	out->values[field->fact] = value;
}

bool dwarf_entries_read(struct dwarf_entries *e, struct bytes *in, struct dwarf_entry *out)
{
	const uint8_t *at = in->p;
	uint64_t code = dwarf_leb_take(in);
	const struct dwarf_abbrev *abbrev;

	if (in->failed || !dwarf_work_step(e->work))
		return false;
	out->at = at;
	out->tag = 0;
	if (!code)
		return true;
	abbrev = dwarf_abbrevs_find(&e->abbrevs, code, e->work);
	if (!abbrev) {
		in->failed = true;
		return false;
	}
	out->tag = abbrev->tag;
	out->present = abbrev->present;
	out->has_children = abbrev->has_children;
	out->odd = abbrev->odd;
	for (uint32_t i = 0; i < abbrev->field_cnt && !in->failed; i++)
		take_field(e, in, &e->abbrevs.fields.v[abbrev->first + i], out);
	(void)skip(in, abbrev->tail);
	return !in->failed;
}

bool dwarf_entries_to_sibling(const struct dwarf_entries *e, const struct dwarf_entry *entry,
			      struct bytes *in)
{
	uint64_t offset = entry->values[DWARF_FACT_SIBLING];

	if (!dwarf_entry_has(entry, DWARF_FACT_SIBLING) ||
	    offset <= (uint64_t)(entry->at - e->unit.p) || offset >= bytes_left(&e->unit))
		return false;
	*in = (struct bytes){ .p = e->unit.p + offset, .end = e->unit.end };
	return true;
}

void dwarf_entries_pass_children(struct dwarf_entries *e, struct bytes *in)
{
	struct dwarf_entry entry;
	uint64_t depth = 1;

	while (depth && dwarf_entries_read(e, in, &entry)) {
		if (!entry.tag)
			depth--;
		else if (!dwarf_entries_to_sibling(e, &entry, in))
			depth += entry.has_children;
	}
}

/* ---- for libdw ---- */

/* A DIE of libdw is a place and the unit that it lies in; its abbreviation is looked up there. */
Dwarf_Die dwarf_entries_die(const struct dwarf_entries *e, const uint8_t *at)
{
	Dwarf_Die die = e->die;

	die.addr = (void *)at;
	die.abbrev = NULL;
	return die;
}

const uint8_t *dwarf_entries_origin(const struct dwarf_entries *e, const struct dwarf_entry *entry)
{
	enum dwarf_fact fact = dwarf_entry_has(entry, DWARF_FACT_ORIGIN) ? DWARF_FACT_ORIGIN
									 : DWARF_FACT_SPECIFICATION;

	if (!dwarf_entry_has(entry, fact) || entry->values[fact] >= bytes_left(&e->unit))
		return NULL;
	return e->unit.p + entry->values[fact];
}

/* Before DWARF 5 they are coded in another way, and stand in another section. */
bool dwarf_entries_ranges(const struct dwarf_entries *e, const struct dwarf_entry *entry,
			  struct dwarf_range_list *out)
{
	struct bytes in = e->sections->rnglists;

	if (e->version < 5 || !dwarf_entry_has(entry, DWARF_FACT_RANGES) ||
	    !dwarf_entry_has(&e->root, DWARF_FACT_LOW_PC) ||
	    !bytes_take(&in, entry->values[DWARF_FACT_RANGES]))
		return false;
	*out = (struct dwarf_range_list){
		.in = in,
		.base = e->root.values[DWARF_FACT_LOW_PC],
		.address_bytes = e->abbrevs.address_bytes,
	};
	return true;
}

/* ---- names ---- */

const char *dwarf_entries_text(const struct dwarf_entries *e, const struct dwarf_entry *entry,
			       enum dwarf_fact fact)
{
	const char *text;

	if (!dwarf_entry_has(entry, fact))
		return NULL;
	switch (entry->forms[fact]) {
	case DW_FORM_strp:
		text = dwarf_sections_text(e->sections->str, entry->values[fact]);
		break;
	case DW_FORM_line_strp:
		text = dwarf_sections_text(e->sections->line_str, entry->values[fact]);
		break;
	default:
		text = (const char *)e->unit.p + entry->values[fact];
	}
	return text[0] ? text : NULL;
}

/* False: only libdw can tell. */
static bool read_name(struct dwarf_entries *e, const uint8_t *at, const char **out)
{
	const unsigned needed =
		DWARF_FACT_BIT(DWARF_FACT_NAME) | DWARF_FACT_BIT(DWARF_FACT_LINKAGE_NAME) |
		DWARF_FACT_BIT(DWARF_FACT_ORIGIN) | DWARF_FACT_BIT(DWARF_FACT_SPECIFICATION);
	const char *plain = NULL;

	for (unsigned i = 0; i < DWARF_ORIGINS_MAX && at; i++) {
		struct bytes in = { .p = at, .end = e->unit.end };
		struct dwarf_entry entry;
		const char *linked;

		if (!dwarf_entries_read(e, &in, &entry) || entry.tag != DW_TAG_subprogram ||
		    entry.odd & needed)
			return false;
		linked = dwarf_entries_text(e, &entry, DWARF_FACT_LINKAGE_NAME);
		if (!plain)
			plain = dwarf_entries_text(e, &entry, DWARF_FACT_NAME);
		if (linked)
			plain = linked;
		at = linked ? NULL : dwarf_entries_origin(e, &entry);
	}
	*out = plain;
	return true;
}

const char *dwarf_entries_name(struct dwarf_entries *e, const Dwarf_Die *die)
{
	const uint8_t *at = die->addr;
	const char *name;

	if (die->cu == e->die.cu && read_name(e, at, &name))
		return name;
	return dwarf_die_name(die);
}
