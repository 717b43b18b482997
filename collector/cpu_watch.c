#include "collector/cpu_watch.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "collector/drain.h"
#include "collector/programs.h"
#include "collector/rings.h"
#include "collector/sampler.h"

static bool is_sampled(const struct cpu_watch *w, uint32_t cpu)
{
	const struct id_list *chosen = &w->target->cpus;

	return !chosen->cnt || id_list_has(chosen, cpu);
}

static int open_cpu(struct cpu_watch *w, uint32_t cpu, struct err *err)
{
	struct perf_ring *ring;
	int code = rings_add(w->rings, cpu, &ring, err);

	if (code)
		return code;
	code = programs_set_ring(w->programs, cpu, ring->fd, err);
	if (!code && is_sampled(w, cpu))
		code = sampler_add_cpu(w->sampler, cpu, ring->fd, err);
	if (!code)
		return 0;
	programs_set_ring(w->programs, cpu, -1, NULL);
	rings_remove(w->rings, cpu);
	return code;
}

static void close_cpu(struct cpu_watch *w, uint32_t cpu)
{
	sampler_remove_cpu(w->sampler, cpu);
	programs_set_ring(w->programs, cpu, -1, NULL);
	drain_read(w->drain);
	rings_remove(w->rings, cpu);
}

static void tell_trace(struct cpu_watch *w, uint32_t cpu, bool online)
{
	if (is_sampled(w, cpu))
		trace_writer_cpu_change(w->writer, &(struct trace_cpu_change){
							   .time_ns = clock_now_ns(),
							   .cpu = cpu,
							   .online = online,
						   });
}

int cpu_watch_open(struct cpu_watch *w, struct err *err)
{
	w->online_fd = cpu_list_open();
	for (size_t i = 0; i < w->online.cnt; i++) {
		struct err why = { 0 };
		int code = open_cpu(w, w->online.v[i], &why);

		/* It may just have gone; then cpu_watch_follow() sees it come back. */
		if (code && code != -ENODEV)
			return err_set(err, code, "%s", why.text);
	}
	return 0;
}

/* Also what was gone only between two looks, and is back with dead events. */
static void close_gone(struct cpu_watch *w, const struct cpu_list *now)
{
	for (size_t i = 0; i < w->online.cnt; i++) {
		uint32_t cpu = w->online.v[i];
		struct perf_ring *ring = rings_find(w->rings, cpu);

		if (!ring || (cpu_list_has(now, cpu) && perf_ring_lives(ring)))
			continue;
		close_cpu(w, cpu);
		tell_trace(w, cpu, false);
	}
}

void cpu_watch_follow(struct cpu_watch *w)
{
	struct cpu_list now = { 0 };

	if (!cpu_list_read(&now, w->online_fd))
		return;
	close_gone(w, &now);
	for (size_t i = 0; i < now.cnt; i++)
		if (!rings_find(w->rings, now.v[i]) && !open_cpu(w, now.v[i], NULL))
			tell_trace(w, now.v[i], true);
	cpu_list_release(&w->online);
	w->online = now;
}

void cpu_watch_release(struct cpu_watch *w)
{
	cpu_list_release(&w->online);
	if (w->online_fd > 0)
		close(w->online_fd);
}
