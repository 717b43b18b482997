/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Walks the user stack of `current`, or copies it. What programs call here is verified
 * once, on its own, so it takes numbers only: kernels before 5.13 know no other arguments
 * of such functions.
 *
 * current	the thread whose stack it is
 * since	5.10
 */
#define UNWIND_STEP_HOOKS
#include "bpf/unwind.bpf.h"

#define UNWIND_RETURNS 32 /* probed functions of a stack that are looked through */

struct unwind_word_map unwind_rows SEC(".maps");
struct unwind_word_map unwind_blocks SEC(".maps");
struct unwind_rule_map unwind_rules SEC(".maps");
struct unwind_mapping_map unwind_mappings SEC(".maps");
struct unwind_process_map unwind_processes SEC(".maps");
struct unwind_slot_map unwind_slots SEC(".maps");
struct unwind_copy_map unwind_copies SEC(".maps");

const volatile __u32 unwind_mode = ABI_UNWIND_FP;
const volatile __u32 unwind_copy_bytes = 0;

static __always_inline s64 unwind_row_at(struct unwind_walk *w, u32 index)
{
	u32 pair = index / 2;
	u32 *words = bpf_map_lookup_elem(&unwind_rows, &pair);

	return words ? (s64)words[index & 1] : -1;
}

static __always_inline s64 unwind_block_at(struct unwind_walk *w, u32 index)
{
	u32 pair = index / 2;
	u32 *words = bpf_map_lookup_elem(&unwind_blocks, &pair);

	return words ? (s64)words[index & 1] : -1;
}

static __always_inline const struct unwind_rule *unwind_rule_at(struct unwind_walk *w, u32 index)
{
	return bpf_map_lookup_elem(&unwind_rules, &index);
}

static __always_inline const struct unwind_mapping *unwind_mapping_at(struct unwind_walk *w,
								      u32 index)
{
	return bpf_map_lookup_elem(&unwind_mappings, &index);
}

/*
 * Older frames lie above, so the window moves up over each KiB once. It begins somewhat below
 * the word, in the same page: a frame's return address is read first, and the registers that
 * were saved beside it lie below. Where it cannot be read whole, as much of it as lies in the
 * first page may be; and where the page ends in the word itself, nothing but the word.
 * Returns where in the window the word is; negative: it cannot be read.
 */
__noinline int unwind_window_move(u32 slot, u64 address)
{
	struct unwind_slot *s = bpf_map_lookup_elem(&unwind_slots, &slot);
	u64 at = address, bytes;

	if (!s)
		return -1;
	if ((at & (UNWIND_PAGE - 1)) >= UNWIND_WINDOW_BELOW)
		at -= UNWIND_WINDOW_BELOW;
	s->window_at = at;
	s->window_cnt = UNWIND_WINDOW;
	if (!bpf_probe_read_user(s->window, sizeof(s->window), (void *)at))
		return (address - at) / 8;
	bytes = (UNWIND_PAGE - (at & (UNWIND_PAGE - 1))) & (sizeof(s->window) - 8);
	s->window_cnt = bytes / 8;
	asm volatile("" : "+r"(bytes));
	if (bytes > sizeof(s->window))
		bytes = sizeof(s->window);
	if (bytes > address - at && !bpf_probe_read_user(s->window, bytes, (void *)at))
		return (address - at) / 8;
	s->window_at = address;
	s->window_cnt = 0;
	return bpf_probe_read_user(s->window, sizeof(s->window[0]), (void *)address) ? -1 : 0;
}

static __always_inline int unwind_word_at(struct unwind_walk *w, u64 address, u64 *out)
{
	struct unwind_slot *s = unwind_slot_of(w);
	u64 offset = address - s->window_at;
	s64 n = offset / 8;

	if (n >= s->window_cnt || offset & 7) {
		n = unwind_window_move(s->index, address);
		if (n < 0)
			return 1;
	}
	*out = s->window[n & (UNWIND_WINDOW - 1)];
	return 0;
}

static __always_inline struct unwind_known *unwind_known_at(struct unwind_slot *s, u64 address)
{
	return &s->known[address * 0x9fb21c651e98df25ULL >> (64 - UNWIND_KNOWN_BITS)];
}

/* A leaf is not remembered: it is another one each time. */
__noinline int unwind_learn(u32 slot, u64 address)
{
	struct unwind_slot *s = bpf_map_lookup_elem(&unwind_slots, &slot);
	struct unwind_known *known;
	int end;

	if (!s)
		return UNWIND_END_FAULT;
	end = unwind_find_rule(&s->walk, address);
	if (end || s->walk.exact)
		return end;
	known = unwind_known_at(s, address);
	known->at = address;
	known->run = s->run;
	known->mapping = s->walk.mapping_at;
	known->rule = s->walk.rule;
	return end;
}

static __always_inline enum unwind_end unwind_know(struct unwind_walk *w, u64 address)
{
	struct unwind_slot *s = unwind_slot_of(w);
	struct unwind_known *known = unwind_known_at(s, address);

	if (known->at != address || known->run != s->run || !known->run)
		return unwind_learn(s->index, address);
	unwind_enter(w, known->mapping);
	w->rule = known->rule;
	return UNWIND_END_NONE;
}

/*
 * While a function is probed at its return, by us or by others, a trampoline of the kernel stands
 * in the place of the return address, and the kernel remembers the true one by that place. 1:
 * the walk goes on there.
 */
__noinline int unwind_return(u32 slot)
{
	struct unwind_slot *s = bpf_map_lookup_elem(&unwind_slots, &slot);
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();
	const struct return_instance *r;

	if (!s || !bpf_core_field_exists(task->utask))
		return 0;
	r = BPF_CORE_READ(task, utask, return_instances);
	for (u64 i = 0; i < UNWIND_RETURNS; i++) {
		/* Kernels before 5.16 forget a number of 32 bits that is put on the stack, and take
		 * the loop for an endless one. */
		asm volatile("" : "+r"(i));
		if (!r || BPF_CORE_READ(r, stack) == s->walk.sp - sizeof(u64))
			break;
		r = BPF_CORE_READ(r, next);
	}
	if (!r || BPF_CORE_READ(r, stack) != s->walk.sp - sizeof(u64))
		return 0;
	s->walk.ip = BPF_CORE_READ(r, orig_ret_vaddr);
	return 1;
}

/* A step; one to a trampoline is none. */
__noinline int unwind_frame(u32 slot)
{
	struct unwind_slot *s = bpf_map_lookup_elem(&unwind_slots, &slot);
	u32 cnt;
	int end;

	if (!s)
		return UNWIND_END_FAULT;
	cnt = s->walk.body.cnt;
	end = unwind_step(&s->walk);
	if ((end != UNWIND_END_NO_MAPPING && end != UNWIND_END_NO_FRAME_POINTER) ||
	    !unwind_return(slot))
		return end;
	s->walk.body.cnt = cnt;
	return UNWIND_END_NONE;
}

/*
 * Leaves the leaf's address, also where nothing is known of the process. An entry that is
 * replaced becomes another process's at once, so what `check` vouches for is read before it;
 * and `run` twice, because nothing may be remembered of the mappings of another run.
 */
static __always_inline int process_find(struct unwind_slot *s)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;
	const volatile struct unwind_process *p = bpf_map_lookup_elem(&unwind_processes, &tgid);
	u32 run = p ? p->run : 0;
	u32 first = p ? p->first : 0;
	u32 cnt = p ? p->cnt : 0;

	if (p && p->check == unwind_check() && p->run == run) {
		s->run = run;
		unwind_start(&s->walk, first, cnt);
		return 1;
	}
	s->walk.body.cnt = 1;
	s->walk.body.frames[0] = s->walk.regs[UNWIND_RIP];
	return 0;
}

__noinline int unwind_run(u32 slot)
{
	struct unwind_slot *s = bpf_map_lookup_elem(&unwind_slots, &slot);
	int end = UNWIND_END_NO_PROCESS;

	if (!s)
		return UNWIND_END_FAULT;
	s->window_cnt = 0;
	if (process_find(s)) {
		end = UNWIND_END_NONE;
		for (u32 i = 0; i <= ABI_STACK_MAX && !end; i++)
			end = unwind_frame(slot);
		if (!end)
			end = UNWIND_END_TOO_DEEP;
	}
	s->walk.body.end = end;
	return end;
}

/* What is left of a page, up to `limit` bytes in all; returns whether that could be read. */
__noinline int unwind_copy_page(u32 cpu, u32 limit)
{
	struct unwind_copy *c = bpf_map_lookup_elem(&unwind_copies, &cpu);
	u64 len, at, n;

	if (!c)
		return 0;
	len = c->copy.len;
	at = c->copy.regs[UNWIND_RSP] + len;
	n = UNWIND_PAGE - (at & (UNWIND_PAGE - 1));
	if (n > limit - len)
		n = limit - len;
	asm volatile("" : "+r"(len), "+r"(n));
	if (len > ABI_COPY_MAX || n > UNWIND_PAGE)
		return 0;
	if (bpf_probe_read_user(&c->room[sizeof(c->copy) + len], n, (void *)at))
		return 0;
	c->copy.len = len + n;
	return 1;
}

/* Beyond the first frame of all lie arguments and environment, which are most of a short stack.
 * Of other threads' stacks that is not known. */
static __always_inline u64 unwind_stack_bytes(u64 from)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();
	u64 to = BPF_CORE_READ(task, mm, start_stack) + UNWIND_BEYOND_FIRST;

	return to > from ? to - from : ~0ULL;
}

/* Page by page, so that the last one which can be read is not lost with the next. */
static __always_inline u32 unwind_copy_pages(struct unwind_copy *c, u32 cpu, u32 most)
{
	u64 bytes = unwind_stack_bytes(c->copy.regs[UNWIND_RSP]);
	u32 limit = unwind_copy_bytes;

	if (limit > most)
		limit = most;
	if (limit > bytes)
		limit = bytes;
	if (limit > ABI_COPY_MAX)
		limit = ABI_COPY_MAX;
	c->copy.len = 0;
	for (u32 i = 0; i <= ABI_COPY_MAX / UNWIND_PAGE; i++)
		if (*(volatile u32 *)&c->copy.len >= limit || !unwind_copy_page(cpu, limit))
			break;
	return *(volatile u32 *)&c->copy.len;
}

__noinline int unwind_copy_stack(u32 cpu, u32 slot, u32 most)
{
	struct unwind_copy *c = bpf_map_lookup_elem(&unwind_copies, &cpu);
	struct unwind_slot *s = bpf_map_lookup_elem(&unwind_slots, &slot);

	if (!c || !s)
		return 0;
	c->copy.record = ABI_RECORD_COPY;
	c->copy.end = s->walk.body.end;
	c->copy.serial = ++c->serial;
	c->copy.check = unwind_check();
	for (u32 i = 0; i < UNWIND_REGISTER_CNT; i++)
		c->copy.regs[i] = s->walk.regs[i];
	return unwind_copy_pages(c, cpu, most);
}

__noinline int unwind_own_slot(u32 first)
{
	u32 index = first;

	for (u32 i = 0; i < ABI_UNWIND_SLOTS; i++, index++) {
		struct unwind_slot *slot = bpf_map_lookup_elem(&unwind_slots, &index);

		if (slot && unwind_own(&slot->busy)) {
			slot->index = index;
			return index;
		}
	}
	return -1;
}
