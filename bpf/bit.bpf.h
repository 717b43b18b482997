/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_BIT_BPF_H
#define BPF_BIT_BPF_H

#include "bpf/kernel.bpf.h"

/*
 * Comparisons as numbers, 1 or 0. A verifier follows both ways of each branch in each turn of
 * a loop, and takes more time for it than all else that starting a recording does; what is
 * multiplied has one way only. (Masks of all ones or none would do, too, but that verifiers
 * of late follow both ways of these.)
 */

/* Nothing shall become a branch again, neither what the bit is made of nor what is computed
 * with it. */
static __always_inline u64 bit_hide(u64 x)
{
	asm volatile("" : "+r"(x));
	return x;
}

/* x < y, of numbers below 2^63. */
static __always_inline u64 bit_less(u64 x, u64 y)
{
	return bit_hide(bit_hide(x - y) >> 63);
}

static __always_inline u64 bit_same(u64 x, u64 y)
{
	u64 d = bit_hide(x ^ y);

	return bit_hide(bit_hide(d | -d) >> 63) ^ 1;
}

/* Whether an address is one of `bytes` from begin on, where bytes is even. */
static __always_inline u64 bit_within(u64 address, u64 begin, u64 bytes)
{
	return bit_less((address - begin) >> 1, bytes >> 1);
}

/* a where the bit is, else b. */
static __always_inline u64 bit_choose(u64 bit, u64 a, u64 b)
{
	return b + (a - b) * bit;
}

#endif
