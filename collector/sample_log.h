#ifndef COLLECTOR_SAMPLE_LOG_H
#define COLLECTOR_SAMPLE_LOG_H

#include <stdint.h>

#include "bpf/abi.h"
#include "collector/kernel_log.h"
#include "collector/stack_table.h"
#include "collector/task_log.h"
#include "collector/unwind_tables.h"
#include "formats/trace_writer.h"

/*
 * Puts samples into the trace: a thread's number and two stacks of raw addresses
 * become the writer's thread and leaf node.
 *
 *	user frames from the root to the leaf, then kernel frames from their root
 *
 * What was resolved before is remembered by (stack, mappings of the process), so a
 * stack that keeps coming costs two look-ups. A lost stack becomes a LOST frame with
 * its reason in the place of its frames, and a user stack that is not whole has one at its
 * root. Of a stack that the kernel walked along frame pointers that is every one whose last
 * frame is no outermost function, so far as the tables can tell; of a kernel stack, one of
 * frame_max frames, because more may have stood there.
 *
 * A user stack that is to be unwound later is one frame, which names its copy.
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
};

/* tables NULL: whether a stack that the kernel walked is whole, nobody can tell. */
struct sample_log *sample_log_new(struct trace_writer *writer, struct task_log *tasks,
				  struct module_log *modules, struct kernel_log *kernel,
				  const struct stack_table *stacks, struct unwind_tables *tables,
				  uint32_t frame_max);
void sample_log_free(struct sample_log *log);

void sample_log_add(struct sample_log *log, const struct sample_log_sample *sample);

/*
 * Writes the names that runtimes left for code of a process that was sampled: a thread of
 * it has exited, and if that was the last, its map may vanish; or, for tgid 0, of every
 * process: recording ends.
 */
void sample_log_write_jit_maps(struct sample_log *log, uint32_t tgid);

/* The ids of the stack table have become void, or addresses of the kernel mean something
 * else. */
void sample_log_forget(struct sample_log *log);

#endif
