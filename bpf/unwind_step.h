/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_UNWIND_STEP_H
#define BPF_UNWIND_STEP_H

#include "bpf/abi.h"
#include "bpf/unwind.h"

/*
 * One step of a walk by the tables of bpf/unwind.h: from a frame to its caller. The same
 * lines run in the kernel, over a thread's own stack, and in the collector, over a copy.
 *
 *	at --mapping--> block --rows--> rule --CFA--> sp, bp, return address --> at
 *
 * A caller's address is its return address - 1, which lies in the call and not behind it;
 * that of the leaf, of what a signal interrupted and of the signal's restorer is exact.
 *
 * Where the tables and the stack lie, each side says itself: it defines UNWIND_STEP_HOOKS
 * before it includes this file, and behind it the six functions that are declared below.
 * A side that needs more than the walk to answer puts the walk into a struct of its own.
 * Which rule an address has depends on it and the process's mappings only, so that a side
 * may remember it: callers are the same again and again.
 * Nothing here believes an index, whatever the arrays hold, and no step loops more often
 * than its constants say.
 */
#define UNWIND_NO_MAPPING 0xffffffffu

struct unwind_walk {
	struct abi_body body;		 /* cnt and frames, so far */
	__u64 regs[UNWIND_REGISTER_CNT]; /* of the leaf */
	__u64 ip, sp, bp, bx;		 /* of the frame at hand */
	struct unwind_rule rule;	 /* of that frame */
	struct unwind_mapping mapping;	 /* the last that was found; end 0: it is not at hand */
	__u32 mapping_at;		 /* which one held the last address */
	__u32 first, cnt;		 /* the process's mappings */
	__u8 exact;			 /* ip is no return address */
	__u8 bp_known, bx_known;
	__u8 by_frame_pointer; /* how ip was found */
};

/* The leaf, from the walk's registers. */
static inline void unwind_start(struct unwind_walk *w, __u32 first, __u32 cnt)
{
	w->body.cnt = 0;
	w->ip = w->regs[UNWIND_RIP];
	w->sp = w->regs[UNWIND_RSP];
	w->bp = w->regs[UNWIND_RBP];
	w->bx = w->regs[UNWIND_RBX];
	w->mapping.begin = w->mapping.end = 0;
	w->mapping_at = UNWIND_NO_MAPPING;
	w->first = first;
	w->cnt = cnt;
	w->exact = w->bp_known = w->bx_known = 1;
	w->by_frame_pointer = 0;
}

/* The address that the walk is at. */
static inline __u64 unwind_at(const struct unwind_walk *w)
{
	return w->exact ? w->ip : w->ip - 1;
}

#ifdef UNWIND_STEP_HOOKS

/* Negative or NULL: beyond the array. */
static __s64 unwind_row_at(struct unwind_walk *w, __u32 index);
static __s64 unwind_block_at(struct unwind_walk *w, __u32 index);
static const struct unwind_rule *unwind_rule_at(struct unwind_walk *w, __u32 index);
static const struct unwind_mapping *unwind_mapping_at(struct unwind_walk *w, __u32 index);

/* Not 0: the stack cannot be read there. */
static int unwind_word_at(struct unwind_walk *w, __u64 address, __u64 *out);

/* unwind_find_rule(), or what it said before. */
static enum unwind_end unwind_know(struct unwind_walk *w, __u64 address);

#define UNWIND_INLINE static inline __attribute__((always_inline))

/* Where struct ucontext keeps what we need; it lies at rsp when a handler has returned. */
#define UNWIND_SIGNAL_RBP 120
#define UNWIND_SIGNAL_RBX 128
#define UNWIND_SIGNAL_RSP 160
#define UNWIND_SIGNAL_RIP 168

/* Halvings that a search needs: of a process's mappings, of the rows of a block. */
#define UNWIND_MAPPING_STEPS 12
#define UNWIND_ROW_STEPS 11

_Static_assert(UNWIND_PROCESS_MAPPINGS_MAX < 1u << UNWIND_MAPPING_STEPS, "steps");
_Static_assert(UNWIND_BLOCK_BYTES < 1u << UNWIND_ROW_STEPS, "steps");

/*
 * All ones if x >= y, else 0, of numbers below 2^63. The search of a mapping adds what this masks
 * instead of branching: a verifier follows both ways of each branch. That of a row branches, for
 * there the CPU goes on to the next row while the last one is still on its way.
 */
UNWIND_INLINE __u64 unwind_not_below(__u64 x, __u64 y)
{
	__u64 mask = ~(__u64)((__s64)(x - y) >> 63);

	asm volatile("" : "+r"(mask));
	return mask;
}

/* rbx is followed in the modules that use it; coming from another one, it is not known. */
UNWIND_INLINE void unwind_enter(struct unwind_walk *w, __u32 mapping)
{
	if (mapping == w->mapping_at)
		return;
	w->mapping_at = mapping;
	w->mapping.begin = w->mapping.end = 0;
	if (!w->exact)
		w->bx_known = 0;
}

/*
 * False: no mapping holds the address. Both searches keep the same invariant: what is asked
 * for is `at` itself or one of the n behind it.
 */
UNWIND_INLINE int unwind_find_mapping(struct unwind_walk *w, __u64 address)
{
	__u32 at = w->first - 1, n = w->cnt;
	const struct unwind_mapping *m;

	for (int i = 0; i < UNWIND_MAPPING_STEPS; i++) {
		__u32 half = (n + 1) / 2;

		if (!n)
			break;
		m = unwind_mapping_at(w, at + half);
		if (!m)
			return 0;
		at += half & unwind_not_below(address, m->begin);
		n -= half;
	}
	m = unwind_mapping_at(w, at);
	if (!m || at - w->first >= w->cnt || address < m->begin || address >= m->end)
		return 0;
	unwind_enter(w, at);
	w->mapping = *m;
	return 1;
}

/* The row that holds at an address of the mapping; negative: there is none. */
UNWIND_INLINE __s64 unwind_find_row(struct unwind_walk *w, __u64 address)
{
	__u64 offset = address - w->mapping.begin + w->mapping.relative;
	__u64 block = offset >> UNWIND_BLOCK_BITS;
	__s64 first, end, row;
	__u32 at, n;

	if (block >= w->mapping.block_cnt)
		return -1;
	first = unwind_block_at(w, w->mapping.first_block + (__u32)block);
	end = unwind_block_at(w, w->mapping.first_block + (__u32)block + 1);
	if (first < 0 || end < first)
		return -1;
	at = (__u32)first - 1;
	n = (__u32)end - (__u32)first;
	for (int i = 0; i < UNWIND_ROW_STEPS; i++) {
		__u32 half = (n + 1) / 2;

		if (!n)
			break;
		row = unwind_row_at(w, at + half);
		if (row < 0)
			return -1;
		n -= half;
		if ((offset & UNWIND_BLOCK_MASK) >= (row & UNWIND_BLOCK_MASK))
			at += half;
	}
	return unwind_row_at(w, at);
}

/* The rule of code for which rows have none. */
UNWIND_INLINE enum unwind_end unwind_try_frame_pointer(struct unwind_walk *w, int trusted)
{
	w->rule = (struct unwind_rule){ .kind = UNWIND_NONE, .extra = trusted };
	return UNWIND_END_NONE;
}

/*
 * Finds w->rule of an address; another end than NONE: there is none. NO_FRAME_POINTER: what
 * a frame pointer led to is no code.
 */
UNWIND_INLINE enum unwind_end unwind_find_rule(struct unwind_walk *w, __u64 at)
{
	const struct unwind_rule *rule;
	__s64 row;

	if (at - w->mapping.begin >= w->mapping.end - w->mapping.begin &&
	    !unwind_find_mapping(w, at))
		return w->by_frame_pointer ? UNWIND_END_NO_FRAME_POINTER : UNWIND_END_NO_MAPPING;
	if (w->mapping.kind == UNWIND_MAPPING_FRAME_POINTER)
		return unwind_try_frame_pointer(w, 1);
	if (w->mapping.kind != UNWIND_MAPPING_TABLE)
		return UNWIND_END_NO_TABLE;
	row = unwind_find_row(w, at);
	if (row < 0)
		return unwind_try_frame_pointer(w, 0);
	rule = unwind_rule_at(w, (__u32)row >> UNWIND_BLOCK_BITS);
	if (!rule)
		return UNWIND_END_NO_TABLE;
	w->rule = *rule;
	return UNWIND_END_NONE;
}

UNWIND_INLINE enum unwind_end unwind_arrive(struct unwind_walk *w, __u64 sp, __u64 ip, int exact)
{
	w->sp = sp;
	w->ip = ip;
	w->exact = exact;
	w->by_frame_pointer = 0;
	return ip ? UNWIND_END_NONE : UNWIND_END_WHOLE;
}

/*
 * The outermost of those that keep frame pointers has 0 in rbp. So may any function that keeps
 * none, but there it says nothing, unless all else is 0, too: then a program begins.
 */
UNWIND_INLINE enum unwind_end unwind_without_frame(const struct unwind_walk *w)
{
	const __u64 *regs = w->regs;

	if (!w->exact)
		return UNWIND_END_WHOLE;
	if (w->body.cnt != 1 || regs[UNWIND_RAX] | regs[UNWIND_RCX] | regs[UNWIND_RDX] |
					regs[UNWIND_RBX] | regs[UNWIND_RSI] | regs[UNWIND_RDI])
		return UNWIND_END_NO_FRAME_POINTER;
	return UNWIND_END_WHOLE;
}

/*
 * What a runtime made is trusted to keep frame pointers, which may lead to another, lower
 * stack; elsewhere rbp may hold anything, and has to lie above rsp.
 */
UNWIND_INLINE enum unwind_end unwind_by_frame_pointer(struct unwind_walk *w, int trusted)
{
	enum unwind_end end;
	__u64 bp = w->bp, ip;

	if (!w->bp_known)
		return UNWIND_END_UNSUPPORTED;
	if (!bp)
		return unwind_without_frame(w);
	if (bp & 7 || (bp < w->sp && !trusted))
		return UNWIND_END_NO_FRAME_POINTER;
	if (unwind_word_at(w, bp, &w->bp) || unwind_word_at(w, bp + 8, &ip))
		return UNWIND_END_FAULT;
	if (ip && w->bp == bp)
		return UNWIND_END_STUCK;
	w->bx_known = 0;
	end = unwind_arrive(w, bp + 16, ip, 0);
	w->by_frame_pointer = 1;
	return end;
}

/*
 * The interrupted code may have been on another stack, above or below the handler's. Nobody
 * called the restorer: the kernel had the handler return to its first byte.
 */
UNWIND_INLINE enum unwind_end unwind_by_signal(struct unwind_walk *w)
{
	__u64 at = w->sp, sp, ip;

	w->body.frames[(w->body.cnt - 1) & 127] = w->ip;
	if (unwind_word_at(w, at + UNWIND_SIGNAL_RBP, &w->bp) ||
	    unwind_word_at(w, at + UNWIND_SIGNAL_RBX, &w->bx) ||
	    unwind_word_at(w, at + UNWIND_SIGNAL_RSP, &sp) ||
	    unwind_word_at(w, at + UNWIND_SIGNAL_RIP, &ip))
		return UNWIND_END_FAULT;
	w->bp_known = w->bx_known = 1;
	return unwind_arrive(w, sp, ip, 1);
}

/* The value of a register; false: not known. All are known in the leaf. */
UNWIND_INLINE int unwind_register_of(const struct unwind_walk *w, __u32 reg, __u64 *out)
{
	if (reg == UNWIND_RSP) {
		*out = w->sp;
	} else if (reg == UNWIND_RBP) {
		*out = w->bp;
		return w->bp_known;
	} else if (reg == UNWIND_RBX) {
		*out = w->bx;
		return w->bx_known;
	} else {
		*out = w->regs[reg & 15];
		return w->body.cnt == 1 && reg < UNWIND_RIP;
	}
	return 1;
}

UNWIND_INLINE enum unwind_end unwind_cfa_of(struct unwind_walk *w, const struct unwind_rule *rule,
					    __u64 at, __u64 *out)
{
	__u64 cfa;

	if (rule->kind == UNWIND_PLT) {
		*out = w->sp + ((__s64)(at & 15) >= rule->offset ? 16 : 8);
		return UNWIND_END_NONE;
	}
	if (!unwind_register_of(w, rule->reg, &cfa))
		return UNWIND_END_UNSUPPORTED;
	cfa += (__s64)rule->offset;
	if (rule->kind == UNWIND_DEREF) {
		if (unwind_word_at(w, cfa, &cfa))
			return UNWIND_END_FAULT;
		cfa += (__s64)rule->extra;
	}
	*out = cfa;
	return UNWIND_END_NONE;
}

/*
 * A register of the caller, from its place in the frame. A place below rsp has been popped
 * already, which compilers do not care to tell: it may be there yet, in the red zone, and if
 * it cannot be read, as in a copy, the register has its value again.
 */
UNWIND_INLINE int unwind_restore(struct unwind_walk *w, __u64 place, __u64 *reg)
{
	return unwind_word_at(w, place, reg) && place >= w->sp;
}

/* rbp and rbx of the caller. */
UNWIND_INLINE enum unwind_end unwind_saved(struct unwind_walk *w, const struct unwind_rule *rule,
					   __u64 cfa)
{
	if (rule->kind == UNWIND_CFA && rule->extra && w->bx_known &&
	    unwind_restore(w, cfa + (__s64)rule->extra, &w->bx))
		return UNWIND_END_FAULT;
	if (rule->rbp == UNWIND_RBP_SAME)
		return UNWIND_END_NONE;
	if (rule->rbp == UNWIND_RBP_LOST) {
		w->bp_known = 0;
		return UNWIND_END_NONE;
	}
	if (rule->rbp == UNWIND_RBP_AT_RBP) {
		if (!w->bp_known)
			return UNWIND_END_UNSUPPORTED;
		cfa = w->bp;
	}
	if (unwind_restore(w, cfa + (__s64)rule->rbp_offset, &w->bp))
		return UNWIND_END_FAULT;
	w->bp_known = 1;
	return UNWIND_END_NONE;
}

/* A caller's frame lies above; a return address in a register may have left no word. */
UNWIND_INLINE enum unwind_end unwind_by_cfa(struct unwind_walk *w, const struct unwind_rule *rule,
					    __u64 at)
{
	__u64 cfa = 0, ip = 0;
	enum unwind_end end = unwind_cfa_of(w, rule, at, &cfa);

	if (end)
		return end;
	if (cfa < w->sp || (cfa == w->sp && !rule->ra_reg))
		return UNWIND_END_STUCK;
	if (rule->ra_reg) {
		if (w->body.cnt != 1)
			return UNWIND_END_UNSUPPORTED;
		ip = w->regs[(rule->ra_reg - 1) & 15];
	} else if (unwind_word_at(w, cfa - 8, &ip)) {
		return UNWIND_END_FAULT;
	}
	end = unwind_saved(w, rule, cfa);
	return end ? end : unwind_arrive(w, cfa, ip, 0);
}

UNWIND_INLINE enum unwind_end unwind_by_leaf(struct unwind_walk *w, const struct unwind_rule *rule,
					     __u64 at)
{
	if (!w->exact)
		return unwind_by_frame_pointer(w, 1);
	if (rule->extra && w->body.cnt == 1 && !w->regs[UNWIND_RAX])
		return UNWIND_END_WHOLE;
	return unwind_by_cfa(w, rule, at);
}

UNWIND_INLINE enum unwind_end unwind_by_rule(struct unwind_walk *w, __u64 at)
{
	const struct unwind_rule *rule = &w->rule;

	switch (rule->kind) {
	case UNWIND_CFA:
	case UNWIND_DEREF:
	case UNWIND_PLT:
		return unwind_by_cfa(w, rule, at);
	case UNWIND_LEAF:
		return unwind_by_leaf(w, rule, at);
	case UNWIND_NONE:
		return unwind_by_frame_pointer(w, rule->extra);
	case UNWIND_SIGNAL:
		return unwind_by_signal(w);
	case UNWIND_STOP:
		return UNWIND_END_WHOLE;
	default:
		return UNWIND_END_UNSUPPORTED;
	}
}

/*
 * Keeps the address that the walk is at and goes on to the caller. NONE: there is one. To
 * be called ABI_STACK_MAX times at most; a walk that has not ended then is TOO_DEEP.
 */
UNWIND_INLINE enum unwind_end unwind_step(struct unwind_walk *w)
{
	__u64 at = unwind_at(w);
	__u32 n = w->body.cnt;
	enum unwind_end end;

	if (n >= ABI_STACK_MAX)
		return UNWIND_END_TOO_DEEP;
	end = unwind_know(w, at);
	if (end == UNWIND_END_NO_FRAME_POINTER)
		return end;
	w->body.frames[n & 127] = at;
	w->body.cnt = n + 1;
	return end ? end : unwind_by_rule(w, at);
}

#endif

#endif
