#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/folded.h"
#include "render/call_tree.h"
#include "render/stack_fold.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/*
 * Any text: the frames of a line lie in it and hold no separator, and the tree is the
 * same whether it is made of the text whole, in three parts, or frame by frame.
 */
static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_line(const struct folded_line *line, const char *end)
{
	require(line->frame_cnt > 0 && line->frame_cnt <= TRACE_DEPTH_MAX);
	require(line->shared_cnt <= line->frame_cnt);
	for (uint32_t i = 0; i < line->frame_cnt; i++) {
		const char *name = line->text + line->frames[i].at;

		require(name + line->frames[i].len < end);
		require(!memchr(name, ';', line->frames[i].len));
		require(!memchr(name, '\n', line->frames[i].len));
	}
}

static void add_plainly(struct call_tree *t, const char *text, size_t len)
{
	struct folded_reader r;
	const struct folded_line *line;

	folded_reader_start(&r, text, len);
	while ((line = folded_reader_next(&r))) {
		uint32_t node = 0;

		check_line(line, text + len);
		for (uint32_t i = 0; i < line->frame_cnt; i++) {
			const char *name = line->text + line->frames[i].at;
			uint32_t name_len = line->frames[i].len, id;
			enum trace_frame_kind kind = folded_kind(name, &name_len);

			id = name_len ? strtab_intern(t->texts, name, name_len)
				      : strtab_intern_text(t->texts, FOLD_UNKNOWN);
			node = call_tree_child(t, node, id, 0, kind, false);
		}
		call_tree_add_at(t, node, line->value);
	}
	folded_reader_release(&r);
}

/* Both trees walked side by side, in the order of their links. */
static void check_same(const struct call_tree *a, const struct call_tree *b)
{
	uint32_t x = 0, y = 0;

	require(a->node_cnt == b->node_cnt && a->depth_cnt == b->depth_cnt);
	do {
		const struct call_node *m = &a->nodes[x], *n = &b->nodes[y];

		require(m->value == n->value && m->self == n->self && m->kind == n->kind);
		require(!x || !strcmp(strtab_get(a->texts, m->name, NULL),
				      strtab_get(b->texts, n->name, NULL)));
		if (m->first_child != TRACE_NONE) {
			require(n->first_child != TRACE_NONE);
			x = m->first_child;
			y = n->first_child;
			continue;
		}
		while (x && a->nodes[x].next_sibling == TRACE_NONE) {
			require(b->nodes[y].next_sibling == TRACE_NONE);
			x = a->nodes[x].parent;
			y = b->nodes[y].parent;
		}
		x = x ? a->nodes[x].next_sibling : 0;
		y = y ? b->nodes[y].next_sibling : 0;
	} while (x);
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	struct call_tree trees[3];
	struct strtab *texts[3];
	uint64_t bad_cnt[2], bad_line[2];

	for (int i = 0; i < 3; i++) {
		texts[i] = strtab_new();
		call_tree_init(&trees[i], texts[i]);
		if (i == 2)
			add_plainly(&trees[i], (const char *)bytes, len);
		else
			stack_fold_add(&trees[i], (const char *)bytes, len, i ? 3 : 1, &bad_cnt[i],
				       &bad_line[i]);
		call_tree_finish(&trees[i]);
	}
	require(bad_cnt[0] == bad_cnt[1] && bad_line[0] == bad_line[1]);
	/* Past 2^64 it depends on the order which stacks still count. */
	if (trees[2].nodes[0].value != UINT64_MAX) {
		check_same(&trees[0], &trees[2]);
		check_same(&trees[1], &trees[2]);
	}
	for (int i = 0; i < 3; i++) {
		call_tree_release(&trees[i]);
		strtab_free(texts[i]);
	}
	return 0;
}
