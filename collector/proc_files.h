#ifndef COLLECTOR_PROC_FILES_H
#define COLLECTOR_PROC_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * What /proc says of a process. The names in it are those that the process chose: a
 * comm may hold brackets and blanks, a path anything but a line's end (which the
 * kernel writes as \012). Nothing here follows a path.
 */
struct proc_identity {
	uint32_t parent_tgid;
	uint32_t uid;
	uint32_t namespace_tgid; /* 0: unknown */
	uint64_t start_ticks;	 /* since boot */
	char comm[64];
	bool ended; /* its first thread; others may go on */
};

/* False if there is no such process (any more). */
bool proc_identity_read(uint32_t tgid, struct proc_identity *out);

/* Fills in from the text of /proc/PID/stat; false if it is not like that. */
bool proc_stat_parse(const char *text, struct proc_identity *out);

/* The path in the unified hierarchy, or "" with the text of /proc/PID/cgroup. */
void proc_cgroup_parse(const char *text, struct buf *out);
void proc_cgroup_read(uint32_t tgid, struct buf *out);

/* The name of a thread; false if it is gone. */
bool proc_comm_read(uint32_t tgid, uint32_t tid, char out[64]);

/*
 * The thread by whose number /proc shows what the process has: the first, or another one
 * if the first has ended and left its mappings, files and root to the others. tgid itself
 * also if none of them lives.
 */
uint32_t proc_living_thread(uint32_t tgid);

/* Where the link /proc/PID/exe leads, "" if unknown. */
void proc_executable_read(uint32_t tid, struct buf *out);

struct proc_mapping {
	uint64_t start, end, file_offset;
	uint64_t dev, inode;
	bool executable;
	const char *path; /* the rest of the line; "" for anonymous memory */
	size_t path_len;
};

/* Takes the next line of /proc/PID/maps from *text; false at the end. A line that is
 * not understood is skipped. */
bool proc_mapping_next(const char **text, struct proc_mapping *out);

/* The whole of /proc/PID/maps; NULL if it cannot be read. The caller frees it. */
char *proc_maps_read(uint32_t tid);

#endif
