#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "render/call_tree.h"
#include "render/stack_fold.h"

/*
 * As many parts as there are processors become trees on their own, which are then
 * merged. A sorted text is cut at line ends: the parts have hardly more in common than
 * the path to the cut. An unsorted one is sorted first, which costs less than looking
 * up the way down for each line: the parts find the lines of a piece each and deal them
 * out, first to last as a sample of the lines divides them, then sort what they got.
 * The tree does not depend on any of this.
 */
#define PART_BYTES_MIN ((size_t)4 << 20) /* below this a thread costs more than it saves */
#define PROBES 64 /* lines that are compared to see whether a text is sorted */

struct part {
	struct stack_fold fold;
	const struct folding *all;
	const char *from; /* its piece of the text, from line start to line start */
	const char *to;
	struct line_order dealt[STACK_FOLD_PARTS_MAX]; /* lines of its piece, for each part */
	pthread_t thread;
	bool is_thread;
};

struct folding {
	const char *text;
	const char *end;
	size_t cnt;
	struct line_order dividers; /* cnt - 1: where each part but the first begins */
	struct part parts[STACK_FOLD_PARTS_MAX];
};

static size_t part_cnt(size_t len)
{
	cpu_set_t cpus;
	size_t cnt = 1;

	if (!sched_getaffinity(0, sizeof(cpus), &cpus))
		cnt = (size_t)CPU_COUNT(&cpus);
	if (cnt > STACK_FOLD_PARTS_MAX)
		cnt = STACK_FOLD_PARTS_MAX;
	if (cnt > len / PART_BYTES_MIN)
		cnt = len / PART_BYTES_MIN;
	return cnt ? cnt : 1;
}

/* The first line that begins at or behind `at`, which is not the text's start. */
static const char *line_start(const char *at, const char *end)
{
	const char *newline = memchr(at - 1, '\n', (size_t)(end - at + 1));

	return newline ? newline + 1 : end;
}

/* Some lines of a text, in its order. */
static void probe(struct line_order *out, const char *text, const char *end)
{
	size_t step = (size_t)(end - text) / PROBES;
	const char *line = text;

	for (size_t i = 1; i < PROBES && step; i++) {
		if (text + step * i <= line)
			continue;
		line = line_start(text + step * i, end);
		if (line < end)
			line_order_add(out, line);
	}
}

/* Few of some lines of the text stand before the one before them. */
static bool is_sorted(const struct line_order *probes, const char *end)
{
	size_t wrong = 0;

	for (size_t i = 1; i < probes->cnt; i++)
		wrong += line_order_before(probes->v[i].line, probes->v[i - 1].line, end);
	return wrong <= PROBES / 8;
}

static void *run_plain(void *arg)
{
	struct part *part = arg;

	stack_fold_run(&part->fold);
	return NULL;
}

/* Which part the line goes to. */
static size_t owner(const struct folding *all, const char *line)
{
	size_t part = 0;

	while (part < all->dividers.cnt &&
	       !line_order_before(line, all->dividers.v[part].line, all->end))
		part++;
	return part;
}

static void *deal(void *arg)
{
	struct part *part = arg;

	for (const char *line = part->from; line < part->to;) {
		line_order_add(&part->dealt[owner(part->all, line)], line);
		line = line_start(line + 1, part->to);
	}
	return NULL;
}

static void *run_sorted(void *arg)
{
	struct part *part = arg;
	struct stack_fold *fold = &part->fold;
	size_t own = (size_t)(part - part->all->parts);

	for (size_t i = 0; i < part->all->cnt; i++) {
		const struct line_order *dealt = &part->all->parts[i].dealt[own];

		if (!dealt->cnt)
			continue;
		vec_reserve(&fold->lines, dealt->cnt);
		memcpy(fold->lines.v + fold->lines.cnt, dealt->v, dealt->cnt * sizeof(*dealt->v));
		fold->lines.cnt += dealt->cnt;
	}
	line_order_sort(&fold->lines, part->all->end);
	if (fold->lines.cnt)
		stack_fold_run(fold);
	return NULL;
}

/* Does the same for each part at once. */
static void run_parts(struct folding *all, void *(*run)(void *part))
{
	struct part *parts = all->parts;

	for (size_t i = 1; i < all->cnt; i++)
		parts[i].is_thread = !pthread_create(&parts[i].thread, NULL, run, &parts[i]);
	for (size_t i = 0; i < all->cnt; i++)
		if (!parts[i].is_thread)
			run(&parts[i]);
	for (size_t i = 1; i < all->cnt; i++)
		if (parts[i].is_thread)
			pthread_join(parts[i].thread, NULL);
}

static void cut(struct folding *all)
{
	size_t len = (size_t)(all->end - all->text);
	const char *from = folded_header_end(all->text, len);

	for (size_t i = 0; i < all->cnt; i++) {
		struct part *part = &all->parts[i];
		const char *to = all->end;

		if (i + 1 < all->cnt && len)
			to = line_start(all->text + len / all->cnt * (i + 1) + 1, all->end);
		part->all = all;
		part->from = from;
		part->to = from = to < from ? from : to;
	}
}

static void fold_pieces(struct folding *all, struct strtab *texts)
{
	for (size_t i = 0; i < all->cnt; i++) {
		struct part *part = &all->parts[i];

		stack_fold_init(&part->fold, i ? NULL : texts, part->from,
				(size_t)(part->to - part->from));
		part->fold.reader.begun = true;
	}
	run_parts(all, run_plain);
}

static void fold_sorted(struct folding *all, struct strtab *texts, struct line_order *probes)
{
	line_order_sort(probes, all->end);
	for (size_t i = 1; i < all->cnt; i++)
		line_order_add(&all->dividers, probes->v[probes->cnt * i / all->cnt].line);
	for (size_t i = 0; i < all->cnt; i++) {
		stack_fold_init(&all->parts[i].fold, i ? NULL : texts, all->text,
				(size_t)(all->end - all->text));
		all->parts[i].fold.reader.begun = true;
	}
	run_parts(all, deal);
	run_parts(all, run_sorted);
	for (size_t i = 0; i < all->cnt; i++)
		for (size_t to = 0; to < all->cnt; to++)
			vec_release(&all->parts[i].dealt[to]);
	vec_release(&all->dividers);
}

static void count_bad(const struct folding *all, uint64_t *out_bad_cnt, uint64_t *out_bad_line)
{
	const char *first = NULL;

	*out_bad_cnt = *out_bad_line = 0;
	for (size_t i = 0; i < all->cnt; i++) {
		const struct folded_reader *r = &all->parts[i].fold.reader;

		*out_bad_cnt += r->bad_cnt;
		if (r->bad_text && (!first || r->bad_text < first))
			first = r->bad_text;
	}
	for (const char *p = all->text; first && p <= first; p = line_start(p + 1, all->end))
		++*out_bad_line;
}

/* Moves the finished nodes into t, or adds them to what is there. */
static void give(struct call_tree *t, struct call_tree *from)
{
	uint32_t *nodes;

	if (t->node_cnt == 1) {
		struct call_tree empty = *t;

		*t = *from;
		*from = empty;
		call_tree_add_at(t, 0, from->nodes[0].self);
		return;
	}
	nodes = mem_resize(NULL, from->node_cnt, sizeof(*nodes));
	nodes[0] = 0;
	for (uint32_t i = 1; i < from->node_cnt; i++) {
		const struct call_node *n = &from->nodes[i];

		nodes[i] = call_tree_child(t, nodes[n->parent], n->name, n->module, n->kind,
					   n->unnamed);
		call_tree_add_at(t, nodes[i], n->self);
	}
	free(nodes);
}

void stack_fold_add(struct call_tree *t, const char *text, size_t len, size_t cnt,
		    uint64_t *out_bad_cnt, uint64_t *out_bad_line)
{
	struct folding all = { .text = text, .end = text + len, .cnt = cnt };
	struct line_order probes = { 0 };
	struct stack_fold *whole = &all.parts[0].fold;

	fold_seed_draw();
	cut(&all);
	probe(&probes, all.parts[0].from, all.end);
	if (is_sorted(&probes, all.end))
		fold_pieces(&all, t->texts);
	else
		fold_sorted(&all, t->texts, &probes);
	vec_release(&probes);
	count_bad(&all, out_bad_cnt, out_bad_line);
	for (size_t i = 1; i < cnt; i++) {
		stack_fold_merge(whole, &all.parts[i].fold, i + 1 == cnt);
		stack_fold_release(&all.parts[i].fold);
	}
	give(t, &whole->tree);
	stack_fold_release(whole);
}

void call_tree_add_folded(struct call_tree *t, const char *text, size_t len, uint64_t *out_bad_cnt,
			  uint64_t *out_bad_line)
{
	stack_fold_add(t, text, len, part_cnt(len), out_bad_cnt, out_bad_line);
}

bool call_tree_has_folded(const struct call_tree *t, uint64_t bad_cnt)
{
	return t->node_cnt > 1 && bad_cnt < t->node_cnt;
}
