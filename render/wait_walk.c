#include "render/wait_walk.h"

#include <errno.h>
#include <string.h>

#include "base/sum.h"
#include "formats/trace_reader.h"
#include "formats/wait_column.h"

#define ALL_PROCESSES "all processes"
#define ON_SOME_CPUS ", on CPU"

/* Of everything that ran, if only on some CPUs, and not of what somebody chose. */
static bool is_whole_system(const struct selection *s, const struct trace_reader *r)
{
	const char *target = trace_reader_fact(r, TRACE_FACT_TARGET);
	size_t all = strlen(ALL_PROCESSES);

	if (s->process || s->thread || strncmp(target, ALL_PROCESSES, all) != 0)
		return false;
	return !target[all] || !strncmp(target + all, ON_SOME_CPUS, strlen(ON_SOME_CPUS));
}

static int check(const struct wait_walk *w, struct err *err)
{
	const char *path = trace_reader_path(w->reader);
	const struct selection *s = w->selection;

	if (!selection_range_is_all(s->time) && !trace_reader_has_times(w->reader))
		return err_set(err, -EINVAL, "%s: an imported trace has no times to choose from",
			       path);
	if (w->request->drawing != WAIT_DRAWING_WALL)
		return 0;
	if (!selection_range_is_all(s->time) || !selection_range_is_all(s->latency))
		return err_set(err, -EINVAL,
			       "%s: where a thread's time went is known of the whole recording "
			       "only; leave out --time and --latency, or draw -e offcpu",
			       path);
	return 0;
}

int wait_walk_start(struct wait_walk *w, struct trace_reader *r, const struct name_table *names,
		    const struct selection *s, const struct wait_request *request, struct err *err)
{
	struct wait_walk started = { .reader = r, .selection = s, .request = request };
	const struct selection all = { 0 };
	int status =
		wait_event_find(r, wait_drawing_way(request->drawing), &started.totals.event, err);

	if (status >= 0)
		status = check(&started, err);
	if (status >= 0)
		status = wait_times_read(&started.times, r, s, err);
	if (status < 0)
		return status;
	started.start_ns = trace_reader_fact_number(r, TRACE_FACT_CLOCK_START_NS);
	started.recorded_ns = selection_covers_ns(&all, r);
	started.totals.is_single = s->thread || !selection_range_is_all(s->latency);
	started.totals.is_whole_system = is_whole_system(s, r);
	started.totals.has_accounts = started.times.processes.cnt > 0;
	trace_reader_rewind(r);
	stack_quality_start(&started.totals.quality, r, names);
	*w = started;
	return 0;
}

void wait_walk_end(struct wait_walk *w, struct wait_totals *out)
{
	stack_quality_end(&w->totals.quality);
	*out = w->totals;
	wait_times_release(&w->times);
	*w = (struct wait_walk){ 0 };
}

void wait_totals_release(struct wait_totals *t)
{
	stack_quality_release(&t->quality);
}

/* A time as --time counts it. */
static uint64_t since_start(const struct wait_walk *w, uint64_t ns)
{
	return ns > w->start_ns ? ns - w->start_ns : 0;
}

/* A slice that ends where the selection begins, or begins where it ends, has no time in it. */
static bool holds_slice(const struct wait_walk *w, const struct trace_slice *slice)
{
	uint64_t from_ns = since_start(w, slice->start_ns), to_ns = since_start(w, slice->end_ns);
	const struct range *time = &w->selection->time;

	if (selection_range_is_all(*time))
		return true;
	if (from_ns == to_ns || time->first == time->last)
		return to_ns >= time->first && from_ns <= time->last;
	return to_ns > time->first && from_ns < time->last;
}

static void take_slice(struct wait_walk *w, const struct trace_slice *slice)
{
	uint64_t from_ns = since_start(w, slice->start_ns), to_ns = since_start(w, slice->end_ns);
	struct wait_totals *t = &w->totals;

	if (!holds_slice(w, slice))
		return;
	if (!t->threshold.has_slices || from_ns < t->slices_from_ns)
		t->slices_from_ns = from_ns;
	if (to_ns > t->slices_to_ns)
		t->slices_to_ns = to_ns;
	wait_threshold_take(&t->threshold, slice);
}

/* Slices that no kept wait lies in say, too, which threshold held. */
static void take_slices(struct wait_walk *w)
{
	uint32_t cnt = trace_reader_slice_cnt(w->reader);

	for (; w->slice_cnt < cnt; w->slice_cnt++)
		take_slice(w, trace_reader_slice(w->reader, w->slice_cnt));
}

static enum wait_verdict judge_process(const struct wait_walk *w, bool is_kernel, bool is_idle)
{
	if (!w->totals.is_whole_system)
		return WAIT_SHOWN;
	if (!w->request->with_kernel && is_kernel)
		return WAIT_KERNEL_THREAD;
	return !w->request->with_idle && is_idle ? WAIT_IDLE_SLEEPER : WAIT_SHOWN;
}

enum wait_verdict wait_walk_judge(const struct wait_walk *w, const struct process_times *p)
{
	return judge_process(w, p->is_kernel, process_times_is_idle(p));
}

static uint64_t length_ns(const struct trace_wait_sum *sum)
{
	uint64_t ns = sum->blocked_ns;

	sum_clipped(&ns, sum->runnable_ns);
	return ns;
}

/* A sum's own waits were so long that they can only have been waits for something to do. */
static bool lasted_long(const struct wait_walk *w, const struct trace_wait_sum *sum)
{
	return w->recorded_ns && length_ns(sum) / (sum->cnt ? sum->cnt : 1) > w->recorded_ns / 2;
}

static enum wait_verdict judge(const struct wait_walk *w, const struct trace_wait_sum *sum,
			       const struct process_times *p)
{
	const struct trace_process *process = trace_reader_process(w->reader, sum->process);
	bool is_idle = sum->state == TRACE_WAIT_IDLE;

	if (sum->state == TRACE_WAIT_INTERRUPTIBLE)
		is_idle = (p && process_times_is_idle(p)) || lasted_long(w, sum);
	return judge_process(w, process_is_kernel(process), is_idle);
}

static bool holds_account(const struct wait_walk *w, const struct trace_account *a)
{
	const struct trace_thread *thread = trace_reader_thread(w->reader, a->thread);
	const struct selection *s = w->selection;

	return selection_range_is_all(s->time) && selection_range_is_all(s->latency) &&
	       selection_holds_thread(s, thread->tid,
				      trace_reader_process(w->reader, thread->process)->comm);
}

bool wait_is_selected(const struct trace_wait *wait, const struct trace_reader *r,
		      const struct selection *s)
{
	const struct trace_thread *thread = trace_reader_thread(r, wait->thread);
	uint64_t end_ns = wait_end_ns(wait), took_ns = wait->blocked_ns;

	sum_clipped(&took_ns, wait->runnable_ns);
	if (!selection_range_is_all(s->time)) {
		uint64_t start_ns = trace_reader_fact_number(r, TRACE_FACT_CLOCK_START_NS);

		end_ns = end_ns > start_ns ? end_ns - start_ns : 0;
		if (end_ns < s->time.first || end_ns > s->time.last)
			return false;
	}
	return (selection_range_is_all(s->latency) ||
		(took_ns >= s->latency.first && took_ns <= s->latency.last)) &&
	       selection_holds_thread(s, thread->tid,
				      trace_reader_process(r, thread->process)->comm);
}

bool wait_walk_holds(const struct wait_walk *w, const struct trace_record *record)
{
	const struct trace_reader *r = w->reader;

	if (record->kind == TRACE_RECORD_ACCOUNT)
		return holds_account(w, &record->account);
	if (record->kind == TRACE_RECORD_WAIT_SUM) {
		const struct trace_slice *slice = trace_reader_slice(r, record->wait_sum.slice);
		const char *comm = trace_reader_process(r, record->wait_sum.process)->comm;

		return holds_slice(w, slice) && selection_holds_thread(w->selection, 0, comm);
	}
	return wait_is_selected(&record->wait, r, w->selection);
}

/* The process whose accounts hold the wait; NULL: there are none that the selection holds. An
 * account that came after all else of its process may not have known the name. */
static struct process_times *times_of(struct wait_walk *w, const struct trace_wait_sum *sum)
{
	const struct trace_process *process = trace_reader_process(w->reader, sum->process);
	uint32_t place = wait_times_find(&w->times, process);
	struct process_times *p = place != IDMAP_NONE ? &w->times.processes.v[place] : NULL;

	if (p && !p->comm)
		p->comm = strtab_intern_text(w->times.comms, process->comm);
	return p;
}

/* A process had another name before it ran another program: its accounts hold both. */
static void pass(struct wait_walk *w, const struct trace_wait_sum *sum)
{
	struct process_times *p = times_of(w, sum);

	sum_clipped(&w->totals.outside_cnt, sum->cnt);
	if (p && !w->totals.is_single)
		sum_clipped(&p->sums_ns, length_ns(sum));
}

static bool take(struct wait_walk *w, const struct trace_wait_sum *sum)
{
	struct process_times *p = times_of(w, sum);
	enum wait_verdict verdict = judge(w, sum, p);
	struct wait_totals *t = &w->totals;

	if (p)
		sum_clipped(&p->sums_ns, length_ns(sum));
	if (verdict != WAIT_SHOWN) {
		sum_clipped(verdict == WAIT_KERNEL_THREAD ? &t->kernel_ns : &t->idle_ns,
			    length_ns(sum));
		return false;
	}
	sum_clipped(&t->kept_cnt, sum->cnt);
	sum_clipped(&t->kept_blocked_ns, sum->blocked_ns);
	sum_clipped(&t->kept_runnable_ns, sum->runnable_ns);
	if (sum->flags & TRACE_WAIT_WAKER_UNKNOWN)
		sum_clipped(&t->unknown_ns, sum->blocked_ns);
	stack_quality_add_many(&t->quality, sum->stack, sum->cnt);
	return true;
}

/* True: the record is a wait, and *out is it. */
static bool is_wait(const struct wait_walk *w, const struct trace_record *record,
		    struct trace_wait_sum *out)
{
	if (w->totals.is_single && record->kind == TRACE_RECORD_WAIT) {
		*out = wait_as_sum(w->reader, &record->wait);
		return out->event == w->totals.event;
	}
	if (w->totals.is_single || record->kind != TRACE_RECORD_WAIT_SUM)
		return false;
	*out = record->wait_sum;
	return out->event == w->totals.event;
}

/* Accounts are of all waits: not of a part of the recording, nor of the single ones. */
static uint64_t rest_of_all(const struct wait_walk *w)
{
	const struct selection *s = w->selection;
	uint64_t rest_ns = 0;

	if (w->totals.is_single || !selection_range_is_all(s->time))
		return 0;
	for (size_t i = 0; i < w->times.processes.cnt; i++) {
		const struct process_times *p = &w->times.processes.v[i];

		if (wait_walk_judge(w, p) == WAIT_SHOWN)
			sum_clipped(&rest_ns, process_times_rest_ns(p));
	}
	return rest_ns;
}

int wait_walk_next(struct wait_walk *w, struct trace_wait_sum *out, struct err *err)
{
	struct trace_record record;
	int got;

	while ((got = trace_reader_next(w->reader, &record, err)) > 0) {
		struct trace_wait_sum sum;

		if (record.kind == TRACE_RECORD_KEY_FRAME) {
			w->group_cnt++;
			w->slice_cnt = 0;
			stack_quality_restart(&w->totals.quality);
		}
		take_slices(w);
		if (!is_wait(w, &record, &sum))
			continue;
		if (!wait_walk_holds(w, &record)) {
			pass(w, &sum);
		} else if (take(w, &sum)) {
			*out = sum;
			return 1;
		}
	}
	if (!got) {
		take_slices(w);
		w->totals.rest_ns = rest_of_all(w);
	}
	return got;
}
