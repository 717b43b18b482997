#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

/*
 * Bytes on their way out: text, or little-endian binary. The counterpart for
 * reading is base/bytes.h. A zeroed struct is empty. Text built here has no NUL
 * behind it until buf_text() is called.
 */
struct buf {
	uint8_t *v;
	size_t len;
	size_t cap;
};

void buf_release(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory */
void buf_reserve(struct buf *b, size_t more);

void buf_put(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The content with a NUL behind it; valid until the next write. */
const char *buf_text(struct buf *b);

void buf_u8(struct buf *b, uint8_t value);
void buf_u16(struct buf *b, uint16_t value);
void buf_u32(struct buf *b, uint32_t value);
void buf_u64(struct buf *b, uint64_t value);

/* LEB128: seven bits a byte, least significant first; at most 10 bytes. */
void buf_varint(struct buf *b, uint64_t value);

/* Signed values as varints with the sign in the lowest bit: 0, -1, 1, -2 ... */
void buf_zigzag(struct buf *b, int64_t value);

/* A varint of the length, then the bytes. */
void buf_blob(struct buf *b, const void *bytes, size_t len);

#endif
