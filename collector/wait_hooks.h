#ifndef COLLECTOR_WAIT_HOOKS_H
#define COLLECTOR_WAIT_HOOKS_H

#include "base/err.h"

/*
 * Whether this machine lets us see what the scheduler does: 0, and what says when a thread
 * leaves its CPU, or a negative errno with the reason. Needs the rights of `record`.
 */
int wait_hooks_probe(const char **out_source, struct err *err);

#endif
