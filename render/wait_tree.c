#include "render/wait_tree.h"

#include <string.h>

#include "base/buf.h"
#include "base/sum.h"
#include "formats/stack_names.h"
#include "formats/trace_reader.h"
#include "render/selection.h"

void wait_tree_start(struct wait_tree *t, struct call_tree *tree, const struct trace_reader *r,
		     const struct name_table *names, const struct wait_request *request)
{
	*t = (struct wait_tree){ .tree = tree,
				 .reader = r,
				 .drawing = request->drawing,
				 .weight = request->weight,
				 .node_max = WAIT_TREE_NODES_MAX,
				 .frames_left = WAIT_TREE_FRAMES_MAX };
	t->names = stack_names_new(r, names, tree->texts);
	t->stacks = wait_stack_new(r, t->names, tree->texts);
}

void wait_tree_end(struct wait_tree *t)
{
	wait_stack_free(t->stacks);
	stack_names_free(t->names);
	idmap_release(&t->places);
	*t = (struct wait_tree){ 0 };
}

static uint32_t own_frame(struct wait_tree *t, uint32_t parent, const char *name, uint8_t role)
{
	struct call_frame f = { .name = strtab_intern_text(t->tree->texts, name),
				.kind = TRACE_FRAME_CONTEXT,
				.role = role };

	return call_tree_frame(t->tree, parent, &f);
}

static uint32_t place_frame(struct wait_tree *t, uint32_t parent, const struct wait_frame *f)
{
	struct call_frame frame = {
		.name = f->shown.name,
		.module = f->shown.module,
		.kind = f->shown.kind,
		.unnamed = f->shown.reason != NAME_REASON_NONE,
		.role = CALL_ROLE(f->role, f->link),
	};

	return call_tree_frame(t->tree, parent, &frame);
}

uint32_t wait_tree_process(struct wait_tree *t, const char *comm)
{
	struct call_frame f = {
		.name = strtab_intern_text(t->tree->texts, *comm ? comm : "[unknown]"),
		.kind = TRACE_FRAME_USER,
		.unnamed = !*comm,
		.role = t->drawing == WAIT_DRAWING_WALL ? 0 : WAIT_ROLE_PROCESS,
	};

	return call_tree_frame(t->tree, 0, &f);
}

/* Beside what the threads did on a CPU, only where they stood when they were blocked. */
static uint32_t place_in_wall(struct wait_tree *t, const struct wait_frame *f, size_t cnt,
			      const struct trace_wait_sum *sum, bool is_runnable)
{
	const char *comm = trace_reader_process(t->reader, sum->process)->comm;
	uint32_t node = wait_tree_process(t, comm);

	if (is_runnable)
		return own_frame(t, node, "[runnable]", WAIT_ROLE_RUNNABLE);
	node = own_frame(t, node, "[blocked]", WAIT_ROLE_BLOCKED_USER);
	for (size_t i = 0; i < cnt; i++)
		if (f[i].role != WAIT_ROLE_PROCESS && f[i].role != WAIT_ROLE_SEPARATOR)
			node = place_frame(t, node, &f[i]);
	return node;
}

/* Only chain graphs have frames between the parts: in the others each part has its place. */
static bool is_drawn(const struct wait_tree *t, const struct wait_frame *f)
{
	return f->role != WAIT_ROLE_SEPARATOR || wait_drawing_is_chain(t->drawing);
}

static uint32_t place_frames(struct wait_tree *t, const struct trace_wait_sum *sum,
			     const struct wait_part *part)
{
	struct wait_place place = wait_place_of_sum(sum);
	const struct wait_frame *f;
	uint32_t node = 0;
	size_t cnt;

	f = wait_stack_frames(t->stacks, &place, wait_drawing_way(t->drawing), part, &cnt);
	t->frames_left -= cnt < t->frames_left ? cnt : t->frames_left;
	if (t->drawing == WAIT_DRAWING_WALL)
		return place_in_wall(t, f, cnt, sum, part->is_runnable);
	for (size_t i = 0; i < cnt; i++)
		if (is_drawn(t, &f[i]))
			node = place_frame(t, node, &f[i]);
	return node;
}

static bool is_full(const struct wait_tree *t)
{
	return !t->frames_left || t->tree->node_cnt >= t->node_max;
}

static uint32_t place_beyond(struct wait_tree *t, const struct trace_wait_sum *sum)
{
	const char *comm = trace_reader_process(t->reader, sum->process)->comm;

	return own_frame(t, wait_tree_process(t, comm), "[too many stacks to draw]",
			 CALL_ROLE_SHORT);
}

/* Everything that the frames of a part depend on, besides process and stack. */
static uint64_t path_key(const struct trace_wait_sum *sum, const struct wait_part *part)
{
	return (uint64_t)sum->chain << 32 | (uint64_t)(sum->flags & TRACE_WAIT_FLAGS) << 16 |
	       (uint64_t)part->link_max << 8 | (uint64_t)part->is_preempted << 1 |
	       part->is_runnable;
}

static uint32_t place_part(struct wait_tree *t, const struct trace_wait_sum *sum,
			   const struct wait_part *part)
{
	uint64_t who = (uint64_t)sum->process << 32 | sum->stack, how = path_key(sum, part);
	uint32_t node = idmap_find(&t->places, who, how);

	if (node != IDMAP_NONE)
		return node;
	node = is_full(t) ? place_beyond(t, sum) : place_frames(t, sum, part);
	idmap_set(&t->places, who, how, node);
	return node;
}

void wait_tree_add(struct wait_tree *t, const struct wait_walk *w, const struct trace_wait_sum *sum)
{
	struct wait_part parts[WAIT_PARTS_MAX];
	size_t cnt = wait_parts(sum, wait_drawing_way(t->drawing), t->weight, parts);

	if (t->group_cnt != w->group_cnt) {
		t->group_cnt = w->group_cnt;
		stack_names_restart(t->names);
		if (t->places.cnt)
			idmap_clear(&t->places);
	}
	for (size_t i = 0; i < cnt; i++)
		if (wait_stack_shows(wait_drawing_way(t->drawing), &parts[i]))
			call_tree_add_at(t->tree, place_part(t, sum, &parts[i]), parts[i].ns);
}

uint32_t wait_tree_own(struct wait_tree *t, const struct wait_walk *w, uint32_t process,
		       enum wait_own own)
{
	struct call_frame gap = { .kind = TRACE_FRAME_LOST };
	struct buf name = { 0 };
	uint32_t node;

	switch (own) {
	case WAIT_OWN_ON_CPU:
		return own_frame(t, process, "[on CPU]", CALL_ROLE_ON_CPU);
	case WAIT_OWN_GAP:
		gap.name = strtab_intern_text(t->tree->texts, "[gap: a switch was not seen]");
		return call_tree_frame(t->tree, process, &gap);
	case WAIT_OWN_SHORT:
		wait_threshold_put_name(&w->totals.threshold, t->reader, &name);
		node = own_frame(t, process, buf_text(&name), CALL_ROLE_SHORT);
		buf_release(&name);
		return node;
	case WAIT_OWN_REST:
		break;
	}
	return own_frame(t, process,
			 w->totals.is_single ? "[waits not kept one by one]" : "[waits not kept]",
			 CALL_ROLE_SHORT);
}

/* Time of a process that has no stack, as far as the accounts say. */
static void add_own(struct wait_tree *t, struct wait_walk *w, const struct process_times *p)
{
	uint32_t process = wait_tree_process(t, strtab_get(w->times.comms, p->comm, NULL));
	uint64_t rest_ns = process_times_rest_ns(p);

	if (p->short_ns)
		call_tree_add_at(t->tree, wait_tree_own(t, w, process, WAIT_OWN_SHORT),
				 p->short_ns);
	if (w->totals.is_single && rest_ns)
		call_tree_add_at(t->tree, wait_tree_own(t, w, process, WAIT_OWN_REST), rest_ns);
}

/* What the accounts of the processes have to say, who ended a wait not being part of it. */
static void add_accounts(struct wait_tree *t, struct wait_walk *w)
{
	const struct selection *s = w->selection;

	if (!selection_range_is_all(s->time) || !selection_range_is_all(s->latency))
		return;
	for (size_t i = 0; i < w->times.processes.cnt; i++) {
		const struct process_times *p = &w->times.processes.v[i];
		enum wait_verdict verdict = wait_walk_judge(w, p);
		uint64_t *ns = verdict == WAIT_SHOWN	       ? &w->totals.short_ns
			       : verdict == WAIT_KERNEL_THREAD ? &w->totals.kernel_ns
							       : &w->totals.idle_ns;

		sum_clipped(ns, p->short_ns);
		if (verdict == WAIT_SHOWN && t->drawing != WAIT_DRAWING_WAKEUP)
			add_own(t, w, p);
	}
}

static int gather(struct wait_tree *t, struct wait_walk *w, struct err *err)
{
	struct trace_wait_sum sum;
	int got;

	while ((got = wait_walk_next(w, &sum, err)) > 0)
		wait_tree_add(t, w, &sum);
	if (!got)
		add_accounts(t, w);
	return got;
}

int wait_tree_gather(struct call_tree *tree, struct trace_reader *r, const struct name_table *names,
		     const struct selection *s, const struct wait_request *request,
		     struct wait_totals *out, struct err *err)
{
	struct wait_totals totals;
	struct wait_walk w;
	struct wait_tree t;
	int status = wait_walk_start(&w, r, names, s, request, err);

	if (status < 0)
		return status;
	wait_tree_start(&t, tree, r, names, request);
	status = gather(&t, &w, err);
	wait_tree_end(&t);
	wait_walk_end(&w, &totals);
	if (status < 0) {
		wait_totals_release(&totals);
		return status;
	}
	call_tree_finish(tree);
	*out = totals;
	return status;
}
