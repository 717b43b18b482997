#include "render/line_sums.h"

#include <stdlib.h>

#include "base/idmap.h"
#include "base/sum.h"
#include "formats/stack_names.h"
#include "formats/trace_reader.h"
#include "render/picture_source.h"
#include "render/selection.h"

#define NOT_ASKED UINT32_MAX
#define NO_LINE (UINT32_MAX - 1)

struct summing {
	struct line_sums *out;
	struct stack_names *names;
	struct idmap known; /* (file and line, function and module) to a place in out */
	struct {
		VEC(uint32_t);
	} places;	    /* by node of the group */
	uint32_t group_cnt; /* of the walk, whose nodes these are */
};

static uint32_t place_of(struct summing *s, uint32_t node)
{
	uint32_t next = (uint32_t)s->out->cnt, place;
	const struct shown_frame *leaf;
	size_t cnt;

	leaf = stack_names_node(s->names, node, &cnt);
	if (!cnt)
		return NO_LINE;
	leaf += cnt - 1;
	if (!leaf->file || !leaf->line)
		return NO_LINE;
	place = idmap_intern(&s->known, (uint64_t)leaf->file << 32 | leaf->line,
			     (uint64_t)leaf->name << 32 | leaf->module, next);
	if (place == next)
		*vec_push(s->out) = (struct line_sum){ .file = leaf->file,
						       .line = leaf->line,
						       .name = leaf->name,
						       .module = leaf->module };
	return place;
}

static void add_sample(struct summing *s, const struct sample_walk *walk,
		       const struct trace_sample *sample)
{
	uint32_t *place;

	if (s->group_cnt != walk->group_cnt) {
		stack_names_restart(s->names);
		s->places.cnt = 0;
		s->group_cnt = walk->group_cnt;
	}
	if (sample->stack == TRACE_NONE)
		return;
	while (s->places.cnt <= sample->stack)
		*vec_push(&s->places) = NOT_ASKED;
	place = &s->places.v[sample->stack];
	if (*place == NOT_ASKED)
		*place = place_of(s, sample->stack);
	if (*place != NO_LINE)
		sum_clipped(&s->out->v[*place].self, sample->weight);
}

static int compare_sums(const void *a, const void *b, void *texts)
{
	const struct line_sum *x = a, *y = b;
	int order = (x->self < y->self) - (x->self > y->self);

	if (!order && x->file != y->file)
		order = strtab_compare(texts, x->file, y->file);
	if (!order)
		order = (x->line > y->line) - (x->line < y->line);
	if (!order && x->name != y->name)
		order = strtab_compare(texts, x->name, y->name);
	return !order && x->module != y->module ? strtab_compare(texts, x->module, y->module)
						: order;
}

int line_sums_gather(struct line_sums *out, const struct picture_source *source,
		     const struct selection *selection, struct strtab *texts, struct err *err)
{
	struct summing s = { .out = out };
	struct selection_totals totals = { 0 };
	struct trace_sample sample;
	struct sample_walk walk;
	int status = sample_walk_start(&walk, source->trace, source->names, selection, err);

	if (status < 0)
		return status;
	s.names = stack_names_new(source->trace, source->names, texts);
	while ((status = sample_walk_next(&walk, &sample, err)) > 0)
		add_sample(&s, &walk, &sample);
	sample_walk_end(&walk, &totals);
	selection_totals_release(&totals);
	stack_names_free(s.names);
	vec_release(&s.places);
	idmap_release(&s.known);
	if (out->cnt)
		qsort_r(out->v, out->cnt, sizeof(*out->v), compare_sums, texts);
	return status;
}

void line_sums_release(struct line_sums *s)
{
	vec_release(s);
}
