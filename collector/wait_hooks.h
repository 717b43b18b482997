#ifndef COLLECTOR_WAIT_HOOKS_H
#define COLLECTOR_WAIT_HOOKS_H

#include "base/err.h"
#include "formats/wait_event.h"

/*
 * Whether this machine lets us see what the scheduler does: 0, and what says when a thread
 * leaves its CPU, or a negative errno with the reason. With the ways that show wakers, also
 * whether it is known who they are. Needs the rights of `record`.
 */
int wait_hooks_probe(enum wait_way way, const char **out_source, struct err *err);

#endif
