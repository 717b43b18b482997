#include "render/flame_pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"
#include "render/flame_boxes.h"
#include "render/packed_number.h"
#include "render/palette.h"

/* A line of the name table: a frame's name, or a module's (family 0). */
struct pack_name {
	const char *text;
	size_t len;
	uint32_t text_id;
	uint32_t module_id; /* text id; 0: none */
	uint8_t family;
	uint32_t made; /* place among the names as they were met */
};

struct pack {
	const struct call_tree *tree;
	struct idmap ids; /* (text id, module id and family) to `made` */
	struct {
		VEC(struct pack_name);
	} names;
	uint32_t *rank; /* by `made`: place in the sorted table */
};

static uint8_t family_of(const struct call_node *n)
{
	return (uint8_t)palette_family_of(n->kind, n->unnamed, n->role);
}

static uint32_t intern(struct pack *p, uint32_t text_id, uint32_t module_id, uint8_t family)
{
	uint32_t made = (uint32_t)p->names.cnt;
	uint32_t got = idmap_intern(&p->ids, text_id, (uint64_t)module_id << 8 | family, made);

	if (got == made) {
		struct pack_name name = {
			.text_id = text_id, .module_id = module_id, .family = family, .made = made
		};

		name.text = strtab_get(p->tree->texts, text_id, &name.len);
		*vec_push(&p->names) = name;
	}
	return got;
}

static void gather_names(struct pack *p, const struct flame_boxes *b)
{
	for (size_t i = 0; i < b->boxes.cnt; i++) {
		uint32_t node = b->boxes.v[i].node;

		if (node == FLAME_BOX_STRIP || node == 0)
			continue;
		const struct call_node *n = &p->tree->nodes[node];

		intern(p, n->name, n->module, family_of(n));
		if (n->module)
			intern(p, n->module, 0, 0);
	}
}

static int compare_names(const void *left, const void *right)
{
	const struct pack_name *a = left, *b = right;
	int order = text_compare(a->text, a->len, b->text, b->len);

	if (!order)
		order = (a->family > b->family) - (a->family < b->family);
	return order ? order : (a->made > b->made) - (a->made < b->made);
}

static void sort_names(struct pack *p)
{
	if (!p->names.cnt)
		return;
	qsort(p->names.v, p->names.cnt, sizeof(*p->names.v), compare_names);
	p->rank = mem_alloc(p->names.cnt, sizeof(*p->rank));
	for (size_t i = 0; i < p->names.cnt; i++)
		p->rank[p->names.v[i].made] = (uint32_t)i;
}

/* Only plain characters are shared: one byte each, and one unit of the script's strings. */
static size_t shared_len(const struct buf *before, const struct buf *now)
{
	size_t len = 0;

	while (len < before->len && len < now->len && before->v[len] == now->v[len] &&
	       now->v[len] < 0x80)
		len++;
	return len;
}

static uint64_t place_of(struct pack *p, uint32_t text_id, uint32_t module_id, uint8_t family)
{
	return 1 + (uint64_t)p->rank[intern(p, text_id, module_id, family)];
}

static void put_names(struct buf *out, struct pack *p)
{
	struct buf shown[2] = { 0 };

	buf_printf(out, "names %zu\n", p->names.cnt);
	for (size_t i = 0; i < p->names.cnt; i++) {
		const struct pack_name *n = &p->names.v[i];
		struct buf *now = &shown[i % 2], *before = &shown[(i + 1) % 2];

		buf_clear(now);
		text_visible(now, n->text, n->len);
		size_t shared = shared_len(before, now);
		packed_number(out, shared);
		packed_number(out, n->family);
		packed_number(out, palette_shade(n->text, n->len));
		packed_number(out, n->module_id ? place_of(p, n->module_id, 0, 0) : 0);
		text_xml(out, (const char *)now->v + shared, now->len - shared);
		buf_u8(out, '\n');
	}
	buf_release(&shown[0]);
	buf_release(&shown[1]);
}

static void put_tree(struct buf *out, struct pack *p, const struct flame_boxes *b)
{
	uint32_t next_depth = 1;

	buf_puts(out, "tree\n");
	for (size_t i = 1; i < b->boxes.cnt; i++) {
		const struct flame_box *box = &b->boxes.v[i];
		bool is_strip = box->node == FLAME_BOX_STRIP;
		const struct call_node *n = is_strip ? NULL : &p->tree->nodes[box->node];
		uint64_t self = is_strip ? box->value : n->self;

		packed_number(out, (uint64_t)(next_depth - box->depth) * 2 + (self != 0));
		packed_number(out, is_strip ? 0 : place_of(p, n->name, n->module, family_of(n)));
		if (self)
			packed_number(out, self);
		next_depth = box->depth + 1;
	}
	buf_u8(out, '\n');
}

/* Those up to PALETTE_MERGED are always there; of the others, as many as occur. */
static int family_cnt(const struct pack *p)
{
	int last = PALETTE_MERGED;

	for (size_t i = 0; i < p->names.cnt; i++)
		if (p->names.v[i].family > last)
			last = p->names.v[i].family;
	return last + 1;
}

static void put_head(struct buf *out, const struct pack *p, const struct measure *m,
		     const struct flame_boxes *b, uint64_t least)
{
	int families = family_cnt(p);
	const char *noun = m->noun ? m->noun : "";

	buf_printf(out, "profile-flame 3\nunit %s ", trace_unit_text(m->unit));
	text_xml(out, noun, strlen(noun));
	buf_printf(out, "\nperiod %llu\nleast %llu\nhidden %u\ncolours ",
		   (unsigned long long)m->period_ns, (unsigned long long)least, b->hidden_cnt);
	for (int family = 0; family < families; family++)
		for (unsigned shade = 0; shade < PALETTE_SHADES; shade++)
			buf_printf(out, "%s%06x", family || shade ? "," : "",
				   palette_frame(family, shade));
	buf_puts(out, "\nfamilies ");
	for (int family = 0; family < families; family++)
		buf_printf(out, "%s%s", family ? ";" : "", palette_family_text(family));
	buf_u8(out, '\n');
}

static void pack_once(struct buf *out, const struct call_tree *t, const struct flame_sizes *sizes,
		      const struct measure *m, uint64_t least)
{
	struct pack p = { .tree = t };
	struct flame_boxes boxes;

	flame_boxes_narrow(&boxes, &sizes->large, least);
	gather_names(&p, &boxes);
	sort_names(&p);
	put_head(out, &p, m, &boxes, least);
	put_names(out, &p);
	put_tree(out, &p, &boxes);
	free(p.rank);
	vec_release(&p.names);
	idmap_release(&p.ids);
	flame_boxes_release(&boxes);
}

uint32_t flame_pack_max_frames(size_t budget)
{
	return budget / 5 < UINT32_MAX ? (uint32_t)(budget / 5) : UINT32_MAX;
}

/*
 * What a tree takes is known once it is packed. The first try takes as many frames as
 * would fit with names of no length; each further one scales by what came out.
 */
uint64_t flame_pack(struct buf *out, const struct call_tree *t, const struct flame_sizes *sizes,
		    const struct measure *m, size_t budget)
{
	uint64_t frames = flame_pack_max_frames(budget);
	size_t start = out->len;

	while (frames > 0) {
		uint64_t least = flame_sizes_min_value(sizes, 1, (uint32_t)frames);

		pack_once(out, t, sizes, m, least);
		size_t took = out->len - start;
		if (took <= budget)
			return least;
		out->len = start;
		if (frames > t->node_cnt)
			frames = t->node_cnt;
		frames = frames * 9 / 10 * budget / took;
	}
	return 0;
}
