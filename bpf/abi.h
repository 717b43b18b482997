#ifndef BPF_ABI_H
#define BPF_ABI_H

#include <linux/types.h>

#include "bpf/unwind.h"

/*
 * The contract between the BPF programs and the collector: what lies in maps and
 * what comes through the rings. Both sides compile this file, so neither can
 * hold another opinion. Host byte order; it never reaches a file.
 *
 * A ring carries, beside the kernel's own records (mmap, comm, fork, exit ...),
 * raw samples that begin with one byte, enum abi_record:
 *
 *	ABI_RECORD_SAMPLE  struct abi_sample
 *	ABI_RECORD_BODY    struct abi_body, cut behind its last frame
 *	ABI_RECORD_COPY    struct abi_copy, and behind it the bytes of a stack
 *	ABI_RECORD_WAIT, ABI_RECORD_LINK, ABI_RECORD_ACCOUNT: see bpf/wait.h
 *	ABI_RECORD_LATENCY: see bpf/latency.h
 *
 * Samples that come seldom take a shorter way, with their stacks: struct abi_buffer.
 *
 * A stack is named by a store and an id. The stores exist twice, once for each
 * epoch: programs fill those of `epoch & 1` while the collector reads the others,
 * because an entry that is read while programs run can turn into another one.
 */

#define ABI_EVENTS_MAX 8
#define ABI_STACK_MAX 127   /* frames; the kernel's default limit of a stack map */
#define ABI_STACKS_MIN 2048 /* buckets of each stack map; the loader makes more for more CPUs */
#define ABI_STACKS_MAX 8192
#define ABI_TARGETS_MAX 16384
#define ABI_BUFFER_BYTES 16384 /* samples of a CPU and an epoch: at 99 Hz, of a second */
#define ABI_CARRIED_MAX 64     /* frames of a stack that goes with its sample */
#define ABI_COPY_MAX 61440     /* bytes of a copied stack; a perf record has 64 KiB at most */
#define ABI_UNWIND_SLOTS 3     /* walks of each CPU: one program interrupts another */
#define ABI_COMM_LEN 16
#define ABI_SYMBOL_LEN 256

enum abi_record {
	ABI_RECORD_SAMPLE = 1,
	ABI_RECORD_BODY = 2,
	ABI_RECORD_COPY = 3,
	ABI_RECORD_WAIT = 4,
	ABI_RECORD_LINK = 5,
	ABI_RECORD_ACCOUNT = 6,
	ABI_RECORD_LATENCY = 7,
};

enum abi_store {
	ABI_STORE_NONE = 1,    /* there is no such stack: a kernel thread has no user side */
	ABI_STORE_MAP = 2,     /* id: bucket of the epoch's stack map */
	ABI_STORE_BODIES = 3,  /* id: key in the epoch's hash of bodies */
	ABI_STORE_RING = 4,    /* id: key of a struct abi_body that came earlier in this ring */
	ABI_STORE_LOST = 5,    /* id: the errno, positive */
	ABI_STORE_COPY = 6,    /* id: serial of the struct abi_copy just before in this ring */
	ABI_STORE_CARRIED = 7, /* behind the sample: it is of a struct abi_carrier */
};

/* How user stacks are taken. */
enum abi_unwind {
	ABI_UNWIND_FP = 0,   /* by the kernel, along frame pointers */
	ABI_UNWIND_AUTO = 1, /* by the tables; what they cannot, copied */
	ABI_UNWIND_COPY = 2, /* copied, all of them */
};

/* Where a stack lies; the epoch stands beside it. */
struct abi_stack {
	__u64 id;
	__u32 store;
} __attribute__((packed, aligned(4)));

/* One sample. Time and CPU are in the perf record around it; so is the thread, unless it has
 * been reaped, when the kernel says -1 there, or the sample is foreign. */
struct abi_sample {
	__u8 record;  /* ABI_RECORD_SAMPLE */
	__u8 event;   /* index of the recorder's event */
	__u8 epoch;   /* 0 or 1 */
	__u8 foreign; /* not of who ran, but of the thread that is said here; 0: of nobody */
	__u32 tgid, tid;
	__u64 weight;
	struct abi_stack kernel;
	struct abi_stack user;
} __attribute__((packed, aligned(4)));

/* A stack that found no room in its stack map, or that we unwound: leaf first. Of one that
 * we unwound, callers stand as return address - 1, but for the frame a signal interrupted
 * and the signal's restorer; else as the kernel gives them. */
struct abi_body {
	__u8 record; /* ABI_RECORD_BODY */
	__u8 end;    /* enum unwind_end; NONE: the kernel walked it */
	__u8 reserved[2];
	__u32 cnt;
	__u64 key; /* hash of the frames and the end */
	__u64 frames[ABI_STACK_MAX];
};

/* A sample that carries its user stack, cut behind the last frame. The body's `record` and `key`
 * say nothing. Whose it is says the sample itself, as the kernel numbers threads. */
struct abi_carrier {
	struct abi_sample sample;
	__u32 reserved;
	__u64 time_ns;
	struct abi_body body;
};

/*
 * What a CPU keeps of them until the collector reads that epoch: one behind the other, in order
 * of time. A ring does more than is of use here, for a microsecond more; where there is no room
 * left, samples go through the ring.
 */
struct abi_buffer {
	__u64 len; /* bytes; the collector sets it to 0 */
	__u8 bytes[ABI_BUFFER_BYTES - sizeof(__u64)];
};

/*
 * A user stack that could not be unwound where it was: registers and memory from rsp up,
 * to be unwound later. Its sample follows in the same ring.
 */
struct abi_copy {
	__u8 record; /* ABI_RECORD_COPY */
	__u8 end;    /* enum unwind_end: why the walk stopped; NONE: none was tried */
	__u8 reserved[2];
	__u32 len;    /* of bytes; what is beyond was not readable, or over the limit */
	__u64 serial; /* of this CPU */
	__u64 check;  /* for struct unwind_process */
	__u64 regs[UNWIND_REGISTER_CNT];
	__u8 bytes[];
};

/*
 * Counters of one CPU, in an mmapable array: read without a system call. For each
 * event: generated = samples in the ring or in buffers + lost_full + lost_ring.
 */
struct abi_cpu {
	__u64 generated[ABI_EVENTS_MAX]; /* fired on a thread that was asked for */
	__u64 lost_full[ABI_EVENTS_MAX]; /* the ring had no room */
	__u64 lost_ring[ABI_EVENTS_MAX]; /* there was no ring yet, or it could not be entered */
	__u64 body_lost;		 /* bodies that the ring refused; not samples */
	__u64 idle;			 /* fired on the idle thread */
	__u64 body_cnt[2];		 /* bodies put into the hash, by epoch */
	__u64 in_flight;		 /* programs between reading the epoch and their end */
	__u64 copy_cnt;			 /* stacks copied, whether the ring took them or not */
	__u64 copy_lost;		 /* copies that the ring refused; not samples */
	__u64 reserved[1];
};

_Static_assert(sizeof(struct abi_sample) == 44, "abi_sample");
_Static_assert(__builtin_offsetof(struct abi_carrier, body) == 56, "abi_carrier");
_Static_assert(sizeof(struct abi_cpu) == 256, "abi_cpu");

#endif
