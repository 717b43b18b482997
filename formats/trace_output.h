#ifndef FORMATS_TRACE_OUTPUT_H
#define FORMATS_TRACE_OUTPUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/io.h"
#include "base/vec.h"
#include "formats/chunk.h"

struct trace_source;

/*
 * The file end of writing a trace: header, whole chunks with one write each, index,
 * trailer, footer. It knows nothing of records.
 *
 * Room for the trailer is kept on disk ahead of what is written (fallocate beyond
 * the end, where the file system can), so that a full disk still gets one. A chunk
 * that does not fit leaves nothing behind: the file is cut back to where it was.
 */
struct trace_output {
	struct io_output file;
	bool open;
	struct chunk_packer *packer;
	uint8_t file_id[TRACE_FILE_ID_BYTES];
	uint64_t bytes;	      /* written */
	uint64_t reserved_to; /* the file system has kept room up to here */
	bool can_reserve;
	uint64_t synced_ns; /* when the disk last had everything */
	uint32_t next_number;
	struct buf chunk;
	struct {
		VEC(struct index_entry);
	} index;
};

/* A place to read from: a key frame and the time of its group, or a chunk of names. */
struct index_entry {
	uint8_t type; /* of the chunk */
	uint64_t at;
	uint64_t first_us;
	uint64_t last_us;
};

#define TRACE_INDEX_MAX 32768 /* entries; groups beyond are found by walking */

/* level: of zstd. Nothing is written yet. */
int trace_output_open(struct trace_output *o, const char *path, int level, struct err *err);
/* file_id may be NULL: drawn at random. */
int trace_output_start(struct trace_output *o, const uint8_t *file_id, struct err *err);
/* Instead: takes over bytes [0, end) of a trace as they are; chunks then count from
 * next_number. */
int trace_output_copy(struct trace_output *o, const struct trace_source *from, uint64_t end,
		      const uint8_t *file_id, uint32_t next_number, struct err *err);

/* Fills in file id and number; type, flags, group and times are the caller's. -ENOSPC:
 * no room, and nothing of the chunk is there. */
int trace_output_chunk(struct trace_output *o, struct chunk_header *h, const struct buf *raw,
		       struct err *err);

/* For a chunk that was written or copied: key frames and names enter, others extend. */
void trace_output_index(struct trace_output *o, const struct chunk_header *h, uint64_t at);

/* The sections of a trailer that say the totals. */
void trace_output_put_totals(struct buf *raw, const struct trace_totals *t);
/* Index, footer; `raw` holds the other sections of the trailer, and is added to. */
int trace_output_trailer(struct trace_output *o, struct buf *raw, struct err *err);

void trace_output_close(struct trace_output *o);

#endif
