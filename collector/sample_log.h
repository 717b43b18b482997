#ifndef COLLECTOR_SAMPLE_LOG_H
#define COLLECTOR_SAMPLE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "collector/copy_log.h"
#include "collector/stack_resolver.h"
#include "collector/task_ids.h"
#include "formats/trace_writer.h"

/*
 * Puts samples into the trace: a thread's number and two stacks of raw addresses
 * become the writer's thread and leaf node.
 *
 *	user frames from the root to the leaf, then kernel frames from their root
 *
 * What was put is remembered by (stack, mappings of the process), so a stack that keeps
 * coming costs two look-ups. A user stack that is to be unwound later is one frame, which
 * names its copy.
 */
struct sample_log;

struct sample_log_sample {
	uint64_t time_ns;
	uint64_t weight;
	uint32_t cpu;
	uint32_t event; /* of the writer */
	uint32_t tgid, tid;
	uint32_t kernel_stack, user_stack; /* of the stack table */
	const struct abi_copy *copy;	   /* in place of user_stack; NULL: there is none */
	enum trace_reason copy_why;	   /* as of struct trace_copy */
	bool by_program; /* taken in the kernel's midst; the program is not part of it */
	bool foreign;	 /* nor is who was interrupted, whose the sample is not */
};

/* Who makes frames, tasks and copies of what a sample says; they outlive the log. */
struct sample_log_parts {
	struct stack_resolver *resolver;
	const struct task_ids *ids;
	struct copy_log *copies;
};

struct sample_log *sample_log_new(const struct sample_log_parts *parts);
void sample_log_free(struct sample_log *log);

void sample_log_add(struct sample_log *log, const struct sample_log_sample *sample);

/* The ids of the stack table have become void, or addresses of the kernel mean something
 * else. */
void sample_log_forget(struct sample_log *log);

#endif
