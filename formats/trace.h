#ifndef FORMATS_TRACE_H
#define FORMATS_TRACE_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * What the stages say to one another: the records of a trace, as plain values.
 * How they lie in a file is formats/TRACE.md and trace_writer/trace_reader.
 *
 *	module ----+                 process <--- thread <--+
 *	           v                                        |
 *	frame = (module, offset) or a given name            |
 *	           ^                                        |
 *	node = (parent node, frame)  <--------------- sample = time, cpu, event, weight
 *
 *	link = (parent link, waker's thread, stack, context)
 *	           ^
 *	wait sum = slice, process, stack, chain, state -> count, times
 *	bin      = slice, series, range of values -> count, sum
 *	latency  = time, series, thread, stack, value
 *
 * A stack is a path in a tree of nodes, named by the id of its leaf; the root
 * side comes first: user frames from the thread's start to its leaf, then kernel
 * frames from the system call entry to where it stood. Ids are dense, start at 0
 * in each group of chunks and are valid until the next key frame.
 *
 * Times are nanoseconds of CLOCK_MONOTONIC; its offset to real time is in the
 * facts. Texts are raw bytes of strangers: they are made visible where they leave
 * the program (base/text.h), never before.
 */

/* The file that is recorded into, and read, where none is named. */
#define TRACE_DEFAULT_PATH "profile.data"

#define TRACE_NONE UINT32_MAX /* no node, no module, no parent ... */

/* Limits that the reader checks; beyond them a file is refused or a chunk skipped. */
#define TRACE_CHUNK_RAW_MAX ((size_t)1 << 20)	 /* bytes of one chunk, decompressed */
#define TRACE_CHUNK_STORED_MAX ((size_t)2 << 20) /* and as stored */
#define TRACE_TEXT_MAX ((size_t)64 << 10)	 /* one name or path */
#define TRACE_IDS_MAX ((uint32_t)1 << 24)	 /* nodes in one group */
#define TRACE_FRAMES_MAX ((uint32_t)1 << 22)	 /* frames in one group */
#define TRACE_ENTRIES_MAX ((uint32_t)1 << 20) /* processes, threads, modules: each in one group */
#define TRACE_EVENTS_MAX 1024
#define TRACE_DEPTH_MAX 4096  /* frames of one stack */
#define TRACE_BUILD_ID_MAX 64 /* bytes */
#define TRACE_CPUS_MAX 65536
#define TRACE_MAPPINGS_MAX ((uint32_t)16384) /* of one address space */
#define TRACE_REGISTERS_MAX 64
#define TRACE_COPY_BYTES_MAX ((size_t)64 << 10) /* of one copied stack */
#define TRACE_LINKS_MAX ((uint32_t)1 << 22)	/* in one group */
#define TRACE_CHAIN_MAX 8			/* links of a chain */
#define TRACE_SERIES_MAX ((uint32_t)1 << 20)	/* in one group */
#define TRACE_LABELS_MAX 2			/* of a series */
#define TRACE_LATENCY_TEXT_MAX ((size_t)4096)	/* of one event */

/* Facts about the recording, each at most once, as text (numbers in decimal). */
enum trace_fact {
	TRACE_FACT_TOOL = 1,   /* "profile 0.1.0" */
	TRACE_FACT_HOST = 2,   /* nodename */
	TRACE_FACT_KERNEL = 3, /* "6.18.44 #1 SMP ..." release and version */
	TRACE_FACT_ARCH = 4,   /* "x86_64" */
	TRACE_FACT_CPU_MODEL = 5,
	TRACE_FACT_CPU_CNT = 6,		   /* online at the start */
	TRACE_FACT_COMMAND = 7,		   /* the recorded command's name, without arguments */
	TRACE_FACT_TARGET = 8,		   /* "all processes", "process 123", ... with filters */
	TRACE_FACT_CLOCK_START_NS = 9,	   /* CLOCK_MONOTONIC when recording began */
	TRACE_FACT_CLOCK_REALTIME_NS = 10, /* CLOCK_REALTIME at that moment */
	TRACE_FACT_CLOCK_BOOTTIME_NS = 11, /* CLOCK_BOOTTIME at that moment */
	TRACE_FACT_UNWIND = 12,		   /* "auto", "fp", "copy" */
	TRACE_FACT_IMPORTED_FROM = 13,	   /* format name, for imported traces */
	TRACE_FACT_MIN_BLOCK_NS = 14,	   /* shorter waits were not asked for */
	TRACE_FACT_MAX_BLOCK_NS = 15,	   /* nor longer ones; 0: there is no such limit */
	TRACE_FACT_WAIT_STATES = 16, /* "uninterruptible, preempted": no others were asked for */
	TRACE_FACT_SLOWER_NS = 17,   /* latencies of at least so much were all kept one by one */
	TRACE_FACT_CNT = 18,	     /* not a fact: one more than the last */
};

/* Every picture is defined on a kind, not on an event. */
enum trace_event_kind {
	TRACE_EVENT_SAMPLE = 1,
	TRACE_EVENT_WAIT = 2,
	TRACE_EVENT_LATENCY = 3,
};

/* What the weight of one of the event's records counts. */
enum trace_unit {
	TRACE_UNIT_SAMPLES = 1, /* each weighs 1 and stands for period_ns of time, if not 0 */
	TRACE_UNIT_NS = 2,
	TRACE_UNIT_BYTES = 3,
	TRACE_UNIT_EVENTS = 4, /* occurrences, such as page faults */
};

struct trace_event {
	const char *name;   /* as written after -e: "cpu", "page-faults" */
	const char *source; /* what really fires: "cpu-clock", "cycles" */
	enum trace_event_kind kind;
	enum trace_unit unit;
	uint64_t frequency_hz; /* nominal; 0: not sampled by time */
	uint64_t period_ns;    /* CPU time that one sample stands for; 0: none */
	/* LATENCY: what the labels of its series say, "device", "operation"; NULL or "": they
	 * have no such label. The reader gives "". */
	const char *labels[TRACE_LABELS_MAX];
};

enum trace_module_kind {
	TRACE_MODULE_KERNEL = 1,	/* vmlinux; offset from _stext */
	TRACE_MODULE_KERNEL_MODULE = 2, /* offset from its load address; path is "[name]" */
	TRACE_MODULE_BPF = 3,		/* a BPF program; path is "bpf_prog_TAG_name" */
	TRACE_MODULE_FILE = 4,		/* an ELF file; offset in the file */
	TRACE_MODULE_VDSO = 5,		/* offset in the vdso image; path is "[vdso]" */
	TRACE_MODULE_JIT = 6,		/* anonymous executable memory of `process`; raw address */
	TRACE_MODULE_UNMAPPED = 7,	/* no mapping was known there in `process`; raw address */
	TRACE_MODULE_COPY = 8,		/* copied stacks of `process`; id of a trace_copy */
};

struct trace_module {
	enum trace_module_kind kind;
	const char *path; /* as seen inside the process's own root */
	uint8_t build_id[TRACE_BUILD_ID_MAX];
	uint8_t build_id_len; /* 0: unknown */
	uint32_t process;     /* JIT, UNMAPPED, COPY: whose; else TRACE_NONE */
};

/*
 * One execution of one program: a new exec in the same pid is a new process
 * record with the next generation.
 */
struct trace_process {
	uint32_t tgid;
	uint32_t parent_tgid;	 /* 0: unknown */
	uint32_t namespace_tgid; /* its pid inside its own namespace; 0: unknown */
	uint32_t generation;	 /* execs seen since the pid was born */
	uint64_t start_ns;	 /* birth of the pid; 0: before the recording and unknown */
	uint32_t uid;		 /* TRACE_NONE: unknown */
	const char *comm;
	const char *executable; /* "" where unknown */
	const char *cgroup;	/* path in the unified hierarchy; "" where unknown */
};

struct trace_thread {
	uint32_t process; /* id */
	uint32_t tid;
	const char *comm;
};

/* What a frame is, for colours and annotations. */
enum trace_frame_kind {
	TRACE_FRAME_KERNEL = 1,
	TRACE_FRAME_USER = 2,
	TRACE_FRAME_INLINED = 3, /* made by symbolizing */
	TRACE_FRAME_JIT = 4,
	TRACE_FRAME_INTERPRETED = 5,
	TRACE_FRAME_WAKER = 6,
	TRACE_FRAME_CONTEXT = 7,
	TRACE_FRAME_LOST = 8, /* stands where frames are missing; see trace_reason */
};

/*
 * Why a stack, or a part of it, is not there. Carried by a TRACE_FRAME_LOST
 * frame at the place of the missing part, with the sample's weight on it.
 */
enum trace_reason {
	TRACE_REASON_FAULT = 1,	    /* the stack's memory could not be read */
	TRACE_REASON_COLLISION = 2, /* stack map, hash and ring were all full */
	TRACE_REASON_MEMORY = 3,    /* the kernel had none */
	TRACE_REASON_BUSY = 4,	    /* a lock or buffer was held by what was interrupted */
	TRACE_REASON_TOO_DEEP = 5,  /* frames beyond the depth limit were cut at the root */
	TRACE_REASON_DAMAGED = 6,   /* the chunk that held it cannot be read */
	TRACE_REASON_OTHER = 7,
	TRACE_REASON_NO_FRAME_POINTER = 8, /* no table, and the frame pointer leads to no code */
	TRACE_REASON_NO_TABLE = 9,	   /* there was no room for the tables of its file, or the
					    * file could not be read */
	TRACE_REASON_NO_MAPPING = 10,	   /* an address of a caller lies in no known mapping */
	TRACE_REASON_UNSUPPORTED = 11,	   /* a rule that only a copy of the stack can serve, and
					    * there is none */
	TRACE_REASON_STUCK = 12,	   /* the caller's frame would not lie above its callee's */
	TRACE_REASON_COPY_CUT = 13,	   /* the copy of the stack ends there */
	TRACE_REASON_NOT_UNWOUND = 14,	   /* a copied stack that was not unwound yet */
	TRACE_REASON_CNT = 15,
};

/*
 * One place in code. Offsets of callers are those of the last byte of the call
 * (return address - 1), so that every offset is looked up as it stands.
 */
struct trace_frame {
	enum trace_frame_kind kind;
	enum trace_reason reason; /* LOST only */
	uint32_t module;	  /* TRACE_NONE: `name` is given instead */
	uint64_t offset;
	const char *name; /* as given by a runtime or an imported file */
	size_t name_len;
	const char *file; /* "" where unknown */
	uint32_t line;	  /* 0: unknown */
};

struct trace_node {
	uint32_t parent; /* TRACE_NONE: a root */
	uint32_t frame;
};

struct trace_sample {
	uint64_t time_ns; /* kept to the microsecond */
	uint64_t weight;
	uint32_t cpu;
	uint32_t event;	 /* id */
	uint32_t thread; /* id */
	uint32_t stack;	 /* id of the leaf node; TRACE_NONE: no stack was asked for */
};

/*
 * Waits. A thread leaves its CPU, is blocked until it is woken, then runnable until it runs
 * again; a preempted one is runnable at once. What both parts are summed over:
 *
 *	slice     a stretch of the recording, with the threshold that held in it
 *	sum       all waits of one slice that are equal in process, state, stack and chain.
 *	          Every wait of the trace is in exactly one sum
 *	wait      single ones, each also in a sum: the longest of each slice, and some drawn
 *	          evenly, for time lines and for what stands behind a sum
 *	account   where the time of one thread went, whatever was kept of its waits:
 *	          on + runnable + blocked + gap = to - from
 *
 * A chain is who ended a wait, who had ended the wait of that waker, and so on: the path from
 * its last link up to the one without a parent, which is the waker itself. link_ns[0] is
 * what that nearest link has to answer for, link_ns[1] the next one's; where there is a
 * chain they add up to blocked_ns ("split"), while each link could be given all of it ("full").
 */
enum trace_wait_state {
	TRACE_WAIT_INTERRUPTIBLE = 1,
	TRACE_WAIT_UNINTERRUPTIBLE = 2,
	TRACE_WAIT_STOPPED = 3,
	TRACE_WAIT_PREEMPTED = 4, /* was not blocked, only runnable */
	TRACE_WAIT_NEW = 5,	  /* from the fork to the first run */
	TRACE_WAIT_IDLE = 6,	  /* a kernel thread that has nothing to do */
	TRACE_WAIT_STATE_CNT = 7,
};

enum trace_wait_flag {
	TRACE_WAIT_OPEN_START = 1,    /* began before the recording: only what lies in it counts */
	TRACE_WAIT_OPEN_END = 2,      /* had not ended when the recording did: likewise */
	TRACE_WAIT_DEEPER = 4,	      /* the chain had more links than were kept */
	TRACE_WAIT_WAKER_UNKNOWN = 8, /* was blocked, and nobody was seen to end it */
};
#define TRACE_WAIT_FLAGS 15 /* all of them */

enum trace_context {
	TRACE_CONTEXT_TASK = 1,
	TRACE_CONTEXT_SOFTIRQ = 2, /* with a thread: one that ran softirqs by itself */
	TRACE_CONTEXT_HARDIRQ = 3,
	TRACE_CONTEXT_NMI = 4,
	TRACE_CONTEXT_IDLE = 5,
	TRACE_CONTEXT_LOST = 6, /* somebody, but the record of it was lost */
	TRACE_CONTEXT_CNT = 7,
};

struct trace_link {
	uint32_t parent; /* the link nearer to the wait; TRACE_NONE: the waker itself */
	uint32_t thread; /* TRACE_NONE: an interrupt, which is nobody's */
	uint32_t stack;	 /* of the waker, as of a sample */
	enum trace_context context;
};

struct trace_slice {
	uint64_t start_ns, end_ns;
	uint64_t min_block_ns; /* the threshold: raised from what was asked for where keeping all
				* would have cost more than was allowed */
};

struct trace_wait_sum {
	uint32_t event;
	uint32_t slice;	  /* id: waits count where they end */
	uint32_t process; /* id */
	uint32_t stack;	  /* TRACE_NONE: none; a thread's before its first run */
	uint32_t chain;	  /* id of the last link; TRACE_NONE: none */
	enum trace_wait_state state;
	uint32_t flags; /* enum trace_wait_flag */
	uint64_t cnt;	/* not 0 */
	uint64_t blocked_ns, runnable_ns;
	uint64_t longest_ns; /* blocked and runnable */
	uint64_t link_ns[TRACE_CHAIN_MAX];
};

enum trace_wait_why {
	TRACE_WAIT_LONGEST = 1, /* among the longest of its slice and CPU, and not drawn */
	TRACE_WAIT_DRAWN = 2,	/* drawn evenly */
	TRACE_WAIT_ALONE = 4,	/* the only one of its sum */
};
#define TRACE_WAIT_WHYS 7 /* all of them */

struct trace_wait {
	uint32_t event;
	uint32_t thread; /* id */
	uint32_t stack;
	uint32_t chain;
	enum trace_wait_state state;
	uint32_t flags;
	uint32_t why; /* enum trace_wait_why */
	uint64_t start_ns;
	uint64_t blocked_ns, runnable_ns;
	uint64_t link_ns[TRACE_CHAIN_MAX];
};

struct trace_account {
	uint32_t thread; /* id; several accounts of one thread add up */
	uint64_t from_ns, to_ns;
	uint64_t on_ns, runnable_ns, blocked_ns;
	uint64_t gap_ns; /* a switch was not seen, so nobody knows */
	uint64_t switch_cnt;
	uint64_t short_cnt, short_ns; /* waits that are in no sum: below the threshold, above the
				       * limit, of another state; within runnable and blocked */
};

/*
 * Latencies: how long things took, or how large they were, in the unit of their event.
 *
 *	series   those that are equal in event, process and labels
 *	bin      how many events of a series ended in a slice with a value in a range
 *	         (formats/latency_bin.h), and their sum. Every event is in exactly one bin
 *	latency  single events, each also in a bin: the longest of each slice, some drawn evenly,
 *	         and those that were asked for
 *
 * Slices are those of struct trace_slice, with a min_block_ns of 0. An event counts where it
 * ended.
 */
struct trace_series {
	uint32_t event;
	const char *process; /* comm of the processes whose they are; "": of none, or of all */
	const char *labels[TRACE_LABELS_MAX]; /* "sda", "read"; "" where there is none */
};

struct trace_bin {
	uint32_t slice;	 /* id */
	uint32_t series; /* id */
	uint32_t bin;	 /* below LATENCY_BINS */
	uint64_t cnt;	 /* not 0 */
	uint64_t sum;	 /* of their values; UINT64_MAX: that or more */
};

enum trace_latency_why {
	TRACE_LATENCY_LONGEST = 1, /* among the longest of its slice */
	TRACE_LATENCY_DRAWN = 2,   /* drawn evenly */
	TRACE_LATENCY_SLOWER = 4,  /* asked for: TRACE_FACT_SLOWER_NS, or all of them were kept */
};
#define TRACE_LATENCY_WHYS 7 /* all of them */

struct trace_latency {
	uint32_t series; /* id */
	uint32_t thread; /* id; TRACE_NONE: nobody's that is known */
	uint32_t stack;	 /* as of a sample */
	uint32_t why;	 /* enum trace_latency_why */
	uint32_t cpu;	 /* TRACE_NONE: unknown */
	uint64_t end_ns; /* kept to the microsecond */
	uint64_t value;
	uint64_t bytes;	    /* that it moved; 0: none, or unknown */
	uint64_t queued_ns; /* of value, before it was really begun; 0: none, or unknown */
	const char *text;   /* a path, a host, two addresses; "" */
};

/*
 * A kernel symbol, taken at record time (kallsyms, modules, BPF programs), for
 * a module that symbolize cannot open a file of. Only those that occur.
 */
struct trace_kernel_symbol {
	uint32_t module;
	uint64_t offset;
	uint64_t size; /* 0: unknown, reaches to the next */
	const char *name;
};

/* Text that a runtime left for its JIT code: /tmp/perf-PID.map, in order; a large one
 * comes as several records of the same module, cut at line ends. */
struct trace_jit_map {
	uint32_t module; /* of kind JIT */
	const char *text;
	size_t len;
};

/*
 * The executable mappings of a process at one moment, sorted by address, for stacks that
 * are unwound later. Written only when a copy needs them.
 */
struct trace_mapping {
	uint64_t start, end;
	uint64_t file_offset; /* of start */
	uint32_t module;
};

struct trace_mappings {
	uint32_t process;
	uint32_t cnt; /* at most TRACE_MAPPINGS_MAX */
	const struct trace_mapping *v;
};

/*
 * A user stack that is to be unwound by symbolize: a frame of module `module` (kind COPY)
 * and offset `id` stands at the root of its sample's stack in place of all its user frames.
 * Which frames those are, the name table says once it was unwound.
 */
struct trace_copy {
	uint32_t module;
	uint32_t mappings;     /* id, as trace_writer_mappings() gave it */
	uint64_t id;	       /* unique in the trace */
	enum trace_reason why; /* it could not be unwound at once; 0: nobody tried */
	uint32_t register_cnt;
	const uint64_t *registers; /* by DWARF numbers; x86-64: 17, the last is rip */
	const uint8_t *bytes;	   /* memory from the stack pointer up */
	size_t len;
};

/* A CPU came or went; a CPU without a record was there all the time. */
struct trace_cpu_change {
	uint64_t time_ns;
	uint32_t cpu;
	uint32_t online; /* 0 or 1 */
};

/* What never reached the trace. Counts add up over a trace. */
enum trace_loss {
	TRACE_LOSS_RING_FULL = 1,      /* samples: the ring to user space had no room */
	TRACE_LOSS_NO_RING = 2,	       /* samples: on a CPU whose ring was not open yet */
	TRACE_LOSS_RECURSION = 3,      /* samples: fell into a BPF program; our recorder never
					* writes it, because the kernel does not count them */
	TRACE_LOSS_THROTTLED = 4,      /* times the kernel paused the sampler */
	TRACE_LOSS_TASK_EVENTS = 5,    /* mappings, comms, execs not seen: names may be missing */
	TRACE_LOSS_DAMAGED_CHUNKS = 6, /* by the reader: chunks that could not be read */
	TRACE_LOSS_DAMAGED_BYTES = 7,  /* by the reader: bytes skipped while looking for a chunk */
	TRACE_LOSS_UNREADABLE = 8,     /* samples: a record that the collector did not understand */
	TRACE_LOSS_DISK_FULL = 9,      /* samples: taken, but there was no room to write them */
	TRACE_LOSS_UNFOLLOWED = 10,    /* processes: children of what was chosen, but too many
					* to follow; nothing of them is recorded */
	TRACE_LOSS_WAITS = 11,	       /* waits: no room for them, or not seen to end */
	TRACE_LOSS_WAIT_NS = 12,       /* how long those were, together */
	TRACE_LOSS_WAKERS = 13,	       /* wakers: no room; their waits are there */
	TRACE_LOSS_UNTRACKED = 14,     /* switches of threads whose state found no room */
	TRACE_LOSS_CLOCK = 15,	       /* times that ran backwards between CPUs, taken as 0 */
	TRACE_LOSS_ACCOUNTS = 16,      /* threads: where their time went is not known */
	TRACE_LOSS_LATENCIES = 17,     /* latency events: no room for them, or not seen to end */
	TRACE_LOSS_SINGLES = 18,       /* single latency events: no room; they are in their bins */
	TRACE_LOSS_UNSTARTED = 19,     /* latency events that began before the recording did */
	TRACE_LOSS_COARSE = 20,	       /* latency events counted without process and labels */
	TRACE_LOSS_CNT = 21,
};

struct trace_loss_count {
	uint32_t event; /* id; TRACE_NONE: not of one event */
	enum trace_loss loss;
	uint64_t count; /* since the last record of the same loss */
};

enum trace_stop {
	TRACE_STOP_UNKNOWN = 1, /* no trailer: killed, or cut off */
	TRACE_STOP_COMMAND_ENDED = 2,
	TRACE_STOP_DURATION = 3,
	TRACE_STOP_SIGNAL = 4,
	TRACE_STOP_DISK_FULL = 5,
	TRACE_STOP_TARGET_GONE = 6,
	TRACE_STOP_IMPORTED = 7,
	TRACE_STOP_ERROR = 8,
};

/* Sums over a whole trace, by the trailer, or by the reader where there is none. */
struct trace_totals {
	uint64_t sample_cnt, sample_weight;
	uint64_t wait_cnt;    /* in all sums */
	uint64_t wait_ns;     /* blocked and runnable */
	uint64_t latency_cnt; /* in all bins */
	uint64_t single_cnt;  /* of those, kept one by one */
	uint64_t first_ns;    /* of the records; 0 where there is none */
	uint64_t last_ns;
	uint64_t end_ns; /* when recording ended */
	uint64_t lost[TRACE_LOSS_CNT];
	enum trace_stop stop;
};

/* "interruptible"; "task", "softirq"; "ring full" ...: short words for people; static. */
const char *trace_wait_state_text(enum trace_wait_state state);
const char *trace_context_text(enum trace_context context);
const char *trace_loss_text(enum trace_loss loss);
const char *trace_reason_text(enum trace_reason reason);
const char *trace_stop_text(enum trace_stop stop);
const char *trace_fact_text(enum trace_fact fact);
const char *trace_unit_text(enum trace_unit unit);

/* A sentence for whoever reads a damaged trace; nothing if both are 0. */
void trace_damage_text(struct buf *out, const char *path, uint64_t chunk_cnt, uint64_t bytes);

/* A build ID or a file's id in lower case hex; out has 2 * len + 1 bytes. */
void trace_hex_text(char *out, const uint8_t *id, size_t len);

/* True for the losses that count samples (RING_FULL, NO_RING, RECURSION, UNREADABLE, DISK_FULL);
 * for those of waits (WAITS) and latency events (LATENCIES): kept + lost = all of them. */
int trace_loss_is_samples(enum trace_loss loss);
int trace_loss_is_waits(enum trace_loss loss);
int trace_loss_is_latencies(enum trace_loss loss);

#endif
