/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is remembered of kernel stacks: bpf/wait_memo.bpf.h. Some words at a time, without a
 * branch: verified once, and called as often as there are words.
 *
 * current	not asked for
 * stacks	the words of the CPU's memo; the frames of a slot
 * lost		nothing
 * since	5.10
 */
#include "bpf/bit.h"
#include "bpf/sched.bpf.h"
#include "bpf/wait_memo.bpf.h"

struct wait_memo_map wait_memos SEC(".maps");

#define WAIT_MEMO_STEP 16
#define WAIT_MEMO_REACH 4096 /* schedule() calls us and the switch */

_Static_assert(WAIT_MEMO_WORDS % WAIT_MEMO_STEP == 0, "steps");

/* A system call's last word makes an end of them: memo->cnt becomes less. */
__noinline int wait_memo_mix(u32 cpu, u32 from)
{
	struct wait_memo *memo = bpf_map_lookup_elem(&wait_memos, &cpu);
	u64 h, cnt;

	if (!memo || from > WAIT_MEMO_WORDS - WAIT_MEMO_STEP)
		return 0;
	h = memo->hash;
	cnt = memo->cnt;
#pragma clang loop unroll(full)
	for (u32 i = 0; i < WAIT_MEMO_STEP; i++) {
		u64 word = memo->words[from + i], at = (u64)from + i;
		u64 kept = bit_less(at, cnt) & bit_within(word, WAIT_TEXT_BEGIN, WAIT_TEXT_BYTES);
		u64 last = kept & bit_within(word, wait_syscall_begin,
					     wait_syscall_end - wait_syscall_begin);
		u64 mixed = ((h ^ at) ^ word) * 0x9fb21c651e98df25ULL;

		h = bit_choose(kept, mixed ^ mixed >> 32, h);
		cnt = bit_choose(last, at + 1, cnt);
		memo->ends_in_syscall |= last;
	}
	memo->hash = h;
	memo->cnt = cnt;
	return 0;
}

__noinline int wait_memo_hash(u32 cpu, u32 cnt)
{
	struct wait_memo *memo = bpf_map_lookup_elem(&wait_memos, &cpu);

	if (!memo)
		return 0;
	memo->hash = stack_seed;
	memo->cnt = cnt;
	memo->ends_in_syscall = 0;
	for (u32 i = 0; i < WAIT_MEMO_WORDS; i += WAIT_MEMO_STEP) {
		if (i >= *(volatile u64 *)&memo->cnt)
			break;
		wait_memo_mix(cpu, i);
	}
	return 0;
}

/* The frames on top are our own, and schedule()'s. */
static __always_inline u64 memo_own_frames(const struct wait_memo *memo, const u64 *frames)
{
	u64 begin = memo->words[WAIT_MEMO_SWITCH] - WAIT_MEMO_REACH, own = 0;

#pragma clang loop unroll(full)
	for (u32 i = WAIT_MEMO_OWN; i-- > 0;)
		own = bit_choose(bit_within(frames[i], begin, 2 * WAIT_MEMO_REACH), i + 1, own);
	return own;
}

/* Goes on behind the frames that were found so far. */
__noinline int wait_memo_find_some(u32 cpu, u32 slot, u32 from)
{
	struct wait_memo *memo = bpf_map_lookup_elem(&wait_memos, &cpu);
	const struct unwind_slot *s = bpf_map_lookup_elem(&unwind_slots, &slot);
	u64 found, cnt;

	if (!memo || !s || from > WAIT_MEMO_WORDS - WAIT_MEMO_STEP)
		return 0;
	found = memo->found;
	cnt = memo->cnt;
#pragma clang loop unroll(full)
	for (u32 i = 0; i < WAIT_MEMO_STEP; i++) {
		u64 at = (u64)from + i;
		u64 here = bit_less(at, cnt) & bit_less(WAIT_MEMO_SWITCH, at);

		found += here & bit_same(s->walk.body.frames[found & 127], memo->words[from + i]);
	}
	memo->found = found;
	return 0;
}

/* The last frame of a system call is its entry, behind the gap. */
__noinline int wait_memo_covers(u32 cpu, u32 slot)
{
	struct wait_memo *memo = bpf_map_lookup_elem(&wait_memos, &cpu);
	const struct unwind_slot *s = bpf_map_lookup_elem(&unwind_slots, &slot);

	if (!memo || !s)
		return 0;
	memo->found = memo_own_frames(memo, s->walk.body.frames);
	for (u32 i = 0; i < WAIT_MEMO_WORDS; i += WAIT_MEMO_STEP) {
		if (i >= *(volatile u64 *)&memo->cnt)
			break;
		wait_memo_find_some(cpu, slot, i);
	}
	return *(volatile u64 *)&memo->found + memo->ends_in_syscall >= s->walk.body.cnt;
}
