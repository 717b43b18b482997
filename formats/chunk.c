#include "formats/chunk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/mem.h"
#include "formats/checksum.h"

#define CRC_AT (CHUNK_HEADER_BYTES - 4)

struct chunk_packer {
	ZSTD_CCtx *zstd;
};

struct chunk_unpacker {
	ZSTD_DCtx *zstd;
	uint8_t raw[TRACE_CHUNK_RAW_MAX];
};

uint64_t chunk_bytes(const struct chunk_header *h)
{
	return (uint64_t)CHUNK_HEADER_BYTES + h->stored_len + CHUNK_SUM_BYTES;
}

static void header_put(struct buf *out, const struct chunk_header *h)
{
	size_t start = out->len;

	buf_put(out, CHUNK_SYNC, CHUNK_SYNC_BYTES);
	buf_u32(out, h->file_id);
	buf_u8(out, h->type);
	buf_u8(out, h->flags);
	buf_u16(out, h->group);
	buf_u32(out, h->number);
	buf_u32(out, h->raw_len);
	buf_u32(out, h->stored_len);
	buf_u64(out, h->first_us);
	buf_u32(out, h->span_us);
	buf_u32(out, checksum_short(out->v + start, CRC_AT));
}

static uint32_t header_crc(const uint8_t *chunk)
{
	struct bytes b = bytes_of(chunk + CRC_AT, 4);

	return bytes_u32(&b);
}

bool chunk_header_take(struct chunk_header *out, const uint8_t bytes[CHUNK_HEADER_BYTES])
{
	struct bytes b = bytes_of(bytes + CHUNK_SYNC_BYTES, CHUNK_HEADER_BYTES - CHUNK_SYNC_BYTES);
	struct chunk_header h;

	if (memcmp(bytes, CHUNK_SYNC, CHUNK_SYNC_BYTES) != 0 ||
	    checksum_short(bytes, CRC_AT) != header_crc(bytes))
		return false;
	h.file_id = bytes_u32(&b);
	h.type = bytes_u8(&b);
	h.flags = bytes_u8(&b);
	h.group = bytes_u16(&b);
	h.number = bytes_u32(&b);
	h.raw_len = bytes_u32(&b);
	h.stored_len = bytes_u32(&b);
	h.first_us = bytes_u64(&b);
	h.span_us = bytes_u32(&b);
	if (h.raw_len > TRACE_CHUNK_RAW_MAX || h.stored_len > TRACE_CHUNK_STORED_MAX)
		return false;
	*out = h;
	return true;
}

/* The frame's own size and checksum fields are off: the chunk has them already. */
struct chunk_packer *chunk_packer_new(int level)
{
	struct chunk_packer *p = mem_alloc(1, sizeof(*p));

	p->zstd = ZSTD_createCCtx();
	if (!p->zstd)
		mem_resize(NULL, SIZE_MAX, 1);
	ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_contentSizeFlag, 0);
	return p;
}

void chunk_packer_free(struct chunk_packer *p)
{
	if (!p)
		return;
	ZSTD_freeCCtx(p->zstd);
	free(p);
}

void chunk_pack(struct chunk_packer *p, struct chunk_header *h, const void *raw, size_t raw_len,
		struct buf *out)
{
	size_t start = out->len, bound = ZSTD_compressBound(raw_len), stored_len;
	struct buf header = { 0 };

	assert(raw_len <= TRACE_CHUNK_RAW_MAX);
	buf_reserve(out, CHUNK_HEADER_BYTES + bound + CHUNK_SUM_BYTES);
	stored_len =
		ZSTD_compress2(p->zstd, out->v + start + CHUNK_HEADER_BYTES, bound, raw, raw_len);
	if (ZSTD_isError(stored_len)) /* with the bound given, only for want of memory */
		mem_resize(NULL, SIZE_MAX, 1);
	h->raw_len = (uint32_t)raw_len;
	h->stored_len = (uint32_t)stored_len;
	header_put(&header, h);
	memcpy(out->v + start, header.v, CHUNK_HEADER_BYTES);
	buf_release(&header);
	out->len = start + CHUNK_HEADER_BYTES + stored_len;
	buf_u64(out, checksum_long(raw, raw_len, header_crc(out->v + start)));
}

struct chunk_unpacker *chunk_unpacker_new(void)
{
	struct chunk_unpacker *u = mem_resize(NULL, 1, sizeof(*u)); /* much, and written first */

	u->zstd = ZSTD_createDCtx();
	if (!u->zstd)
		mem_resize(NULL, SIZE_MAX, 1);
	return u;
}

void chunk_unpacker_free(struct chunk_unpacker *u)
{
	if (!u)
		return;
	ZSTD_freeDCtx(u->zstd);
	free(u);
}

bool chunk_unpack(struct chunk_unpacker *u, const struct chunk_header *h, const uint8_t *chunk,
		  struct bytes *out)
{
	const uint8_t *stored = chunk + CHUNK_HEADER_BYTES;
	struct bytes sum = bytes_of(stored + h->stored_len, CHUNK_SUM_BYTES);
	size_t got = ZSTD_decompressDCtx(u->zstd, u->raw, h->raw_len, stored, h->stored_len);

	if (ZSTD_isError(got) || got != h->raw_len ||
	    checksum_long(u->raw, got, header_crc(chunk)) != bytes_u64(&sum))
		return false;
	*out = bytes_of(u->raw, got);
	return true;
}

void chunk_section_start(struct buf *raw, unsigned type, bool required, size_t content_len)
{
	buf_varint(raw, (uint64_t)type << 1 | required);
	buf_varint(raw, content_len);
}

void chunk_section_put(struct buf *raw, unsigned type, bool required, const struct buf *content)
{
	chunk_section_start(raw, type, required, content->len);
	buf_put(raw, content->v, content->len);
}

bool chunk_section_take(struct bytes *b, uint64_t *out_type, bool *out_required, struct bytes *out)
{
	uint64_t tag;

	if (!bytes_left(b))
		return false;
	tag = bytes_varint(b);
	*out_type = tag >> 1;
	*out_required = tag & 1;
	*out = bytes_sub(b, (size_t)bytes_varint_max(b, TRACE_CHUNK_RAW_MAX));
	return !b->failed;
}
