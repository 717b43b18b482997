#ifndef COLLECTOR_BACKLOG_H
#define COLLECTOR_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/vec.h"
#include "bpf/latency.h"
#include "bpf/wait.h"
#include "collector/perf_record.h"

/*
 * What came through the rings and is not in the trace yet. Each CPU's records are in
 * order of time, but all together only after sorting; and what has stacks in the live
 * half of the stores has to wait. So records gather here, and leave in
 * order of time up to a horizon before which nothing more can come.
 *
 * A stack that came with its sample is kept as it came until it is resolved.
 *
 * A copied stack comes just before its sample, wait, link or latency in the same ring. It waits for
 * it alone, and then belongs to it: a copy whose owner was lost goes with the next copy of its CPU.
 * What copies may take together is bound; of one that comes beyond it only the registers stay, and
 * its end is UNWIND_END_COPY_CUT.
 */

#define BACKLOG_COPY_BYTES_MAX ((size_t)16 << 20)

enum backlog_kind {
	BACKLOG_SAMPLE = 1,
	BACKLOG_TASK = 2, /* mmap, comm, fork, exit, symbol: the record is kept as it came */
	BACKLOG_WAIT = 3,
	BACKLOG_LINK = 4,
	BACKLOG_ACCOUNT = 5,
	BACKLOG_LATENCY = 6,
};

/* Of a sample, a wait, a link or a latency. */
struct backlog_stacks {
	uint8_t epoch;
	bool resolved; /* then the ids of the stacks are those of the stack table */
	struct abi_stack kernel, user;
	uint32_t kernel_stack, user_stack;
	struct abi_copy *copy; /* of its user stack, or NULL */
};

struct backlog_entry {
	uint64_t time_ns;
	uint64_t order; /* as read, to keep a CPU's order among equal times */
	uint32_t cpu;
	uint32_t pid, tid;
	enum backlog_kind kind;
	struct backlog_stacks stacks;
	struct {
		uint64_t weight;
		uint8_t event;
		bool foreign; /* as of struct abi_sample */
	} sample;
	size_t record_at; /* in `records`; of a sample only if it carries its stack */
};

struct backlog {
	struct {
		VEC(struct backlog_entry);
	} entries;
	struct buf records;
	uint64_t order;
	struct {
		VEC(struct abi_copy *);
	} alone;	   /* copies by CPU that wait for their sample, or NULL */
	size_t copy_bytes; /* of all copies */
};

void backlog_release(struct backlog *b);

/* A copy whose len its record was seen to have. */
void backlog_add_copy(struct backlog *b, const struct perf_record *record);

/* The user stack of a sample that names a copy which is not there is lost. carried: the one that
 * came with it, or NULL. */
void backlog_add_sample(struct backlog *b, const struct perf_record *record,
			const struct abi_sample *sample, const struct abi_body *carried);
void backlog_add_task(struct backlog *b, const struct perf_record *record,
		      const struct perf_event_header *header);
void backlog_add_wait(struct backlog *b, const struct perf_record *record,
		      const struct abi_wait *wait);
void backlog_add_link(struct backlog *b, const struct perf_record *record,
		      const struct abi_link *link);
void backlog_add_account(struct backlog *b, const struct perf_record *record,
			 const struct abi_account *account);
/* With its text, which its record was seen to have. */
void backlog_add_latency(struct backlog *b, const struct perf_record *record,
			 const struct abi_latency *latency);

/* Sorts by time; entries can then be walked from the first one. */
void backlog_sort(struct backlog *b);

/* True for what has stacks. */
bool backlog_has_stacks(const struct backlog_entry *entry);

/* The time of the earliest stacks that are not resolved; UINT64_MAX without any. */
uint64_t backlog_first_unresolved(const struct backlog *b);

/* The record of an entry of kind TASK, WAIT ...: valid until one is added or dropped. */
const void *backlog_record(const struct backlog *b, const struct backlog_entry *entry);

/* The stack that came with a sample and is not resolved yet, cut behind its last frame: valid
 * likewise; or NULL. */
const struct abi_body *backlog_carried(const struct backlog *b, const struct backlog_entry *entry);

/* Drops the copy of an entry, if it has one: others may take its room before the entry goes. */
void backlog_drop_copy(struct backlog *b, size_t at);

/* Drops the first cnt entries. */
void backlog_drop(struct backlog *b, size_t cnt);

#endif
