#include "collector/waits.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "collector/programs.h"
#include "collector/rings.h"
#include "collector/wait_copies.h"
#include "collector/wait_draw.h"
#include "collector/wait_end.h"
#include "collector/wait_limit.h"
#include "collector/wait_log.h"
#include "collector/wait_loss.h"
#include "collector/wait_sums.h"
#include "collector/waker_log.h"

/* A thread that exits may wait for a CPU behind others; nobody has seen it wait for longer. */
#define EXIT_MS 500

struct waits {
	struct waits_parts parts;
	struct wait_options options;
	struct programs_waits shared;
	struct held_stacks stacks;
	struct waker_log wakers;
	struct wait_log log;
	struct wait_sums sums;
	struct wait_limit limit;
	struct wait_copies copies;
	struct wait_loss losses;
	struct abi_wait_cpu before; /* sums of the counters when the slice began */
	uint64_t slice_ns;	    /* when it began */
	uint64_t end_ns;
	uint32_t last_epoch; /* of the last slice that had a length */
	uint64_t open_cnt;
};

static void open_parts(struct waits *w)
{
	const struct waits_parts *parts = &w->parts;

	w->stacks = (struct held_stacks){ .resolver = parts->resolver, .copies = parts->copies };
	w->wakers = (struct waker_log){ .ids = parts->ids, .stacks = &w->stacks };
	w->log = (struct wait_log){
		.ids = parts->ids,
		.resolver = parts->resolver,
		.stacks = &w->stacks,
		.wakers = &w->wakers,
		.event = parts->event,
	};
	w->sums.log = &w->log;
	w->limit = wait_limit_of(w->options.min_ns, w->options.overhead_ppm);
	w->losses = (struct wait_loss){
		.writer = parts->ids->writer,
		.event = parts->event,
		.cpus = w->shared.cpus,
		.cpu_cnt = w->shared.cpu_cnt,
	};
}

struct waits *waits_new(const struct waits_parts *parts)
{
	struct waits *w = mem_alloc(1, sizeof(*w));

	w->parts = *parts;
	w->options = *parts->options;
	programs_waits(parts->programs, &w->shared);
	open_parts(w);
	return w;
}

void waits_free(struct waits *w)
{
	if (!w)
		return;
	wait_sums_release(&w->sums);
	wait_log_release(&w->log);
	waker_log_release(&w->wakers);
	held_stacks_release(&w->stacks);
	free(w);
}

static void set(uint64_t *shared, uint64_t value)
{
	__atomic_store_n(shared, value, __ATOMIC_RELAXED);
}

int waits_start(struct waits *w, uint64_t start_ns, struct err *err)
{
	w->slice_ns = start_ns;
	w->copies = wait_copies_of(w->parts.rings->ring_bytes);
	set(w->shared.min_ns, w->limit.threshold_ns);
	set(w->shared.max_ns, w->options.max_ns);
	__atomic_store_n(w->shared.draw, w->options.keep_hz ? WAIT_DRAW_FIRST : 0,
			 __ATOMIC_RELAXED);
	__atomic_store_n(w->shared.copy_room, (uint32_t)w->copies.allowance, __ATOMIC_RELAXED);
	return programs_start_waits(w->parts.programs, start_ns, err);
}

void waits_add(struct waits *w, const struct abi_wait *wait, uint64_t time_ns,
	       const struct held_source *stacks)
{
	wait_log_add(&w->log, wait, time_ns, stacks);
}

void waits_add_link(struct waits *w, const struct abi_link *link, uint64_t time_ns,
		    const struct held_source *stacks)
{
	struct process *p =
		link->tgid ? stack_resolver_reach(w->parts.resolver, link->tgid, time_ns) : NULL;

	waker_log_add(&w->wakers, link, p, stacks);
}

void waits_add_account(struct waits *w, const struct abi_account *account)
{
	struct process *p = task_log_process(w->parts.ids->tasks, account->tgid);
	struct abi_times times = account->times;

	wait_end_account(w->parts.ids, task_ids_thread(w->parts.ids, p, account->tid), &times);
}

/* The threshold and the share that is drawn, by what the slice has cost and brought. */
static void tune(struct waits *w, uint64_t slice_ns)
{
	struct abi_wait_cpu now;
	struct wait_load load;

	wait_loss_sums(&w->losses, &now);
	load = (struct wait_load){
		.busy_ns = now.busy_ns - w->before.busy_ns,
		.switches = now.switches - w->before.switches,
		.wakings = now.wakings - w->before.wakings,
		.wall_ns = slice_ns,
		.cpu_cnt = w->parts.online_cnt,
	};
	set(w->shared.min_ns, wait_limit_next(&w->limit, &load));
	__atomic_store_n(
		w->shared.draw,
		wait_draw(w->options.keep_hz, now.generated - w->before.generated, slice_ns),
		__ATOMIC_RELAXED);
	w->before = now;
}

/* Bytes, of the CPU that copied most. */
static uint64_t copied_in(const struct waits *w, uint32_t epoch)
{
	uint64_t most = 0, bytes;

	for (uint32_t i = 0; i < w->shared.cpu_cnt; i++) {
		bytes = __atomic_load_n(&w->shared.cpus[i].copied[epoch], __ATOMIC_RELAXED);
		most = bytes > most ? bytes : most;
	}
	return most;
}

void waits_flip(struct waits *w, uint32_t epoch, uint64_t now_ns)
{
	if (now_ns <= w->slice_ns) {
		w->log.slices[epoch] = w->log.slices[w->last_epoch];
		return;
	}
	w->log.slices[epoch] = (struct trace_slice){
		.start_ns = w->slice_ns,
		.end_ns = now_ns,
		.min_block_ns = w->limit.threshold_ns,
	};
	w->last_epoch = epoch;
	tune(w, now_ns - w->slice_ns);
	__atomic_store_n(w->shared.copy_room,
			 wait_copies_next(&w->copies, copied_in(w, epoch), now_ns - w->slice_ns),
			 __ATOMIC_RELAXED);
	w->slice_ns = now_ns;
}

static uint64_t get(const __u64 *shared)
{
	return __atomic_load_n(shared, __ATOMIC_RELAXED);
}

/* Keys that programs have put into the sums of an epoch. */
static uint64_t keys_of(const struct waits *w, uint32_t epoch)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < w->shared.cpu_cnt; i++)
		sum += get(&w->shared.cpus[i].sum_cnt[epoch]);
	return sum;
}

/* Links that they have told since the last time. */
static uint64_t links_told(const struct waits *w)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < w->shared.cpu_cnt; i++)
		sum += get(&w->shared.cpus[i].link_cnt);
	return sum;
}

bool waits_filling(const struct waits *w, uint32_t live_epoch)
{
	return keys_of(w, live_epoch) > w->shared.sum_max / 2;
}

bool waits_want_tables(const struct waits *w, uint32_t live_epoch)
{
	return wait_copies_want_tables(&w->copies, copied_in(w, live_epoch));
}

/* Forgets which links were told: each is told again, of a generation that begins before. */
static void renew_links(struct waits *w)
{
	uint64_t id, next;
	bool more;

	if (links_told(w) < w->shared.link_max / 4 * 3)
		return;
	__atomic_fetch_add(w->shared.generation, 1, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < w->shared.cpu_cnt; i++)
		set((uint64_t *)&w->shared.cpus[i].link_cnt, 0);
	more = !bpf_map_get_next_key(w->shared.link_fd, NULL, &id);
	for (uint32_t i = 0; more && i < w->shared.link_max; i++, id = next) {
		more = !bpf_map_get_next_key(w->shared.link_fd, &id, &next);
		bpf_map_delete_elem(w->shared.link_fd, &id);
	}
}

void waits_round(struct waits *w, uint32_t epoch, bool last)
{
	const struct wait_sums_maps maps = {
		.sum_fd = { w->shared.sum_fd[0], w->shared.sum_fd[1] },
		.longest = w->shared.longest,
		.cpu_cnt = w->shared.cpu_cnt,
	};

	if (keys_of(w, epoch))
		wait_sums_read(&w->sums, &maps, epoch);
	wait_sums_write(&w->sums, epoch, last);
	for (uint32_t i = 0; i < w->shared.cpu_cnt; i++) {
		set((uint64_t *)&w->shared.cpus[i].sum_cnt[epoch], 0);
		set((uint64_t *)&w->shared.cpus[i].copied[epoch], 0);
	}
	renew_links(w);
}

void waits_end(struct waits *w, uint64_t end_ns)
{
	w->end_ns = end_ns;
	programs_end_waits(w->parts.programs, end_ns);
}

/* Whoever was on its way out when the iterator came by tells its account at its last switch. */
static void let_exit(const struct waits *w)
{
	struct timespec moment = { 0, 1000000 };

	for (int i = 0; i < EXIT_MS && wait_loss_unended(&w->losses); i++)
		nanosleep(&moment, NULL);
}

int waits_close(struct waits *w, struct copy_replay *replay, struct stack_table *stacks,
		struct err *err)
{
	uint64_t alone = w->log.alone_cnt;
	struct wait_end end = {
		.ids = w->parts.ids,
		.resolver = w->parts.resolver,
		.log = &w->log,
		.replay = replay,
		.stacks = stacks,
		.epoch = w->last_epoch,
		.end_ns = w->end_ns,
	};
	int fd, code;

	fd = programs_open_waits(w->parts.programs, err);
	code = fd < 0 ? fd : wait_end_read(&end, fd, err);
	w->open_cnt = w->log.alone_cnt - alone;
	let_exit(w);
	programs_close_waits(w->parts.programs);
	return code;
}

void waits_forget(struct waits *w)
{
	held_stacks_forget(&w->stacks);
}

static struct wait_kept kept(const struct waits *w)
{
	return (struct wait_kept){
		.cnt = w->sums.written_cnt + w->log.alone_cnt - w->open_cnt,
		.nameless_cnt = w->sums.lost_cnt,
		.nameless_ns = w->sums.lost_ns,
		.unknown_wakers = w->wakers.unknown_cnt,
	};
}

void waits_write_losses(struct waits *w, bool last)
{
	struct wait_kept now = kept(w);

	if (last)
		wait_loss_finish(&w->losses, &now);
	else
		wait_loss_write(&w->losses, &now);
}

uint64_t waits_refused(const struct waits *w)
{
	return wait_loss_refused(&w->losses);
}

void waits_summarize(const struct waits *w, struct waits_summary *out)
{
	struct abi_wait_cpu sums;

	wait_loss_sums(&w->losses, &sums);
	*out = (struct waits_summary){
		.generated = sums.generated,
		.open_cnt = w->open_cnt,
		.threshold_ns = w->limit.threshold_ns,
		.highest_ns = w->limit.highest_ns,
		.cost_ns = w->limit.cost_ns,
		.time_ns = w->limit.time_ns,
		.gap_cnt = sums.gaps,
		.unwoken_cnt = sums.unwoken,
		.resume_source = w->shared.resume_source,
	};
}
