#include "collector/waker_log.h"

/* A link that a ring refused is told again, so there may be more than are known at once. */
#define LINKS_MAX ((size_t)2 * ABI_WAIT_LINKS)

struct waker {
	enum trace_context context;
	struct task_memory who; /* tgid 0: nobody */
	struct held_stack *stack;
};

static void release_generation(struct waker_log *t, struct waker_generation *g)
{
	for (size_t i = 0; i < g->links.cnt; i++)
		held_stacks_drop(t->stacks, g->links.v[i].stack);
	vec_release(&g->links);
	idmap_release(&g->ids);
}

void waker_log_release(struct waker_log *t)
{
	for (uint32_t i = 0; i < WAKER_GENERATIONS; i++)
		release_generation(t, &t->generations[i]);
}

/* The first link of a new generation has come: the oldest one goes. */
static void begin_generation(struct waker_log *t, uint32_t generation)
{
	release_generation(t, &t->generations[WAKER_GENERATIONS - 1]);
	for (uint32_t i = WAKER_GENERATIONS - 1; i > 0; i--)
		t->generations[i] = t->generations[i - 1];
	t->generations[0] = (struct waker_generation){ 0 };
	t->generation = generation;
}

static enum trace_context context_of(uint8_t context)
{
	return context >= ABI_CONTEXT_TASK && context <= ABI_CONTEXT_IDLE
		       ? (enum trace_context)context
		       : TRACE_CONTEXT_LOST;
}

void waker_log_add(struct waker_log *t, const struct abi_link *link, struct process *p,
		   const struct held_source *stacks)
{
	struct waker_generation *g;
	struct waker *l;
	uint32_t back;

	if ((int32_t)(link->generation - t->generation) > 0)
		begin_generation(t, link->generation);
	back = t->generation - link->generation;
	g = &t->generations[back < WAKER_GENERATIONS ? back : WAKER_GENERATIONS - 1];
	if (g->links.cnt >= LINKS_MAX || idmap_find(&g->ids, link->id, 0) != IDMAP_NONE)
		return;
	idmap_set(&g->ids, link->id, 0, (uint32_t)g->links.cnt);
	l = vec_push(&g->links);
	*l = (struct waker){ .context = context_of(link->context) };
	if (p)
		task_ids_remember(t->ids, p, link->tid, &l->who);
	l->stack = held_stacks_take(t->stacks, p, stacks);
}

static struct waker *find(struct waker_log *t, uint64_t id)
{
	for (uint32_t i = 0; i < WAKER_GENERATIONS; i++) {
		uint32_t at = idmap_find(&t->generations[i].ids, id, 0);

		if (at != IDMAP_NONE)
			return &t->generations[i].links.v[at];
	}
	return NULL;
}

static uint32_t put(struct waker_log *t, struct waker *l, uint32_t parent)
{
	struct trace_link record = {
		.parent = parent,
		.thread = TRACE_NONE,
		.stack = TRACE_NONE,
		.context = TRACE_CONTEXT_LOST,
	};
	uint32_t process = TRACE_NONE;

	if (!l) {
		t->unknown_cnt++;
		return trace_writer_link(t->ids->writer, &record);
	}
	if (l->who.tgid) {
		task_ids_put(t->ids, &l->who);
		process = l->who.process_id;
		record.thread = l->who.thread_id;
	}
	record.context = l->context;
	record.stack = held_stacks_put(t->stacks, l->stack, process);
	return trace_writer_link(t->ids->writer, &record);
}

uint32_t waker_log_chain(struct waker_log *t, const uint64_t *ids, uint32_t cnt)
{
	uint32_t chain = TRACE_NONE;

	for (uint32_t i = 0; i < cnt && i < ABI_CHAIN_MAX; i++)
		chain = put(t, find(t, ids[i]), chain);
	return chain;
}
