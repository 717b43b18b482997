#ifndef COLLECTOR_KERNEL_LOG_H
#define COLLECTOR_KERNEL_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/perf_record.h"
#include "formats/trace_writer.h"

/*
 * Kernel addresses into frames that mean the same after a reboot: an offset from
 * _stext, from a module's load address, or from the start of a BPF program. The name
 * of each function that occurs goes into the trace with its first frame.
 */
struct kernel_log;
struct programs;

/* programs: asked for names, so that /proc/kallsyms need not be read; where they cannot
 * answer, or are NULL, it is read now. */
struct kernel_log *kernel_log_new(struct programs *programs);
void kernel_log_free(struct kernel_log *log);

/* True if the kernel hides its addresses, so that frames have no names. */
bool kernel_log_hidden(const struct kernel_log *log);

/* Follows BPF programs that come (KSYMBOL); other records are ignored. True if addresses
 * have another meaning now, so that frames that were given for them are void. */
bool kernel_log_apply(struct kernel_log *log, const struct perf_record *record);

/* The writer's frame of an address; is_caller: it is a return address. */
uint32_t kernel_log_frame(struct kernel_log *log, uint64_t address, bool is_caller,
			  struct trace_writer *writer);

/* True for BPF programs and what the kernel has between them and the place they are attached
 * to: on top of the stack of a wait that is our own doing. False where it hides its symbols. */
bool kernel_log_is_program(struct kernel_log *log, uint64_t address, bool is_caller);

/* The same of a function's name. */
bool kernel_log_names_program(const char *name);

/* True for the function that runs softirqs. */
bool kernel_log_is_softirq(struct kernel_log *log, uint64_t address, bool is_caller);

#endif
