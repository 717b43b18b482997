#ifndef COLLECTOR_PROGRAMS_H
#define COLLECTOR_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "bpf/abi.h"
#include "bpf/latency.h"
#include "bpf/wait.h"
#include "collector/stack_stores.h"
#include "collector/target.h"

/*
 * The BPF side of a recording: the programs of bpf/, loaded for one target, and what
 * the collector shares with them.
 */
struct latency_options;
struct probe_spec;
struct programs;
struct unwind_arrays;

struct programs_options {
	const struct target *target;
	uint32_t event_cnt; /* those of perf events */
	uint32_t seldom;    /* 1 << event: those of a low rate, whose samples go into buffers */
	bool user_only;
	bool kernel_only;
	enum abi_unwind unwind;
	uint64_t unwind_bytes; /* AUTO: limit of all rows and blocks; 0: PROGRAMS_UNWIND_BYTES */
	uint32_t copy_bytes;   /* AUTO, COPY: of a stack, at most ABI_COPY_MAX */
	bool waits;	       /* those behind are of no interest without */
	uint32_t wait_depth;   /* links of a chain, at most ABI_CHAIN_MAX; 0: no wakers */
	uint32_t wait_states;  /* 1 << enum abi_wait_state: those that are kept */
	const struct latency_options *latency; /* NULL: neither latencies nor probes */
	/* Which samples, beyond event_cnt, come of probes; they outlive the programs. */
	const struct probe_spec *probes[ABI_EVENTS_MAX];
	uint32_t retransmits; /* index of the samples of `tcp`, which are of no perf event either */
};

/*
 * What the scheduler programs and the collector share: bpf/sched.bpf.h says what each is.
 * The pointers lead into memory that the programs read and write at any time.
 */
struct programs_waits {
	int sum_fd[2];	  /* by epoch: key to struct abi_wait_sum */
	uint32_t sum_max; /* entries of each */
	int link_fd;	  /* link's id to generation */
	uint32_t link_max;
	struct abi_longest *longest; /* of each CPU and epoch: 2 * cpu + epoch */
	struct abi_wait_cpu *cpus;
	uint32_t cpu_cnt;
	uint64_t *min_ns, *max_ns; /* 0 at first */
	uint32_t *draw, *generation;
	uint32_t *copy_room; /* bytes, of an epoch and CPU */
	uint64_t *start_ns, *end_ns;
	const char *resume_source; /* where stacks are taken: "sched_exit_tp",
				    * "finish_task_switch", or "sched_switch", which has no
				    * user stacks of the threads that waited */
	bool open_has_user;	   /* user stacks of waits that are open at the end, too */
};

/* What the sources of latencies and the collector share: bpf/latency.bpf.h says what each is. */
struct programs_latencies {
	int cell_fd[2]; /* by epoch */
	uint32_t cell_max;
	struct abi_latency_cpu *cpus;
	uint32_t cpu_cnt;
	uint64_t *key_cnt; /* by epoch */
	uint64_t *start_ns, *end_ns, *slower_ns;
	uint32_t *scale, *draw, *longest, *start_room; /* draw: by measure */
	uint32_t *copy_room; /* bytes, of an epoch and CPU; also those of waits */
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

/* Two buffers of each possible CPU, by epoch: 2 * CPU + epoch. NULL: there are none. Valid as long
 * as the programs are. */
struct abi_buffer *programs_buffers(const struct programs *p, uint32_t *out_cpu_cnt);

/* The counters of each possible CPU, shared with the programs. */
const struct abi_cpu *programs_cpus(const struct programs *p, uint32_t *out_cnt);

/* Valid as long as the programs are; false: they were not asked for. */
bool programs_waits(const struct programs *p, struct programs_waits *out);

/* Lets waits count from start_ns (CLOCK_MONOTONIC, now) on, and says of all threads that live
 * what they do. Once; a command that is to be recorded exists by then. */
int programs_start_waits(struct programs *p, uint64_t start_ns, struct err *err);

/* Nothing behind end_ns counts; until the programs are closed, threads that are switched to or
 * exit tell what they did then. Programs that run are counted in abi_cpu.in_flight. */
void programs_end_waits(struct programs *p, uint64_t end_ns);
void programs_close_waits(struct programs *p);

/* After programs_end_waits: a file to read() to its end, struct abi_open one after the other,
 * as bpf/wait.h says; of the chosen threads. For the caller to close; negative: errno. */
int programs_open_waits(struct programs *p, struct err *err);

/* Valid as long as the programs are; false: they were not asked for. */
bool programs_latencies(const struct programs *p, struct programs_latencies *out);

/* In every round. */
void programs_sweep_latencies(struct programs *p, uint64_t now_ns);

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
