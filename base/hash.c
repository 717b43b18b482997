#include "base/hash.h"

#include <string.h>
#include <sys/random.h>

/*
 * Multiply and fold: the 128-bit product of two 64-bit words keeps every input
 * bit, and folding its halves together gives each a say in every output bit.
 * The seed enters at each step, so that colliding inputs cannot be prepared.
 */
#define ODD_A 0x9e3779b97f4a7c15ull
#define ODD_B 0xd6e8feb86659fd93ull

static uint64_t seed;

__attribute__((constructor)) static void draw_seed(void)
{
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)(uintptr_t)&seed;
}

static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const uint8_t *p, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, p, len);
	return word;
}

uint64_t hash_bytes(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t h = seed ^ (len * ODD_A);

	for (; len >= 8; p += 8, len -= 8)
		h = fold(h ^ load(p, 8), ODD_B ^ seed);
	if (len)
		h = fold(h ^ load(p, len), ODD_A ^ seed);
	return fold(h ^ ODD_A, ODD_B);
}

uint64_t hash_pair(uint64_t a, uint64_t b)
{
	return fold(fold(a ^ seed, ODD_B) ^ b, ODD_A ^ seed);
}
