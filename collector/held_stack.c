#include "collector/held_stack.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NO_GROUP UINT32_MAX

struct held_stack {
	uint32_t refs;
	uint32_t slot;
	uint32_t era;
	uint64_t stacks, version; /* as in `known`, if the era is still the same */
	uint32_t group, leaf;	  /* the writer's */
	struct resolved_stack frames;
	/* At the root, in place of user frames; NULL: none. */
	struct abi_copy *copy;
	enum trace_reason copy_why;
	struct mappings mappings;
	uint64_t maps_version;
	uint32_t tgid;
};

static uint32_t take_slot(struct held_stacks *h)
{
	if (h->vacant.cnt)
		return h->vacant.v[--h->vacant.cnt];
	*vec_push(&h->slots) = NULL;
	return (uint32_t)h->slots.cnt - 1;
}

static size_t copy_size(const struct abi_copy *copy)
{
	return sizeof(*copy) + copy->len;
}

static void hold_copy(struct held_stacks *h, struct held_stack *s, struct process *p,
		      const struct held_source *source)
{
	size_t size = copy_size(source->copy);

	s->copy = mem_alloc(1, size);
	memcpy(s->copy, source->copy, size);
	s->copy_why = source->copy_why;
	mappings_copy(&s->mappings, &p->mappings);
	s->maps_version = p->maps_version;
	s->tgid = p->tgid;
	h->copy_bytes += size;
	copy_log_want_names(h->resolver, p, source->copy);
}

static bool has_room_for(const struct held_stacks *h, const struct abi_copy *copy)
{
	return h->copy_bytes + copy_size(copy) <= HELD_COPY_BYTES_MAX;
}

/* A new one; user_stack is what counts of the source's. */
static struct held_stack *make(struct held_stacks *h, struct process *p, uint32_t user_stack,
			       const struct held_source *source)
{
	struct held_stack *s = mem_alloc(1, sizeof(*s));
	bool copied = source->copy && user_stack != STACK_ABSENT && has_room_for(h, source->copy);

	s->refs = 1;
	s->group = NO_GROUP;
	s->slot = take_slot(h);
	h->slots.v[s->slot] = s;
	if (copied)
		hold_copy(h, s, p, source);
	else
		stack_resolver_user(h->resolver, p, user_stack, &s->frames);
	stack_resolver_kernel_below_programs(h->resolver, source->kernel_stack, &s->frames);
	return s;
}

struct held_stack *held_stacks_take(struct held_stacks *h, struct process *p,
				    const struct held_source *source)
{
	uint32_t user = p ? stack_resolver_user_side(h->resolver, p, source->kernel_stack,
						     source->user_stack, source->copy)
			  : STACK_ABSENT;
	uint64_t stacks = (uint64_t)source->kernel_stack << 32 | user;
	uint64_t version = user == STACK_ABSENT ? 0 : stack_resolver_version(h->resolver, p);
	uint32_t slot = source->copy ? IDMAP_NONE : idmap_find(&h->known, stacks, version);
	struct held_stack *s;

	if (slot != IDMAP_NONE) {
		h->slots.v[slot]->refs++;
		return h->slots.v[slot];
	}
	s = make(h, p, user, source);
	s->stacks = stacks;
	s->version = version;
	s->era = source->copy ? h->era - 1 : h->era;
	if (!source->copy)
		idmap_set(&h->known, stacks, version, s->slot);
	return s;
}

struct held_stack *held_stacks_share(struct held_stack *s)
{
	s->refs++;
	return s;
}

void held_stacks_drop(struct held_stacks *h, struct held_stack *s)
{
	if (!s || --s->refs)
		return;
	if (s->era == h->era)
		idmap_remove(&h->known, s->stacks, s->version);
	h->slots.v[s->slot] = NULL;
	*vec_push(&h->vacant) = s->slot;
	if (s->copy)
		h->copy_bytes -= copy_size(s->copy);
	free(s->copy);
	mappings_release(&s->mappings);
	resolved_stack_release(&s->frames);
	free(s);
}

static uint32_t put_copy(struct held_stacks *h, const struct held_stack *s, uint32_t process)
{
	return copy_log_put(h->copies, &(struct copy_log_entry){
					       .copy = s->copy,
					       .why = s->copy_why,
					       .mappings = &s->mappings,
					       .maps_version = s->maps_version,
					       .tgid = s->tgid,
					       .process = process,
				       });
}

uint32_t held_stacks_put(struct held_stacks *h, struct held_stack *s, uint32_t process)
{
	uint32_t root = TRACE_NONE;

	if (s->group == trace_writer_group(h->copies->to.writer))
		return s->leaf;
	if (s->copy)
		root = put_copy(h, s, process);
	s->group = trace_writer_group(h->copies->to.writer);
	s->leaf = resolved_stack_put(&s->frames, &h->copies->to, process, root);
	return s->leaf;
}

void held_stacks_forget(struct held_stacks *h)
{
	idmap_release(&h->known);
	h->era++;
}

void held_stacks_release(struct held_stacks *h)
{
	idmap_release(&h->known);
	vec_release(&h->slots);
	vec_release(&h->vacant);
}
