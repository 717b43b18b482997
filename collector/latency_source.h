#ifndef COLLECTOR_LATENCY_SOURCE_H
#define COLLECTOR_LATENCY_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct profile_bpf;

/*
 * Where latencies come from: one of these for each name after -e. Which programs it needs, on
 * which of the kernel's hooks, is its own business; what it counts, bpf/latency.h says.
 *
 *	probe    whether this kernel has what it takes, and what that is; for `list`, and
 *	         before anything is loaded
 *	choose   before loading: its programs and maps, or none of them where it is not wanted
 *	attach   after loading: what libbpf did not attach by itself
 *	release  accepts what was never attached
 *
 * Programs count nothing before latency_start_ns, nor after latency_end_ns.
 */
struct latency_source {
	const char *name; /* "block" */
	/* A sentence for out_source, such as "block_rq_insert, _issue and _complete"; static. A
	 * negative errno with the reason and the remedy, if the machine lacks it. */
	int (*probe)(const char **out_source, struct err *err);
	void (*choose)(struct profile_bpf *skel, bool wanted, uint32_t cpu_cnt);
	int (*attach)(struct profile_bpf *skel, struct err *err); /* NULL: nothing is left to do */
	void (*release)(void);					  /* NULL: likewise */
};

extern const struct latency_source latency_source_runq;
extern const struct latency_source latency_source_block;
extern const struct latency_source latency_source_file;
extern const struct latency_source latency_source_syscall;
extern const struct latency_source latency_source_dns;
extern const struct latency_source latency_source_tcp;
extern const struct latency_source latency_source_exec;
extern const struct latency_source latency_source_open;

#endif
