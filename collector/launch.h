#ifndef COLLECTOR_LAUNCH_H
#define COLLECTOR_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * A command that waits at the door: forked, its identity dropped, its file found,
 * stopped before its exec until everything that records it is in place.
 *
 *	parent   prepare --------- attach everything --------- start ---- poll ...
 *	            | fork                                        |
 *	child       +-- drop identity, look up the file, wait ... go -> exec
 *
 * So a command that is not there or may not be executed is known before anything
 * is loaded or written, one that exec refuses all the same (its interpreter is
 * missing) before an older trace is replaced, and a command that runs is recorded
 * from its first instruction. Under sudo the
 * command runs as the user who called sudo. It keeps the terminal, its signal
 * dispositions are those that we were started with, and if we die it ends before
 * its exec.
 */

struct launch {
	pid_t pid;     /* 0: none */
	int go_fd;     /* write end: one byte lets it exec */
	int result_fd; /* read end: reports of the child, or end of file once it runs */
	bool ended;
	int status; /* once ended: its exit status, or 128 + its signal */
};

struct launch_options {
	bool keep_root;	   /* do not drop to SUDO_UID */
	bool stdout_taken; /* the trace goes to stdout: what the command prints goes to stderr */
};

/* -ENOENT: no such command; -EACCES, -ENOEXEC, -EISDIR: it cannot be executed; others:
 * ours to blame. On failure nothing is left to release. */
int launch_prepare(struct launch *l, char **argv, const struct launch_options *options,
		   struct err *err);

/* Lets it exec; 0 once that has succeeded. Errors as above. */
int launch_start(struct launch *l, const char *name, struct err *err);

/* Looks whether it has ended, without waiting. It stays a zombie until it is released, so that
 * who asks for all threads still meets the one that has not quite left its CPU. */
bool launch_poll(struct launch *l);

/* The exit status that `record` hands on: the command's, or 128 + its signal. */
int launch_exit_status(const struct launch *l);

/* Sends it a signal if it still runs. */
void launch_signal(const struct launch *l, int signal);

/* Kills a command that was never started; lets one that runs go on. Accepts NULL and a
 * zeroed struct. */
void launch_release(struct launch *l);

#endif
