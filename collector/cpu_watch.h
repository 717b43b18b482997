#ifndef COLLECTOR_CPU_WATCH_H
#define COLLECTOR_CPU_WATCH_H

#include <stdint.h>

#include "base/err.h"
#include "collector/cpu_list.h"
#include "collector/target.h"
#include "formats/trace_writer.h"

struct drain;
struct programs;
struct rings;
struct sampler;

/*
 * The CPUs that are recorded, as they come and go. A CPU that goes offline takes its
 * perf events with it for good: when it is back they stand there and never fire. So
 * what is online is looked at again and again, and what came is opened anew. A CPU that
 * was gone only between two looks is found by its ring's event, which stands still.
 *
 * Every CPU gets a ring, also those that are not sampled (-C), because mappings and
 * names of the threads that are sampled may come from any CPU.
 */
struct cpu_watch {
	const struct target *target;
	struct programs *programs;
	struct rings *rings;
	struct sampler *sampler;
	struct drain *drain;
	struct trace_writer *writer;
	struct cpu_list online;
	int online_fd; /* says what is online; 0: not opened yet */
};

/* Opens rings and events on all CPUs in w->online. */
int cpu_watch_open(struct cpu_watch *w, struct err *err);

/* Looks what is online now, opens and closes, and tells the trace. */
void cpu_watch_follow(struct cpu_watch *w);

void cpu_watch_release(struct cpu_watch *w);

#endif
