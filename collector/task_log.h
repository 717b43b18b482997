#ifndef COLLECTOR_TASK_LOG_H
#define COLLECTOR_TASK_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/mappings.h"
#include "collector/module_log.h"
#include "collector/perf_record.h"

/*
 * Who runs what: processes with their executable mappings, and threads with their
 * names, as of the time of the record that was applied last. Records come in order
 * of time, so a process that lived 5 ms is as complete as any other:
 *
 *	fork    a process with the mappings of its parent, or a thread
 *	exec    the same process, another program: mappings are forgotten
 *	mmap2   a mapping, over those that were there
 *	comm    a thread's name
 *	exit    what belonged to it is kept until two sweeps have passed
 *
 * A process is over when its last thread is, which may be long after the first one.
 * What ran before the recording is read from /proc when its first sample comes.
 */
struct task_log;

struct process {
	uint32_t tgid;
	uint32_t parent_tgid;
	uint32_t namespace_tgid;
	uint32_t generation;
	uint32_t uid;
	uint64_t start_ns;
	char comm[64];
	uint32_t executable; /* of task_log_text(); 0: unknown */
	uint32_t cgroup;
	struct mappings mappings;
	uint64_t maps_version; /* unique: changes with each mapping, shared with no process */
	bool fork_seen;	       /* so what cannot be read of it is as its parent had it */
	bool identity_known;
	bool identity_old; /* an exec was seen since: user and cgroup may be others */
	bool maps_known;
	bool executable_follows; /* an exec was seen: the next mapped file is the program */
	bool exec_goes_on;	 /* the new program was not seen running yet */
	uint32_t living;	 /* threads that were forked and have not exited; fork_seen: all */
	uint32_t exit_sweep;	 /* the sweep after which its first thread exited; 0: it is alive */

	/* The writer's ids, valid in `group`. */
	uint32_t group;
	uint32_t id;
};

struct thread {
	uint32_t tid;
	uint32_t tgid;
	char comm[64];
	bool comm_known;
	uint32_t exit_sweep;
	uint32_t group;
	uint32_t process_id;
	uint32_t id;
};

struct task_log *task_log_new(struct module_log *modules);
void task_log_free(struct task_log *log);

/* Applies a record; other types than those above are ignored. */
void task_log_apply(struct task_log *log, const struct perf_record *record);

/* The process, with identity: as it was seen, else from /proc, else bare. */
struct process *task_log_process(struct task_log *log, uint32_t tgid);

/* The process if something was seen of it that is not swept yet, else NULL. */
struct process *task_log_find(const struct task_log *log, uint32_t tgid);

/* Its mappings, read from /proc if it was there before us. */
const struct mapping *task_log_mapping(struct task_log *log, struct process *p, uint64_t address);

struct thread *task_log_thread(struct task_log *log, struct process *p, uint32_t tid);

/* Whether the process is over, as far as the records tell that were applied. */
bool task_log_is_over(const struct task_log *log, uint32_t tgid);

/* Reads a process before anything is recorded of it. */
void task_log_read(struct task_log *log, uint32_t tgid);

/* Forgets what exited before the sweep before. Pointers become invalid. */
void task_log_sweep(struct task_log *log);

/* The text of process.executable and process.cgroup. */
const char *task_log_text(const struct task_log *log, uint32_t text);

#endif
