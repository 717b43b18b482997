#ifndef COLLECTOR_COPY_REPLAY_H
#define COLLECTOR_COPY_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "collector/stack_table.h"
#include "collector/task_log.h"
#include "collector/unwind_tables.h"

/*
 * What becomes of a copied stack, in the order of time, when the mappings of its process
 * are those of its moment:
 *
 *	publish the process, so that its next stack needs no copy
 *	replay the walk <----------------.
 *	   |  no table yet: make it -----'
 *	   |  needs more than rows  -> kept: its bytes go into the trace, for symbolize
 *	   '--else                  -> a stack like any other
 *
 * How much is kept is bound by time; beyond that a stack has the frames that were found, and
 * says why they end.
 */
#define COPY_REPLAY_BYTES_PER_S ((uint64_t)4 << 20)

struct copy_replay {
	struct unwind_tables *tables; /* NULL: every copy is kept, whatever its size */
	struct task_log *tasks;
	struct stack_table *stacks;
	uint32_t copy_bytes; /* that were asked for: what has as many may have been cut */
	int64_t allowance;   /* bytes that may be kept now; below 0: owed */
	uint64_t refilled_ns;

	uint64_t copy_cnt, kept_cnt, kept_bytes;
	uint64_t cut_cnt;     /* whose frames end where their bytes do */
	uint64_t dropped_cnt; /* that needed more than there was room for, here or in the backlog */
};

struct copy_verdict {
	uint32_t stack; /* of the stack table; what is known where the copy is kept */
	bool keep;
	enum trace_reason why; /* it is kept; 0: nobody tried to unwind it */
};

/* One of a living or ended process, at time_ns: times rise. */
struct copy_verdict copy_replay_judge(struct copy_replay *r, uint32_t tgid,
				      const struct abi_copy *copy, uint64_t time_ns);

#endif
