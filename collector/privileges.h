#ifndef COLLECTOR_PRIVILEGES_H
#define COLLECTOR_PRIVILEGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Capabilities of this process, as a set of bits (1 << CAP_...). Loading needs
 * many rights; recording needs few, and a recorder that has dropped the rest is
 * less worth attacking through what it reads.
 */

/* Capabilities that record needs, and those that make the recording better. */
uint64_t privileges_needed(void);
uint64_t privileges_useful(void);

/* What this process may do now. */
uint64_t privileges_held(void);

/* "CAP_BPF and CAP_PERFMON"; the caller frees it. */
char *privileges_text(uint64_t capabilities, const char *last_and);

/* "cap_bpf,cap_perfmon,...+ep": what setcap takes; the caller frees it. */
char *privileges_setcap_text(uint64_t capabilities);

/*
 * Keeps the capabilities that a running recorder needs and gives up all others for
 * good: also new programs cannot bring them back, and no other process of the user may
 * look into our memory. (With Debian's and Ubuntu's perf_event_paranoid above 2 SYS_ADMIN
 * is among what is needed, to follow CPUs that come back.) Users and groups stay: root is still user 0 afterwards, and may
 * do to its own files and processes what any user may. With may_signal, signals to a command of another user stay possible.
 * Processes that were forked before are not affected.
 */
int privileges_drop(bool may_signal, struct err *err);

#endif
