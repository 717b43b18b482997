#ifndef SYMBOLIZE_DWARF_LEB_H
#define SYMBOLIZE_DWARF_LEB_H

#include "base/bytes.h"

/* As bytes_varint(); most have one byte. */
static inline uint64_t dwarf_leb_take(struct bytes *b)
{
	if (b->p < b->end && *b->p < 0x80)
		return *b->p++;
	return bytes_varint(b);
}

/* A signed LEB128, as two's complement. */
static inline uint64_t dwarf_leb_signed(struct bytes *b)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = bytes_u8(b);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return byte & 0x40 && shift < 64 ? value | ~(uint64_t)0 << shift : value;
}

#endif
