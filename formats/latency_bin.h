#ifndef FORMATS_LATENCY_BIN_H
#define FORMATS_LATENCY_BIN_H

#include <stdint.h>

/*
 * The ranges that values of latencies are counted in: 8 of equal width for each power of two,
 * so that a value is known to an eighth of itself and better.
 *
 *	value  0 1 2 ... 15 | 16-17 18-19 ... 30-31 | 32-35 ... | ... 2^64 - 1
 *	bin    0 1 2 ... 15 |  16    17  ...   23   |  24   ... | ... 495
 *
 * bpf/latency.h has the same ones.
 */
#define LATENCY_BINS 496

static inline uint32_t latency_bin_of(uint64_t value)
{
	uint32_t power;

	if (value < 16)
		return (uint32_t)value;
	power = 63 - (uint32_t)__builtin_clzll(value);
	return (power - 2) * 8 + (uint32_t)(value >> (power - 3) & 7);
}

/* The least value of a bin, and the greatest. */
static inline uint64_t latency_bin_first(uint32_t bin)
{
	return bin < 16 ? bin : (uint64_t)(8 + bin % 8) << (bin / 8 - 1);
}

static inline uint64_t latency_bin_last(uint32_t bin)
{
	return bin + 1 < LATENCY_BINS ? latency_bin_first(bin + 1) - 1 : UINT64_MAX;
}

#endif
