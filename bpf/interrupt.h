/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_INTERRUPT_H
#define BPF_INTERRUPT_H

#include "bpf/bit.h"

/*
 * How much of a kernel stack is the innermost interrupt's own, and whether that went through the
 * softirqs, which are run at an interrupt's end:
 *
 *	try_to_wake_up, napi_complete_done, __do_softirq, irq_exit_rcu,
 *	sysvec_apic_timer_interrupt, asm_sysvec_apic_timer_interrupt | __do_softirq, ...
 *	                             its entry, the cut behind it    | what it interrupted
 *
 * It is compiled for user space, too, where it is tested.
 */

/* Code of the kernel; no bytes: it is not known where that is. */
struct interrupt_text {
	__u64 entry, entry_bytes;     /* of all interrupts: one after the other */
	__u64 softirq, softirq_bytes; /* the function that runs softirqs */
};

/* What was found in the frames so far, from the leaf on. All 0: none was looked at. */
struct interrupt_found {
	__u64 cut;     /* frames up to the entry, which can be several; 0: there is none yet */
	__u64 past;    /* 1: what was interrupted begins */
	__u64 softirq; /* 1: a softirq's frame was seen before it */
};

/* Looks at frame n of cnt, without a branch. */
BIT_INLINE void interrupt_look(struct interrupt_found *f, const struct interrupt_text *text,
			       __u64 frame, __u64 n, __u64 cnt)
{
	__u64 seen = bit_less(n, cnt) & (f->past ^ 1);
	__u64 entry = seen & bit_within(frame, text->entry, text->entry_bytes);
	__u64 softirq = seen & bit_within(frame, text->softirq, text->softirq_bytes);

	f->past |= (entry | bit_same(f->cut, 0)) ^ 1;
	f->softirq |= softirq & (f->past ^ 1);
	f->cut = bit_choose(entry, n + 1, f->cut);
}

#endif
