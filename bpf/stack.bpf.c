/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf/stack.bpf.h"

struct stack_map stacks_0 SEC(".maps");
struct stack_map stacks_1 SEC(".maps");
struct body_map bodies_0 SEC(".maps");
struct body_map bodies_1 SEC(".maps");

__u32 stack_epoch = 0;
__u32 stack_copy_room = 0;

const volatile __u32 stack_no_user = 0;
const volatile __u32 stack_no_kernel = 0;
const volatile __u64 stack_seed = 0;

/* Multiply and fold: every bit of each frame reaches every bit of the key. */
static __always_inline u64 stack_hash(const struct abi_body *body, u32 cnt)
{
	u64 h = stack_seed ^ cnt ^ (u64)body->end << 32;

	for (u32 i = 0; i < ABI_STACK_MAX && i < cnt; i++) {
		h = (h ^ body->frames[i]) * 0x9fb21c651e98df25ULL;
		h ^= h >> 32;
	}
	return h;
}

/* Most stacks were there before, which a lookup tells without the hash's lock. */
__noinline int stack_keep_body(u32 slot, u32 epoch)
{
	struct unwind_slot *s = bpf_map_lookup_elem(&unwind_slots, &slot);
	struct abi_body *body;

	if (!s)
		return -ENOENT;
	body = &s->walk.body;
	body->record = ABI_RECORD_BODY;
	body->key = stack_hash(body, body->cnt);
	if (epoch ? bpf_map_lookup_elem(&bodies_1, &body->key)
		  : bpf_map_lookup_elem(&bodies_0, &body->key))
		return -EEXIST;
	return epoch ? bpf_map_update_elem(&bodies_1, &body->key, body, BPF_NOEXIST)
		     : bpf_map_update_elem(&bodies_0, &body->key, body, BPF_NOEXIST);
}
