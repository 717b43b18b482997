#include "formats/trace_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/chunk_records.h"
#include "formats/chunk_walk.h"
#include "formats/copy_entries.h"
#include "formats/entries.h"
#include "formats/latency_entries.h"
#include "formats/seen_totals.h"
#include "formats/trace_tables.h"
#include "formats/wait_entries.h"

/* Ids that chunks which are missing may have had, for each byte of the file. */
#define GAP_IDS_PER_BYTE 16
#define GAP_IDS_LEAST 65536

struct trace_reader {
	struct trace_source source;
	struct chunk_walk walk;
	struct trace_tables tables;
	struct chunk_records records; /* of the current chunk, not yet handed out */
	struct {
		VEC(struct trace_mapping);
	} mapping_rows; /* of the list that was asked for last */
	struct trace_mappings mappings;
	bool key_frame_due;
	bool nodes_due;
	bool in_group; /* a chunk of a group has been seen */
	uint16_t group;
	bool is_at_end;
	bool was_whole;

	bool has_trailer;
	bool has_names;
	struct trace_totals trailer;
	struct trace_totals seen;
	struct trace_totals totals; /* what is handed out */
};

static void restart(struct trace_reader *r)
{
	chunk_walk_rewind(&r->walk);
	trace_tables_restart(&r->tables);
	r->tables.gap_budget = r->source.len * GAP_IDS_PER_BYTE + GAP_IDS_LEAST;
	chunk_records_clear(&r->records);
	r->key_frame_due = false;
	r->nodes_due = false;
	r->in_group = false;
	r->is_at_end = false;
	r->seen = (struct trace_totals){ .stop = TRACE_STOP_UNKNOWN };
}

/* The sections of a chunk; -EBADMSG: it makes no sense; -ENOTSUP: it is newer than we are. */
static int take_sections(struct trace_reader *r, const struct chunk *chunk, struct err *err)
{
	struct bytes raw = chunk->raw, content;
	uint64_t type;
	bool required;

	while (chunk_section_take(&raw, &type, &required, &content)) {
		if (trace_tables_know(type)) {
			if (!trace_tables_take(&r->tables, type, content))
				return -EBADMSG;
		} else if (chunk_records_know(type)) {
			if (!chunk_records_take(&r->records, &r->tables, type, content,
						chunk->header.first_us))
				return -EBADMSG;
		} else if (required) {
			return err_set(err, -ENOTSUP,
				       "%s: chunk %u needs section type %llu, which this program "
				       "does not know; read the trace with a newer one",
				       r->source.name, chunk->header.number,
				       (unsigned long long)type);
		}
	}
	return raw.failed ? -EBADMSG : 0;
}

/* What is the same in all of the trace. */
static bool is_head(uint64_t section)
{
	return section == SECTION_FACTS || section == SECTION_EVENTS ||
	       section == SECTION_EVENT_LABELS;
}

/* What the trailer knows; true if there is one that holds. */
static bool take_trailer(struct trace_reader *r)
{
	struct bytes content;
	struct chunk chunk;
	uint64_t type;
	bool required;

	if (!r->walk.trailer_at || !chunk_walk_load_at(&r->walk, r->walk.trailer_at, &chunk) ||
	    chunk.header.type != CHUNK_TRAILER)
		return false;
	while (chunk_section_take(&chunk.raw, &type, &required, &content)) {
		if (type == SECTION_TOTALS)
			r->has_trailer = entry_take_totals(&content, &r->trailer);
		else if (type == SECTION_WAIT_TOTALS)
			r->has_trailer &= entry_take_wait_totals(&content, &r->trailer);
		else if (type == SECTION_LATENCY_TOTALS)
			r->has_trailer &= entry_take_latency_totals(&content, &r->trailer);
		else if (is_head(type))
			trace_tables_take(&r->tables, type, content);
	}
	return r->has_trailer;
}

/* Facts and events of a trace without a trailer: from the first key frame that holds. */
static void take_heads(struct trace_reader *r)
{
	struct bytes content;
	struct chunk chunk;
	uint64_t type;
	bool required;

	while (chunk_walk_find(&r->walk, &chunk)) {
		if (!(chunk.header.flags & CHUNK_KEY_FRAME) || !chunk_walk_load(&r->walk, &chunk))
			continue;
		while (chunk_section_take(&chunk.raw, &type, &required, &content))
			if (is_head(type))
				trace_tables_take(&r->tables, type, content);
		return;
	}
}

/* Walks the headers: cheap, and right also where the trailer is missing. */
static void look_for_names(struct trace_reader *r)
{
	struct chunk chunk;

	chunk_walk_rewind(&r->walk);
	while (!r->has_names && chunk_walk_find(&r->walk, &chunk))
		r->has_names = chunk.header.type == CHUNK_NAMES;
}

static int start(struct trace_reader *r, struct err *err)
{
	int failed = chunk_walk_open(&r->walk, &r->source, err);

	if (failed)
		return failed;
	trace_tables_start(&r->tables);
	if (!take_trailer(r))
		take_heads(r);
	look_for_names(r);
	restart(r);
	return 0;
}

int trace_reader_open(struct trace_reader **out, const char *path, struct err *err)
{
	struct trace_reader *r = mem_alloc(1, sizeof(*r));
	int failed = trace_source_open(&r->source, path, err);

	if (!failed)
		failed = start(r, err);
	if (failed) {
		trace_reader_close(r);
		return failed;
	}
	*out = r;
	return 0;
}

int trace_reader_open_bytes(struct trace_reader **out, const void *bytes, size_t len,
			    const char *name, struct err *err)
{
	struct trace_reader *r = mem_alloc(1, sizeof(*r));
	int failed;

	trace_source_open_bytes(&r->source, bytes, len, name);
	failed = start(r, err);
	if (failed) {
		trace_reader_close(r);
		return failed;
	}
	*out = r;
	return 0;
}

void trace_reader_close(struct trace_reader *r)
{
	if (!r)
		return;
	chunk_walk_close(&r->walk);
	if (r->tables.texts)
		trace_tables_release(&r->tables);
	chunk_records_release(&r->records);
	vec_release(&r->mapping_rows);
	trace_source_close(&r->source);
	free(r);
}

void trace_reader_rewind(struct trace_reader *r)
{
	restart(r);
}

/* A chunk of another group, or a key frame: what was known of tables is void. */
static void enter_group(struct trace_reader *r, const struct chunk_header *h)
{
	bool is_key = h->flags & CHUNK_KEY_FRAME;

	if (r->in_group && !is_key && h->group == r->group)
		return;
	trace_tables_restart(&r->tables);
	r->tables.is_lossy = !is_key;
	r->in_group = true;
	r->group = h->group;
	r->key_frame_due = true;
}

static bool has_grown(const struct trace_tables *t, const struct trace_tables_mark *mark)
{
	return t->nodes.cnt != mark->nodes || t->waits.links.cnt != mark->links ||
	       t->waits.slices.cnt != mark->slices || t->latencies.series.cnt != mark->series;
}

static int take_records(struct trace_reader *r, const struct chunk *chunk, struct err *err)
{
	struct trace_tables_mark mark;
	int failed;

	enter_group(r, &chunk->header);
	r->tables.is_lossy |= chunk->after_gap && !(chunk->header.flags & CHUNK_KEY_FRAME);
	mark = trace_tables_mark(&r->tables);
	failed = take_sections(r, chunk, err);
	if (failed) {
		trace_tables_rollback(&r->tables, &mark);
		chunk_records_clear(&r->records);
		r->tables.is_lossy = true;
	}
	if (failed == -EBADMSG) {
		chunk_walk_reject(&r->walk, chunk);
		return 0;
	}
	r->nodes_due = has_grown(&r->tables, &mark);
	return failed;
}

static int refuse_chunk(const struct trace_reader *r, const struct chunk_header *h, struct err *err)
{
	return err_set(err, -ENOTSUP,
		       "%s: chunk %u has type %u, which this program does not know; read the "
		       "trace with a newer one",
		       r->source.name, h->number, h->type);
}

/* 1: the next chunk of records is there; 0: there is none. */
static int next_chunk(struct trace_reader *r, struct err *err)
{
	struct chunk chunk;
	int failed;

	while (chunk_walk_next(&r->walk, &chunk)) {
		if (chunk.header.type > CHUNK_TRAILER && chunk.header.flags & CHUNK_REQUIRED)
			return refuse_chunk(r, &chunk.header, err);
		if (chunk.after_gap)
			r->tables.is_lossy = true;
		if (chunk.header.type != CHUNK_RECORDS)
			continue;
		failed = take_records(r, &chunk, err);
		return failed ? failed : 1;
	}
	return 0;
}

static bool is_damaged(const struct trace_reader *r)
{
	return r->walk.is_header_damaged || r->walk.damaged_chunks || r->walk.damaged_bytes;
}

int trace_reader_next(struct trace_reader *r, struct trace_record *out, struct err *err)
{
	int got = 1;

	for (;;) {
		if (r->key_frame_due) {
			r->key_frame_due = false;
			out->kind = TRACE_RECORD_KEY_FRAME;
			return 1;
		}
		if (r->nodes_due) {
			r->nodes_due = false;
			out->kind = TRACE_RECORD_NODES;
			return 1;
		}
		if (chunk_records_next(&r->records, out)) {
			seen_totals_add(&r->seen, out, r->tables.waits.slices.v);
			return 1;
		}
		if (got > 0)
			got = next_chunk(r, err);
		if (got <= 0) {
			r->is_at_end = got == 0;
			r->was_whole |= r->is_at_end && !is_damaged(r);
			return got;
		}
	}
}

const char *trace_reader_path(const struct trace_reader *r)
{
	return r->source.name;
}

uint64_t trace_reader_bytes(const struct trace_reader *r)
{
	return r->source.len;
}

const char *trace_reader_fact(const struct trace_reader *r, enum trace_fact fact)
{
	if (fact <= 0 || fact >= TRACE_FACT_CNT || !r->tables.facts[fact])
		return "";
	return r->tables.facts[fact];
}

uint64_t trace_reader_fact_number(const struct trace_reader *r, enum trace_fact fact)
{
	return strtoull(trace_reader_fact(r, fact), NULL, 10);
}

uint32_t trace_reader_event_cnt(const struct trace_reader *r)
{
	return (uint32_t)r->tables.events.cnt;
}

uint32_t trace_reader_module_cnt(const struct trace_reader *r)
{
	return (uint32_t)r->tables.modules.cnt;
}

uint32_t trace_reader_process_cnt(const struct trace_reader *r)
{
	return (uint32_t)r->tables.processes.cnt;
}

uint32_t trace_reader_thread_cnt(const struct trace_reader *r)
{
	return (uint32_t)r->tables.threads.cnt;
}

uint32_t trace_reader_mappings_cnt(const struct trace_reader *r)
{
	return (uint32_t)r->tables.mappings.cnt;
}

uint32_t trace_reader_frame_cnt(const struct trace_reader *r)
{
	return (uint32_t)r->tables.frames.cnt;
}

uint32_t trace_reader_node_cnt(const struct trace_reader *r)
{
	return (uint32_t)r->tables.nodes.cnt;
}

const struct trace_event *trace_reader_event(const struct trace_reader *r, uint32_t id)
{
	return &r->tables.events.v[id];
}

const struct trace_module *trace_reader_module(const struct trace_reader *r, uint32_t id)
{
	return &r->tables.modules.v[id];
}

const struct trace_process *trace_reader_process(const struct trace_reader *r, uint32_t id)
{
	return &r->tables.processes.v[id];
}

const struct trace_thread *trace_reader_thread(const struct trace_reader *r, uint32_t id)
{
	return &r->tables.threads.v[id];
}

const struct trace_mappings *trace_reader_mappings(const struct trace_reader *reader, uint32_t id)
{
	struct trace_reader *r = (struct trace_reader *)reader;
	const struct mapping_list *list = &r->tables.mappings.v[id];
	struct bytes rows = list->rows;
	uint64_t end = 0;

	r->mapping_rows.cnt = 0;
	vec_reserve(&r->mapping_rows, list->cnt);
	while (r->mapping_rows.cnt < list->cnt &&
	       entry_take_mapping(&rows, &end, &r->mapping_rows.v[r->mapping_rows.cnt]))
		r->mapping_rows.cnt++;
	r->mappings = (struct trace_mappings){ .process = list->process,
					       .cnt = (uint32_t)r->mapping_rows.cnt,
					       .v = r->mapping_rows.v };
	return &r->mappings;
}

const struct trace_frame *trace_reader_frame(const struct trace_reader *r, uint32_t id)
{
	return &r->tables.frames.v[id];
}

const struct trace_node *trace_reader_node(const struct trace_reader *r, uint32_t id)
{
	return &r->tables.nodes.v[id];
}

uint32_t trace_reader_link_cnt(const struct trace_reader *r)
{
	return (uint32_t)r->tables.waits.links.cnt;
}

uint32_t trace_reader_slice_cnt(const struct trace_reader *r)
{
	return (uint32_t)r->tables.waits.slices.cnt;
}

const struct trace_link *trace_reader_link(const struct trace_reader *r, uint32_t id)
{
	return &r->tables.waits.links.v[id];
}

const struct trace_slice *trace_reader_slice(const struct trace_reader *r, uint32_t id)
{
	return &r->tables.waits.slices.v[id];
}

uint32_t trace_reader_series_cnt(const struct trace_reader *r)
{
	return (uint32_t)r->tables.latencies.series.cnt;
}

const struct trace_series *trace_reader_series(const struct trace_reader *r, uint32_t id)
{
	return &r->tables.latencies.series.v[id];
}

bool trace_reader_has_times(const struct trace_reader *r)
{
	return !*trace_reader_fact(r, TRACE_FACT_IMPORTED_FROM) ||
	       *trace_reader_fact(r, TRACE_FACT_CLOCK_START_NS);
}

bool trace_reader_is_clean(const struct trace_reader *r)
{
	return r->has_trailer && r->trailer.stop != TRACE_STOP_UNKNOWN && !is_damaged(r);
}

bool trace_reader_was_whole(const struct trace_reader *r)
{
	return r->was_whole;
}

/* The trailer's word, unless chunks are missing: then what was seen, and both losses. */
const struct trace_totals *trace_reader_totals(const struct trace_reader *r)
{
	struct trace_totals *t = &((struct trace_reader *)r)->totals;

	if (r->has_trailer && !is_damaged(r)) {
		*t = r->trailer;
		return t;
	}
	*t = r->seen;
	if (r->has_trailer) {
		t->stop = r->trailer.stop;
		t->end_ns = r->trailer.end_ns;
		memcpy(t->lost, r->trailer.lost, sizeof(t->lost));
	} else {
		t->end_ns = t->last_ns;
	}
	t->lost[TRACE_LOSS_DAMAGED_CHUNKS] += r->walk.damaged_chunks;
	t->lost[TRACE_LOSS_DAMAGED_BYTES] += r->walk.damaged_bytes;
	return t;
}

bool trace_reader_recorded_totals(const struct trace_reader *r, struct trace_totals *out)
{
	if (r->has_trailer)
		*out = r->trailer;
	return r->has_trailer;
}

bool trace_reader_has_names(const struct trace_reader *r)
{
	return r->has_names;
}

const struct trace_source *trace_reader_source(const struct trace_reader *r)
{
	return &r->source;
}
