#ifndef COLLECTOR_SYSCALL_PROGRAMS_H
#define COLLECTOR_SYSCALL_PROGRAMS_H

#include "base/err.h"

struct profile_bpf;

/*
 * The programs on system calls, which the sources `syscall`, `exec` and `open` share: each is
 * there once, and has in it what is wanted of the three.
 */

/* Whether this kernel has the tracepoints. */
int syscall_programs_probe(struct err *err);

/* Before loading, by what is wanted in all (latency_wanted); any number of times. */
void syscall_programs_choose(struct profile_bpf *skel);

#endif
