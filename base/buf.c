#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BUF_START_BYTES 256

void buf_release(struct buf *b)
{
	free(b->v);
	*b = (struct buf){ 0 };
}

void buf_clear(struct buf *b)
{
	b->len = 0;
}

void buf_reserve(struct buf *b, size_t more)
{
	size_t needed = b->len + more;
	size_t cap = b->cap ? b->cap : BUF_START_BYTES;

	if (needed <= b->cap)
		return;
	while (cap < needed)
		cap *= 2;
	b->v = mem_resize(b->v, cap, 1);
	b->cap = cap;
}

void buf_put(struct buf *b, const void *bytes, size_t len)
{
	if (!len)
		return;
	buf_reserve(b, len);
	memcpy(b->v + b->len, bytes, len);
	b->len += len;
}

void buf_puts(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	int len;

	buf_reserve(b, 128);
	va_start(args, fmt);
	len = vsnprintf((char *)b->v + b->len, b->cap - b->len, fmt, args);
	va_end(args);
	if (len < 0)
		return;
	if ((size_t)len >= b->cap - b->len) {
		buf_reserve(b, (size_t)len + 1);
		va_start(args, fmt);
		vsnprintf((char *)b->v + b->len, b->cap - b->len, fmt, args);
		va_end(args);
	}
	b->len += (size_t)len;
}

const char *buf_text(struct buf *b)
{
	buf_reserve(b, 1);
	b->v[b->len] = '\0';
	return (const char *)b->v;
}

static void put_little_endian(struct buf *b, uint64_t value, size_t width)
{
	buf_reserve(b, width);
	for (size_t i = 0; i < width; i++)
		b->v[b->len++] = (uint8_t)(value >> (8 * i));
}

void buf_u8(struct buf *b, uint8_t value)
{
	put_little_endian(b, value, 1);
}

void buf_u16(struct buf *b, uint16_t value)
{
	put_little_endian(b, value, 2);
}

void buf_u32(struct buf *b, uint32_t value)
{
	put_little_endian(b, value, 4);
}

void buf_u64(struct buf *b, uint64_t value)
{
	put_little_endian(b, value, 8);
}

void buf_varint(struct buf *b, uint64_t value)
{
	buf_reserve(b, 10);
	while (value >= 0x80) {
		b->v[b->len++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	b->v[b->len++] = (uint8_t)value;
}

void buf_zigzag(struct buf *b, int64_t value)
{
	buf_varint(b, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

void buf_blob(struct buf *b, const void *bytes, size_t len)
{
	buf_varint(b, len);
	buf_put(b, bytes, len);
}
