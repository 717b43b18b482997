#include "symbolize/dwarf_functions.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "symbolize/dwarf_die.h"
#include "symbolize/dwarf_entries.h"
#include "symbolize/dwarf_range_list.h"
#include "symbolize/dwarf_work.h"

struct walk {
	struct dwarf_functions *out;
	struct dwarf_entries *entries;
	const struct dwarf_work *work;
	bool is_deep; /* types, and functions without a hit, are looked into, too */
};

static size_t paint(struct walk *w, uint32_t scope, uint64_t start, uint64_t end)
{
	const struct dwarf_work *work = w->work;
	size_t first = dwarf_work_from(work, start);
	size_t i = first;

	for (; i < work->cnt && work->addresses[i] < end && dwarf_work_step(work); i++)
		w->out->scope_of[i] = scope;
	return i - first;
}

/* ---- functions ---- */

#define SCOPE_BITS                                                                                 \
	(DWARF_FACT_BIT(DWARF_FACT_LINKAGE_NAME) | DWARF_FACT_BIT(DWARF_FACT_ORIGIN) |             \
	 DWARF_FACT_BIT(DWARF_FACT_SPECIFICATION) | DWARF_FACT_BIT(DWARF_FACT_CALL_FILE) |         \
	 DWARF_FACT_BIT(DWARF_FACT_CALL_LINE))

/* By libdw, which knows all ways to say it. */
static size_t paint_odd(struct walk *w, const struct dwarf_entry *e, uint32_t scope)
{
	Dwarf_Die die = dwarf_entries_die(w->entries, e->at);
	struct dwarf_die_ranges ranges = { 0 };
	struct dwarf_die d;
	uint64_t start;
	uint64_t end;
	size_t hit_cnt = 0;

	if ((e->present | e->odd) & DWARF_FACT_BIT(DWARF_FACT_RANGES))
		dwarf_die_of_ranges(&d, &die);
	else
		dwarf_die_read(&d, &die);
	while (dwarf_work_step(w->work) && dwarf_die_next_range(&d, &ranges, &start, &end))
		hit_cnt += paint(w, scope, start, end);
	return hit_cnt;
}

/* The end may be an address, or a length from the start. */
static size_t paint_range(struct walk *w, const struct dwarf_entry *e, uint32_t scope)
{
	uint64_t start = e->values[DWARF_FACT_LOW_PC];
	uint64_t end = e->values[DWARF_FACT_HIGH_PC];

	if (!dwarf_entry_has(e, DWARF_FACT_LOW_PC) || !dwarf_entry_has(e, DWARF_FACT_HIGH_PC) ||
	    !dwarf_work_step(w->work))
		return 0;
	if (e->forms[DWARF_FACT_HIGH_PC] != DW_FORM_addr) {
		if (end > UINT64_MAX - start)
			return 0;
		end += start;
	}
	return paint(w, scope, start, end);
}

static size_t paint_ranges(struct walk *w, const struct dwarf_entry *e, uint32_t scope)
{
	struct dwarf_range_list list;
	uint64_t start;
	uint64_t end;
	size_t hit_cnt = 0;

	if (!dwarf_entries_ranges(w->entries, e, &list))
		return paint_odd(w, e, scope);
	while (dwarf_work_step(w->work) && dwarf_range_list_next(&list, &start, &end))
		hit_cnt += paint(w, scope, start, end);
	return list.is_odd ? paint_odd(w, e, scope) : hit_cnt;
}

/* How many of the addresses it has. */
static size_t paint_place(struct walk *w, const struct dwarf_entry *e, uint32_t scope)
{
	const unsigned odd = DWARF_FACT_BIT(DWARF_FACT_LOW_PC) |
			     DWARF_FACT_BIT(DWARF_FACT_HIGH_PC) | DWARF_FACT_BIT(DWARF_FACT_RANGES);

	if (dwarf_entry_has(e, DWARF_FACT_RANGES))
		return paint_ranges(w, e, scope);
	return e->odd & odd ? paint_odd(w, e, scope) : paint_range(w, e, scope);
}

static uint32_t number_of(const struct dwarf_entry *e, enum dwarf_fact fact)
{
	return dwarf_entry_has(e, fact) && e->values[fact] <= UINT32_MAX ? (uint32_t)e->values[fact]
									 : 0;
}

static void fill_odd_scope(struct dwarf_scope *scope, const struct walk *w,
			   const struct dwarf_entry *e)
{
	Dwarf_Die die = dwarf_entries_die(w->entries, e->at);
	struct dwarf_die d;

	dwarf_die_read(&d, &die);
	dwarf_die_named(&d, &scope->named);
	scope->call_file = dwarf_die_number(&d, DWARF_FACT_CALL_FILE);
	scope->call_line = dwarf_die_number(&d, DWARF_FACT_CALL_LINE);
}

static void fill_scope(struct dwarf_scope *scope, const struct walk *w, const struct dwarf_entry *e)
{
	const uint8_t *named = NULL;

	if (!dwarf_entry_has(e, DWARF_FACT_LINKAGE_NAME))
		named = dwarf_entries_origin(w->entries, e);
	scope->named = dwarf_entries_die(w->entries, named ? named : e->at);
	scope->call_file = number_of(e, DWARF_FACT_CALL_FILE);
	scope->call_line = number_of(e, DWARF_FACT_CALL_LINE);
}

/* True: it has some of the addresses, and is the scope with that number now. */
static bool add_function(struct walk *w, const struct dwarf_entry *e, uint32_t number,
			 uint32_t parent)
{
	struct dwarf_scope *scope;

	if (!paint_place(w, e, number))
		return false;
	scope = vec_push(&w->out->scopes);
	scope->parent = parent;
	if (e->odd & SCOPE_BITS)
		fill_odd_scope(scope, w, e);
	else
		fill_scope(scope, w, e);
	return true;
}

/* ---- the walk ---- */

/* A function, or an inlined one; `parent` is what it was inlined into. */
static bool enters_function(struct walk *w, const struct dwarf_entry *e, uint32_t parent,
			    uint32_t *out_scope)
{
	uint32_t scope = (uint32_t)w->out->scopes.cnt;

	if (scope == DWARF_SCOPES_MAX)
		return false;
	*out_scope = add_function(w, e, scope, parent) ? scope : DWARF_SCOPE_NONE;
	return *out_scope != DWARF_SCOPE_NONE || w->is_deep;
}

/* Whether its children are looked into; *scope: of the function that it lies in, or
 * DWARF_SCOPE_NONE, and becomes that of its children. */
static bool enters(struct walk *w, const struct dwarf_entry *e, uint32_t *scope)
{
	switch (e->tag) {
	case DW_TAG_subprogram:
		return enters_function(w, e, DWARF_SCOPE_NONE, scope);
	case DW_TAG_inlined_subroutine:
		return *scope != DWARF_SCOPE_NONE && enters_function(w, e, *scope, scope);
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_with_stmt:
	case DW_TAG_common_block:
	case DW_TAG_namespace:
	case DW_TAG_module:
		return true;
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
	case DW_TAG_variant_part:
	case DW_TAG_variant:
		return w->is_deep;
	default:
		return false;
	}
}

/* What a DIE says of its sibling counts, as it heals a list of children that is damaged. */
static void walk_siblings(struct walk *w, struct bytes *in, uint32_t outer, unsigned depth)
{
	struct dwarf_entry e;

	while (dwarf_entries_read(w->entries, in, &e) && e.tag) {
		uint32_t scope = outer;
		bool looks = enters(w, &e, &scope) && depth < DWARF_DEPTH_MAX;

		if (looks && e.has_children)
			walk_siblings(w, in, scope, depth + 1);
		if (!dwarf_entries_to_sibling(w->entries, &e, in) && !looks && e.has_children)
			dwarf_entries_pass_children(w->entries, in);
	}
}

static void walk_unit(struct walk *w)
{
	struct bytes children = w->entries->children;

	w->out->scopes.cnt = 0;
	memset(w->out->scope_of, 0xff, w->work->cnt * sizeof(*w->out->scope_of));
	walk_siblings(w, &children, DWARF_SCOPE_NONE, 0);
}

static bool all_have_scopes(const struct dwarf_functions *f, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++)
		if (f->scope_of[i] == DWARF_SCOPE_NONE)
			return false;
	return true;
}

/* Functions within types and within functions are rare, so the quick walk comes first. */
void dwarf_functions_find(struct dwarf_functions *out, struct dwarf_entries *unit,
			  const struct dwarf_work *work)
{
	struct walk w = { .out = out, .entries = unit, .work = work };

	*out = (struct dwarf_functions){ 0 };
	out->scope_of = mem_alloc(work->cnt + 1, sizeof(*out->scope_of));
	walk_unit(&w);
	if (all_have_scopes(out, work->cnt))
		return;
	w.is_deep = true;
	walk_unit(&w);
}

void dwarf_functions_release(struct dwarf_functions *f)
{
	vec_release(&f->scopes);
	free(f->scope_of);
	*f = (struct dwarf_functions){ 0 };
}
