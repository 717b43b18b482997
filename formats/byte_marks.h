#ifndef FORMATS_BYTE_MARKS_H
#define FORMATS_BYTE_MARKS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * Sixteen bytes at a glance: bit i of an answer is about byte i. For the readers
 * of text formats, whose speed is that of finding separators and of skipping what
 * two lines share.
 */
#define BYTE_MARKS 16

#ifdef __SSE2__

/* Where c stands in p[0..16). */
static inline uint32_t byte_marks(const char *p, char c)
{
	__m128i v = _mm_loadu_si128((const __m128i *)p);

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
}

/* Where a[0..16) and b[0..16) differ. */
static inline uint32_t byte_differences(const char *a, const char *b)
{
	__m128i x = _mm_loadu_si128((const __m128i *)a), y = _mm_loadu_si128((const __m128i *)b);

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) ^ 0xffff;
}

#else

/* One bit for each byte of a word that is zero: the exact test (no borrow between bytes),
 * then the eight top bits gathered by a multiplication. */
static inline uint32_t byte_zeros(uint64_t word)
{
	uint64_t low = 0x7f7f7f7f7f7f7f7full;
	uint64_t zero = ~(((word & low) + low) | word | low);

	return (uint32_t)(((zero >> 7) * 0x0102040810204080ull) >> 56);
}

static inline uint64_t byte_word(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static inline uint32_t byte_marks(const char *p, char c)
{
	uint64_t all = 0x0101010101010101ull * (uint8_t)c;

	return byte_zeros(byte_word(p) ^ all) | byte_zeros(byte_word(p + 8) ^ all) << 8;
}

static inline uint32_t byte_differences(const char *a, const char *b)
{
	uint32_t same = byte_zeros(byte_word(a) ^ byte_word(b)) |
			byte_zeros(byte_word(a + 8) ^ byte_word(b + 8)) << 8;

	return same ^ 0xffff;
}

#endif

/* How many leading bytes of a[0..max) and b[0..max) are the same. */
static inline size_t bytes_shared(const char *a, const char *b, size_t max)
{
	size_t n = 0;

	for (; max - n >= BYTE_MARKS; n += BYTE_MARKS) {
		uint32_t differences = byte_differences(a + n, b + n);

		if (differences)
			return n + (size_t)__builtin_ctz(differences);
	}
	while (n < max && a[n] == b[n])
		n++;
	return n;
}

#endif
