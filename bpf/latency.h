/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_LATENCY_H
#define BPF_LATENCY_H

#include <linux/types.h>

#include "bpf/abi.h"

/*
 * How long things take, or how large they are, as programs count them. Each kind of value is
 * a measure; an event of a measure is counted when it ends:
 *
 *	cells    count and sum by (measure, what, process, slice of time, bin): exact and
 *	         complete. A hash of per-CPU values for each epoch; no event is sent for a cell
 *	singles  struct abi_latency through the ring: the longest of each slice and CPU, some
 *	         drawn evenly, and those slower than was asked for. Each is in a cell, too
 *
 * For each measure: generated = in cells + lost. What is not known of an event when it ends,
 * because it ends in an interrupt, its start has said: a struct abi_latency with why START,
 * which is no event but stacks and thread of one that will come with the same serial.
 *
 * Bins are log-linear, 8 for each power of two: below 16 each value is its own bin, and so
 * formats/latency_bin.h has them.
 *
 *	value  0 1 2 ... 15 | 16-17 18-19 ... 30-31 | 32-35 ... | ... 2^64 - 1
 *	bin    0 1 2 ... 15 |  16    17  ...   23   |  24   ... | ... 495
 */

#define ABI_LATENCY_BINS 496
#define ABI_LATENCY_CELLS 16384 /* keys of each epoch */
#define ABI_LATENCY_PROBES 8
/* Told of each slice, CPU and measure, or less, but the longest of all; more are sent, because
 * who is among them is known at the end only. */
#define ABI_LATENCY_LONGEST_MAX 8
#define ABI_LATENCY_TEXT 256 /* bytes behind a single: a path, a host ... */
#define ABI_LATENCY_OTHERS (~0ull)
#define ABI_BLOCK_BYTES_SHIFT 48

/* The unit of each is that of the event in collector/latency_rows.h. */
enum abi_measure {
	ABI_MEASURE_RUNQ = 0,
	ABI_MEASURE_BLOCK = 1,	      /* from insertion, or issue, to completion */
	ABI_MEASURE_BLOCK_QUEUE = 2,  /* to the issue; of those that were inserted */
	ABI_MEASURE_BLOCK_DEVICE = 3, /* from the issue */
	ABI_MEASURE_BLOCK_BYTES = 4,
	ABI_MEASURE_FILE = 5,
	ABI_MEASURE_SYSCALL = 6,
	ABI_MEASURE_DNS = 7,
	ABI_MEASURE_TCP_CONNECT = 8,
	ABI_MEASURE_TCP_LIFE = 9,
	ABI_MEASURE_TCP_BYTES = 10, /* of a connection's life, both ways */
	ABI_MEASURE_EXEC = 11,
	ABI_MEASURE_OPEN = 12,
	ABI_MEASURE_PROBE = 13, /* and ABI_LATENCY_PROBES - 1 more */
	ABI_MEASURE_CNT = ABI_MEASURE_PROBE + ABI_LATENCY_PROBES,
};

/*
 * What an event is of, as a number whose meaning the measure says (collector/latency_labels.h):
 *
 *	RUNQ             0
 *	BLOCK ...        dev_t of the kernel << 8 | enum abi_block_op; in cells of BLOCK, with
 *	                 the bin of 2^n bytes << ABI_BLOCK_BYTES_SHIFT: as many of BLOCK_DEVICE
 *	                 took as long, and of BLOCK_BYTES had as many, and have no other cells
 *	FILE             the first 7 bytes of the file system's name, the first lowest, << 8 |
 *	                 enum abi_file_op
 *	SYSCALL          its number; + 2^32 of a 32-bit program
 *	DNS              hash of the host; the first single of it has ABI_LATENCY_NAME
 *	TCP ...          port << 8 | enum abi_tcp_way: the remote port of a connect, the local
 *	                 one of an accept
 *	EXEC, OPEN       the errno, positive; 0: it worked
 *	PROBE ...        the argument that it is keyed by, or 0
 *
 * ABI_LATENCY_OTHERS: there was no room to tell.
 */
enum abi_block_op {
	ABI_BLOCK_READ = 1,
	ABI_BLOCK_WRITE = 2,
	ABI_BLOCK_FLUSH = 3,
	ABI_BLOCK_DISCARD = 4,
	ABI_BLOCK_OTHER = 5,
};

enum abi_file_op {
	ABI_FILE_READ = 1,
	ABI_FILE_WRITE = 2,
	ABI_FILE_OPEN = 3,
	ABI_FILE_FSYNC = 4,
};

enum abi_tcp_way {
	ABI_TCP_CONNECT = 1,
	ABI_TCP_ACCEPT = 2,
};

/*
 * Slices begin at multiples of their length since latency_start_ns. Their length, an index of
 * this table, grows with the recording; the collector sets it at any time.
 */
#define ABI_LATENCY_SCALES                                                                         \
	{                                                                                          \
		100000000ull, 500000000ull, 1000000000ull, 5000000000ull, 10000000000ull,          \
			30000000000ull, 60000000000ull, 300000000000ull                            \
	}
#define ABI_LATENCY_SCALE_CNT 8

struct abi_latency_key {
	__u64 what;
	__u32 slice; /* its number: start is slice * length */
	__u16 bin;
	__u8 measure; /* enum abi_measure */
	__u8 scale;
	char comm[ABI_COMM_LEN]; /* of the process whose event it is; "": nobody's */
};

struct abi_latency_cell {
	__u64 cnt, sum;
};

/* Bits. */
enum abi_latency_why {
	ABI_LATENCY_LONGEST = 1,
	ABI_LATENCY_DRAWN = 2,
	ABI_LATENCY_SLOWER = 4,
	ABI_LATENCY_NAME = 8,	/* the first one of `what`: the text says what that stands for */
	ABI_LATENCY_START = 16, /* no event, but what will be known of one */
};

/*
 * Also followed by its text, of text_len bytes. One of BLOCK tells of the other values of the
 * same request, too: parts has why of each, 8 bits for one, BLOCK_QUEUE the lowest.
 */
struct abi_latency {
	__u8 record; /* ABI_RECORD_LATENCY */
	__u8 measure;
	__u8 epoch;
	__u8 why; /* enum abi_latency_why; 0: one of its parts is wanted */
	__u8 scale;
	__u8 reserved;
	__u16 text_len;
	__u32 slice;
	__u32 tgid, tid; /* 0: of no thread that is known */
	__u32 cpu;
	__u64 what;
	__u64 serial; /* of its START, which came before; 0: there was none */
	__u64 end_ns;
	__u64 value;
	__u64 bytes;	 /* that were moved; 0: none, or unknown */
	__u64 queued_ns; /* of value; of BLOCK */
	struct abi_stack kernel, user;
	char comm[ABI_COMM_LEN]; /* as in the key of its cell */
	__u32 parts;		 /* of BLOCK; 0: none is wanted */
} __attribute__((packed, aligned(4)));

/* The text of TCP singles. */
struct abi_tcp_text {
	__u16 family; /* AF_INET, AF_INET6 */
	__u16 local_port, remote_port;
	__u16 reserved;
	__u8 local[16], remote[16]; /* of IPv4 the first 4 */
};

/* Counters of one CPU, in an mmapable array. */
struct abi_latency_cpu {
	__u64 generated[ABI_MEASURE_CNT]; /* beside at_once */
	__u64 lost[ABI_MEASURE_CNT];	  /* no room among the cells, or for what it began with;
					   * or its end was not seen */
	__u64 unstarted[ABI_MEASURE_CNT]; /* ended, and had begun before the recording: no events */
	__u64 singles[ABI_MEASURE_CNT];	  /* in the ring, without STARTs */
	__u64 single_lost;		  /* the ring refused them; not events */
	__u64 cell_cnt[2];  /* keys put into the cells, by epoch; set to 0 by the collector */
	__u64 start_cnt[2]; /* STARTs, by epoch; likewise */
	__u64 coarse;	    /* events counted without process and what, for want of room */
	__u64 refused;	    /* records of all kinds that the ring refused */
	__u64 copied[2];    /* bytes of user stacks, by epoch; set to 0 by the collector */
	__u64 at_once; /* generated of BLOCK, BLOCK_DEVICE and BLOCK_BYTES each, and in one cell
			* of BLOCK for all three */
	__u64 reserved[2];
};

_Static_assert(sizeof(struct abi_latency_key) == 32, "abi_latency_key");
_Static_assert(sizeof(struct abi_latency) == 116, "abi_latency");
_Static_assert(sizeof(struct abi_tcp_text) == 40, "abi_tcp_text");
_Static_assert(sizeof(struct abi_latency_cpu) == (4 * ABI_MEASURE_CNT + 12) * 8, "abi_latency_cpu");

#endif
