#include "symbolize/dwarf_functions.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "symbolize/dwarf_die.h"
#include "symbolize/dwarf_work.h"

struct walk {
	struct dwarf_functions *out;
	const struct dwarf_work *work;
	bool is_deep; /* types, and functions without a hit, are looked into, too */
};

static void walk_children(struct walk *w, Dwarf_Die *parent, uint32_t scope, unsigned depth);

static size_t paint(struct walk *w, uint32_t scope, uint64_t start, uint64_t end)
{
	const struct dwarf_work *work = w->work;
	size_t first = dwarf_work_from(work, start);
	size_t i = first;

	for (; i < work->cnt && work->addresses[i] < end && dwarf_work_step(work); i++)
		w->out->scope_of[i] = scope;
	return i - first;
}

static size_t paint_ranges(struct walk *w, struct dwarf_die *d, uint32_t scope)
{
	struct dwarf_die_ranges ranges = { 0 };
	uint64_t start;
	uint64_t end;
	size_t hit_cnt = 0;

	while (dwarf_work_step(w->work) && dwarf_die_next_range(d, &ranges, &start, &end))
		hit_cnt += paint(w, scope, start, end);
	return hit_cnt;
}

static void add_scope(struct dwarf_functions *f, struct dwarf_die *d, uint32_t parent)
{
	struct dwarf_scope *scope = vec_push(&f->scopes);

	dwarf_die_named(d, &scope->named);
	scope->parent = parent;
	scope->call_file = dwarf_die_number(d, DWARF_DIE_CALL_FILE);
	scope->call_line = dwarf_die_number(d, DWARF_DIE_CALL_LINE);
}

/* A function, or an inlined one; `parent` is what it was inlined into. */
static void visit_function(struct walk *w, Dwarf_Die *die, uint32_t parent, unsigned depth)
{
	uint32_t scope = (uint32_t)w->out->scopes.cnt;
	struct dwarf_die d;

	if (scope == DWARF_SCOPES_MAX)
		return;
	dwarf_die_read(&d, die);
	if (paint_ranges(w, &d, scope)) {
		add_scope(w->out, &d, parent);
		walk_children(w, die, scope, depth + 1);
	} else if (w->is_deep) {
		walk_children(w, die, DWARF_SCOPE_NONE, depth + 1);
	}
}

/* `scope`: of the function that is being looked into, or DWARF_SCOPE_NONE. */
static void visit(struct walk *w, Dwarf_Die *die, uint32_t scope, unsigned depth)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_subprogram:
		visit_function(w, die, DWARF_SCOPE_NONE, depth);
		break;
	case DW_TAG_inlined_subroutine:
		if (scope != DWARF_SCOPE_NONE)
			visit_function(w, die, scope, depth);
		break;
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_with_stmt:
	case DW_TAG_common_block:
	case DW_TAG_namespace:
	case DW_TAG_module:
		walk_children(w, die, scope, depth + 1);
		break;
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
	case DW_TAG_variant_part:
	case DW_TAG_variant:
		if (w->is_deep)
			walk_children(w, die, scope, depth + 1);
		break;
	default:
		break;
	}
}

/* Siblings ascend in an honest file; a reference back would go round. */
static void walk_children(struct walk *w, Dwarf_Die *parent, uint32_t scope, unsigned depth)
{
	const void *before = parent->addr;
	Dwarf_Die die;

	if (depth > DWARF_DEPTH_MAX || dwarf_child(parent, &die))
		return;
	do {
		if ((const char *)die.addr <= (const char *)before || !dwarf_work_step(w->work))
			return;
		before = die.addr;
		visit(w, &die, scope, depth);
	} while (!dwarf_siblingof(&die, &die));
}

static void walk_unit(struct walk *w, Dwarf_Die *unit)
{
	w->out->scopes.cnt = 0;
	memset(w->out->scope_of, 0xff, w->work->cnt * sizeof(*w->out->scope_of));
	walk_children(w, unit, DWARF_SCOPE_NONE, 0);
}

static bool all_have_scopes(const struct dwarf_functions *f, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++)
		if (f->scope_of[i] == DWARF_SCOPE_NONE)
			return false;
	return true;
}

/* Functions within types and within functions are rare, so the quick walk comes first. */
void dwarf_functions_find(struct dwarf_functions *out, Dwarf_Die *unit,
			  const struct dwarf_work *work)
{
	struct walk w = { .out = out, .work = work };

	*out = (struct dwarf_functions){ 0 };
	out->scope_of = mem_alloc(work->cnt + 1, sizeof(*out->scope_of));
	walk_unit(&w, unit);
	if (all_have_scopes(out, work->cnt))
		return;
	w.is_deep = true;
	walk_unit(&w, unit);
}

void dwarf_functions_release(struct dwarf_functions *f)
{
	vec_release(&f->scopes);
	free(f->scope_of);
	*f = (struct dwarf_functions){ 0 };
}
