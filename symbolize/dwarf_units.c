#include "symbolize/dwarf_units.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "symbolize/dwarf_die.h"
#include "symbolize/dwarf_work.h"

#define NO_UNIT UINT64_MAX

struct claims {
	const struct dwarf_work *work;
	uint64_t *unit_of; /* for each address: offset of a unit's DIE, or NO_UNIT */
};

static void claim(struct claims *c, uint64_t unit, uint64_t start, uint64_t end)
{
	const struct dwarf_work *w = c->work;

	for (size_t i = dwarf_work_from(w, start);
	     i < w->cnt && w->addresses[i] < end && dwarf_work_step(w); i++)
		if (unit < c->unit_of[i])
			c->unit_of[i] = unit;
}

/* `listed` is told of each unit that is in the list. */
static void claim_by_list(struct claims *c, Dwarf *dwarf, struct idmap *listed)
{
	Dwarf_Aranges *list;
	size_t cnt;

	if (dwarf_getaranges(dwarf, &list, &cnt))
		return;
	for (size_t i = 0; i < cnt && dwarf_work_step(c->work); i++) {
		Dwarf_Addr start;
		Dwarf_Word length;
		Dwarf_Off unit;

		if (dwarf_getarangeinfo(dwarf_onearange(list, i), &start, &length, &unit))
			continue;
		if (listed->cnt < DWARF_UNITS_MAX)
			idmap_set(listed, unit, 0, 0);
		claim(c, unit, start, length > UINT64_MAX - start ? UINT64_MAX : start + length);
	}
}

static void claim_by_die(struct claims *c, const Dwarf_Die *die)
{
	struct dwarf_die_ranges ranges = { 0 };
	struct dwarf_die d;
	uint64_t start;
	uint64_t end;

	dwarf_die_read(&d, die);
	while (dwarf_work_step(c->work) && dwarf_die_next_range(&d, &ranges, &start, &end))
		claim(c, dwarf_dieoffset(&d.die), start, end);
}

static void claim_all(struct claims *c, Dwarf *dwarf)
{
	struct idmap listed = { 0 };
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	uint8_t type;

	claim_by_list(c, dwarf, &listed);
	for (size_t i = 0; i < DWARF_UNITS_MAX && dwarf_work_step(c->work); i++) {
		if (dwarf_get_units(dwarf, unit, &unit, NULL, &type, &die, NULL))
			break;
		if (type != DW_UT_compile && type != DW_UT_skeleton)
			continue;
		if (idmap_find(&listed, dwarf_dieoffset(&die), 0) == IDMAP_NONE)
			claim_by_die(c, &die);
	}
	idmap_release(&listed);
}

struct member {
	uint64_t unit;
	uint32_t address; /* its number */
};

static int by_unit(const void *left, const void *right)
{
	const struct member *a = left;
	const struct member *b = right;

	if (a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	return a->address < b->address ? -1 : a->address > b->address;
}

static void add_unit(struct dwarf_units *u, Dwarf *dwarf, const struct member *members, size_t cnt)
{
	struct dwarf_unit unit = { .first = u->members.cnt, .cnt = cnt };

	if (!dwarf_offdie(dwarf, members[0].unit, &unit.die))
		return;
	vec_reserve(&u->members, cnt);
	for (size_t i = 0; i < cnt; i++)
		*vec_push(&u->members) = members[i].address;
	*vec_push(&u->units) = unit;
}

static void group(struct dwarf_units *u, Dwarf *dwarf, const struct claims *c)
{
	struct member *members = mem_alloc(c->work->cnt + 1, sizeof(*members));
	size_t member_cnt = 0;

	for (size_t i = 0; i < c->work->cnt; i++)
		if (c->unit_of[i] != NO_UNIT)
			members[member_cnt++] = (struct member){ c->unit_of[i], (uint32_t)i };
	qsort(members, member_cnt, sizeof(*members), by_unit);
	for (size_t i = 0, end; i < member_cnt; i = end) {
		for (end = i; end < member_cnt && members[end].unit == members[i].unit;)
			end++;
		add_unit(u, dwarf, &members[i], end - i);
	}
	free(members);
}

void dwarf_units_find(struct dwarf_units *out, Dwarf *dwarf, const struct dwarf_work *work)
{
	struct claims c = { .work = work };

	*out = (struct dwarf_units){ 0 };
	c.unit_of = mem_alloc(work->cnt + 1, sizeof(*c.unit_of));
	memset(c.unit_of, 0xff, work->cnt * sizeof(*c.unit_of));
	claim_all(&c, dwarf);
	group(out, dwarf, &c);
	free(c.unit_of);
}

void dwarf_units_release(struct dwarf_units *u)
{
	vec_release(&u->units);
	vec_release(&u->members);
}
