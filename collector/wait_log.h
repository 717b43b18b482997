#ifndef COLLECTOR_WAIT_LOG_H
#define COLLECTOR_WAIT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"
#include "bpf/wait.h"
#include "collector/held_stack.h"
#include "collector/waker_log.h"
#include "collector/task_ids.h"

/*
 * Waits as they come through the rings, in order of time: the first one of a key says what
 * the sums of that key are about (process, stack, chain); one that stands for itself alone is
 * written at once as a sum of one, one that was drawn as a single wait.
 *
 * Keys are those of one epoch. They are kept until wait_sums has written their sums.
 */
struct wait_key {
	struct task_memory process;
	struct held_stack *stack;
	enum trace_wait_state state;
	uint32_t flags;
	uint32_t link_cnt;
	uint64_t links[ABI_CHAIN_MAX];
};

struct wait_log {
	const struct task_ids *ids;
	struct stack_resolver *resolver;
	struct held_stacks *stacks;
	struct waker_log *wakers;
	uint32_t event;		      /* of the writer */
	struct trace_slice slices[2]; /* by epoch: the last one of it that is over */
	struct wait_key_list {
		VEC(struct wait_key);
	} keys[2]; /* by epoch */
	struct idmap by_key[2];
	struct idmap singles[2];      /* (thread, start) of the single waits of an epoch */
	uint64_t alone_cnt, alone_ns; /* written as sums of one */
};

/* A wait of an epoch whose slice is over, at the moment when it ended. */
void wait_log_add(struct wait_log *log, const struct abi_wait *wait, uint64_t time_ns,
		  const struct held_source *stacks);

/* What a key of an epoch stands for; NULL: nobody said so yet. */
struct wait_key *wait_log_find(struct wait_log *log, uint32_t epoch, uint64_t key);

/* Whether a wait of an epoch was written as a single one when it came. */
bool wait_log_has_single(const struct wait_log *log, uint32_t epoch, uint32_t tid, uint64_t out_ns);

/* Writes sums and single waits of a key; the record comes with its numbers, and gets the rest:
 * all but those of a sum, all but those and the thread of a wait. */
void wait_log_write_sum(struct wait_log *log, uint32_t epoch, struct wait_key *key,
			struct trace_wait_sum *sum);
void wait_log_write_single(struct wait_log *log, struct wait_key *key, uint32_t tid,
			   struct trace_wait *wait);

/* The keys of an epoch are over. */
void wait_log_forget(struct wait_log *log, uint32_t epoch);

void wait_log_release(struct wait_log *log);

#endif
