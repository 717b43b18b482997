#ifndef COLLECTOR_TASK_IDS_H
#define COLLECTOR_TASK_IDS_H

#include <stdint.h>

#include "collector/task_log.h"
#include "formats/trace_writer.h"

/*
 * Processes and threads as the writer knows them in its present group: of the task log,
 * as they are now, or as they were when they were remembered. A process that is another
 * program by now, or whose number is another process's, keeps its name that way.
 */
struct task_ids {
	struct trace_writer *writer;
	struct task_log *tasks;
};

/* The ids of a process, and of one of its threads, that the task log knows. */
uint32_t task_ids_process(const struct task_ids *ids, struct process *p);
uint32_t task_ids_thread(const struct task_ids *ids, struct process *p, uint32_t tid);

/* A process, or a thread of it, as it was at one moment. */
struct task_memory {
	uint32_t tgid, tid; /* tid 0: only the process is of interest */
	uint32_t parent_tgid, namespace_tgid, generation, uid;
	uint32_t executable, cgroup; /* of task_log_text() */
	uint64_t start_ns;
	char comm[64];
	char thread_comm[64];
	/* The writer's ids, valid in `group`. */
	uint32_t group;
	uint32_t process_id, thread_id;
};

void task_ids_remember(const struct task_ids *ids, struct process *p, uint32_t tid,
		       struct task_memory *out);

/* Makes the ids in `m` those of the present group. */
void task_ids_put(const struct task_ids *ids, struct task_memory *m);

#endif
