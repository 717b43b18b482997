/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_LATENCY_BPF_H
#define BPF_LATENCY_BPF_H

#include "bpf/kernel.bpf.h"
#include "bpf/latency.h"

/*
 * What every source of latencies shares (bpf/latency.h says what it means). A source is a file
 * of its own, with its hooks and what it has to remember between start and end; when an event
 * ends it fills in struct latency_event and calls latency_count(), and latency_tell() if that
 * says that the event is wanted as a single one.
 */
struct latency_cell_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1); /* ABI_LATENCY_CELLS, set by the loader where there are latencies */
	__type(key, struct abi_latency_key);
	__type(value, struct abi_latency_cell);
};

struct latency_cpu_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* possible CPUs, set by the loader */
	__type(key, u32);
	__type(value, struct abi_latency_cpu);
};

/* A single while it is made; owned by who counted it up from 0, as a slot of bpf/unwind.bpf.h. */
struct latency_sheet {
	u64 busy;
	u64 serial; /* of the last START that was made here */
	struct abi_latency record;
	u8 text[2 * ABI_LATENCY_TEXT]; /* the first half is sent; the other is for the verifier,
					* that something can be read to anywhere in it */
};

/*
 * The greatest values of one measure in a slice, with 1 added; 0: none. As many as are wanted;
 * the places behind are taken by what nothing is greater than.
 *
 * In a slice of 10,000 events the greatest 8 so far change some 65 times. So that they need
 * not all be told, one gets in only if it is greater than the least of the last slice, less an
 * eighth; but the greatest so far always does.
 */
struct latency_top {
	u64 busy;
	u64 slice; /* as struct latency_desk has it, with 1 added; 0: of none */
	u64 bar;   /* lesser values do not get in */
	u64 seed;  /* of the bar, from the slices before */
	u64 cnt;   /* that were, at some time */
	u64 kept[ABI_LATENCY_LONGEST_MAX];
};

/*
 * What the programs of one CPU remember. One may interrupt another anywhere: what is not
 * guarded is one word, that is right by itself.
 */
struct latency_desk {
	u64 slice;  /* that the last event ended in: index of its length << 32 | its number */
	u64 random; /* 0: not begun */
	struct latency_top tops[ABI_MEASURE_CNT];
};

struct latency_desk_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* possible CPUs, set by the loader */
	__type(key, u32);
	__type(value, struct latency_desk);
};

/* Apart from the desks: which of a CPU's sheets it is, verifiers need not know. */
struct latency_sheet_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ABI_UNWIND_SLOTS); /* of all possible CPUs, set by the loader */
	__type(key, u32);
	__type(value, struct latency_sheet);
};

extern struct latency_cell_map latency_cells_0 SEC(".maps");
extern struct latency_cell_map latency_cells_1 SEC(".maps");
extern struct latency_cpu_map latency_cpus SEC(".maps");
extern struct latency_desk_map latency_desks SEC(".maps");
extern struct latency_sheet_map latency_sheets SEC(".maps");

/* Set before loading. */
extern const volatile __u32 latency_wanted; /* 1 << enum abi_measure: those that are recorded */

/* Set at any time. */
extern __u64 latency_start_ns;	/* when the recording began; 0: not yet, nothing is counted */
extern __u64 latency_end_ns;	/* when it ended; 0: not yet */
extern __u64 latency_slower_ns; /* singles of at least so much are all wanted; 0: none are */
extern __u32 latency_scale;	/* index of ABI_LATENCY_SCALES */
extern __u32 latency_draw[ABI_MEASURE_CNT]; /* of 2^32 events, so many are drawn */
extern __u32 latency_longest;		    /* so many are told, of each slice, CPU and measure */
extern __u32 latency_start_room; /* STARTs of an epoch and CPU, beside those that are drawn */
/* Keys put into the cells of an epoch, by all CPUs; set to 0 by the collector when it has
 * emptied them. Shows when only coarse ones may be put there. */
extern __u64 latency_key_cnt[2];

/* Whether an event is drawn: by latency_count(), or before. */
enum latency_drawn {
	LATENCY_DRAW_NOW = 0,
	LATENCY_DRAW_DONE = 1, /* it was when it began: latency_draws() */
	LATENCY_DRAW_NOT = 2,  /* it was not */
};

struct latency_event {
	u32 measure; /* a constant */
	u32 tgid, tid;
	u64 what;
	u64 end_ns, value;
	u64 bytes, queued_ns;
	u64 serial;    /* of its START; 0: there was none */
	u32 parts;     /* of BLOCK: as struct abi_latency has it */
	u32 drawn;     /* enum latency_drawn */
	u32 elsewhere; /* it did not happen to current, whose stacks are not taken; with a serial
			* they never are */
	u32 no_kernel; /* there is no kernel stack, or it says nothing */
	char comm[ABI_COMM_LEN];
};

/*
 * bpf/latency_count.bpf.h and latency_tell.bpf.h, for programs:
 *
 *	int latency_is_recording(now_ns)	whether events count
 *	void latency_comm(comm, task)		of a thread's process; NULL: current's
 *	u32 latency_count(event)		into its cell; why it is wanted as a single one
 *	latency_visit_begin(), _count() and _end()
 *						the same for several values of one event
 *	int latency_tell(ctx, event, why, text, text_len)
 *						as a single one, with the stacks of current or the
 *						serial of its START; text lies in the kernel's
 *						memory, also on the stack or in a map
 *	int latency_tell_user(ctx, event, why, text)
 *						likewise; the text is a string of current's
 *	int latency_draws(measure)		whether what begins now is to be drawn
 *	u64 latency_begin(ctx, measure, drawn)	a START with stacks and thread of current; its
 *						serial, or 0 where there is no room
 *	void latency_lose(measure)		generated, and lost
 *	void latency_unstarted(measure)
 */

#endif
