#ifndef COLLECTOR_COPY_LOG_H
#define COLLECTOR_COPY_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"
#include "bpf/abi.h"
#include "collector/resolved_stack.h"
#include "collector/stack_resolver.h"

/*
 * Copied stacks into the trace, each with the mappings of its moment, as one frame that
 * stands for all its user frames. The numbers of copies are unique in the trace.
 */
struct copy_log {
	struct resolved_target to;
	uint32_t group;
	struct idmap mappings; /* (process, version of the mappings) to the writer's id */
	struct {
		VEC(struct trace_mapping);
	} rows; /* of the mappings that are being written */
	uint64_t last_id;
};

/* A copy and what it needs to be put. */
struct copy_log_entry {
	const struct abi_copy *copy;
	enum trace_reason why;		 /* as of struct trace_copy */
	const struct mappings *mappings; /* of its process, at its moment */
	uint64_t maps_version;
	uint32_t tgid;
	uint32_t process; /* the writer's id */
};

void copy_log_release(struct copy_log *log);

/* The writer's node of the one frame, a root. */
uint32_t copy_log_put(struct copy_log *log, const struct copy_log_entry *entry);

/* Has the code named that a copy of this moment may lead through: which of its words are return
 * addresses, only symbolize finds out, and by then the runtime's names may be gone. */
void copy_log_want_names(struct stack_resolver *r, struct process *p, const struct abi_copy *copy);

#endif
