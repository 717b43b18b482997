#ifndef COLLECTOR_WAIT_PROGRAMS_H
#define COLLECTOR_WAIT_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "collector/programs.h"
#include "collector/wait_kernel.h"

/*
 * The scheduler programs among all programs: which of them this kernel can have, how large
 * their maps are, and what is shared with them. Without waits, and latencies of the run queue,
 * none is loaded, and their maps are as small as can be.
 */
struct bpf_link;
struct profile_bpf;

struct wait_programs {
	bool wanted;
	bool loaded; /* also for the latencies of the run queue alone, without waits */
	struct wait_kernel kernel;
	struct bpf_link *resume;
	struct programs_waits shared;
};

/* Before loading. */
void wait_programs_choose(struct wait_programs *w, struct profile_bpf *skel,
			  const struct programs_options *options, uint32_t cpu_cnt);

/* After loading, and after all that attaches by itself. */
int wait_programs_attach(struct wait_programs *w, struct profile_bpf *skel, struct err *err);
void wait_programs_release(struct wait_programs *w, struct profile_bpf *skel);

int wait_programs_start(struct wait_programs *w, struct profile_bpf *skel, uint64_t start_ns,
			struct err *err);

/* Nothing after end_ns counts; what threads did then is told until the programs are closed. */
void wait_programs_end(struct wait_programs *w, struct profile_bpf *skel, uint64_t end_ns);
void wait_programs_close(struct wait_programs *w, struct profile_bpf *skel);

/* A file for the caller to read and close, or a negative errno. */
int wait_programs_open_waits(struct wait_programs *w, struct profile_bpf *skel, struct err *err);

#endif
