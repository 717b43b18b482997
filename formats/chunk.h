#ifndef FORMATS_CHUNK_H
#define FORMATS_CHUNK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "formats/trace.h"
#include "formats/trace_layout.h"

/*
 * The frame of a chunk: what stands around the records, and the one place that
 * knows zstd.
 *
 *	 0      4      8    9    10    12       16      20       24       32      36   40
 *	 | sync | file | ty | fl | grp | number | raw   | stored | first  | span  | crc |
 *	 | mark | id   | pe | ag |     |        | bytes | bytes  | us     | us    |     |
 *	 | one zstd frame, `stored` bytes ...
 *	 | XXH64 of the raw bytes, seeded with the header's crc |
 *
 * The mark and the id together find a chunk of this file, and of no other, after
 * damage. The seed ties what is inside to its header: a right payload below
 * a wrong header does not hold.
 */

#define CHUNK_HEADER_BYTES 40
#define CHUNK_SUM_BYTES 8
#define CHUNK_SYNC "\xd7PC\n" /* 4 bytes */
#define CHUNK_SYNC_BYTES 4
#define CHUNK_SPAN_MAX UINT32_MAX /* that long or longer */

struct chunk_header {
	uint32_t file_id; /* the first four bytes of the file's id */
	uint8_t type;	  /* enum chunk_type, or one we do not know */
	uint8_t flags;	  /* enum chunk_flag */
	uint16_t group;	  /* counts key frames, modulo 2^16 */
	uint32_t number;  /* of the chunk in the file, from 0 */
	uint32_t raw_len;
	uint32_t stored_len;
	uint64_t first_us; /* earliest time of the records; 0 where they have none */
	uint32_t span_us;  /* from there to the latest */
};

/* Whole length of a chunk in the file. */
uint64_t chunk_bytes(const struct chunk_header *h);

/* False: not a header, or a damaged one, or sizes beyond the limits. */
bool chunk_header_take(struct chunk_header *out, const uint8_t bytes[CHUNK_HEADER_BYTES]);

struct chunk_packer;
struct chunk_packer *chunk_packer_new(int level);
void chunk_packer_free(struct chunk_packer *p);
/* Appends the whole chunk to out and fills in h's lengths; raw_len is within
 * TRACE_CHUNK_RAW_MAX. */
void chunk_pack(struct chunk_packer *p, struct chunk_header *h, const void *raw, size_t raw_len,
		struct buf *out);

struct chunk_unpacker;
struct chunk_unpacker *chunk_unpacker_new(void);
void chunk_unpacker_free(struct chunk_unpacker *u);
/* The raw bytes of a whole chunk as it lies in a file, valid until the next call. False:
 * they do not hold. The header was taken from the same bytes. */
bool chunk_unpack(struct chunk_unpacker *u, const struct chunk_header *h, const uint8_t *chunk,
		  struct bytes *out);

/* Appends a section; required: see trace_layout.h. Empty content is written too. */
void chunk_section_put(struct buf *raw, unsigned type, bool required, const struct buf *content);
/* The same for content that the caller appends behind it. */
void chunk_section_start(struct buf *raw, unsigned type, bool required, size_t content_len);
/* The next section: its content and type. False: at the end, or failed (see b->failed). */
bool chunk_section_take(struct bytes *b, uint64_t *out_type, bool *out_required, struct bytes *out);

#endif
