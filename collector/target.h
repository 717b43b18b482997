#ifndef COLLECTOR_TARGET_H
#define COLLECTOR_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/options.h"
#include "base/vec.h"

/*
 * What to record: all processes, some, some threads, the threads of a cgroup. A
 * value that recorder and sampler read. Processes and threads are either-or: a
 * sample counts if it is of any of them. CPUs, cgroup and thread name narrow
 * that down: a sample must pass every one that is given.
 */

#define TARGET_IDS_MAX 4096 /* of processes, of threads */

struct id_list {
	VEC(uint32_t);
};

bool id_list_has(const struct id_list *l, uint32_t id);

struct target {
	bool all;	       /* no process, thread or command chosen */
	struct id_list tgids;  /* -p, and the launched command; their later children count */
	struct id_list tids;   /* -t */
	struct id_list cpus;   /* -C, ascending; empty: every CPU */
	char *cgroup;	       /* absolute path of a folder of the unified hierarchy, or NULL */
	const char *comm_glob; /* a pattern over thread names, or NULL; not owned */
};

/* The same as a user writes it. */
struct target_words {
	const struct text_list *processes;
	const struct text_list *threads;
	const struct text_list *cpus; /* "0", "2-5" */
	const char *cgroup;
	const char *comm_glob;
	bool all;
	bool command; /* a command is launched: the target, unless something else is chosen */
};

/*
 * Reads the words and checks them against this machine. -EINVAL: not understood;
 * -ESRCH, -ENOENT ...: there is no such process, thread, CPU or cgroup. On failure
 * out is untouched.
 */
int target_choose(struct target *out, const struct target_words *words, struct err *err);

void target_release(struct target *t);

/* True when the command, not something chosen beside it, is what to record. */
bool target_is_command(const struct target_words *words);

/* "process 42 and its children, thread names like nginx*": for the trace and the screen.
 * command is the name of the recorded command, or NULL. The caller frees it. */
char *target_text(const struct target *t, const char *command);

#endif
