/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_WAIT_BPF_H
#define BPF_WAIT_BPF_H

#include "bpf/ring.bpf.h"
#include "bpf/wait_key.bpf.h"
#include "bpf/wait_thread.bpf.h"

/*
 * Keeps a wait that has ended: in the sum of its key; in the ring, if the sum has no name
 * yet or it was drawn, or for itself alone; and among the longest of its CPU and epoch.
 *
 * All who call this do so below the scheduler, on the CPU that has just switched, where
 * nothing of the kind can come in between: what is counted here needs no atomic additions,
 * but for the sums, which all CPUs add to.
 */
static const struct abi_wait_sum wait_sum_empty;

static __always_inline u64 wait_key(const struct abi_wait *w, u64 self_exec_id)
{
	u64 h = wait_mix(stack_seed,
			 (u64)w->tgid << 32 | w->state << 16 | w->flags << 8 | w->link_cnt);

	h = wait_mix(h, self_exec_id);
	h = wait_mix_stack(h, &w->kernel);
	h = wait_mix_stack(h, &w->user);
	for (u32 i = 0; i < ABI_CHAIN_MAX && i < w->link_cnt; i++)
		h = wait_mix(h, w->links[i]);
	return h ? h : 1;
}

static __always_inline struct abi_wait_sum *wait_sum_find(u32 epoch, u64 *key)
{
	return epoch ? bpf_map_lookup_elem(&wait_sums_1, key)
		     : bpf_map_lookup_elem(&wait_sums_0, key);
}

/* NULL: there is no room for another key. Nothing is in a new sum until it is found again,
 * so that none of those who make it at once is forgotten. */
static __always_inline struct abi_wait_sum *wait_sum_of(struct abi_wait_cpu *cpu, u32 epoch,
							u64 *key)
{
	struct abi_wait_sum *sum = wait_sum_find(epoch, key);
	long err;

	if (sum)
		return sum;
	err = epoch ? bpf_map_update_elem(&wait_sums_1, key, &wait_sum_empty, BPF_NOEXIST)
		    : bpf_map_update_elem(&wait_sums_0, key, &wait_sum_empty, BPF_NOEXIST);
	if (!err)
		cpu->sum_cnt[epoch]++;
	return wait_sum_find(epoch, key);
}

static __always_inline void wait_sum_add(struct abi_wait_sum *sum, const struct abi_wait *w)
{
	u64 waited_ns = w->blocked_ns + w->runnable_ns;

	__sync_fetch_and_add(&sum->cnt, 1);
	__sync_fetch_and_add(&sum->blocked_ns, w->blocked_ns);
	__sync_fetch_and_add(&sum->runnable_ns, w->runnable_ns);
	for (u32 i = 0; i < ABI_CHAIN_MAX && i < w->link_cnt; i++)
		__sync_fetch_and_add(&sum->link_ns[i], w->link_ns[i]);
	if (sum->longest_ns < waited_ns)
		sum->longest_ns = waited_ns;
}

/* Puts the wait of this CPU's cell among the longest; index: of its CPU and epoch. Once in
 * many waits, and verified once for all callers. */
int wait_longest_put(u32 index);

static __always_inline void wait_compare(u32 epoch, const struct abi_wait *w)
{
	u32 index = bpf_get_smp_processor_id() * 2 + epoch;
	const struct abi_longest *longest = bpf_map_lookup_elem(&wait_longest, &index);

	if (longest && w->blocked_ns + w->runnable_ns > longest->least_ns)
		wait_longest_put(index);
}

static __always_inline void wait_lose(struct abi_wait_cpu *cpu, const struct abi_wait *w)
{
	cpu->lost_cnt++;
	cpu->lost_ns += w->blocked_ns + w->runnable_ns;
}

/* The caller holds cpu->in_flight of struct abi_cpu, since before it read the epoch. */
static __noinline int wait_keep(void *ctx, struct abi_wait_cpu *cpu, struct abi_wait *w, u32 epoch)
{
	struct abi_wait_sum *sum = 0;
	u64 key = w->key;

	w->record = ABI_RECORD_WAIT;
	w->epoch = epoch;
	w->why = 0;
	cpu->generated++;
	if (w->user.store != ABI_STORE_COPY && !(w->flags & ABI_WAIT_OPEN_END))
		sum = wait_sum_of(cpu, epoch & 1, &key);
	if (sum) {
		wait_sum_add(sum, w);
		cpu->summed++;
		if (!sum->named)
			w->why = ABI_WAIT_FIRST;
		wait_compare(epoch & 1, w);
	} else {
		w->why = ABI_WAIT_ALONE;
	}
	if (wait_draw && bpf_get_prandom_u32() < wait_draw)
		w->why |= ABI_WAIT_DRAWN;
	if (!w->why)
		return 0;
	if (!wait_send(ctx, cpu, w, sizeof(*w))) {
		if (sum)
			sum->named = 1;
		else
			cpu->alone++;
		return 0;
	}
	if (!sum)
		wait_lose(cpu, w);
	if (w->why & ABI_WAIT_FIRST)
		cpu->first_lost++;
	if (w->why & ABI_WAIT_DRAWN)
		cpu->drawn_lost++;
	return 0;
}

#endif
