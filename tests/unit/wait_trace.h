#ifndef TESTS_UNIT_WAIT_TRACE_H
#define TESTS_UNIT_WAIT_TRACE_H

#include <string.h>

#include "formats/trace_reader.h"
#include "formats/trace_writer.h"

/*
 * A trace of waits that is small enough to be known by heart: 10 s of a whole system.
 *
 *	web       two threads. Waits for an answer, main;ask;[k] futex;schedule:
 *	            4 s blocked, 0.5 s runnable; ended by db (3 s of it its own), whom the
 *	            disk had woken (1 s);
 *	            1 s more, ended by db alone; 0.25 s, and nobody was seen to end it.
 *	          Preempted in main;work for 1 s. A worker that waits for work through all of it:
 *	            main;pool;[k] futex;schedule, 9 s, has not ended
 *	db        waits for the disk, serve;[k] io_schedule, 2 s, ended by the disk
 *	cron      sleeps 10 times for 1 s, and hardly ever runs
 *	kworker   a kernel thread that has nothing to do, 10 s
 *
 * Waits below 1 ms were not kept, later on those below 2 ms. Kept one by one: two of web's.
 */
#define WAIT_TRACE_START_NS 5000000000ull
#define WAIT_TRACE_MS 1000000ull

struct wait_writer {
	struct trace_writer *w;
	uint32_t waits, cpu; /* events */
	uint32_t slices[2];
	uint32_t web[2], db, cron, kworker; /* threads */
	uint32_t web_process, db_process, cron_process, kworker_process;
};

static inline uint32_t wait_trace_process(struct wait_writer *t, uint32_t tgid, const char *comm)
{
	struct trace_process process = {
		.tgid = tgid,
		.parent_tgid = strcmp(comm, "kworker") ? 1 : 2,
		.uid = TRACE_NONE,
		.start_ns = tgid,
		.comm = comm,
		.executable = strcmp(comm, "kworker") ? "/usr/bin/program" : "",
		.cgroup = "",
	};

	return trace_writer_process(t->w, &process);
}

static inline uint32_t wait_trace_thread(struct wait_writer *t, uint32_t process, uint32_t tid,
					 const char *comm)
{
	struct trace_thread thread = { .process = process, .tid = tid, .comm = comm };

	return trace_writer_thread(t->w, &thread);
}

/* "main;ask;[k]futex;[k]schedule": root first; [k] is a frame of the kernel. */
static inline uint32_t wait_trace_stack(struct wait_writer *t, const char *path)
{
	uint32_t node = TRACE_NONE;

	while (*path) {
		bool is_kernel = !strncmp(path, "[k]", 3);
		size_t len = strcspn(path += is_kernel ? 3 : 0, ";");
		char name[64] = "";
		struct trace_frame frame = {
			.kind = is_kernel ? TRACE_FRAME_KERNEL : TRACE_FRAME_USER,
			.module = TRACE_NONE,
			.name = name,
			.name_len = len,
			.file = "",
		};

		memcpy(name, path, len < sizeof(name) ? len : sizeof(name) - 1);
		node = trace_writer_node(t->w, node, trace_writer_frame(t->w, &frame));
		path += len + (path[len] == ';');
	}
	return node;
}

static inline uint32_t wait_trace_link(struct wait_writer *t, uint32_t parent, uint32_t thread,
				       enum trace_context context, const char *stack)
{
	struct trace_link link = { .parent = parent,
				   .thread = thread,
				   .stack = wait_trace_stack(t, stack),
				   .context = context };

	return trace_writer_link(t->w, &link);
}

/* Milliseconds; link_ms ends with a 0. */
static inline void wait_trace_sum(struct wait_writer *t, struct trace_wait_sum sum,
				  uint64_t blocked_ms, uint64_t runnable_ms,
				  const uint64_t *link_ms)
{
	sum.event = t->waits;
	sum.blocked_ns = blocked_ms * WAIT_TRACE_MS;
	sum.runnable_ns = runnable_ms * WAIT_TRACE_MS;
	sum.longest_ns = (sum.blocked_ns + sum.runnable_ns) / sum.cnt;
	for (size_t i = 0; link_ms && link_ms[i]; i++)
		sum.link_ns[i] = link_ms[i] * WAIT_TRACE_MS;
	trace_writer_wait_sum(t->w, &sum);
}

/* Of a thread that was there for all of the ten seconds. */
static inline void wait_trace_account(struct wait_writer *t, uint32_t thread, uint64_t on_ms,
				      uint64_t runnable_ms, uint64_t gap_ms, uint64_t short_ms)
{
	struct trace_account account = {
		.thread = thread,
		.from_ns = WAIT_TRACE_START_NS,
		.to_ns = WAIT_TRACE_START_NS + 10000 * WAIT_TRACE_MS,
		.on_ns = on_ms * WAIT_TRACE_MS,
		.runnable_ns = runnable_ms * WAIT_TRACE_MS,
		.blocked_ns = (10000 - on_ms - runnable_ms - gap_ms) * WAIT_TRACE_MS,
		.gap_ns = gap_ms * WAIT_TRACE_MS,
		.switch_cnt = 100,
		.short_cnt = short_ms,
		.short_ns = short_ms * WAIT_TRACE_MS,
	};

	trace_writer_account(t->w, &account);
}

static inline void wait_trace_tables(struct wait_writer *t)
{
	for (unsigned i = 0; i < 2; i++) {
		struct trace_slice slice = {
			.start_ns = WAIT_TRACE_START_NS + i * 5000 * WAIT_TRACE_MS,
			.end_ns = WAIT_TRACE_START_NS + (i + 1) * 5000 * WAIT_TRACE_MS,
			.min_block_ns = (i + 1) * WAIT_TRACE_MS,
		};

		t->slices[i] = trace_writer_slice(t->w, &slice);
	}
	t->web_process = wait_trace_process(t, 10, "web");
	t->db_process = wait_trace_process(t, 20, "db");
	t->cron_process = wait_trace_process(t, 30, "cron");
	t->kworker_process = wait_trace_process(t, 40, "kworker");
	t->web[0] = wait_trace_thread(t, t->web_process, 10, "web");
	t->web[1] = wait_trace_thread(t, t->web_process, 11, "web-pool");
	t->db = wait_trace_thread(t, t->db_process, 20, "db");
	t->cron = wait_trace_thread(t, t->cron_process, 30, "cron");
	t->kworker = wait_trace_thread(t, t->kworker_process, 40, "kworker");
}

static inline void wait_trace_web(struct wait_writer *t)
{
	uint32_t by_db = wait_trace_link(t, TRACE_NONE, t->db, TRACE_CONTEXT_TASK,
					 "serve;reply;[k]futex;[k]wake_up");
	uint32_t by_disk = wait_trace_link(t, by_db, TRACE_NONE, TRACE_CONTEXT_SOFTIRQ,
					   "[k]blk_done;[k]wake_up");
	struct trace_wait_sum sum = { .slice = t->slices[0],
				      .process = t->web_process,
				      .stack = wait_trace_stack(t, "main;ask;[k]futex;[k]schedule"),
				      .chain = by_disk,
				      .state = TRACE_WAIT_INTERRUPTIBLE,
				      .cnt = 4 };

	wait_trace_sum(t, sum, 4000, 500, (const uint64_t[]){ 3000, 1000, 0 });
	sum.chain = by_db;
	sum.cnt = 1;
	wait_trace_sum(t, sum, 1000, 0, (const uint64_t[]){ 1000, 0 });
	sum.chain = TRACE_NONE;
	sum.flags = TRACE_WAIT_WAKER_UNKNOWN;
	wait_trace_sum(t, sum, 250, 0, NULL);
	sum.flags = TRACE_WAIT_OPEN_END;
	sum.slice = t->slices[1];
	sum.stack = wait_trace_stack(t, "main;pool;[k]futex;[k]schedule");
	wait_trace_sum(t, sum, 9000, 0, NULL);
	sum.flags = 0;
	sum.cnt = 10;
	sum.stack = wait_trace_stack(t, "main;work");
	sum.state = TRACE_WAIT_PREEMPTED;
	wait_trace_sum(t, sum, 0, 1000, NULL);
}

static inline void wait_trace_others(struct wait_writer *t)
{
	struct trace_wait_sum sum = { .slice = t->slices[1],
				      .process = t->db_process,
				      .stack = wait_trace_stack(t, "serve;[k]io_schedule"),
				      .state = TRACE_WAIT_UNINTERRUPTIBLE,
				      .cnt = 20 };

	sum.chain = wait_trace_link(t, TRACE_NONE, TRACE_NONE, TRACE_CONTEXT_SOFTIRQ,
				    "[k]blk_done;[k]wake_up");
	wait_trace_sum(t, sum, 2000, 0, (const uint64_t[]){ 2000, 0 });
	sum.process = t->cron_process;
	sum.stack = wait_trace_stack(t, "main;[k]nanosleep");
	sum.state = TRACE_WAIT_INTERRUPTIBLE;
	sum.cnt = 10;
	wait_trace_sum(t, sum, 9998, 1, (const uint64_t[]){ 9998, 0 });
	sum.process = t->kworker_process;
	sum.stack = wait_trace_stack(t, "[k]worker_thread");
	sum.state = TRACE_WAIT_IDLE;
	sum.chain = TRACE_NONE;
	sum.flags = TRACE_WAIT_WAKER_UNKNOWN;
	wait_trace_sum(t, sum, 10000, 0, NULL);
}

static inline void wait_trace_single(struct wait_writer *t)
{
	struct trace_wait wait = { .event = t->waits,
				   .thread = t->web[0],
				   .stack = wait_trace_stack(t, "main;ask;[k]futex;[k]schedule"),
				   .chain = TRACE_NONE,
				   .state = TRACE_WAIT_INTERRUPTIBLE,
				   .flags = TRACE_WAIT_WAKER_UNKNOWN,
				   .why = TRACE_WAIT_LONGEST,
				   .start_ns = WAIT_TRACE_START_NS + 3000 * WAIT_TRACE_MS,
				   .blocked_ns = 250 * WAIT_TRACE_MS };

	trace_writer_wait(t->w, &wait);
	wait.flags = 0;
	wait.stack = wait_trace_stack(t, "main;work");
	wait.state = TRACE_WAIT_PREEMPTED;
	wait.why = TRACE_WAIT_DRAWN;
	wait.start_ns += 5000 * WAIT_TRACE_MS;
	wait.blocked_ns = 0;
	wait.runnable_ns = 100 * WAIT_TRACE_MS;
	trace_writer_wait(t->w, &wait);
}

/* web: 20 s = 2 on, 1.9 runnable, 0.1 gap, 16 blocked; sums 15.75, 0.65 were too short, and
 * 1.5 is in no sum: lost. */
static inline void wait_trace_accounts(struct wait_writer *t)
{
	wait_trace_account(t, t->web[0], 1500, 1900, 100, 600);
	wait_trace_account(t, t->web[1], 500, 0, 0, 50);
	wait_trace_account(t, t->db, 7900, 0, 0, 100);
	wait_trace_account(t, t->cron, 1, 1, 0, 0);
	wait_trace_account(t, t->kworker, 0, 0, 0, 0);
}

static inline void wait_trace_samples(struct wait_writer *t)
{
	struct trace_sample sample = { .time_ns = WAIT_TRACE_START_NS + 100 * WAIT_TRACE_MS,
				       .weight = 30,
				       .event = t->cpu,
				       .thread = t->web[0],
				       .stack = wait_trace_stack(t, "main;work") };

	trace_writer_sample(t->w, &sample);
	sample.weight = 10;
	sample.stack = wait_trace_stack(t, "main;ask;[k]futex");
	trace_writer_sample(t->w, &sample);
}

/* A process that was a shell before it was a compiler: 1 s and 2 s of its 10 s. */
static inline void wait_trace_exec(struct wait_writer *t)
{
	struct trace_process process = { .tgid = 50,
					 .uid = TRACE_NONE,
					 .start_ns = 50,
					 .comm = "sh",
					 .executable = "/bin/sh",
					 .cgroup = "" };
	struct trace_wait_sum sum = { .slice = t->slices[0],
				      .process = trace_writer_process(t->w, &process),
				      .stack = wait_trace_stack(t, "main"),
				      .chain = TRACE_NONE,
				      .state = TRACE_WAIT_UNINTERRUPTIBLE,
				      .cnt = 1 };

	wait_trace_sum(t, sum, 1000, 0, NULL);
	process.generation = 1;
	process.start_ns += 9999999; /* as told exactly, not in ticks */
	process.comm = "cc";
	sum.process = trace_writer_process(t->w, &process);
	wait_trace_sum(t, sum, 2000, 0, NULL);
	wait_trace_account(t, wait_trace_thread(t, sum.process, 50, "cc"), 7000, 0, 0, 0);
}

/* A process whose account came when nobody knew it any more. */
static inline void wait_trace_gone(struct wait_writer *t)
{
	struct trace_process process = {
		.tgid = 60,
		.uid = TRACE_NONE,
		.start_ns = 60,
		.comm = "gone",
		.executable = "/bin/gone",
		.cgroup = "",
	};
	struct trace_wait_sum sum = { .slice = t->slices[0],
				      .process = trace_writer_process(t->w, &process),
				      .stack = wait_trace_stack(t, "main"),
				      .chain = TRACE_NONE,
				      .state = TRACE_WAIT_UNINTERRUPTIBLE,
				      .cnt = 1 };

	wait_trace_sum(t, sum, 3000, 0, NULL);
	process.start_ns = 0;
	process.comm = process.executable = "";
	wait_trace_account(t, wait_trace_thread(t, trace_writer_process(t->w, &process), 60, ""),
			   7000, 0, 0, 0);
}

/* target NULL: all processes. */
static inline int wait_trace_write(const char *path, const char *way, const char *target,
				   bool with_samples, void (*also)(struct wait_writer *t),
				   struct err *err)
{
	static const uint8_t file_id[16] = "waits";
	struct trace_writer_options options = { .file_id = file_id };
	struct trace_event event = { .name = way,
				     .source = "sched_switch, sched_waking",
				     .kind = TRACE_EVENT_WAIT,
				     .unit = TRACE_UNIT_NS };
	struct trace_event cpu = { .name = "cpu",
				   .source = "cpu-clock",
				   .kind = TRACE_EVENT_SAMPLE,
				   .unit = TRACE_UNIT_SAMPLES,
				   .frequency_hz = 99,
				   .period_ns = 10101010 };
	struct wait_writer t = { 0 };
	int status = trace_writer_open(&t.w, path, &options, err);

	if (status < 0)
		return status;
	trace_writer_fact(t.w, TRACE_FACT_TARGET, target ? target : "all processes");
	trace_writer_fact(t.w, TRACE_FACT_CLOCK_START_NS, "5000000000");
	trace_writer_fact(t.w, TRACE_FACT_MIN_BLOCK_NS, "1000000");
	trace_writer_fact(t.w, TRACE_FACT_UNWIND, "auto");
	if (with_samples)
		t.cpu = trace_writer_event(t.w, &cpu);
	t.waits = trace_writer_event(t.w, &event);
	wait_trace_tables(&t);
	wait_trace_web(&t);
	wait_trace_others(&t);
	wait_trace_single(&t);
	wait_trace_accounts(&t);
	if (also)
		also(&t);
	if (with_samples)
		wait_trace_samples(&t);
	status = trace_writer_finish(t.w, TRACE_STOP_DURATION,
				     WAIT_TRACE_START_NS + 10000 * WAIT_TRACE_MS, err);
	if (!status)
		status = trace_writer_publish(t.w, err);
	trace_writer_close(t.w);
	return status;
}

#endif
