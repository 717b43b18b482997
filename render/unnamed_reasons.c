#include "render/unnamed_reasons.h"

#include <stdlib.h>
#include <string.h>

#include "base/sum.h"
#include "formats/stack_names.h"
#include "formats/trace_reader.h"
#include "render/picture_source.h"
#include "render/selection.h"

/* A node of the group, and the reasons of its frames, which are places in `out`. */
struct weighed_node {
	uint32_t parent;
	uint32_t first; /* in `found` */
	uint32_t cnt;
	uint64_t weight;
};

struct weighing {
	struct unnamed_reasons *out;
	const struct trace_reader *reader;
	const struct name_table *table;
	struct stack_names *names;
	struct strtab *texts;
	struct {
		VEC(struct weighed_node);
	} nodes;
	struct {
		VEC(uint32_t);
	} found;
	uint32_t group_cnt; /* of the walk, whose nodes these are */
};

static uint32_t place_reason(struct weighing *w, const struct shown_frame *f)
{
	struct unnamed_reasons *out = w->out;
	uint32_t next = (uint32_t)out->all.cnt, place;
	struct unnamed_reason r = { .name = f->name, .reason = f->reason, .note = "" };
	uint64_t note;

	if (f->in_table != TRACE_NONE)
		r.reason = name_table_module_reason(w->table, f->in_table, &r.note);
	note = strtab_intern_text(w->texts, r.note);
	place = idmap_intern(&out->places, note << 32 | f->name, r.reason, next);
	if (place == next)
		*vec_push(&out->all) = r;
	return place;
}

/* Nothing is known of what an import brought without a name. */
static bool is_explained(const struct shown_frame *f)
{
	return f->reason != NAME_REASON_NONE && (f->in_table != TRACE_NONE || f->module);
}

static void learn_node(struct weighing *w)
{
	uint32_t id = (uint32_t)w->nodes.cnt;
	struct weighed_node node = { .first = (uint32_t)w->found.cnt };
	const struct shown_frame *frames;
	size_t cnt;

	node.parent = trace_reader_node(w->reader, id)->parent;
	frames = stack_names_node(w->names, id, &cnt);
	for (size_t i = 0; i < cnt; i++)
		if (is_explained(&frames[i]))
			*vec_push(&w->found) = place_reason(w, &frames[i]);
	node.cnt = (uint32_t)w->found.cnt - node.first;
	*vec_push(&w->nodes) = node;
}

/* Parents come before their children, whose weight they have, too. */
static void end_group(struct weighing *w)
{
	for (size_t i = w->nodes.cnt; i-- > 0;) {
		const struct weighed_node *node = &w->nodes.v[i];

		if (node->weight && node->parent != TRACE_NONE)
			sum_clipped(&w->nodes.v[node->parent].weight, node->weight);
		for (uint32_t k = 0; k < node->cnt; k++)
			sum_clipped(&w->out->all.v[w->found.v[node->first + k]].weight,
				    node->weight);
	}
	w->nodes.cnt = 0;
	w->found.cnt = 0;
}

static void weigh_sample(struct weighing *w, const struct sample_walk *walk,
			 const struct trace_sample *sample)
{
	if (w->group_cnt != walk->group_cnt) {
		end_group(w);
		stack_names_restart(w->names);
		w->group_cnt = walk->group_cnt;
	}
	if (sample->stack == TRACE_NONE)
		return;
	while (w->nodes.cnt <= sample->stack)
		learn_node(w);
	sum_clipped(&w->nodes.v[sample->stack].weight, sample->weight);
}

static int compare_reasons(const void *a, const void *b)
{
	const struct unnamed_reason *x = a, *y = b;

	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	if (x->reason != y->reason)
		return x->reason < y->reason ? -1 : 1;
	return strcmp(x->note, y->note);
}

/* Those that no weight fell on were not selected. */
static void settle(struct unnamed_reasons *u)
{
	size_t kept = 0;

	idmap_release(&u->places);
	for (size_t i = 0; i < u->all.cnt; i++)
		if (u->all.v[i].weight)
			u->all.v[kept++] = u->all.v[i];
	u->all.cnt = kept;
	if (kept)
		qsort(u->all.v, kept, sizeof(*u->all.v), compare_reasons);
}

int unnamed_reasons_gather(struct unnamed_reasons *out, const struct picture_source *source,
			   const struct selection *selection, struct strtab *texts, struct err *err)
{
	struct weighing w = { .out = out, .reader = source->trace, .table = source->names };
	struct selection_totals totals = { 0 };
	struct trace_sample sample;
	struct sample_walk walk;
	int status = sample_walk_start(&walk, source->trace, source->names, selection, err);

	if (status < 0)
		return status;
	w.texts = texts;
	w.names = stack_names_new(source->trace, source->names, texts);
	while ((status = sample_walk_next(&walk, &sample, err)) > 0)
		weigh_sample(&w, &walk, &sample);
	end_group(&w);
	settle(out);
	sample_walk_end(&walk, &totals);
	selection_totals_release(&totals);
	stack_names_free(w.names);
	vec_release(&w.nodes);
	vec_release(&w.found);
	return status;
}

void unnamed_reasons_release(struct unnamed_reasons *u)
{
	vec_release(&u->all);
	idmap_release(&u->places);
}

const struct unnamed_reason *unnamed_reasons_find(const struct unnamed_reasons *u, uint32_t name,
						  size_t *out_cnt)
{
	size_t first = 0;

	*out_cnt = 0;
	while (first < u->all.cnt && u->all.v[first].name != name)
		first++;
	while (first + *out_cnt < u->all.cnt && u->all.v[first + *out_cnt].name == name)
		++*out_cnt;
	return *out_cnt ? &u->all.v[first] : NULL;
}
