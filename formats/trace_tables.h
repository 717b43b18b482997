#ifndef FORMATS_TRACE_TABLES_H
#define FORMATS_TRACE_TABLES_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "formats/frame_column.h"
#include "formats/latency_tables.h"
#include "formats/node_column.h"
#include "formats/trace.h"
#include "formats/wait_tables.h"

/*
 * The reader's tables of the current group, and the facts and events of the trace.
 *
 * Where a chunk is missing, the next section of its tables begins beyond their end,
 * or a reference points there. Such ids become placeholders: a frame that is lost for
 * TRACE_REASON_DAMAGED, a node that is a root with such a frame, a thread of an unknown
 * process. That is allowed only in a group that misses chunks, and only so many as the
 * file could have held; else the chunk makes no sense, and is refused whole.
 *
 * Frame 0 and process 0 are always placeholders, for nodes and threads to refer
 * to: ids of these two are those of the file + 1.
 */
struct mapping_list {
	uint32_t process; /* ours */
	uint32_t cnt;
	struct bytes rows; /* checked, and as they stand in the file */
};

struct trace_tables {
	struct strtab *texts;	   /* of the group */
	struct strtab *head_texts; /* of facts and events: as long as the trace */
	const char *facts[TRACE_FACT_CNT];
	struct {
		VEC(struct trace_event);
	} events;
	struct {
		VEC(struct trace_process);
	} processes;
	struct {
		VEC(struct trace_thread);
	} threads;
	struct {
		VEC(struct trace_module);
	} modules;
	struct {
		VEC(struct mapping_list);
	} mappings;
	struct frame_column frames;
	struct node_column nodes;
	struct {
		VEC(uint16_t);
	} depths; /* of nodes; 1: a root */
	struct wait_tables waits;
	struct latency_tables latencies;
	bool is_lossy;	     /* the group misses chunks */
	uint64_t gap_budget; /* placeholders that may yet be made */
};

/* Sizes to go back to when a chunk turns out to make no sense. */
struct trace_tables_mark {
	size_t processes;
	size_t threads;
	size_t modules;
	size_t mappings;
	size_t frames;
	size_t nodes;
	size_t links;
	size_t slices;
	size_t series;
};

void trace_tables_start(struct trace_tables *t);
void trace_tables_release(struct trace_tables *t);

/* A group begins; facts and events stay. */
void trace_tables_restart(struct trace_tables *t);

struct trace_tables_mark trace_tables_mark(const struct trace_tables *t);
void trace_tables_rollback(struct trace_tables *t, const struct trace_tables_mark *mark);

/* True if the type is that of a table, a fact or an event. */
bool trace_tables_know(uint64_t section);
/* Takes one section of such a type. False: it makes no sense. */
bool trace_tables_take(struct trace_tables *t, uint64_t section, struct bytes b);

/* Whether an id of the file can be referred to; makes placeholders where chunks miss. */
bool trace_tables_has_node(struct trace_tables *t, uint32_t id);
bool trace_tables_has_process(struct trace_tables *t, uint32_t id);
bool trace_tables_has_thread(struct trace_tables *t, uint32_t id);
bool trace_tables_has_module(struct trace_tables *t, uint32_t id);
bool trace_tables_has_mappings(struct trace_tables *t, uint32_t id);
bool trace_tables_has_event(struct trace_tables *t, uint32_t id);

/* True if a table may grow from cnt to `to` by placeholders, which are then paid for. */
bool trace_tables_may_fill(struct trace_tables *t, size_t cnt, size_t to, size_t max);
/* The base of a section: where its table ends, or beyond if chunks are missing. */
bool trace_tables_take_base(struct bytes *b, size_t cnt, size_t *out);

#endif
