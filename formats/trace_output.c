#include "formats/trace_output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "formats/checksum.h"
#include "formats/entries.h"
#include "formats/latency_entries.h"
#include "formats/trace_source.h"
#include "formats/wait_entries.h"

#define RESERVE_STEP ((uint64_t)1 << 20)  /* asked for at a time, ahead of the chunk */
#define RESERVE_LEAST ((uint64_t)1 << 16) /* always left behind a chunk: for the trailer */
#define SYNC_NS 5000000000ull		  /* a power cut costs no more than this */
#define COPY_BYTES ((size_t)1 << 18)

int trace_output_open(struct trace_output *o, const char *path, int level, struct err *err)
{
	int failed;

	*o = (struct trace_output){ 0 };
	failed = io_output_open(&o->file, path, 0600, err);
	if (failed)
		return failed;
	o->open = true;
	o->can_reserve = o->file.beside != NULL;
	o->packer = chunk_packer_new(level);
	o->synced_ns = clock_now_ns();
	return 0;
}

/* Keeps room on disk for len more bytes and a trailer behind them. */
static int reserve(struct trace_output *o, uint64_t len)
{
	uint64_t to = o->bytes + len + RESERVE_LEAST;
	int failed;

	if (!o->can_reserve || to <= o->reserved_to)
		return 0;
	do {
		failed = fallocate(o->file.fd, FALLOC_FL_KEEP_SIZE, (off_t)o->reserved_to,
				   (off_t)(to + RESERVE_STEP - o->reserved_to));
		if (failed && errno == ENOSPC)
			failed = fallocate(o->file.fd, FALLOC_FL_KEEP_SIZE, (off_t)o->reserved_to,
					   (off_t)(to - o->reserved_to));
		else if (!failed)
			to += RESERVE_STEP;
	} while (failed && errno == EINTR);
	if (!failed)
		o->reserved_to = to;
	else if (errno != ENOSPC && errno != EDQUOT)
		o->can_reserve = false;
	return failed && o->can_reserve ? -ENOSPC : 0;
}

/* Back to the end of the last whole chunk, as far as the file can. */
static void cut_back(struct trace_output *o)
{
	if (o->file.beside && ftruncate(o->file.fd, (off_t)o->bytes) == 0 &&
	    lseek(o->file.fd, (off_t)o->bytes, SEEK_SET) >= 0)
		o->reserved_to = o->bytes;
}

static int put(struct trace_output *o, const void *bytes, size_t len, struct err *err)
{
	int failed = io_write_all(o->file.fd, bytes, len);

	if (failed == -EDQUOT || failed == -EFBIG)
		failed = -ENOSPC;
	if (failed) {
		cut_back(o);
		return err_set(err, failed, "%s: cannot write: %s", o->file.path,
			       strerror(-failed));
	}
	o->bytes += len;
	return 0;
}

static int put_chunk(struct trace_output *o, const struct buf *chunk, struct err *err)
{
	if (reserve(o, chunk->len) != 0)
		return err_set(err, -ENOSPC, "%s: the disk is full", o->file.path);
	return put(o, chunk->v, chunk->len, err);
}

/* Now and then, so that a power cut costs little; a failure here is a failing disk. */
static int sync_sometimes(struct trace_output *o, struct err *err)
{
	uint64_t now = clock_now_ns();

	if (!o->file.beside || now - o->synced_ns < SYNC_NS)
		return 0;
	o->synced_ns = now;
	if (fdatasync(o->file.fd) != 0)
		return err_set(err, -errno, "%s: cannot write to the disk: %s", o->file.path,
			       strerror(errno));
	return 0;
}

int trace_output_start(struct trace_output *o, const uint8_t *file_id, struct err *err)
{
	struct buf *b = &o->chunk;

	if (file_id)
		memcpy(o->file_id, file_id, sizeof(o->file_id));
	else if (getrandom(o->file_id, sizeof(o->file_id), 0) != sizeof(o->file_id))
		return err_set(err, -errno, "cannot draw a random file id: %s", strerror(errno));
	buf_clear(b);
	buf_put(b, TRACE_MAGIC, TRACE_MAGIC_BYTES);
	buf_u16(b, TRACE_HEADER_BYTES);
	buf_u16(b, TRACE_MAJOR);
	buf_u16(b, TRACE_MINOR);
	buf_put(b, o->file_id, sizeof(o->file_id));
	buf_u64(b, 0); /* required features */
	buf_u64(b, 0); /* optional features */
	while (b->len < TRACE_HEADER_BYTES - 4)
		buf_u8(b, 0);
	buf_u32(b, checksum_short(b->v, b->len));
	return put_chunk(o, b, err);
}

/* A copy is as private as what it was copied from: it belongs to the same user. */
static void keep_owner(struct trace_output *o, const struct trace_source *from)
{
	struct stat st;

	if (from->fd >= 0 && geteuid() == 0 && !fstat(from->fd, &st))
		io_output_give(&o->file, st.st_uid, st.st_gid);
}

int trace_output_copy(struct trace_output *o, const struct trace_source *from, uint64_t end,
		      const uint8_t *file_id, uint32_t next_number, struct err *err)
{
	keep_owner(o, from);
	memcpy(o->file_id, file_id, sizeof(o->file_id));
	o->next_number = next_number;
	buf_clear(&o->chunk);
	buf_reserve(&o->chunk, COPY_BYTES);
	while (o->bytes < end) {
		size_t want = end - o->bytes < COPY_BYTES ? (size_t)(end - o->bytes) : COPY_BYTES;
		size_t got = trace_source_read(from, o->bytes, o->chunk.v, want);
		int failed;

		if (got != want)
			return err_set(err, -EIO, "%s: became shorter while it was copied",
				       from->name);
		failed = put(o, o->chunk.v, got, err);
		if (failed)
			return failed;
	}
	return 0;
}

static uint32_t id_mark(const struct trace_output *o)
{
	struct bytes b = bytes_of(o->file_id, sizeof(o->file_id));

	return bytes_u32(&b);
}

int trace_output_chunk(struct trace_output *o, struct chunk_header *h, const struct buf *raw,
		       struct err *err)
{
	uint64_t at = o->bytes;
	int failed;

	h->file_id = id_mark(o);
	h->number = o->next_number;
	buf_clear(&o->chunk);
	chunk_pack(o->packer, h, raw->v, raw->len, &o->chunk);
	failed = put_chunk(o, &o->chunk, err);
	if (failed)
		return failed;
	o->next_number++;
	trace_output_index(o, h, at);
	return sync_sometimes(o, err);
}

void trace_output_index(struct trace_output *o, const struct chunk_header *h, uint64_t at)
{
	struct index_entry *last = o->index.cnt ? &o->index.v[o->index.cnt - 1] : NULL;
	uint64_t last_us = h->first_us + h->span_us;

	if (h->type != CHUNK_NAMES && !(h->flags & CHUNK_KEY_FRAME)) {
		if (!last || !h->first_us)
			return;
		if (!last->first_us || h->first_us < last->first_us)
			last->first_us = h->first_us;
		if (last_us > last->last_us)
			last->last_us = last_us;
		return;
	}
	if (o->index.cnt < TRACE_INDEX_MAX)
		*vec_push(&o->index) = (struct index_entry){
			.type = h->type, .at = at, .first_us = h->first_us, .last_us = last_us
		};
}

static void put_index(struct trace_output *o, struct buf *raw)
{
	struct buf b = { 0 };
	uint64_t at = 0, first_us = 0;

	for (size_t i = 0; i < o->index.cnt; i++) {
		const struct index_entry *e = &o->index.v[i];

		buf_varint(&b, e->type);
		buf_varint(&b, e->at - at);
		buf_zigzag(&b, (int64_t)(e->first_us - first_us));
		buf_varint(&b, e->last_us - e->first_us);
		at = e->at;
		first_us = e->first_us;
	}
	chunk_section_put(raw, SECTION_INDEX, false, &b);
	buf_release(&b);
}

void trace_output_put_totals(struct buf *raw, const struct trace_totals *t)
{
	struct buf content = { 0 };

	entry_put_totals(&content, t);
	chunk_section_put(raw, SECTION_TOTALS, true, &content);
	buf_clear(&content);
	entry_put_wait_totals(&content, t);
	if (t->wait_cnt)
		chunk_section_put(raw, SECTION_WAIT_TOTALS, true, &content);
	buf_clear(&content);
	entry_put_latency_totals(&content, t);
	if (t->latency_cnt || t->single_cnt)
		chunk_section_put(raw, SECTION_LATENCY_TOTALS, true, &content);
	buf_release(&content);
}

int trace_output_trailer(struct trace_output *o, struct buf *raw, struct err *err)
{
	struct chunk_header h = { .type = CHUNK_TRAILER,
				  .file_id = id_mark(o),
				  .number = o->next_number };
	struct buf *b = &o->chunk;
	uint64_t at = o->bytes;
	size_t footer;
	int failed;

	put_index(o, raw);
	buf_clear(b);
	chunk_pack(o->packer, &h, raw->v, raw->len, b);
	footer = b->len;
	buf_u64(b, at);
	buf_u32(b, h.file_id);
	buf_u32(b, checksum_short(b->v + footer, b->len - footer));
	buf_put(b, TRACE_FOOTER_MAGIC, 8);
	failed = put(o, b->v, b->len, err);
	if (!failed && o->file.beside && ftruncate(o->file.fd, (off_t)o->bytes) != 0)
		return err_set(err, -errno, "%s: cannot set its length: %s", o->file.path,
			       strerror(errno));
	return failed;
}

void trace_output_close(struct trace_output *o)
{
	if (!o->open)
		return;
	io_output_close(&o->file, NULL);
	chunk_packer_free(o->packer);
	buf_release(&o->chunk);
	vec_release(&o->index);
	*o = (struct trace_output){ 0 };
}
