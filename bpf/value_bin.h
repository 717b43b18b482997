/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_VALUE_BIN_H
#define BPF_VALUE_BIN_H

#include <linux/types.h>

/*
 * The bin of a value, as formats/latency_bin.h has it, for programs: without a loop or a
 * branch, of which verifiers follow both ways. It is compiled for user space, too, where a
 * test holds one against the other.
 *
 * With e = log2(value) - 3, or 0 if that is less, value >> e is below 16, and from 8 on if
 * e is not 0: bin = 8 * e + (value >> e).
 */

/* `power` if x has a bit from that place on, else 0; power is 1 << log, x below 2^62. What is
 * negative has all its upper bits. */
static inline __attribute__((always_inline)) __u64 value_bin_step(__u64 x, __u64 power, __u32 log)
{
	__u64 above = -(x >> power);

	/* Else compilers see a choice in it, and make it a branch. */
	__asm__ volatile("" : "+r"(above));
	return above >> (63 - log) & power;
}

static inline __attribute__((always_inline)) __u32 value_bin(__u64 value)
{
	__u64 x = value >> 3, e, step;

	e = value_bin_step(x, 32, 5);
	x >>= e;
	step = value_bin_step(x, 16, 4);
	x >>= step;
	e |= step;
	step = value_bin_step(x, 8, 3);
	x >>= step;
	e |= step;
	step = value_bin_step(x, 4, 2);
	x >>= step;
	e |= step;
	step = value_bin_step(x, 2, 1);
	x >>= step;
	e |= step | x >> 1;
	return 8 * e + (value >> e);
}

#endif
