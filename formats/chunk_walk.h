#ifndef FORMATS_CHUNK_WALK_H
#define FORMATS_CHUNK_WALK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "formats/chunk.h"
#include "formats/trace_source.h"

/*
 * From chunk to chunk through a trace that may be damaged anywhere. Normally a chunk
 * begins where the one before ends; where none does, the walk looks for the next
 * sync mark of this file with a header that holds. What was passed over is counted.
 *
 *	| header | chunk 0 | chunk 1 | ##garbage## | chunk 3 | trailer | footer |
 *	                               ^ bytes counted, and chunk 2 missed by its number
 *
 * Chunks come in rising number, each at most once: a copy of an older chunk in the
 * wrong place is damage. The work is bounded by the file's length, whatever it holds.
 */
struct chunk_walk {
	const struct trace_source *source;
	struct chunk_unpacker *unpacker; /* NULL: nothing was loaded yet */
	struct buf stored;
	uint8_t id[TRACE_FILE_ID_BYTES];
	uint32_t file_id;	/* its first four bytes, as in the chunks */
	bool is_header_damaged; /* of the file; the id was then found in a chunk */
	uint64_t at;
	uint64_t end;	     /* of what can be chunks */
	uint64_t trailer_at; /* by the footer; 0: there is none */
	uint64_t budget;     /* bytes that may yet be unpacked of what is damaged or out of order */
	uint64_t walk_budget; /* and of whole chunks in their order */
	uint32_t next_number;
	uint64_t damaged_chunks;
	uint64_t damaged_bytes;
};

struct chunk {
	struct chunk_header header;
	uint64_t at;	  /* in the file */
	bool after_gap;	  /* chunks before this one are missing */
	struct bytes raw; /* set by chunk_walk_load(); until the next call on the walk */
};

/* Reads the header of the file. -EBADMSG: not a trace; -ENOTSUP: a newer one. */
int chunk_walk_open(struct chunk_walk *w, const struct trace_source *source, struct err *err);
void chunk_walk_close(struct chunk_walk *w);
/* Back to the first chunk; the counts start again. */
void chunk_walk_rewind(struct chunk_walk *w);

/* The next header that holds, without what is in the chunk. False: the end. */
bool chunk_walk_find(struct chunk_walk *w, struct chunk *out);
/* What is in the chunk that was found last. False: damaged, and counted. */
bool chunk_walk_load(struct chunk_walk *w, struct chunk *chunk);
/* Both, until a chunk holds. */
bool chunk_walk_next(struct chunk_walk *w, struct chunk *out);
/* The chunk at an offset, without moving the walk or counting. */
bool chunk_walk_load_at(struct chunk_walk *w, uint64_t at, struct chunk *out);

/* Counts a chunk that was loaded as damaged: its content made no sense. */
void chunk_walk_reject(struct chunk_walk *w, const struct chunk *chunk);

#endif
