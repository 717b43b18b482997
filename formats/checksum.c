#include "formats/checksum.h"

#include <zlib.h>

#include "base/bytes.h"

#define PRIME_1 0x9e3779b185ebca87ull
#define PRIME_2 0xc2b2ae3d27d4eb4full
#define PRIME_3 0x165667b19e3779f9ull
#define PRIME_4 0x85ebca77c2b2ae63ull
#define PRIME_5 0x27d4eb2f165667c5ull

#define LANE_CNT 4
#define STRIPE_BYTES 32

uint32_t checksum_short(const void *bytes, size_t len)
{
	return (uint32_t)crc32_z(0, bytes, len);
}

static uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static uint64_t mix(uint64_t lane, uint64_t word)
{
	return rotate(lane + word * PRIME_2, 31) * PRIME_1;
}

static uint64_t load_64(const uint8_t *p)
{
	uint64_t word;

	__builtin_memcpy(&word, p, sizeof(word));
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? word : __builtin_bswap64(word);
}

/* Four lanes eat 32 bytes a turn, then become one word. */
static uint64_t eat_stripes(const uint8_t **p, size_t *len, uint64_t seed)
{
	uint64_t lanes[LANE_CNT] = { seed + PRIME_1 + PRIME_2, seed + PRIME_2, seed,
				     seed - PRIME_1 };
	uint64_t sum;

	for (; *len >= STRIPE_BYTES; *p += STRIPE_BYTES, *len -= STRIPE_BYTES)
		for (unsigned i = 0; i < LANE_CNT; i++)
			lanes[i] = mix(lanes[i], load_64(*p + 8 * i));
	sum = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) +
	      rotate(lanes[3], 18);
	for (unsigned i = 0; i < LANE_CNT; i++)
		sum = (sum ^ mix(0, lanes[i])) * PRIME_1 + PRIME_4;
	return sum;
}

static uint64_t eat_rest(uint64_t sum, struct bytes rest)
{
	while (bytes_left(&rest) >= 8)
		sum = rotate(sum ^ mix(0, bytes_u64(&rest)), 27) * PRIME_1 + PRIME_4;
	if (bytes_left(&rest) >= 4)
		sum = rotate(sum ^ bytes_u32(&rest) * PRIME_1, 23) * PRIME_2 + PRIME_3;
	while (bytes_left(&rest))
		sum = rotate(sum ^ bytes_u8(&rest) * PRIME_5, 11) * PRIME_1;
	return sum;
}

uint64_t checksum_long(const void *bytes, size_t len, uint64_t seed)
{
	const uint8_t *p = bytes;
	size_t left = len;
	uint64_t sum = len >= STRIPE_BYTES ? eat_stripes(&p, &left, seed) : seed + PRIME_5;

	sum = eat_rest(sum + len, bytes_of(p, left));
	sum = (sum ^ sum >> 33) * PRIME_2;
	sum = (sum ^ sum >> 29) * PRIME_3;
	return sum ^ sum >> 32;
}
