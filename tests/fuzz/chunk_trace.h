#ifndef TESTS_FUZZ_CHUNK_TRACE_H
#define TESTS_FUZZ_CHUNK_TRACE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "formats/checksum.h"
#include "formats/chunk.h"
#include "formats/trace_layout.h"

/*
 * A trace whose content is wrong below headers that are right, as a hostile or a faulty
 * writer would leave it. The input is
 *
 *	| type | flags | length (2) | content | type | ...
 *
 * of which a trace is made. Bit 7 of flags leaves a number out, as if a chunk were lost
 * there.
 */
#define CHUNK_TRACE_SKIP 0x80

static inline void chunk_trace_header(struct buf *out)
{
	buf_put(out, TRACE_MAGIC, TRACE_MAGIC_BYTES);
	buf_u16(out, TRACE_HEADER_BYTES);
	buf_u16(out, TRACE_MAJOR);
	buf_u16(out, TRACE_MINOR);
	while (out->len < TRACE_HEADER_BYTES - 4)
		buf_u8(out, 0);
	buf_u32(out, checksum_short(out->v, out->len));
}

static inline void chunk_trace_footer(struct buf *out, uint64_t trailer_at)
{
	size_t start = out->len;

	buf_u64(out, trailer_at);
	buf_u32(out, 0);
	buf_u32(out, checksum_short(out->v + start, 12));
	buf_put(out, TRACE_FOOTER_MAGIC, 8);
}

static inline void chunk_trace_make(struct buf *out, struct bytes b)
{
	struct chunk_packer *packer = chunk_packer_new(1);
	uint64_t last = 0;
	uint32_t number = 0;

	chunk_trace_header(out);
	while (bytes_left(&b) >= 4) {
		struct chunk_header h = { .type = bytes_u8(&b) };
		size_t len;

		h.flags = bytes_u8(&b);
		len = bytes_u16(&b);
		len = len < bytes_left(&b) ? len : bytes_left(&b);
		number += h.flags & CHUNK_TRACE_SKIP ? 2 : 1;
		h.number = number - 1;
		h.flags &= (uint8_t)~CHUNK_TRACE_SKIP;
		h.first_us = 1000000;
		last = out->len;
		chunk_pack(packer, &h, bytes_take(&b, len), len, out);
	}
	chunk_trace_footer(out, last);
	chunk_packer_free(packer);
}

#endif
