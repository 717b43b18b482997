#include "symbolize/dwarf_die.h"

#include <dwarf.h>
#include <stddef.h>

static int take_attribute(Dwarf_Attribute *attribute, void *arg)
{
	struct dwarf_die *d = arg;
	enum dwarf_fact fact = dwarf_fact_of(dwarf_whatattr(attribute));

	if (fact == DWARF_FACT_CNT || dwarf_die_has(d, fact))
		return DWARF_CB_OK;
	d->facts[fact] = *attribute;
	d->present |= 1u << fact;
	return DWARF_CB_OK;
}

void dwarf_die_read(struct dwarf_die *out, const Dwarf_Die *die)
{
	out->die = *die;
	out->present = 0;
	if (dwarf_getattrs(&out->die, take_attribute, out, 0) != 1)
		out->present = 0;
}

void dwarf_die_of_ranges(struct dwarf_die *out, const Dwarf_Die *die)
{
	out->die = *die;
	out->present = 1u << DWARF_FACT_RANGES;
}

bool dwarf_die_has(const struct dwarf_die *d, enum dwarf_fact fact)
{
	return d->present & 1u << fact;
}

uint32_t dwarf_die_number(const struct dwarf_die *d, enum dwarf_fact fact)
{
	Dwarf_Attribute attribute = d->facts[fact];
	Dwarf_Word value;

	if (!dwarf_die_has(d, fact) || dwarf_formudata(&attribute, &value) || value > UINT32_MAX)
		return 0;
	return (uint32_t)value;
}

/* The end may be an address, or a length from the start. */
static bool whole_range(struct dwarf_die *d, uint64_t *out_start, uint64_t *out_end)
{
	Dwarf_Addr start;
	Dwarf_Addr end;
	Dwarf_Word length;

	if (!dwarf_die_has(d, DWARF_FACT_LOW_PC) || !dwarf_die_has(d, DWARF_FACT_HIGH_PC) ||
	    dwarf_formaddr(&d->facts[DWARF_FACT_LOW_PC], &start))
		return false;
	if (dwarf_formaddr(&d->facts[DWARF_FACT_HIGH_PC], &end)) {
		if (dwarf_formudata(&d->facts[DWARF_FACT_HIGH_PC], &length) ||
		    length > UINT64_MAX - start)
			return false;
		end = start + length;
	}
	*out_start = start;
	*out_end = end;
	return true;
}

bool dwarf_die_next_range(struct dwarf_die *d, struct dwarf_die_ranges *r, uint64_t *out_start,
			  uint64_t *out_end)
{
	Dwarf_Addr start;
	Dwarf_Addr end;

	if (r->ended)
		return false;
	if (!dwarf_die_has(d, DWARF_FACT_RANGES)) {
		r->ended = true;
		return whole_range(d, out_start, out_end);
	}
	r->at = dwarf_ranges(&d->die, r->at, &r->base, &start, &end);
	r->ended = r->at <= 0;
	if (r->ended)
		return false;
	*out_start = start;
	*out_end = end;
	return true;
}

/* False: it stems from nothing. */
static bool origin_of(struct dwarf_die *d, Dwarf_Die *out)
{
	enum dwarf_fact fact =
		dwarf_die_has(d, DWARF_FACT_ORIGIN) ? DWARF_FACT_ORIGIN : DWARF_FACT_SPECIFICATION;
	Dwarf_Die origin;

	if (!dwarf_die_has(d, fact) || !dwarf_formref_die(&d->facts[fact], &origin))
		return false;
	*out = origin;
	return true;
}

void dwarf_die_named(struct dwarf_die *d, Dwarf_Die *out)
{
	if (dwarf_die_has(d, DWARF_FACT_LINKAGE_NAME) || !origin_of(d, out))
		*out = d->die;
}

static const char *text_of(struct dwarf_die *d, enum dwarf_fact fact)
{
	const char *text = dwarf_die_has(d, fact) ? dwarf_formstring(&d->facts[fact]) : NULL;

	return text && text[0] ? text : NULL;
}

const char *dwarf_die_name(const Dwarf_Die *die)
{
	struct dwarf_die d;
	Dwarf_Die at = *die;
	const char *plain = NULL;

	for (unsigned i = 0; i < DWARF_ORIGINS_MAX; i++) {
		const char *linked;

		dwarf_die_read(&d, &at);
		linked = text_of(&d, DWARF_FACT_LINKAGE_NAME);
		if (linked)
			return linked;
		if (!plain)
			plain = text_of(&d, DWARF_FACT_NAME);
		if (!origin_of(&d, &at))
			break;
	}
	return plain;
}
