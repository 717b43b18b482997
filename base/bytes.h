#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes on their way in: a bounded cursor over memory that somebody else owns,
 * little endian. Reading beyond the end never touches memory: it sets `failed`,
 * which sticks, and yields 0. So a decoder reads a whole record and asks once,
 * but must bound every loop whose count it read.
 */
struct bytes {
	const uint8_t *p;
	const uint8_t *end;
	bool failed;
};

struct bytes bytes_of(const void *start, size_t len);
size_t bytes_left(const struct bytes *b);

uint8_t bytes_u8(struct bytes *b);
uint16_t bytes_u16(struct bytes *b);
uint32_t bytes_u32(struct bytes *b);
uint64_t bytes_u64(struct bytes *b);

/* LEB128 as in base/buf.h; longer than 10 bytes or beyond 64 bits fails. */
uint64_t bytes_varint(struct bytes *b);
int64_t bytes_zigzag(struct bytes *b);

/* A varint that may not exceed max; a larger one fails. */
uint64_t bytes_varint_max(struct bytes *b, uint64_t max);

/* The next len bytes, or NULL (and failed) if there are fewer. */
const uint8_t *bytes_take(struct bytes *b, size_t len);

/* A cursor over the next len bytes, which are skipped here. */
struct bytes bytes_sub(struct bytes *b, size_t len);

/* A blob: varint length (at most max), then bytes; out_len gets the length. */
const uint8_t *bytes_blob(struct bytes *b, size_t max, size_t *out_len);

#endif
