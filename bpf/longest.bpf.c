/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The longest waits of each CPU and epoch.
 *
 * current	the thread that has waited, or the one before it; not asked for
 * stacks	none
 * lost		nothing: shorter ones give way
 * since	5.10
 */
#include "bpf/bit.h"
#include "bpf/sched.bpf.h"

static __always_inline u32 longest_shortest(const struct abi_longest *longest)
{
	u64 least_ns = ~0ULL >> 1, at = 0;

#pragma clang loop unroll(full)
	for (u32 i = 0; i < ABI_LONGEST_MAX; i++) {
		u64 waited_ns = longest->v[i].blocked_ns + longest->v[i].runnable_ns;
		u64 less = bit_less(waited_ns, least_ns);

		least_ns = bit_choose(less, waited_ns, least_ns);
		at = bit_choose(less, i, at);
	}
	return at;
}

static __always_inline void longest_write(struct abi_long_wait *to, const struct abi_wait *w)
{
	to->key = w->key;
	to->out_ns = w->out_ns;
	to->blocked_ns = w->blocked_ns;
	to->runnable_ns = w->runnable_ns;
	to->tgid = w->tgid;
	to->tid = w->tid;
#pragma clang loop unroll(full)
	for (u32 i = 0; i < ABI_CHAIN_MAX; i++)
		to->link_ns[i] = w->link_ns[i] * bit_less(i, w->link_cnt);
}

__noinline int wait_longest_put(u32 index)
{
	u32 cpu = index / 2, at;
	struct abi_longest *longest = bpf_map_lookup_elem(&wait_longest, &index);
	const struct wait_cell *cell = bpf_map_lookup_elem(&wait_cells, &cpu);

	if (!longest || !cell)
		return 0;
	at = longest->cnt;
	if (at < ABI_LONGEST_MAX)
		longest->cnt = at + 1;
	else
		at = longest_shortest(longest);
	longest_write(&longest->v[at & (ABI_LONGEST_MAX - 1)], &cell->wait);
	if (longest->cnt < ABI_LONGEST_MAX)
		return 0;
	at = longest_shortest(longest) & (ABI_LONGEST_MAX - 1);
	longest->least_ns = longest->v[at].blocked_ns + longest->v[at].runnable_ns;
	return 0;
}
