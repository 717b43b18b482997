#include "base/bytes.h"

struct bytes bytes_of(const void *start, size_t len)
{
	const uint8_t *p = start;

	return (struct bytes){ .p = p, .end = p + len };
}

size_t bytes_left(const struct bytes *b)
{
	return (size_t)(b->end - b->p);
}

const uint8_t *bytes_take(struct bytes *b, size_t len)
{
	const uint8_t *at = b->p;

	if (b->failed || len > bytes_left(b)) {
		b->failed = true;
		b->p = b->end;
		return NULL;
	}
	b->p += len;
	return at;
}

static uint64_t take_little_endian(struct bytes *b, size_t width)
{
	const uint8_t *at = bytes_take(b, width);
	uint64_t value = 0;

	for (size_t i = 0; at && i < width; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

uint8_t bytes_u8(struct bytes *b)
{
	return (uint8_t)take_little_endian(b, 1);
}

uint16_t bytes_u16(struct bytes *b)
{
	return (uint16_t)take_little_endian(b, 2);
}

uint32_t bytes_u32(struct bytes *b)
{
	return (uint32_t)take_little_endian(b, 4);
}

uint64_t bytes_u64(struct bytes *b)
{
	return take_little_endian(b, 8);
}

uint64_t bytes_varint(struct bytes *b)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 70; shift += 7) {
		uint8_t byte;

		if (b->p == b->end)
			break;
		byte = *b->p++;
		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	b->failed = true;
	b->p = b->end;
	return 0;
}

int64_t bytes_zigzag(struct bytes *b)
{
	uint64_t value = bytes_varint(b);

	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

uint64_t bytes_varint_max(struct bytes *b, uint64_t max)
{
	uint64_t value = bytes_varint(b);

	if (value <= max)
		return value;
	b->failed = true;
	b->p = b->end;
	return 0;
}

struct bytes bytes_sub(struct bytes *b, size_t len)
{
	const uint8_t *at = bytes_take(b, len);

	if (!at)
		return (struct bytes){ .p = b->end, .end = b->end, .failed = true };
	return bytes_of(at, len);
}

const uint8_t *bytes_blob(struct bytes *b, size_t max, size_t *out_len)
{
	size_t len = (size_t)bytes_varint_max(b, max);
	const uint8_t *at = bytes_take(b, len);

	*out_len = at ? len : 0;
	return at;
}
