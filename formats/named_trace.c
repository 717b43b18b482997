#include "formats/name_table.h"

#include <errno.h>
#include <string.h>

#include "formats/chunk_walk.h"
#include "formats/entries.h"
#include "formats/latency_entries.h"
#include "formats/name_store.h"
#include "formats/trace_output.h"
#include "formats/trace_reader.h"

/*
 * Names in a trace file: chunks behind the recorded ones. Writing copies what was
 * recorded byte for byte, damage included, so that a named trace can always
 * be named again; only older names and the trailer are made anew.
 */

/* Of zstd. 3 makes the names 3 % smaller, 9 makes them 8 % smaller; they take an eighth and
 * a third of the time of naming from a cache. */
#define NAMES_LEVEL 1

int name_table_read(struct name_table **out, struct trace_reader *r, struct err *err)
{
	struct name_table *t = name_table_new();
	struct chunk_walk walk;
	struct bytes content;
	struct chunk chunk;
	uint64_t type;
	bool required;
	int failed = chunk_walk_open(&walk, trace_reader_source(r), err);

	if (failed) {
		name_table_free(t);
		return failed;
	}
	while (chunk_walk_find(&walk, &chunk)) {
		if (chunk.header.type != CHUNK_NAMES || !chunk_walk_load(&walk, &chunk))
			continue;
		while (chunk_section_take(&chunk.raw, &type, &required, &content))
			if (type == SECTION_MODULE_NAMES)
				name_chunks_take(t, content);
			else if (type == SECTION_COPY_STACKS)
				name_copies_take(t, content);
	}
	chunk_walk_close(&walk);
	*out = t;
	return 0;
}

/* What is copied as it was recorded, damage and all, and what a damaged tail loses. */
struct recorded {
	uint64_t end;
	uint32_t next_number;
	uint64_t tail_chunks; /* damaged, behind the end */
};

/*
 * The recorded part ends where names or the trailer begin; where neither is left, with the
 * last chunk that holds. Chunks are loaded, because only content tells whether a length is
 * to be trusted, unless it was read and told so already. Fills the new index.
 */
static void find_end(struct chunk_walk *walk, struct trace_output *o, bool is_whole,
		     struct recorded *out)
{
	struct chunk chunk;
	uint64_t damaged_before = 0;

	*out = (struct recorded){ .end = TRACE_HEADER_BYTES };
	while (chunk_walk_find(walk, &chunk)) {
		if (chunk.header.type == CHUNK_NAMES || chunk.header.type == CHUNK_TRAILER) {
			*out = (struct recorded){ .end = chunk.at,
						  .next_number = chunk.header.number };
			return;
		}
		if (!is_whole && !chunk_walk_load(walk, &chunk))
			continue;
		trace_output_index(o, &chunk.header, chunk.at);
		out->end = chunk.at + chunk_bytes(&chunk.header);
		out->next_number = chunk.header.number + 1;
		damaged_before = walk->damaged_chunks;
	}
	out->tail_chunks = walk->damaged_chunks - damaged_before;
}

static int put_names(struct trace_output *o, const struct name_table *t, struct err *err)
{
	struct chunk_header h = { .type = CHUNK_NAMES };
	struct name_chunks chunks;
	struct buf raw = { 0 };
	int failed = 0;

	name_chunks_start(&chunks, t);
	while (!failed && name_chunks_next(&chunks, &raw))
		failed = trace_output_chunk(o, &h, &raw, err);
	name_chunks_release(&chunks);
	buf_release(&raw);
	return failed;
}

static void put_heads(struct buf *raw, const struct trace_reader *r)
{
	struct buf b = { 0 };

	for (unsigned fact = 1; fact < TRACE_FACT_CNT; fact++) {
		const char *text = trace_reader_fact(r, (enum trace_fact)fact);

		if (!*text)
			continue;
		buf_varint(&b, fact);
		entry_put_text(&b, text);
	}
	chunk_section_put(raw, SECTION_FACTS, false, &b);
	buf_clear(&b);
	buf_varint(&b, 0);
	for (uint32_t i = 0; i < trace_reader_event_cnt(r); i++)
		entry_put_event(&b, trace_reader_event(r, i));
	chunk_section_put(raw, SECTION_EVENTS, true, &b);
	buf_clear(&b);
	for (uint32_t i = 0; i < trace_reader_event_cnt(r); i++)
		entry_put_labels(&b, i, trace_reader_event(r, i));
	if (b.len)
		chunk_section_put(raw, SECTION_EVENT_LABELS, true, &b);
	buf_release(&b);
}

/*
 * The totals as recorded. Where no trailer was left the trace is read through; then
 * only the tail that is not copied is damage that its reader will not find again.
 */
static int find_totals(struct trace_reader *r, const struct recorded *recorded,
		       struct trace_totals *out, struct err *err)
{
	struct trace_record record;
	int got = 1;

	if (trace_reader_recorded_totals(r, out))
		return 0;
	while (got > 0)
		got = trace_reader_next(r, &record, err);
	*out = *trace_reader_totals(r);
	out->lost[TRACE_LOSS_DAMAGED_CHUNKS] = recorded->tail_chunks;
	out->lost[TRACE_LOSS_DAMAGED_BYTES] = trace_reader_bytes(r) - recorded->end;
	return got;
}

static int put_trailer(struct trace_output *o, struct trace_reader *r,
		       const struct recorded *recorded, struct err *err)
{
	struct trace_totals totals;
	struct buf raw = { 0 };
	int failed;

	trace_reader_rewind(r);
	failed = find_totals(r, recorded, &totals, err);
	if (!failed) {
		trace_output_put_totals(&raw, &totals);
		put_heads(&raw, r);
		failed = trace_output_trailer(o, &raw, err);
	}
	buf_release(&raw);
	trace_reader_rewind(r);
	return failed;
}

static int write_named(struct trace_output *o, struct chunk_walk *walk, const struct name_table *t,
		       struct trace_reader *r, struct err *err)
{
	struct recorded recorded;
	int failed;

	find_end(walk, o, trace_reader_was_whole(r), &recorded);
	failed = trace_output_copy(o, walk->source, recorded.end, walk->id, recorded.next_number,
				   err);
	if (!failed)
		failed = put_names(o, t, err);
	if (!failed)
		failed = put_trailer(o, r, &recorded, err);
	return failed ? failed : io_output_keep(&o->file, err);
}

int name_table_write(const struct name_table *t, struct trace_reader *r, const char *out_path,
		     struct err *err)
{
	struct trace_output output = { 0 };
	struct chunk_walk walk;
	int failed = chunk_walk_open(&walk, trace_reader_source(r), err);

	if (failed)
		return failed;
	failed = trace_output_open(&output, out_path, NAMES_LEVEL, err);
	output.can_reserve = false; /* it is put in place whole or not at all */
	if (!failed)
		failed = write_named(&output, &walk, t, r, err);
	trace_output_close(&output);
	chunk_walk_close(&walk);
	return failed;
}
