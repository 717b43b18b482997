#include "render/wait_wall.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"
#include "formats/trace_reader.h"
#include "render/selection.h"
#include "render/wait_tree.h"

/* The time on CPUs of all processes of one name. */
struct on_time {
	uint32_t node; /* [on CPU] */
	uint64_t ns;
	uint64_t left_ns; /* not shared out yet */
};

struct wall {
	struct call_tree *tree;
	struct wait_tree waits;
	struct wait_walk walk;
	struct idmap of_node; /* (node, 0) to place in times */
	struct {
		VEC(struct on_time);
	} times;
};

static void add_on_time(struct wall *l, uint32_t process, uint64_t ns)
{
	uint32_t made = (uint32_t)l->times.cnt, place;

	if (!ns)
		return;
	place = idmap_intern(&l->of_node, process, 0, made);
	if (place == made)
		*vec_push(&l->times) =
			(struct on_time){ .node = wait_tree_own(&l->waits, &l->walk, process,
								WAIT_OWN_ON_CPU) };
	sum_clipped(&l->times.v[place].ns, ns);
	sum_clipped(&l->times.v[place].left_ns, ns);
}

static void add_own(struct wall *l, uint32_t process, enum wait_own own, uint64_t ns)
{
	if (ns)
		call_tree_add_at(l->tree, wait_tree_own(&l->waits, &l->walk, process, own), ns);
}

static void add_process(struct wall *l, const struct process_times *p)
{
	uint32_t process =
		wait_tree_process(&l->waits, strtab_get(l->walk.times.comms, p->comm, NULL));

	add_on_time(l, process, p->on_ns);
	add_own(l, process, WAIT_OWN_GAP, p->gap_ns);
	add_own(l, process, WAIT_OWN_SHORT, p->short_ns);
	add_own(l, process, WAIT_OWN_REST, process_times_rest_ns(p));
}

static void add_processes(struct wall *l)
{
	struct wait_totals *t = &l->walk.totals;

	for (size_t i = 0; i < l->walk.times.processes.cnt; i++) {
		const struct process_times *p = &l->walk.times.processes.v[i];
		enum wait_verdict verdict = wait_walk_judge(&l->walk, p);
		uint64_t rest_ns = p->wall_ns > p->sums_ns ? p->wall_ns - p->sums_ns : 0;

		if (verdict != WAIT_SHOWN) {
			sum_clipped(verdict == WAIT_KERNEL_THREAD ? &t->kernel_ns : &t->idle_ns,
				    rest_ns);
			continue;
		}
		sum_clipped(&t->short_ns, p->short_ns);
		sum_clipped(&t->wall_ns, p->wall_ns);
		t->thread_cnt += p->thread_cnt;
		add_process(l, p);
	}
}

static int gather_waits(struct wall *l, struct err *err)
{
	struct trace_wait_sum sum;
	int got;

	while ((got = wait_walk_next(&l->walk, &sum, err)) > 0)
		wait_tree_add(&l->waits, &l->walk, &sum);
	if (!got)
		add_processes(l);
	return got;
}

/* The place in times of a process's node among the samples; IDMAP_NONE: it is not drawn. */
static uint32_t time_of(struct wall *l, const struct call_node *n)
{
	uint32_t node = call_tree_find(l->tree, 0, n->name, n->module, n->kind);

	return node == TRACE_NONE ? IDMAP_NONE : idmap_find(&l->of_node, node, 0);
}

/* A sample's part of its process's time on CPUs. */
static uint64_t take_share(struct on_time *time, uint64_t self, uint64_t whole)
{
	uint64_t ns = (uint64_t)((unsigned __int128)time->ns * self / whole);

	if (ns > time->left_ns)
		ns = time->left_ns;
	time->left_ns -= ns;
	return ns;
}

/* Where a node of the samples goes, and whose time it shares out. */
struct grafted {
	uint32_t node;
	uint32_t time; /* IDMAP_NONE: it has no place */
	uint64_t whole;
};

static void share_out(struct wall *l, const struct call_tree *samples)
{
	struct grafted *g = mem_resize(NULL, samples->node_cnt, sizeof(*g));

	for (uint32_t i = 1; i < samples->node_cnt; i++) {
		const struct call_node *n = &samples->nodes[i];
		struct call_frame frame = call_node_frame(n);

		if (n->parent) {
			g[i] = g[n->parent];
			if (g[i].time != IDMAP_NONE)
				g[i].node = call_tree_frame(l->tree, g[i].node, &frame);
		} else {
			g[i] = (struct grafted){ .time = time_of(l, n), .whole = n->value };
			if (g[i].time != IDMAP_NONE)
				g[i].node = l->times.v[g[i].time].node;
		}
		if (g[i].time != IDMAP_NONE && n->self)
			call_tree_add_at(l->tree, g[i].node,
					 take_share(&l->times.v[g[i].time], n->self, g[i].whole));
	}
	free(g);
}

/* The first event whose samples are CPU time. */
static const char *sampled_time(const struct trace_reader *r)
{
	for (uint32_t i = 0; i < trace_reader_event_cnt(r); i++) {
		const struct trace_event *event = trace_reader_event(r, i);

		if (event->kind == TRACE_EVENT_SAMPLE && event->unit == TRACE_UNIT_SAMPLES &&
		    event->period_ns)
			return event->name;
	}
	return NULL;
}

static int add_samples(struct wall *l, struct trace_reader *r, const struct name_table *names,
		       const struct selection *s, struct wall_samples *out, struct err *err)
{
	struct selection cpu = { .event = sampled_time(r),
				 .process = s->process,
				 .thread = s->thread };
	struct selection_totals totals;
	struct call_tree samples;
	int status = 0;

	call_tree_init(&samples, l->tree->texts);
	if (cpu.event)
		status = selection_gather(&cpu, r, names, &samples, &totals, err);
	if (cpu.event && status >= 0) {
		share_out(l, &samples);
		*out = (struct wall_samples){ .cnt = totals.kept_cnt, .event = cpu.event };
		selection_totals_release(&totals);
	}
	for (size_t i = 0; i < l->times.cnt; i++)
		if (l->times.v[i].left_ns)
			call_tree_add_at(l->tree, l->times.v[i].node, l->times.v[i].left_ns);
	call_tree_release(&samples);
	return status;
}

int wait_wall_gather(struct call_tree *tree, struct trace_reader *r, const struct name_table *names,
		     const struct selection *s, const struct wait_request *request,
		     struct wait_totals *out, struct wall_samples *out_samples, struct err *err)
{
	struct wall_samples samples = { 0 };
	struct wall l = { .tree = tree };
	struct wait_totals totals;
	int status = wait_walk_start(&l.walk, r, names, s, request, err);

	if (status < 0)
		return status;
	wait_tree_start(&l.waits, tree, r, names, request);
	status = gather_waits(&l, err);
	if (status >= 0)
		status = add_samples(&l, r, names, s, &samples, err);
	wait_tree_end(&l.waits);
	wait_walk_end(&l.walk, &totals);
	idmap_release(&l.of_node);
	vec_release(&l.times);
	if (status < 0) {
		wait_totals_release(&totals);
		return status;
	}
	call_tree_finish(tree);
	*out = totals;
	*out_samples = samples;
	return status;
}
