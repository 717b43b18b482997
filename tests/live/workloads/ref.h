#ifndef WORKLOADS_REF_H
#define WORKLOADS_REF_H

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * What workloads say of themselves, as lines on stdout that judges read, and how they know:
 * by the clocks of the kernel around each call, never by what they meant to do.
 *
 *	REF wait NAME CALLS NS VOLUNTARY INVOLUNTARY     time around calls that was not on a CPU
 *	REF thread NAME TID ON_NS DELAY_NS SWITCHES      /proc/self/task/TID/schedstat
 *	REF times NAME CALLS SUM_NS P50_NS P99_NS MAX_NS  around calls, on the clock or off it
 *	REF NAME NUMBER                                  anything else
 */

static inline uint64_t ref_clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t ref_now_ns(void)
{
	return ref_clock_ns(CLOCK_MONOTONIC);
}

static inline long ref_tid(void)
{
	return syscall(SYS_gettid);
}

static inline void ref_say(const char *name, uint64_t number)
{
	printf("REF %s %" PRIu64 "\n", name, number);
	fflush(stdout);
}

static inline void ref_die(const char *what)
{
	perror(what);
	_exit(1);
}

static inline void ref_sleep_ms(uint64_t ms)
{
	struct timespec t = { .tv_sec = (time_t)(ms / 1000),
			      .tv_nsec = (long)(ms % 1000) * 1000000 };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

/*
 * A recorder needs a while until it knows how the stacks of a new program are unwound, and
 * begins when it meets the first of them: half a second of short sleeps, or WARM_MS where every
 * instruction is emulated.
 */
static inline void ref_warm(void)
{
	const char *words = getenv("WARM_MS");
	uint64_t until_ns = ref_now_ns() + (words ? strtoull(words, NULL, 10) : 500) * 1000000u;

	while (ref_now_ns() < until_ns)
		ref_sleep_ms(10);
}

/* The calling thread runs on the n-th of the CPUs that it may run on. */
static inline void ref_pin(unsigned n)
{
	cpu_set_t allowed, one;

	CPU_ZERO(&one);
	sched_getaffinity(getpid(), sizeof(allowed), &allowed);
	n %= (unsigned)CPU_COUNT(&allowed);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed) && n-- == 0)
			CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static inline pthread_t ref_thread(void *(*run)(void *), void *arg)
{
	pthread_t thread;
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	if (pthread_create(&thread, &small, run, arg))
		ref_die("pthread_create");
	pthread_attr_destroy(&small);
	return thread;
}

/* The time around calls of one thread, less what it spent on a CPU. */
struct ref_wait {
	uint64_t calls, ns;
	uint64_t voluntary, involuntary;
	uint64_t began_ns; /* of the current call: clock less CPU time */
	struct rusage usage;
};

static inline uint64_t ref_off_ns(void)
{
	return ref_now_ns() - ref_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static inline void ref_wait_begin(struct ref_wait *w)
{
	getrusage(RUSAGE_THREAD, &w->usage);
	w->began_ns = ref_off_ns();
}

static inline void ref_wait_end(struct ref_wait *w)
{
	struct rusage now;

	w->ns += ref_off_ns() - w->began_ns;
	w->calls++;
	getrusage(RUSAGE_THREAD, &now);
	w->voluntary += (uint64_t)(now.ru_nvcsw - w->usage.ru_nvcsw);
	w->involuntary += (uint64_t)(now.ru_nivcsw - w->usage.ru_nivcsw);
}

static inline void ref_wait_say(const char *name, const struct ref_wait *w)
{
	printf("REF wait %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", name, w->calls,
	       w->ns, w->voluntary, w->involuntary);
	fflush(stdout);
}

/* How long calls took, each of them. */
struct ref_times {
	uint64_t *ns, sum_ns;
	size_t cnt, room;
};

static inline void ref_times_add(struct ref_times *t, uint64_t ns)
{
	if (t->cnt == t->room) {
		t->room = t->room ? 2 * t->room : 1024;
		t->ns = realloc(t->ns, t->room * sizeof(*t->ns));
		if (!t->ns)
			ref_die("realloc");
	}
	t->ns[t->cnt++] = ns;
	t->sum_ns += ns;
}

static inline int ref_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The least that so many percent are not above. */
static inline uint64_t ref_times_percentile(const struct ref_times *t, size_t percent)
{
	return t->ns[(t->cnt * percent + 99) / 100 - 1];
}

/* Sorts them. */
static inline void ref_times_say(const char *name, struct ref_times *t)
{
	if (!t->cnt)
		return;
	qsort(t->ns, t->cnt, sizeof(*t->ns), ref_compare);
	printf("REF times %s %zu %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", name, t->cnt,
	       t->sum_ns, ref_times_percentile(t, 50), ref_times_percentile(t, 99),
	       t->ns[t->cnt - 1]);
	fflush(stdout);
}

/* Where the calling thread's time went since it was born, as the kernel counts it. */
static inline void ref_thread_say(const char *name)
{
	uint64_t on = 0, delay = 0, switches = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/schedstat", ref_tid());
	f = fopen(path, "r");
	if (!f || fscanf(f, "%" SCNu64 " %" SCNu64 " %" SCNu64, &on, &delay, &switches) != 3)
		ref_die(path);
	fclose(f);
	printf("REF thread %s %ld %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", name, ref_tid(), on,
	       delay, switches);
	fflush(stdout);
}

#endif
