#ifndef COLLECTOR_UNWIND_TABLES_H
#define COLLECTOR_UNWIND_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "bpf/unwind.h"
#include "collector/module_log.h"
#include "collector/task_log.h"

/*
 * The arrays of bpf/unwind.h as a heap: rows of each module once, mappings of each
 * process once for each change. They are the maps' own memory where BPF walks, and plain
 * memory where nobody but the replay does (--unwind fp and copy).
 *
 *	row_cache or the module's file -> unwind_rows -> rows, blocks, rules
 *	task_log's mappings            -> a run of mappings -> published in the hash
 *
 * A module gets its rows when a walk first asks for them. There is a limit; when it is
 * reached, rows that no living process maps make room, and if there are none, the module
 * has no table, which is counted. What was freed is used again only after the next but
 * one unwind_tables_settled(), so that no program walks what is being written.
 */
struct unwind_tables;

/* Memory to write to; all NULL: unwind_tables takes its own, of these sizes. */
struct unwind_arrays {
	uint32_t *rows;
	uint32_t *blocks;
	struct unwind_rule *rules;
	struct unwind_mapping *mappings;
	uint32_t row_max, block_max, rule_max, mapping_max;
	int process_fd; /* the hash of processes; -1: nobody but us walks */

	/* Lets the first rows and blocks be written; NULL: all can be. Not 0: they cannot. */
	int (*reach)(void *owner, uint32_t row_cnt, uint32_t block_cnt);
	void *owner;
};

struct unwind_tables_counts {
	uint64_t module_cnt;	 /* that have rows now */
	uint64_t row_cnt;	 /* of them */
	uint64_t bytes;		 /* of rows and blocks in use */
	uint64_t evicted_cnt;	 /* modules whose rows made room for others */
	uint64_t refused_cnt;	 /* modules that found no room */
	uint64_t refused_rows;	 /* which those would have needed */
	uint64_t unreadable_cnt; /* modules whose file could not be opened */
	uint64_t unruled_rows;	 /* whose rule found no room: they are UNSUPPORTED */
};

/* cache_dir as in row_cache.h. */
struct unwind_tables *unwind_tables_new(const struct unwind_arrays *arrays,
					struct module_log *modules, struct task_log *tasks,
					const char *cache_dir);
void unwind_tables_free(struct unwind_tables *t);

/*
 * The run of a process's mappings as they are now; made if they changed since. `check` of
 * the address space: published for BPF if not 0.
 */
struct unwind_process unwind_tables_process(struct unwind_tables *t, struct process *p,
					    uint64_t check);

/* Makes the rows of the mapping that holds the address. True: it has some now, and the
 * run of the process is another one. */
bool unwind_tables_want(struct unwind_tables *t, struct process *p, uint64_t address);

/* Whether code at the address is an outermost function: who has called it, nobody could say.
 * For walks that others did. */
bool unwind_tables_outermost(struct unwind_tables *t, struct process *p, uint64_t address);

/* A process is gone. unwind_tables_settled() finds out by itself what the task log forgot. */
void unwind_tables_forget(struct unwind_tables *t, uint32_t tgid);

/* At the end of a round: publishes anew those whose mappings changed; and no program is
 * left that began before the last flip. */
void unwind_tables_settled(struct unwind_tables *t);

const struct unwind_arrays *unwind_tables_arrays(const struct unwind_tables *t);
void unwind_tables_counts(const struct unwind_tables *t, struct unwind_tables_counts *out);

#endif
