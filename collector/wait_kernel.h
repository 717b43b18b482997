#ifndef COLLECTOR_WAIT_KERNEL_H
#define COLLECTOR_WAIT_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What the running kernel has of the things that the scheduler programs are better off with:
 * asked of its type information and its symbols, never of its version.
 */
#define WAIT_KERNEL_NAME 64

struct wait_kernel {
	bool has_exit;	  /* the tracepoint sched_exit_tp (since 6.18) */
	bool has_state;	  /* sched_switch says the state of who leaves (since 5.18) */
	bool has_storage; /* storage of tasks for programs on tracepoints (since 5.12) */
	bool can_copy;	  /* bpf_copy_from_user_task (since 5.18) */
	bool can_enter;	  /* fentry could be had of finish_task_switch */
	char finish[WAIT_KERNEL_NAME]; /* what that is called here, such as with .isra.0; "": not */
	bool has_count;		       /* a CPU's preempt_count can be found: */
	uint32_t count_id;	       /* the number of its variable in BTF */
	uint32_t count_at;	       /* bytes of the variable before it */
	uint64_t irq_begin, irq_end;   /* the code by which interrupts enter; 0: not known */
	uint64_t syscall_begin, syscall_end; /* do_syscall_64(); likewise */
	uint64_t softirq_begin, softirq_end; /* that runs softirqs; likewise */
};

struct btf;

/* Storage of tasks, for programs that may not wait for memory; of the kernel's own BTF. */
bool wait_kernel_has_storage(const struct btf *btf);

/* Cannot fail: what cannot be asked is not there. */
void wait_kernel_probe(struct wait_kernel *out);

#endif
