#include "collector/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collector/cpu_watch.h"
#include "collector/drain.h"
#include "collector/latencies.h"
#include "collector/loss_log.h"
#include "collector/programs.h"
#include "collector/recorded_events.h"
#include "collector/recording_facts.h"
#include "collector/rings.h"
#include "collector/sampler.h"
#include "formats/trace_writer.h"

/*
 * What wakes us costs more than what we then do, for by then all caches are others'. So a draw
 * of the sampler that is near is waited for, and flips as well:
 *
 *	stores    gather A ........ | gather B .................... | gather A
 *	wakes            draw, flip |<- GRACE ->| round of A, flush   draw, flip
 *
 * Between flip and round lies a grace, so that no program can still be filling the half of
 * the stores that is read then (and stack_stores_settled() proves it). A sample is written
 * after SLICE_MOST_NS and GRACE_NS, well within a second. Slices are shorter where processes
 * without tables run, because the round makes them, and deep stacks are whole only then; what
 * is written still goes out once in FLUSH_NS.
 */

#define NS_PER_MS 1000000ull
#define NS_PER_S 1000000000ull

#define SLICE_NS (450 * NS_PER_MS)	/* from flip to flip: whatever wakes us after that flips */
#define SLICE_MOST_NS (750 * NS_PER_MS) /* when we wake for it */
#define FLUSH_NS (400 * NS_PER_MS)
#define TABLE_SLICE_NS (150 * NS_PER_MS)     /* a process has no tables yet: each stack is a copy */
#define WAIT_LOOK_NS (25 * NS_PER_MS)	     /* waits: how soon such a process is noticed */
#define BUSY_LOOK_NS (25 * NS_PER_MS)	     /* something fills fast: when to look again */
#define WAIT_TABLE_SLICE_NS (10 * NS_PER_MS) /* and how soon it gets its tables: it waits often */
#define FIRST_SLICES 3 /* shorter, to read processes that were there while they still are */
#define FIRST_SLICE_NS (50 * NS_PER_MS)
#define GRACE_NS (100 * NS_PER_MS) /* from flip to round */
#define HURRY_NS (3 * NS_PER_MS)   /* the same when the stores or the backlog fill */
#define HOTPLUG_NS NS_PER_S

struct recorder {
	const struct target *target;
	struct recorded_events events;

	struct programs *programs;
	struct rings rings;
	struct sampler *sampler;
	struct trace_writer *writer;
	struct drain *drain;
	struct loss_log losses;

	struct cpu_watch cpus;
	bool flipped;
	uint32_t slice;
	uint64_t start_ns, end_ns;
	uint64_t flip_ns;    /* when the slice began */
	uint64_t draw_ns;    /* when the sampler wants to draw new periods */
	uint64_t flush_ns;   /* when what was recorded was written last */
	uint64_t hotplug_ns; /* when to look for CPUs again */
	uint64_t run_ns;
};

static int open_cpus(struct recorder *r, struct err *err)
{
	struct sampler_event sampled[ABI_EVENTS_MAX];
	int code = rings_init(&r->rings, (uint32_t)r->cpus.online.cnt, err);

	if (code)
		return code;
	for (uint32_t i = 0; i < r->events.sampled_cnt; i++) {
		sampled[i] = r->events.plans[i].sampled;
		sampled[i].program_fd = programs_sample_fd(r->programs, i);
	}
	r->sampler = sampler_new(sampled, r->events.sampled_cnt);
	r->cpus.target = r->target;
	r->cpus.programs = r->programs;
	r->cpus.rings = &r->rings;
	r->cpus.sampler = r->sampler;
	r->cpus.drain = r->drain;
	r->cpus.writer = r->writer;
	return cpu_watch_open(&r->cpus, err);
}

static int open_programs(struct recorder *r, const struct recorder_options *o, struct err *err)
{
	struct programs_options options = {
		.target = r->target,
		.event_cnt = r->events.sampled_cnt,
		.user_only = o->user_only,
		.kernel_only = o->kernel_only,
		.unwind = o->unwind,
		.unwind_bytes = o->unwind_bytes,
		.copy_bytes = o->copy_bytes,
		.waits = o->waits != NULL,
		.wait_depth = o->waits ? wait_options_depth(o->waits->way) : 0,
		.wait_states = o->waits ? o->waits->states : 0,
		.latency = o->latency,
		.retransmits = r->events.retransmits,
	};

	for (uint32_t i = 0; i < r->events.sampled_cnt; i++)
		options.seldom |= (uint32_t)r->events.plans[i].seldom << i;
	memcpy(options.probes, r->events.probes, sizeof(options.probes));
	return programs_open(&r->programs, &options, err);
}

static void open_drain(struct recorder *r, const struct recorder_options *o)
{
	struct drain_options options = {
		.writer = r->writer,
		.event_ids = r->events.sample_ids,
		.event_cnt = r->events.sample_cnt,
		.sampled_cnt = r->events.sampled_cnt,
		.programs = r->programs,
		.unwind = o->unwind,
		.unwind_bytes = o->unwind_bytes,
		.copy_bytes = o->copy_bytes,
		.waits = o->waits,
		.wait_event = r->events.wait_id,
		.latency = o->latency,
		.latency_events = r->events.latency_ids,
		.online_cnt = (uint32_t)r->cpus.online.cnt,
		.rings = &r->rings,
	};

	for (uint32_t i = 0; i < r->events.sample_cnt; i++)
		options.weighs_one[i] = r->events.plans[i].weighs_one;
	r->drain = drain_new(&options);
	r->losses = (struct loss_log){ .writer = r->writer,
				       .event_ids = r->events.sample_ids,
				       .event_cnt = r->events.sample_cnt };
	r->losses.cpus = programs_cpus(r->programs, &r->losses.cpu_cnt);
}

static int open_writer(struct recorder *r, const struct recorder_options *o, struct err *err)
{
	int code =
		trace_writer_open(&r->writer, o->output, &(struct trace_writer_options){ 0 }, err);

	if (code)
		return code;
	if (!cpu_list_online(&r->cpus.online))
		return err_set(err, -EIO, "cannot read which CPUs are online");
	recording_facts_write(r->writer, r->target, o->command, (uint32_t)r->cpus.online.cnt,
			      o->unwind);
	if (o->waits)
		recording_facts_write_waits(r->writer, o->waits);
	if (o->latency)
		recording_facts_write_latencies(r->writer, o->latency);
	return 0;
}

static int choose_events(struct recorder *r, const struct recorder_options *o, struct err *err)
{
	return recorded_events_choose(&r->events, r->writer,
				      &(struct recorded_options){
					      .rows = o->events,
					      .row_cnt = o->event_cnt,
					      .probes = o->probes,
					      .probe_cnt = o->probe_cnt,
					      .waits = o->waits,
					      .latency = o->latency,
					      .frequency_hz = o->frequency_hz,
				      },
				      err);
}

static int open_all(struct recorder *r, const struct recorder_options *o, struct err *err)
{
	int code = open_writer(r, o, err);

	if (!code)
		code = choose_events(r, o, err);
	if (!code)
		code = open_programs(r, o, err);
	if (!code)
		open_drain(r, o);
	if (!code)
		code = open_cpus(r, err);
	if (code)
		return code;
	recording_facts_write_start(r->writer);
	return trace_writer_flush(r->writer, err);
}

/* Who is late loses records; who needs a thousandth of a CPU harms nobody by being
 * first. Without the right to it we are late sometimes. */
static void go_first(void)
{
	setpriority(PRIO_PROCESS, 0, -20);
}

int recorder_open(struct recorder **out, const struct target *target,
		  const struct recorder_options *options, struct err *err)
{
	struct recorder *r = mem_alloc(1, sizeof(*r));
	int code;

	r->target = target;
	go_first();
	code = open_all(r, options, err);
	if (code) {
		recorder_close(r);
		return code;
	}
	*out = r;
	return 0;
}

/* What was there before us, of what was chosen by name; the rest when its first sample
 * comes. */
static void read_targets(struct recorder *r)
{
	for (size_t i = 0; i < r->target->tgids.cnt; i++)
		task_log_read(drain_tasks(r->drain), r->target->tgids.v[i]);
}

int recorder_start(struct recorder *r, struct err *err)
{
	int code = sampler_start(r->sampler, err);

	if (code)
		return code;
	r->start_ns = r->flip_ns = clock_now_ns();
	r->hotplug_ns = r->start_ns + HOTPLUG_NS;
	r->draw_ns = sampler_dither(r->sampler, r->start_ns);
	read_targets(r);
	if (drain_latencies(r->drain))
		latencies_start(drain_latencies(r->drain), r->start_ns);
	return drain_waits(r->drain) ? waits_start(drain_waits(r->drain), r->start_ns, err) : 0;
}

int recorder_publish(struct recorder *r, struct err *err)
{
	return trace_writer_publish(r->writer, err);
}

/* Since the last time; last: nothing more can come. */
static void write_losses(struct recorder *r, bool last)
{
	struct waits *waits = drain_waits(r->drain);
	struct latencies *latencies = drain_latencies(r->drain);
	struct drain_counts counts;

	drain_get_counts(r->drain, &counts);
	r->losses.others_refused = 0;
	if (waits) {
		waits_write_losses(waits, last);
		r->losses.others_refused += waits_refused(waits);
	}
	if (latencies) {
		latencies_write_losses(latencies, last);
		r->losses.others_refused += latencies_refused(latencies);
	}
	loss_log_write(&r->losses, &counts, programs_unfollowed(r->programs));
	if (last)
		loss_log_finish(&r->losses, &counts);
}

static int flush(struct recorder *r, struct err *err)
{
	write_losses(r, false);
	return trace_writer_flush(r->writer, err);
}

static bool is_in_a_hurry(const struct recorder *r)
{
	return drain_filling(r->drain) || r->slice < FIRST_SLICES || drain_copies_wait(r->drain) ||
	       drain_wants_tables(r->drain);
}

static bool slice_is_over(const struct recorder *r, uint64_t now)
{
	uint64_t length = drain_wants_tables(r->drain)	? WAIT_TABLE_SLICE_NS
			  : r->slice < FIRST_SLICES	? FIRST_SLICE_NS
			  : drain_copies_wait(r->drain) ? TABLE_SLICE_NS
							: SLICE_NS;

	return now - r->flip_ns >= length || drain_filling(r->drain);
}

static bool round_is_due(const struct recorder *r, uint64_t now)
{
	uint64_t grace = is_in_a_hurry(r) ? HURRY_NS : GRACE_NS;

	return now - r->flip_ns >= grace && drain_settled(r->drain);
}

static int advance(struct recorder *r, uint64_t now, struct err *err)
{
	int code;

	if (!r->flipped) {
		if (!slice_is_over(r, now))
			return 0;
		drain_flip(r->drain, now);
		r->flipped = true;
		r->flip_ns = now;
		return 0;
	}
	if (!round_is_due(r, now))
		return 0;
	drain_read(r->drain);
	code = drain_round(r->drain, false, err);
	r->flipped = false;
	r->slice++;
	if (!code && now - r->flush_ns >= FLUSH_NS) {
		r->flush_ns = now;
		code = flush(r, err);
	}
	return code;
}

static uint64_t min_ns(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t time_to_wait(const struct recorder *r, int wait_ms)
{
	uint64_t now = clock_now_ns(), most = (uint64_t)wait_ms * NS_PER_MS;
	uint64_t due = min_ns(r->draw_ns, r->flip_ns + (r->flipped ? GRACE_NS : SLICE_MOST_NS));
	uint64_t next = due > now ? due - now : HURRY_NS;

	if (drain_looks_for_tables(r->drain))
		next = min_ns(next,
			      drain_wants_tables(r->drain) ? WAIT_TABLE_SLICE_NS : WAIT_LOOK_NS);
	if (drain_busy(r->drain))
		next = min_ns(next, BUSY_LOOK_NS);
	if (is_in_a_hurry(r) && next > HURRY_NS)
		next = min_ns(next, r->flipped ? HURRY_NS : FIRST_SLICE_NS);
	return min_ns(next, most);
}

int recorder_poll(struct recorder *r, int wait_ms, struct err *err)
{
	uint64_t now;

	rings_wait(&r->rings, time_to_wait(r, wait_ms));
	now = clock_now_ns();
	r->draw_ns = sampler_dither(r->sampler, now);
	if (now >= r->hotplug_ns) {
		cpu_watch_follow(&r->cpus);
		r->hotplug_ns = now + HOTPLUG_NS;
	}
	drain_read(r->drain);
	return advance(r, now, err);
}

bool recorder_target_gone(const struct recorder *r)
{
	bool chosen = r->target->tgids.cnt || r->target->tids.cnt;

	return !r->target->all && chosen && !programs_target_cnt(r->programs);
}

/* Nothing fires any more: whatever a program began is over within moments. */
static void let_settle(struct recorder *r)
{
	struct timespec moment = { 0, 1000000 };

	for (int i = 0; i < 1000 && !drain_settled(r->drain); i++)
		nanosleep(&moment, NULL);
}

/* One half of the stores, and of what waits whatever its time has come for; or all. */
static int drain_half(struct recorder *r, bool all, struct err *err)
{
	let_settle(r);
	drain_read(r->drain);
	return drain_round(r->drain, all, err);
}

/* Both halves of the stores, and then everything that waits: after an error too, because
 * the writer counts what it cannot write. */
static int drain_rest(struct recorder *r, struct err *err)
{
	int first, second;

	if (!r->flipped)
		drain_flip(r->drain, r->end_ns);
	r->flipped = false;
	first = drain_half(r, false, err);
	drain_flip(r->drain, r->end_ns);
	second = drain_half(r, true, first ? NULL : err);
	return first ? first : second;
}

/* What was open at the end, and what has told of it meanwhile. */
static int drain_open_and_rest(struct recorder *r, struct err *err)
{
	int open, rest;

	if (!drain_has_open(r->drain))
		return 0;
	open = drain_open(r->drain, err);
	rest = drain_rest(r, open ? NULL : err);
	return open ? open : rest;
}

/* No sample is taken any more, and nothing that goes on counts. */
static void end_recording(struct recorder *r)
{
	struct waits *waits = drain_waits(r->drain);

	sampler_stop(r->sampler);
	r->end_ns = clock_now_ns();
	if (waits)
		waits_end(waits, r->end_ns);
	if (drain_latencies(r->drain))
		latencies_end(drain_latencies(r->drain), r->end_ns);
}

int recorder_stop(struct recorder *r, enum trace_stop why, struct err *err)
{
	int code, opened, flushed, finished;

	end_recording(r);
	code = drain_rest(r, err);
	opened = drain_open_and_rest(r, code ? NULL : err);
	code = code ? code : opened;
	drain_finish(r->drain);
	r->losses.lost_records = rings_lost(&r->rings);
	r->run_ns = programs_run_ns(r->programs);
	flushed = flush(r, code ? NULL : err);
	code = code ? code : flushed;
	write_losses(r, true);
	if (code)
		why = code == -ENOSPC ? TRACE_STOP_DISK_FULL : TRACE_STOP_ERROR;
	finished = trace_writer_finish(r->writer, why, r->end_ns, code ? NULL : err);
	return code ? code : finished;
}

void recorder_close(struct recorder *r)
{
	if (!r)
		return;
	sampler_free(r->sampler);
	rings_release(&r->rings);
	drain_free(r->drain);
	programs_close(r->programs);
	trace_writer_close(r->writer);
	cpu_watch_release(&r->cpus);
	free(r);
}

static uint64_t own_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

void recorder_summary(const struct recorder *r, struct recorder_summary *out)
{
	struct loss_sums sums;

	loss_log_sums(&r->losses, &sums);
	*out = (struct recorder_summary){
		.totals = *trace_writer_totals(r->writer),
		.bytes = trace_writer_bytes(r->writer),
		.wall_ns = (r->end_ns ? r->end_ns : clock_now_ns()) - r->start_ns,
		.idle_cnt = sums.idle,
		.bpf_run_ns = r->run_ns,
		.self_cpu_ns = own_cpu_ns(),
	};
	drain_get_counts(r->drain, &out->counts);
	if (drain_waits(r->drain))
		waits_summarize(drain_waits(r->drain), &out->waits);
	if (drain_latencies(r->drain))
		latencies_summarize(drain_latencies(r->drain), &out->latencies);
	for (uint32_t e = 0; e < r->events.sample_cnt; e++)
		out->generated += sums.generated[e];
}

const char *recorder_event_source(const struct recorder *r, uint32_t event)
{
	return r->events.plans[event].source;
}
