#define UNWIND_STEP_HOOKS
#include "bpf/unwind_step.h"

#include "collector/unwind_replay.h"

#include <string.h>

struct replay_walk {
	struct unwind_walk walk; /* first: the steps know no more of it */
	const struct unwind_replay *replay;
};

static const struct unwind_replay *replay_of(const struct unwind_walk *w)
{
	return ((const struct replay_walk *)w)->replay;
}

static __s64 unwind_row_at(struct unwind_walk *w, __u32 index)
{
	const struct unwind_arrays *a = replay_of(w)->arrays;

	return index < a->row_max ? (__s64)a->rows[index] : -1;
}

static __s64 unwind_block_at(struct unwind_walk *w, __u32 index)
{
	const struct unwind_arrays *a = replay_of(w)->arrays;

	return index < a->block_max ? (__s64)a->blocks[index] : -1;
}

static const struct unwind_rule *unwind_rule_at(struct unwind_walk *w, __u32 index)
{
	const struct unwind_arrays *a = replay_of(w)->arrays;

	return index < a->rule_max ? &a->rules[index] : NULL;
}

static const struct unwind_mapping *unwind_mapping_at(struct unwind_walk *w, __u32 index)
{
	const struct unwind_arrays *a = replay_of(w)->arrays;

	return index < a->mapping_max ? &a->mappings[index] : NULL;
}

static int unwind_word_at(struct unwind_walk *w, __u64 address, __u64 *out)
{
	const struct unwind_replay *r = replay_of(w);
	__u64 at = address - r->regs[UNWIND_RSP];

	if (r->len < sizeof(*out) || at > r->len - sizeof(*out))
		return 1;
	memcpy(out, r->stack + at, sizeof(*out));
	return 0;
}

enum unwind_end unwind_replay(const struct unwind_replay *r, uint64_t frames[ABI_STACK_MAX],
			      uint32_t *out_cnt, uint64_t *out_at)
{
	struct replay_walk w = { .replay = r };
	enum unwind_end end = UNWIND_END_NONE;

	memcpy(w.walk.regs, r->regs, sizeof(w.walk.regs));
	unwind_start(&w.walk, r->process.first, r->process.cnt);
	for (uint32_t i = 0; i < ABI_STACK_MAX && !end; i++)
		end = unwind_step(&w.walk);
	*out_cnt = w.walk.body.cnt;
	*out_at = unwind_at(&w.walk);
	memcpy(frames, w.walk.body.frames, w.walk.body.cnt * sizeof(*frames));
	return end ? end : UNWIND_END_TOO_DEEP;
}
