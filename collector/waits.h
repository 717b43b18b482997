#ifndef COLLECTOR_WAITS_H
#define COLLECTOR_WAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "bpf/wait.h"
#include "collector/copy_replay.h"
#include "collector/held_stack.h"
#include "collector/task_ids.h"
#include "collector/wait_options.h"

/*
 * The waits of a recording, from what the scheduler programs say to the trace:
 *
 *	start   programs count from now on
 *	add     records of the rings, in order of time
 *	flip    a slice is over: it gets its times, the next one its threshold
 *	round   sums of the slice are written, once all records before are
 *	end     what comes later does not count
 *	close   what threads still waited for at the end, and where the time of each went
 *
 * What each part does: waker_log (who ended waits), wait_log (records), wait_sums (maps),
 * wait_limit (cost), wait_loss (what did not come through), wait_end (open waits).
 */
struct waits;
struct programs;
struct rings;

struct waits_parts {
	const struct wait_options *options;
	uint32_t event; /* of the writer */
	struct programs *programs;
	const struct task_ids *ids;
	struct stack_resolver *resolver;
	struct copy_log *copies;
	uint32_t online_cnt;	   /* CPUs that the bound on the cost is of */
	const struct rings *rings; /* open when waits_start() is called */
};

/* For -v and the last line of `record`. */
struct waits_summary {
	uint64_t generated, open_cnt; /* that were due; both together are kept or lost */
	uint64_t threshold_ns, highest_ns;
	uint64_t cost_ns, time_ns; /* the cost, of so much time of all CPUs */
	uint64_t gap_cnt, unwoken_cnt;
	const char *resume_source; /* NULL: no waits are recorded */
};

struct waits *waits_new(const struct waits_parts *parts);
void waits_free(struct waits *w);

int waits_start(struct waits *w, uint64_t start_ns, struct err *err);

void waits_add(struct waits *w, const struct abi_wait *wait, uint64_t time_ns,
	       const struct held_source *stacks);
void waits_add_link(struct waits *w, const struct abi_link *link, uint64_t time_ns,
		    const struct held_source *stacks);
void waits_add_account(struct waits *w, const struct abi_account *account);

/* `epoch` was filled up to now_ns, and is idle from here on. */
void waits_flip(struct waits *w, uint32_t epoch, uint64_t now_ns);

/* True when what is filled now has little room left. */
bool waits_filling(const struct waits *w, uint32_t live_epoch);

/* True when processes without tables wait, whose stacks a round soon would make whole. */
bool waits_want_tables(const struct waits *w, uint32_t live_epoch);

/* At the end of a round of the idle epoch; last: nothing more can come. */
void waits_round(struct waits *w, uint32_t epoch, bool last);

void waits_end(struct waits *w, uint64_t end_ns);

/* After a round of all that came until the end. Flushes the writer now and then. What threads
 * have told meanwhile is in the rings and stores, for another round. */
int waits_close(struct waits *w, struct copy_replay *replay, struct stack_table *stacks,
		struct err *err);

/* The ids of the stack table have become void. */
void waits_forget(struct waits *w);

/* Writes what was lost; last: for the last time. */
void waits_write_losses(struct waits *w, bool last);

/* Records that rings refused. */
uint64_t waits_refused(const struct waits *w);

void waits_summarize(const struct waits *w, struct waits_summary *out);

#endif
