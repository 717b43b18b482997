#ifndef COLLECTOR_SAMPLING_PROGRAMS_H
#define COLLECTOR_SAMPLING_PROGRAMS_H

#include <linux/types.h>
#include <stdbool.h>

#include "base/err.h"
#include "bpf/abi.h"

/*
 * The programs, maps and variables that every recording has: those that take samples and
 * stacks of whom was asked for. Two objects have them, made of the same sources:
 *
 *	sampling_bpf	nothing else
 *	profile_bpf	and with them all that waits, latencies and probes need
 *
 * Opening, relocating and loading the whole one costs 12 ms of CPU time, of which a recording
 * of samples has no use; the other one costs 2. Here they look the same.
 */
struct bpf_map;
struct bpf_object;
struct bpf_program;
struct profile_bpf;
struct sampling_bpf;

struct sampling_programs {
	struct profile_bpf *whole;  /* NULL: there is nothing but samples */
	struct sampling_bpf *alone; /* NULL: there is more */
	struct bpf_object *object;
	int types_fd; /* the kernel's types, for `alone`; else -1 */

	struct bpf_program *samples[ABI_EVENTS_MAX];
	struct bpf_program *task_fork, *task_exit, *symbol_name;

	struct bpf_map *cpus, *rings, *sample_buffers;
	struct bpf_map *stacks[2], *bodies[2]; /* by epoch */
	struct bpf_map *target_tgids, *target_tids, *target_cgroup;
	struct bpf_map *unwind_slots, *unwind_copies;
	struct bpf_map *unwind_rows, *unwind_blocks, *unwind_rules, *unwind_mappings;
	struct bpf_map *unwind_processes;

	/* Written before loading, and then no more. */
	__u64 *stack_seed;
	__u32 *sample_carries;
	__u32 *stack_no_user, *stack_no_kernel;
	__u32 *unwind_mode, *unwind_copy_bytes;
	__u32 *target_by_id, *target_by_cgroup, *target_by_comm;
	__u64 *target_cgroup_id;
	__u32 *comm_start, *comm_stars, *comm_end, *comm_accept;

	/* Shared with the programs. */
	__u32 *stack_epoch;
	__u64 *target_cnt, *target_full;
	__u64 *symbol_address;
	__u32 *symbol_answered;
	char *symbol_text;
};

/* A zeroed struct may be closed. */
int sampling_programs_open(struct sampling_programs *s, bool whole, struct err *err);
int sampling_programs_load(struct sampling_programs *s, struct err *err);
int sampling_programs_attach(struct sampling_programs *s);
void sampling_programs_close(struct sampling_programs *s);

#endif
