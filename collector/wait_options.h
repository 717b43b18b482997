#ifndef COLLECTOR_WAIT_OPTIONS_H
#define COLLECTOR_WAIT_OPTIONS_H

#include <stdint.h>

#include "base/err.h"
#include "base/options.h"
#include "formats/wait_event.h"

/*
 * Which waits are recorded, and how: as values, and as a user writes them.
 */
struct wait_options {
	enum wait_way way;     /* the widest that was asked for */
	uint64_t min_ns;       /* shorter ones are only counted */
	uint64_t max_ns;       /* longer ones, too; 0: there is no such limit */
	uint32_t states;       /* 1 << enum abi_wait_state: those that are kept */
	uint64_t overhead_ppm; /* bound on the cost, of all CPUs; 0: none */
	uint64_t keep_hz;      /* single waits a second */
};

struct wait_words {
	const struct text_list *states; /* "interruptible" ...; empty: all */
	const char *overhead;		/* "1%", "0.5 %", "2" */
	const char *keep;		/* "1000/s", "1000" */
	uint64_t min_ns, max_ns;
};

/* -EINVAL: what is not understood, or contradicts itself. `way` is left to the caller. */
int wait_options_read(struct wait_options *out, const struct wait_words *words, struct err *err);

/* The links that a chain of a way has at most. */
uint32_t wait_options_depth(enum wait_way way);

#endif
