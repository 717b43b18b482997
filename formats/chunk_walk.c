#include "formats/chunk_walk.h"

#include <errno.h>
#include <string.h>

#include "formats/checksum.h"

#define SCAN_BYTES ((size_t)64 << 10)
#define CHUNK_BYTES_MIN (CHUNK_HEADER_BYTES + CHUNK_SUM_BYTES)

/*
 * What may be unpacked in all, as a multiple of the file's length: without a bound a small
 * file could keep us busy for hours. Chunk behind chunk, each whole, real traces shrink by
 * 1.3 to 10, and copies of a stack that hardly changes by a thousand. What turns out to be
 * damaged, or is read out of order, may lie in other chunks' bytes and be met again and
 * again, so it has less.
 */
#define WALK_RATIO 2048
#define WALK_LEAST ((uint64_t)1 << 30)
#define BUDGET_RATIO 32
#define BUDGET_LEAST ((uint64_t)64 << 20)

static bool header_at(const struct chunk_walk *w, uint64_t at, struct chunk_header *out)
{
	uint8_t bytes[CHUNK_HEADER_BYTES];

	return at < w->end &&
	       trace_source_read(w->source, at, bytes, sizeof(bytes)) == sizeof(bytes) &&
	       chunk_header_take(out, bytes);
}

static bool is_whole(const struct chunk_walk *w, uint64_t at, const struct chunk_header *h)
{
	return chunk_bytes(h) <= w->end - at;
}

/* A header that can be the next of ours; one whose chunk does not fit is a chunk lost. */
static bool can_be_next(struct chunk_walk *w, uint64_t at, const struct chunk_header *h)
{
	if (h->file_id != w->file_id)
		return false;
	w->damaged_chunks += !is_whole(w, at, h);
	return is_whole(w, at, h) && h->number >= w->next_number;
}

/*
 * Offset of the next sync mark with a header of `any` file, or one that can be our next,
 * or the end. Headers that are passed over, however many, cost no block of their own.
 */
static uint64_t scan(struct chunk_walk *w, uint64_t from, bool any, struct chunk_header *out)
{
	uint8_t block[SCAN_BYTES];

	while (from + CHUNK_BYTES_MIN <= w->end) {
		size_t got = trace_source_read(w->source, from, block, sizeof(block));
		const uint8_t *p = block, *end = block + got;

		while ((p = memmem(p, (size_t)(end - p), CHUNK_SYNC, CHUNK_SYNC_BYTES))) {
			uint64_t at = from + (uint64_t)(p - block);

			if (got == sizeof(block) && end - p < CHUNK_HEADER_BYTES)
				break; /* whole in the next block */
			if (end - p >= CHUNK_HEADER_BYTES && at < w->end &&
			    chunk_header_take(out, p) && (any || can_be_next(w, at, out)))
				return at;
			p++;
		}
		if (got < sizeof(block))
			break;
		from += got - (CHUNK_HEADER_BYTES - 1);
	}
	return w->end;
}

static void take_footer(struct chunk_walk *w)
{
	uint8_t footer[TRACE_FOOTER_BYTES];
	struct bytes b = bytes_of(footer, sizeof(footer));
	uint64_t at, start = w->source->len - TRACE_FOOTER_BYTES;

	w->end = w->source->len;
	w->trailer_at = 0;
	if (w->end < TRACE_HEADER_BYTES + TRACE_FOOTER_BYTES ||
	    trace_source_read(w->source, start, footer, sizeof(footer)) != sizeof(footer))
		return;
	at = bytes_u64(&b);
	if (bytes_u32(&b) != w->file_id || bytes_u32(&b) != checksum_short(footer, 12) ||
	    memcmp(b.p, TRACE_FOOTER_MAGIC, 8) != 0 || at < TRACE_HEADER_BYTES || at >= start)
		return;
	w->end = start;
	w->trailer_at = at;
}

static uint32_t id_mark(const uint8_t *id)
{
	struct bytes b = bytes_of(id, TRACE_FILE_ID_BYTES);

	return bytes_u32(&b);
}

static int take_features(struct bytes *b, const char *name, struct err *err)
{
	uint16_t major = bytes_u16(b);
	uint64_t required;

	bytes_u16(b); /* minor: what it adds can be skipped */
	bytes_take(b, TRACE_FILE_ID_BYTES);
	required = bytes_u64(b);
	if (major != TRACE_MAJOR)
		return err_set(err, -ENOTSUP,
			       "%s: is a trace of version %u; this program reads version %u", name,
			       major, TRACE_MAJOR);
	if (required)
		return err_set(err, -ENOTSUP,
			       "%s: needs features (bits 0x%llx) that this program does not have",
			       name, (unsigned long long)required);
	return 0;
}

/* The header is damaged or there is none: any chunk that holds makes it a trace. */
static int take_id_from_chunk(struct chunk_walk *w, struct err *err)
{
	struct chunk_header h;

	if (scan(w, 0, true, &h) == w->end)
		return err_set(err, -EBADMSG, "%s: is not a trace of this program",
			       w->source->name);
	w->is_header_damaged = true;
	w->file_id = h.file_id;
	memset(w->id, 0, sizeof(w->id));
	memcpy(w->id,
	       (const uint8_t[]){ (uint8_t)h.file_id, (uint8_t)(h.file_id >> 8),
				  (uint8_t)(h.file_id >> 16), (uint8_t)(h.file_id >> 24) },
	       4);
	return 0;
}

static int take_header(struct chunk_walk *w, struct err *err)
{
	uint8_t header[TRACE_HEADER_BYTES] = { 0 };
	struct bytes b = bytes_of(header, sizeof(header)), crc;
	size_t got = trace_source_read(w->source, 0, header, sizeof(header));

	crc = bytes_of(header + TRACE_HEADER_BYTES - 4, 4);
	if (got != sizeof(header) || memcmp(header, TRACE_MAGIC, TRACE_MAGIC_BYTES) != 0 ||
	    bytes_u32(&crc) != checksum_short(header, TRACE_HEADER_BYTES - 4))
		return take_id_from_chunk(w, err);
	bytes_take(&b, TRACE_MAGIC_BYTES);
	bytes_u16(&b); /* length of the header: 64 in this major version */
	memcpy(w->id, b.p + 4, TRACE_FILE_ID_BYTES);
	w->file_id = id_mark(w->id);
	return take_features(&b, w->source->name, err);
}

int chunk_walk_open(struct chunk_walk *w, const struct trace_source *source, struct err *err)
{
	int failed;

	*w = (struct chunk_walk){ .source = source, .end = source->len };
	failed = take_header(w, err);
	if (failed)
		return failed;
	take_footer(w);
	chunk_walk_rewind(w);
	return 0;
}

void chunk_walk_close(struct chunk_walk *w)
{
	chunk_unpacker_free(w->unpacker);
	buf_release(&w->stored);
	*w = (struct chunk_walk){ 0 };
}

void chunk_walk_rewind(struct chunk_walk *w)
{
	w->at = w->is_header_damaged ? 0 : TRACE_HEADER_BYTES;
	w->budget = w->source->len * BUDGET_RATIO + BUDGET_LEAST;
	w->walk_budget = w->source->len * WALK_RATIO + WALK_LEAST;
	w->next_number = 0;
	w->damaged_chunks = 0;
	w->damaged_bytes = 0;
}

/* Passes over what is no chunk of ours, up to a header that can be the next. */
static bool find_header(struct chunk_walk *w, struct chunk_header *h)
{
	uint64_t start = w->at;

	if (w->at < w->end && !(header_at(w, w->at, h) && can_be_next(w, w->at, h)))
		w->at = scan(w, w->at + 1, false, h);
	w->damaged_bytes += w->at - start;
	return w->at < w->end;
}

bool chunk_walk_find(struct chunk_walk *w, struct chunk *out)
{
	uint64_t start = w->at, missing, most;
	struct chunk_header h;

	if (!find_header(w, &h))
		return false;
	most = (w->at - start) / CHUNK_BYTES_MIN + 1;
	missing = h.number - w->next_number;
	w->damaged_chunks += missing < most ? missing : most;
	*out = (struct chunk){ .header = h, .at = w->at, .after_gap = missing != 0 };
	w->next_number = h.number + 1;
	w->at += chunk_bytes(&h);
	return true;
}

static uint64_t work_of(const struct chunk *chunk)
{
	return chunk->header.raw_len + chunk_bytes(&chunk->header);
}

static bool load(struct chunk_walk *w, struct chunk *chunk)
{
	size_t len = (size_t)chunk_bytes(&chunk->header);

	if (!w->unpacker)
		w->unpacker = chunk_unpacker_new();
	buf_clear(&w->stored);
	buf_reserve(&w->stored, len);
	return trace_source_read(w->source, chunk->at, w->stored.v, len) == len &&
	       chunk_unpack(w->unpacker, &chunk->header, w->stored.v, &chunk->raw);
}

static bool load_next(struct chunk_walk *w, struct chunk *chunk)
{
	uint64_t work = work_of(chunk);

	if (work > w->budget || work > w->walk_budget)
		return false;
	if (!load(w, chunk)) {
		w->budget -= work;
		return false;
	}
	w->walk_budget -= work;
	return true;
}

void chunk_walk_reject(struct chunk_walk *w, const struct chunk *chunk)
{
	w->damaged_chunks++;
	w->damaged_bytes += chunk_bytes(&chunk->header);
}

bool chunk_walk_load(struct chunk_walk *w, struct chunk *chunk)
{
	struct chunk_header next;

	if (load_next(w, chunk))
		return true;
	w->damaged_chunks++;
	if (w->at == w->end || header_at(w, w->at, &next)) {
		w->damaged_bytes += w->at - chunk->at;
	} else { /* its length is not to be trusted: bytes are missing or too many */
		w->damaged_bytes += CHUNK_HEADER_BYTES;
		w->at = chunk->at + CHUNK_HEADER_BYTES;
	}
	return false;
}

bool chunk_walk_next(struct chunk_walk *w, struct chunk *out)
{
	bool gap = false;

	while (chunk_walk_find(w, out)) {
		out->after_gap |= gap;
		if (chunk_walk_load(w, out))
			return true;
		gap = true;
	}
	return false;
}

bool chunk_walk_load_at(struct chunk_walk *w, uint64_t at, struct chunk *out)
{
	struct chunk chunk = { .at = at };

	if (!header_at(w, at, &chunk.header) || chunk.header.file_id != w->file_id ||
	    !is_whole(w, at, &chunk.header) || work_of(&chunk) > w->budget)
		return false;
	w->budget -= work_of(&chunk);
	if (!load(w, &chunk))
		return false;
	*out = chunk;
	return true;
}
