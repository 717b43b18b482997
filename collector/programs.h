#ifndef COLLECTOR_PROGRAMS_H
#define COLLECTOR_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "bpf/abi.h"
#include "collector/stack_stores.h"
#include "collector/target.h"

/*
 * The BPF side of a recording: the programs of bpf/, loaded for one target, and what
 * the collector shares with them.
 */
struct programs;
struct unwind_arrays;

struct programs_options {
	const struct target *target;
	uint32_t event_cnt;
	bool user_only;
	bool kernel_only;
	enum abi_unwind unwind;
	uint64_t unwind_bytes; /* AUTO: limit of all rows and blocks; 0: PROGRAMS_UNWIND_BYTES */
	uint32_t copy_bytes;   /* AUTO, COPY: of a stack, at most ABI_COPY_MAX */
};

#define PROGRAMS_UNWIND_BYTES (32u << 20) /* some 6,000,000 rows */
#define PROGRAMS_UNWIND_BYTES_MAX (8ull << 30)

int programs_open(struct programs **out, const struct programs_options *options, struct err *err);
void programs_close(struct programs *p);

/* The program that takes a sample of an event. */
int programs_sample_fd(const struct programs *p, uint32_t event);

/* Where programs on a CPU write to; fd -1: nowhere. */
int programs_set_ring(struct programs *p, uint32_t cpu, int ring_fd, struct err *err);

/* What stack_stores needs; valid as long as the programs are. */
void programs_stores(const struct programs *p, struct stack_stores_maps *out);

/* The tables that the programs walk by, to be written to; valid as long as the programs are.
 * All NULL, and process_fd -1, unless `unwind` is AUTO. */
void programs_unwind(const struct programs *p, struct unwind_arrays *out);

/* The counters of each possible CPU, shared with the programs. */
const struct abi_cpu *programs_cpus(const struct programs *p, uint32_t *out_cnt);

/* Chosen processes and threads that are alive. */
uint64_t programs_target_cnt(const struct programs *p);

/* Children that could not be followed so far. */
uint64_t programs_unfollowed(const struct programs *p);

/* An address as the kernel prints it, "name+0x1a/0x2b0 [module]", valid until the next
 * call; NULL if this kernel cannot be asked (before 5.13). */
const char *programs_kernel_name(struct programs *p, uint64_t address);

/* Run time of all programs in ns, if the kernel counts it, else 0. */
uint64_t programs_run_ns(const struct programs *p);

#endif
