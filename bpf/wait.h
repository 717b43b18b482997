/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_WAIT_H
#define BPF_WAIT_H

#include <linux/types.h>

#include "bpf/abi.h"

/*
 * Waits, as the scheduler programs (bpf/sched.bpf.c) hand them to the collector. A wait
 * lasts from the moment a thread leaves its CPU to the moment it runs again:
 *
 *	        out              waking             in
 *	--on CPU-|---- blocked ----|--- runnable ----|-on CPU--
 *	         `- preempted: runnable from the start
 *
 * It is known whole only at its end, so that is where its stacks are taken, and only if it
 * lasted as long as is asked for; until then a thread's state is a few stamps. Three things
 * come out, of which only the first one counts:
 *
 *	sums      struct abi_wait_sum by the key of a wait: thread group and program, state,
 *	          stacks, links. Exact and complete. Two hashes, one for each epoch
 *	waits     struct abi_wait through the ring. The first one of a key in an epoch says what
 *	          the key stands for (ABI_WAIT_FIRST); one that found no room among the sums, or
 *	          whose user stack is a copy, stands for itself alone (ABI_WAIT_ALONE); some are
 *	          drawn at random, evenly (ABI_WAIT_DRAWN). Only those ALONE are in no sum
 *	longest   the longest of each epoch on each CPU, in an array, by key
 *
 * Who ended a wait is a chain of links, nearest first. A link is a waker with its stacks, or
 * an interrupt; it comes through the ring once (struct abi_link), and is an id from then on,
 * for as long as `wait_generation` stands; chains go on with those of the one before.
 *
 *	C waits ... woken by B (link 1), which had waited itself ... woken by A (link 2)
 *
 * A waker's own last wait adds its links only as far as each ended after C left its CPU. So
 * what was blocked falls apart into what each link has to answer for (link_ns):
 *
 *	C blocked:  |------- A's, link 2 -------|------ B's, link 1 ------|
 *	           out                B was woken                       waking
 *
 * For each thread, whatever is asked for: on + runnable + blocked + gap = now - born. A gap
 * is time between two states that cannot follow each other: a switch was not seen.
 *
 * For all waits that were due (asked for, and long enough):
 * generated = in sums + ALONE in the ring + lost.
 *
 * The end is a moment, but all threads cannot be looked at in a moment. From then on the
 * programs book for each thread that is switched from or to what it did until then, once, and
 * whoever exits gives its account; the others are told by the iterator.
 */

#define ABI_CHAIN_MAX 8		  /* links of a chain */
#define ABI_LONGEST_MAX 16	  /* waits of each epoch and CPU */
#define ABI_WAIT_SUMS 8192	  /* keys of each epoch; the loader makes more for more CPUs */
#define ABI_WAIT_LINKS 16384	  /* known at once */
#define ABI_GENERATIONS_BACK 1	  /* whose links stand in the chains of a generation */
#define ABI_WAIT_COPY_BYTES 32768 /* of a stack that is copied; most are no longer */
#define ABI_OPEN_BYTES                                                                             \
	24576 /* copied of the user stack of a thread that waits at the end; with                  \
	       * struct abi_open below the 32 KiB of an iterator's buffer */

/* Stands in the program on sched_waking for the kernel's variable with a CPU's preempt_count. */
#define WAIT_COUNT_MARK 0x70726d74636e7400ull

/* As enum trace_wait_state. */
enum abi_wait_state {
	ABI_WAIT_INTERRUPTIBLE = 1,
	ABI_WAIT_UNINTERRUPTIBLE = 2,
	ABI_WAIT_STOPPED = 3,	/* stopped, traced, parked */
	ABI_WAIT_PREEMPTED = 4, /* runnable from the start; also who yields */
	ABI_WAIT_NEW = 5,	/* from the fork to the first run; has no stacks */
	ABI_WAIT_IDLE = 6,	/* a kernel thread with nothing to do (TASK_NOLOAD) */
};

/* As enum trace_context. */
enum abi_context {
	ABI_CONTEXT_TASK = 1,
	ABI_CONTEXT_SOFTIRQ = 2, /* also in a task that runs softirqs by itself: it has a thread */
	ABI_CONTEXT_HARDIRQ = 3,
	ABI_CONTEXT_NMI = 4,
	ABI_CONTEXT_IDLE = 5,
};

enum abi_wait_why {
	ABI_WAIT_FIRST = 1,
	ABI_WAIT_ALONE = 2,
	ABI_WAIT_DRAWN = 4,
};

/* As enum trace_wait_flag. */
enum abi_wait_flag {
	ABI_WAIT_OPEN_START = 1,    /* began before the recording */
	ABI_WAIT_OPEN_END = 2,	    /* had not ended when the recording did */
	ABI_WAIT_DEEPER = 4,	    /* there were more links than ABI_CHAIN_MAX */
	ABI_WAIT_WAKER_UNKNOWN = 8, /* blocked, and nobody was seen to wake it */
};

struct abi_wait {
	__u8 record; /* ABI_RECORD_WAIT */
	__u8 why;    /* enum abi_wait_why, bits */
	__u8 epoch;
	__u8 state; /* enum abi_wait_state */
	__u8 flags; /* enum abi_wait_flag, bits */
	__u8 link_cnt;
	__u8 reserved[2];
	__u32 tgid, tid;
	__u64 key; /* among the sums of the epoch */
	__u64 out_ns;
	__u64 blocked_ns, runnable_ns;
	struct abi_stack kernel, user; /* in that epoch's stores, or the ring */
	__u64 links[ABI_CHAIN_MAX];    /* nearest first */
	__u64 link_ns[ABI_CHAIN_MAX];  /* of blocked_ns; add up to it if there is a link */
} __attribute__((packed, aligned(4)));

struct abi_link {
	__u8 record; /* ABI_RECORD_LINK */
	__u8 epoch;
	__u8 context; /* enum abi_context */
	__u8 reserved;
	__u32 tgid, tid; /* 0: an interrupt; what it interrupted is not to blame */
	__u32 generation;
	__u64 id; /* not 0 */
	struct abi_stack kernel, user;
} __attribute__((packed, aligned(4)));

struct abi_wait_sum {
	__u64 cnt;
	__u64 blocked_ns, runnable_ns;
	__u64 longest_ns; /* blocked and runnable */
	__u64 link_ns[ABI_CHAIN_MAX];
	__u64 named; /* 0: the ring refused its FIRST so far; if it stays so, the sum is lost */
};

struct abi_long_wait {
	__u64 key; /* 0: none */
	__u64 out_ns, blocked_ns, runnable_ns;
	__u64 link_ns[ABI_CHAIN_MAX];
	__u32 tgid, tid;
};

/* One for each epoch and CPU, in an mmapable array: index 2 * cpu + epoch. The collector
 * clears the idle half. */
struct abi_longest {
	__u64 cnt;
	__u64 least_ns; /* shorter ones do not get in; 0 until it is full */
	struct abi_long_wait v[ABI_LONGEST_MAX];
};

/* What became of a thread's time since it was born, or since the recording began. */
struct abi_times {
	__u64 born_ns, now_ns;
	__u64 on_ns, runnable_ns, blocked_ns, gap_ns;
	__u64 switch_cnt;
	__u64 short_cnt, short_ns; /* waits that were too short to be kept, or too long, or of a
				    * state that was not asked for; also one that has not ended */
};

/* A thread has exited. */
struct abi_account {
	__u8 record; /* ABI_RECORD_ACCOUNT */
	__u8 reserved[3];
	__u32 tgid, tid;
	struct abi_times times;
} __attribute__((packed, aligned(4)));

/*
 * A thread at the end, as the iterator says it: its account, and the wait that it is still
 * in, if it is in one that is due. What it reads comes as one of these after the other, each
 * followed by `user_len` bytes of its user stack, from rsp up.
 */
struct abi_open {
	__u32 bytes; /* of this and the copy behind it */
	__u32 tgid, tid;
	__u8 is_waiting;
	__u8 state;
	__u8 flags;    /* with ABI_WAIT_OPEN_END */
	__u8 link_cnt; /* of a thread that was woken and still waits for a CPU */
	char comm[ABI_COMM_LEN];
	struct abi_times times; /* with the open wait, or the time on a CPU, in it */
	__u64 out_ns, blocked_ns, runnable_ns;
	__u64 links[ABI_CHAIN_MAX];
	__u64 link_ns[ABI_CHAIN_MAX];
	__u32 kernel_cnt; /* of kernel[]; a thread on a CPU has none */
	__u32 kernel_err; /* errno; 0: none */
	__u32 user_len;
	__u32 user_err; /* errno; ENOTSUP: this kernel cannot read it (before 5.18); ENOENT: it
			 * has none */
	__u64 check;	/* for struct unwind_process */
	__u64 regs[UNWIND_REGISTER_CNT];
	__u64 kernel[ABI_STACK_MAX];
};

/* Counters of one CPU, in an mmapable array. generated = summed + alone + lost_cnt. */
struct abi_wait_cpu {
	__u64 generated;
	__u64 summed;		 /* also those of sums that stay without a name */
	__u64 alone;		 /* in the ring */
	__u64 lost_cnt, lost_ns; /* no room among the sums nor in the ring */
	__u64 drawn_lost;	 /* examples that the ring refused: not waits */
	__u64 first_lost;	 /* times that the ring refused to take a FIRST: likewise */
	__u64 links_lost;	 /* wakers whose record the ring refused; their wait has no link */
	__u64 accounts_lost;
	__u64 untracked;   /* switches of threads that no state could be had for */
	__u64 clock_back;  /* times that ran backwards by up to 100 us, taken as 0 */
	__u64 clock_fault; /* by more */
	__u64 gaps;	   /* see abi_times.gap_ns */
	__u64 unwoken;	   /* ran again without having been woken */
	__u64 switches, wakings;
	__u64 busy_ns;	    /* spent with taking stacks and counting, not on mere stamps */
	__u64 copied[2];    /* bytes of stacks, by epoch; set to 0 by the collector */
	__u64 sum_cnt[2];   /* keys put into the sums, by epoch; likewise */
	__u64 link_cnt;	    /* links put among those known; likewise */
	__u64 refused;	    /* records of all kinds, each once, for want of room in the ring */
	__u64 exits, ended; /* threads that began to exit; of these, those whose account is told */
	__u64 reserved[7];
};

_Static_assert(sizeof(struct abi_wait) == 200, "abi_wait");
_Static_assert(sizeof(struct abi_link) == 48, "abi_link");
_Static_assert(sizeof(struct abi_wait_sum) == 104, "abi_wait_sum");
_Static_assert(sizeof(struct abi_longest) == 16 + 104 * ABI_LONGEST_MAX, "abi_longest");
_Static_assert(sizeof(struct abi_times) == 72, "abi_times");
_Static_assert(sizeof(struct abi_wait_cpu) == 256, "abi_wait_cpu");

#endif
