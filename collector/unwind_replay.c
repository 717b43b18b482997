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

static enum unwind_end unwind_know(struct unwind_walk *w, __u64 address)
{
	return unwind_find_rule(w, address);
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

/*
 * Moves the frames of a walk that is full out of it. Those that stay behind only tell the
 * steps that they are no longer at the leaf.
 */
#define LEFT_BEHIND 2

static uint32_t move_frames(struct unwind_walk *w, uint64_t *frames, uint32_t cnt)
{
	uint32_t from = cnt ? LEFT_BEHIND : 0, more = w->body.cnt - from;

	memcpy(frames + cnt, w->body.frames + from, more * sizeof(*frames));
	w->body.cnt = LEFT_BEHIND;
	return cnt + more;
}

enum unwind_end unwind_replay(const struct unwind_replay *r, uint64_t frames[UNWIND_REPLAY_MAX],
			      uint32_t *out_cnt, uint64_t *out_at)
{
	struct replay_walk w = { .replay = r };
	enum unwind_end end = UNWIND_END_NONE;
	uint32_t cnt = 0;

	memcpy(w.walk.regs, r->regs, sizeof(w.walk.regs));
	unwind_start(&w.walk, r->process.first, r->process.cnt);
	while (!end && cnt + ABI_STACK_MAX <= UNWIND_REPLAY_MAX) {
		end = unwind_step(&w.walk);
		if (w.walk.body.cnt == ABI_STACK_MAX)
			cnt = move_frames(&w.walk, frames, cnt);
	}
	*out_cnt = move_frames(&w.walk, frames, cnt);
	*out_at = unwind_at(&w.walk);
	return end ? end : UNWIND_END_TOO_DEEP;
}
