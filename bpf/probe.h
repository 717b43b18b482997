/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_PROBE_H
#define BPF_PROBE_H

#include "bpf/abi.h"

/*
 * What bpf/probe.bpf.c is told of the probes that it serves. A number that somebody named - a
 * tracepoint's field, an argument, what a function returned - lies in the context of the
 * program, which is the tracepoint's record or the registers; or in the memory of the thread,
 * where a register points to; or it is known before.
 */
#define ABI_PROBE_PLACES 16	   /* of one USDT probe: each has its arguments elsewhere */
#define ABI_PROBE_STARTS 16384	   /* that have not ended, of all latencies */
#define ABI_PROBE_STARTS_KEPT 4096 /* with so many in the map, none stays when it has ended */

enum abi_probe_from {
	ABI_PROBE_NOTHING = 0,	/* none was named: 1 as a weight, 0 as a key */
	ABI_PROBE_CONTEXT = 1,	/* bytes of the context, from `at` on */
	ABI_PROBE_MEMORY = 2,	/* at: the register, the address is its value + offset */
	ABI_PROBE_CONSTANT = 3, /* offset is the value */
};

#define ABI_PROBE_NO_INDEX 0xffff
#define ABI_PROBE_MINUS_ONE (1ull << 63) /* as a key: -1 itself is ABI_LATENCY_OTHERS */

struct abi_probe_value {
	__u8 from; /* enum abi_probe_from */
	__u8 size; /* 1, 2, 4, 8 */
	__u8 is_signed;
	__u8 shift;	/* of the index */
	__u16 at;	/* bytes in the context */
	__u16 index_at; /* MEMORY: one more register to add; ABI_PROBE_NO_INDEX */
	__s64 offset;
};

/* By the index of the recording's sample event. */
struct abi_probe_sample {
	__u64 low_mask; /* of instruction pointers, to tell places; 0: there is one place */
	__u64 low[ABI_PROBE_PLACES];
	struct abi_probe_value weight[ABI_PROBE_PLACES];
};

enum abi_probe_pair {
	ABI_PROBE_BY_FRAME = 1,	 /* entry and return of a function, by its stack pointer */
	ABI_PROBE_BY_THREAD = 2, /* the innermost: each beginning takes the place of another */
	ABI_PROBE_BY_KEY = 3,
};

/* By the number of the measure, less ABI_MEASURE_PROBE. A value is taken at one of both ends,
 * and NOTHING is at the other. */
struct abi_probe_latency {
	__u64 pair;	 /* enum abi_probe_pair */
	__u64 is_amount; /* the value is the weight, and no time */
	struct abi_probe_value begin_weight, begin_key;
	struct abi_probe_value end_weight, end_key;
};

/* What began; its key in the map, and what is remembered. */
struct abi_probe_start_key {
	__u64 place; /* stack pointer, or the key */
	__u32 tid;   /* 0: BY_KEY */
	__u32 probe;
};

struct abi_probe_start {
	__u64 start_ns; /* 0: it has ended; the thread's next one takes its place */
	__u64 weight, key;
	__u64 ids;		 /* tgid << 32 | tid of who began */
	__u64 serial;		 /* BY_KEY: of its START; 0: there is none */
	__u64 drawn;		 /* likewise: enum latency_drawn */
	char comm[ABI_COMM_LEN]; /* likewise */
};

_Static_assert(sizeof(struct abi_probe_value) == 16, "abi_probe_value");
_Static_assert(sizeof(struct abi_probe_start_key) == 16, "abi_probe_start_key");

#endif
