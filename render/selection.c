#include "render/selection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "base/sum.h"
#include "base/text.h"
#include "formats/sample_event.h"
#include "formats/stack_names.h"
#include "formats/trace_reader.h"
#include "render/call_tree.h"

enum thread_answer { THREAD_NOT_ASKED = 0, THREAD_OUTSIDE = 1, THREAD_HELD = 2 };

bool selection_range_is_all(struct range r)
{
	return !r.first && (r.last == UINT64_MAX || (!r.last && !r.is_zero));
}

uint64_t selection_covers_ns(const struct selection *s, const struct trace_reader *r)
{
	const struct trace_totals *all = trace_reader_totals(r);
	uint64_t start = trace_reader_fact_number(r, TRACE_FACT_CLOCK_START_NS);
	uint64_t end = all->end_ns > all->last_ns ? all->end_ns : all->last_ns;
	uint64_t recorded = end > start ? end - start : 0;
	uint64_t last = s->time.last && s->time.last < recorded ? s->time.last : recorded;

	return last > s->time.first ? last - s->time.first : 0;
}

/* The first event of a kind; NULL: there is none. */
static const char *first_of(const struct trace_reader *r, enum trace_event_kind kind)
{
	for (uint32_t id = 0; id < trace_reader_event_cnt(r); id++)
		if (trace_reader_event(r, id)->kind == kind)
			return trace_reader_event(r, id)->name;
	return NULL;
}

/* Samples that weigh the same have no value to choose by. */
static int refuse_latency(const struct trace_reader *r, struct err *err)
{
	const char *latency = first_of(r, TRACE_EVENT_LATENCY);

	if (latency)
		return err_set(err, -EINVAL,
			       "%s: samples have no latencies to choose from; '%s' has: -e %s",
			       trace_reader_path(r), latency, latency);
	return err_set(
		err, -EINVAL, "%s: no event of this trace has latencies%s", trace_reader_path(r),
		first_of(r, TRACE_EVENT_WAIT) ? " but its waits, which are drawn by -e offcpu"
					      : "");
}

int selection_event(const struct selection *s, const struct trace_reader *r, uint32_t *out,
		    struct err *err)
{
	uint32_t id;
	int status;

	if (!selection_range_is_all(s->time) && !trace_reader_has_times(r))
		return err_set(err, -EINVAL, "%s: an imported trace has no times to choose from",
			       trace_reader_path(r));
	status = sample_event_find(r, s->event, &id, err);
	if (status < 0)
		return status;
	if (!selection_range_is_all(s->latency) &&
	    trace_reader_event(r, id)->unit == TRACE_UNIT_SAMPLES)
		return refuse_latency(r, err);
	*out = id;
	return 0;
}

static bool holds_value(const struct selection *s, uint64_t value)
{
	return selection_range_is_all(s->latency) ||
	       (value >= s->latency.first && value <= s->latency.last);
}

static bool holds_time(const struct selection *s, uint64_t start_ns, uint64_t time_ns)
{
	uint64_t since = time_ns > start_ns ? time_ns - start_ns : 0;

	return !s->time.last || (since >= s->time.first && since <= s->time.last);
}

bool selection_holds_thread(const struct selection *s, uint32_t tid, const char *comm)
{
	return (!s->thread || s->thread == tid) &&
	       (!s->process || text_glob(s->process, comm, strlen(comm)));
}

int sample_walk_start(struct sample_walk *w, struct trace_reader *r, const struct name_table *names,
		      const struct selection *s, struct err *err)
{
	struct sample_walk started = { .reader = r, .selection = s };
	int status = selection_event(s, r, &started.totals.event, err);

	if (status < 0)
		return status;
	trace_reader_rewind(r);
	started.totals.start_ns = trace_reader_fact_number(r, TRACE_FACT_CLOCK_START_NS);
	stack_quality_start(&started.totals.quality, r, names);
	*w = started;
	return 0;
}

void selection_totals_release(struct selection_totals *t)
{
	stack_quality_release(&t->quality);
}

void sample_walk_end(struct sample_walk *w, struct selection_totals *out)
{
	stack_quality_end(&w->totals.quality);
	*out = w->totals;
	free(w->thread_holds);
	*w = (struct sample_walk){ 0 };
}

static bool ask_thread(const struct sample_walk *w, uint32_t id)
{
	const struct trace_thread *thread = trace_reader_thread(w->reader, id);
	const struct trace_process *process = trace_reader_process(w->reader, thread->process);

	return selection_holds_thread(w->selection, thread->tid, process->comm);
}

/* One answer for each thread of a group, however many samples it has. */
static bool holds_thread(struct sample_walk *w, uint32_t id)
{
	if (id >= w->thread_cap) {
		uint32_t cap = trace_reader_thread_cnt(w->reader);

		w->thread_holds = mem_resize(w->thread_holds, cap, 1);
		memset(w->thread_holds + w->thread_cap, THREAD_NOT_ASKED, cap - w->thread_cap);
		w->thread_cap = cap;
	}
	if (w->thread_holds[id] == THREAD_NOT_ASKED)
		w->thread_holds[id] = ask_thread(w, id) ? THREAD_HELD : THREAD_OUTSIDE;
	return w->thread_holds[id] == THREAD_HELD;
}

static bool take(struct sample_walk *w, const struct trace_sample *sample)
{
	struct selection_totals *t = &w->totals;

	if (!holds_time(w->selection, t->start_ns, sample->time_ns) ||
	    !holds_value(w->selection, sample->weight) || !holds_thread(w, sample->thread)) {
		t->outside_cnt++;
		sum_clipped(&t->outside_weight, sample->weight);
		return false;
	}
	t->kept_cnt++;
	stack_quality_add(&t->quality, sample->stack);
	sum_clipped(&t->kept_weight, sample->weight);
	return true;
}

int sample_walk_next(struct sample_walk *w, struct trace_sample *out, struct err *err)
{
	struct trace_record record;
	int got;

	while ((got = trace_reader_next(w->reader, &record, err)) > 0) {
		if (record.kind == TRACE_RECORD_KEY_FRAME) {
			w->group_cnt++;
			w->thread_cap = 0;
			stack_quality_restart(&w->totals.quality);
		} else if (record.kind == TRACE_RECORD_SAMPLE &&
			   record.sample.event == w->totals.event && take(w, &record.sample)) {
			*out = record.sample;
			return 1;
		}
	}
	return got;
}

/*
 * Samples on their way into the tree. A stack is named and looked up once for each
 * process and group that it occurs in, however many samples it has: `places` remembers
 * the node of the tree that (process, node of the trace) became.
 */
struct gathering {
	struct call_tree *tree;
	const struct trace_reader *reader;
	struct stack_names *names;
	struct idmap places;
	uint32_t group_cnt; /* of the walk, when the places were made */
	uint32_t *nodes;    /* of one stack, leaf first */
};

static uint32_t place_process(const struct gathering *g, uint32_t process)
{
	const char *comm = trace_reader_process(g->reader, process)->comm;
	uint32_t name = strtab_intern_text(g->tree->texts, *comm ? comm : "[unknown]");

	return call_tree_child(g->tree, 0, name, 0, TRACE_FRAME_USER, !*comm);
}

static uint32_t place_node(const struct gathering *g, uint32_t parent, uint32_t node)
{
	size_t cnt;
	const struct shown_frame *f = stack_names_node(g->names, node, &cnt);

	for (size_t i = 0; i < cnt; i++)
		parent = call_tree_child(g->tree, parent, f[i].name, f[i].module, f[i].kind,
					 f[i].reason != NAME_REASON_NONE);
	return parent;
}

static uint32_t place_stack(struct gathering *g, uint32_t process, uint32_t node)
{
	uint32_t place = IDMAP_NONE, cnt = 0;

	while (node != TRACE_NONE && cnt < TRACE_DEPTH_MAX) {
		place = idmap_find(&g->places, process, node);
		if (place != IDMAP_NONE)
			break;
		g->nodes[cnt++] = node;
		node = trace_reader_node(g->reader, node)->parent;
	}
	if (place == IDMAP_NONE)
		place = place_process(g, process);
	while (cnt-- > 0) {
		place = place_node(g, place, g->nodes[cnt]);
		idmap_set(&g->places, process, g->nodes[cnt], place);
	}
	return place;
}

static void weigh_unknown(const struct call_tree *tree, struct selection_totals *totals)
{
	bool *lost = mem_alloc(tree->node_cnt, sizeof(*lost));

	for (uint32_t i = 1; i < tree->node_cnt; i++) {
		const struct call_node *n = &tree->nodes[i];

		lost[i] = n->kind == TRACE_FRAME_LOST || lost[n->parent];
		if (lost[i])
			totals->lost_weight += n->self;
		if (n->unnamed)
			totals->unnamed_weight += n->self;
	}
	free(lost);
}

static void place_sample(struct gathering *g, const struct sample_walk *w,
			 const struct trace_sample *sample)
{
	uint32_t process = trace_reader_thread(g->reader, sample->thread)->process;

	if (g->group_cnt != w->group_cnt) {
		g->group_cnt = w->group_cnt;
		stack_names_restart(g->names);
		if (g->places.cnt)
			idmap_clear(&g->places);
	}
	call_tree_add_at(g->tree, place_stack(g, process, sample->stack), sample->weight);
}

static int gather(struct gathering *g, struct sample_walk *w, struct err *err)
{
	struct trace_sample sample;
	int got;

	g->nodes = mem_resize(NULL, TRACE_DEPTH_MAX, sizeof(*g->nodes));
	while ((got = sample_walk_next(w, &sample, err)) > 0)
		place_sample(g, w, &sample);
	free(g->nodes);
	idmap_release(&g->places);
	return got;
}

int selection_gather(const struct selection *s, struct trace_reader *r,
		     const struct name_table *names, struct call_tree *tree,
		     struct selection_totals *out, struct err *err)
{
	struct gathering g = { .tree = tree, .reader = r };
	struct selection_totals totals;
	struct sample_walk w;
	int status = sample_walk_start(&w, r, names, s, err);

	if (status < 0)
		return status;
	g.names = stack_names_new(r, names, tree->texts);
	status = gather(&g, &w, err);
	stack_names_free(g.names);
	sample_walk_end(&w, &totals);
	if (status < 0) {
		selection_totals_release(&totals);
		return status;
	}
	weigh_unknown(tree, &totals);
	call_tree_finish(tree);
	*out = totals;
	return status;
}
