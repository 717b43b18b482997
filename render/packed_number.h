#ifndef RENDER_PACKED_NUMBER_H
#define RENDER_PACKED_NUMBER_H

#include <stdint.h>

#include "base/buf.h"

/*
 * Numbers in few characters, for scripts to unpack (packed_numbers.js): digits of base 64
 * (A-Z a-z 0-9 + /), five bits each, least significant first, 32 saying that more follow.
 */
static inline void packed_number(struct buf *out, uint64_t value)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	while (value >= 32) {
		buf_u8(out, (uint8_t)digits[32 | (value & 31)]);
		value >>= 5;
	}
	buf_u8(out, (uint8_t)digits[value]);
}

#endif
