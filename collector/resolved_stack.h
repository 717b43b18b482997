#ifndef COLLECTOR_RESOLVED_STACK_H
#define COLLECTOR_RESOLVED_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/vec.h"
#include "collector/kernel_log.h"
#include "collector/module_log.h"
#include "formats/trace_writer.h"

/*
 * A stack as it was meant at one moment: no longer addresses, which mean something else
 * once a process maps another file, and not yet the writer's nodes, which are void after
 * the next key frame. So it can be put into the trace at any later time, as often as it is
 * needed. stack_resolver makes it; frames stand root first.
 */
enum resolved_kind {
	RESOLVED_FILE = 1,     /* module of the module log, offset in the file */
	RESOLVED_JIT = 2,      /* address of code that has no name yet */
	RESOLVED_NAMED = 3,    /* code that its runtime has named: offset in `names` */
	RESOLVED_UNMAPPED = 4, /* address */
	RESOLVED_KERNEL = 5,   /* address as the kernel gave it */
	RESOLVED_LOST = 6,     /* reason */
};

struct resolved_frame {
	uint8_t kind;	   /* enum resolved_kind */
	uint8_t is_caller; /* KERNEL: it is a return address */
	uint16_t reason;   /* LOST */
	uint32_t module;   /* FILE; NAMED: line */
	uint64_t offset;
};

struct resolved_stack {
	struct {
		VEC(struct resolved_frame);
	} frames;
	struct buf names; /* of NAMED, each with its file behind it, both ended by a NUL */
};

void resolved_stack_release(struct resolved_stack *s);
void resolved_stack_clear(struct resolved_stack *s); /* keeps the memory */

/* More frames, on the leaf's side. */
void resolved_stack_add(struct resolved_stack *s, const struct resolved_frame *frame);
void resolved_stack_add_lost(struct resolved_stack *s, enum trace_reason reason);
void resolved_stack_add_named(struct resolved_stack *s, const struct trace_frame *named);

/* Where stacks go: the writer, and who knows the modules of its present group. */
struct resolved_target {
	struct trace_writer *writer;
	struct module_log *modules;
	struct kernel_log *kernel;
};

/* The writer's leaf node, above `parent`; `process` is the writer's id of whose stack it is,
 * TRACE_NONE if all its frames are the kernel's. `parent` if there are none. */
uint32_t resolved_stack_put(const struct resolved_stack *s, const struct resolved_target *to,
			    uint32_t process, uint32_t parent);

/* The writer's module of kind JIT, UNMAPPED or COPY of one of its processes. */
uint32_t resolved_raw_module(struct trace_writer *writer, uint32_t process,
			     enum trace_module_kind kind);

/* Bytes that it holds. */
size_t resolved_stack_bytes(const struct resolved_stack *s);

#endif
