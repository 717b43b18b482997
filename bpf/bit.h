/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_BIT_H
#define BPF_BIT_H

#include <linux/types.h>

/*
 * Comparisons as numbers, 1 or 0. A verifier follows both ways of each branch in each turn of
 * a loop, and takes more time for it than all else that starting a recording does; what is
 * multiplied has one way only. (Masks of all ones or none would do, too, but that verifiers
 * of late follow both ways of these.) It is compiled for user space, too, where tests hold what
 * is made of it against what is meant.
 */
#define BIT_INLINE static inline __attribute__((always_inline))

/* Nothing shall become a branch again, neither what the bit is made of nor what is computed
 * with it. */
BIT_INLINE __u64 bit_hide(__u64 x)
{
	__asm__ volatile("" : "+r"(x));
	return x;
}

/* x < y, of numbers below 2^63. */
BIT_INLINE __u64 bit_less(__u64 x, __u64 y)
{
	return bit_hide(bit_hide(x - y) >> 63);
}

BIT_INLINE __u64 bit_same(__u64 x, __u64 y)
{
	__u64 d = bit_hide(x ^ y);

	return bit_hide(bit_hide(d | -d) >> 63) ^ 1;
}

/* Whether an address is one of `bytes` from begin on, where bytes is even. */
BIT_INLINE __u64 bit_within(__u64 address, __u64 begin, __u64 bytes)
{
	return bit_less((address - begin) >> 1, bytes >> 1);
}

/* a where the bit is, else b. */
BIT_INLINE __u64 bit_choose(__u64 bit, __u64 a, __u64 b)
{
	return b + (a - b) * bit;
}

#endif
