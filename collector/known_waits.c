#include "collector/known_waits.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"

#define ROUNDS 23 /* a prime, so that nothing else is likely to have as many */
#define HOLD_NS 10000000
#define DOZE_NS 200000
#define SPIN_NS 500000000ull
#define PAIRS 16      /* of clocks that are read at most, for one */
#define PAIR_NS 2000u /* that takes no longer */

struct scene {
	const char *name;
	void (*play)(const struct scene *self, int out_fd);
	long sleep_ns;
	unsigned rounds;
};

static uint32_t own_tid(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

static void sleep_ns(long ns)
{
	struct timespec t = { .tv_nsec = ns };

	nanosleep(&t, NULL);
}

static struct known_thread known_new(const char *name, enum known_kind kind)
{
	struct known_thread t = { .kind = kind, .tgid = (uint32_t)getpid(), .tid = own_tid() };

	snprintf(t.name, sizeof(t.name), "%s", name);
	return t;
}

/* Smaller than PIPE_BUF: lines of several processes do not mix. */
static void known_send(const struct known_thread *t, int out_fd)
{
	_Static_assert(sizeof(*t) <= 512, "a write to a pipe is whole");
	io_write_all(out_fd, t, sizeof(*t));
}

/* Time of the calling thread that is not on a CPU, and how often it left one. */
struct stand {
	uint64_t off_ns, voluntary, involuntary;
};

static uint64_t on_cpu_ns(void)
{
	struct timespec cpu;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
	return (uint64_t)cpu.tv_sec * 1000000000u + (uint64_t)cpu.tv_nsec;
}

/*
 * Two clocks, which nobody reads at once: of some pairs the one that was read fastest, or a
 * machine that stands still between the two would be taken for a wait.
 */
static uint64_t off_cpu_ns(void)
{
	uint64_t off_ns = 0, least_ns = UINT64_MAX;

	for (unsigned i = 0; i < PAIRS && least_ns > PAIR_NS; i++) {
		uint64_t begin_ns = clock_now_ns(), on_ns = on_cpu_ns();
		uint64_t took_ns = clock_now_ns() - begin_ns;

		if (took_ns >= least_ns)
			continue;
		least_ns = took_ns;
		off_ns = begin_ns + took_ns / 2 - on_ns;
	}
	return off_ns;
}

static void count_switches(struct stand *s)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	s->voluntary = (uint64_t)usage.ru_nvcsw;
	s->involuntary = (uint64_t)usage.ru_nivcsw;
}

static struct stand stand_now(void)
{
	struct stand s;

	count_switches(&s);
	s.off_ns = off_cpu_ns();
	return s;
}

/* Switches are counted outside of the time, so that none is in it that is not counted. */
static void known_add(struct known_thread *t, const struct stand *before)
{
	struct stand now = { .off_ns = off_cpu_ns() };

	count_switches(&now);
	t->ns += now.off_ns - before->off_ns;
	t->cnt += now.voluntary - before->voluntary;
	t->preempted += now.involuntary - before->involuntary;
}

/*
 * What a thread does for the first time touches new memory, and then it may wait for whoever maps
 * memory or reads the same page: a wait, but none of those that are to be known. So all scenes
 * are rehearsed.
 */
static void play_sleeps(const struct scene *self, int out_fd)
{
	struct known_thread known = known_new(self->name, KNOWN_WAITS), rehearsed = known;
	struct stand first = stand_now();

	known_add(&rehearsed, &first);
	known.waker_cnt = 1;
	for (unsigned i = 0; i < self->rounds; i++) {
		struct stand before = stand_now();

		sleep_ns(self->sleep_ns);
		known_add(&known, &before);
	}
	known_send(&known, out_fd);
}

/*
 * An owner and a waiter take turns: the owner holds, the waiter waits, the owner lets go. The
 * first round is a rehearsal, with an owner of its own, whose waits are not taken.
 */
struct hand_over {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool set;
	_Atomic bool held; /* the waiter may wait */
	void (*wait)(struct hand_over *h);
	void (*own)(struct hand_over *h);
	struct known_thread known;
};

static void wait_mutex(struct hand_over *h)
{
	pthread_mutex_lock(&h->mutex);
	pthread_mutex_unlock(&h->mutex);
}

static void wait_cond(struct hand_over *h)
{
	pthread_mutex_lock(&h->mutex);
	while (!h->set)
		pthread_cond_wait(&h->cond, &h->mutex);
	h->set = false;
	pthread_mutex_unlock(&h->mutex);
}

static void *run_waiter(void *arg)
{
	struct hand_over *h = arg;
	struct known_thread rehearsed = h->known;

	h->known.tid = own_tid();
	for (unsigned i = 0; i <= ROUNDS; i++) {
		struct stand before;

		while (!h->held)
			sleep_ns(DOZE_NS);
		before = stand_now();
		h->wait(h);
		known_add(i ? &h->known : &rehearsed, &before);
		h->held = false;
	}
	return NULL;
}

static void *run_first_owner(void *arg)
{
	struct hand_over *h = arg;

	h->own(h);
	return NULL;
}

static void await_waiter(struct hand_over *h)
{
	while (h->held)
		sleep_ns(DOZE_NS);
}

static void play_hand_over(struct hand_over *h, const char *name, int out_fd)
{
	pthread_t waiter, first;

	pthread_mutex_init(&h->mutex, NULL);
	pthread_cond_init(&h->cond, NULL);
	h->known = known_new(name, KNOWN_WAITS);
	h->known.waker_cnt = 1;
	h->known.wakers[0] = own_tid();
	if (pthread_create(&waiter, NULL, run_waiter, h) ||
	    pthread_create(&first, NULL, run_first_owner, h))
		return;
	pthread_join(first, NULL);
	for (unsigned i = 0; i < ROUNDS; i++)
		h->own(h);
	pthread_join(waiter, NULL);
	known_send(&h->known, out_fd);
}

static void own_mutex(struct hand_over *h)
{
	pthread_mutex_lock(&h->mutex);
	h->held = true;
	sleep_ns(HOLD_NS);
	pthread_mutex_unlock(&h->mutex);
	await_waiter(h);
}

/* Signalled without the mutex, which is then free for the waiter. */
static void own_cond(struct hand_over *h)
{
	h->held = true;
	sleep_ns(HOLD_NS);
	pthread_mutex_lock(&h->mutex);
	h->set = true;
	pthread_mutex_unlock(&h->mutex);
	pthread_cond_signal(&h->cond);
	await_waiter(h);
}

static void play_mutex(const struct scene *self, int out_fd)
{
	struct hand_over h = { .wait = wait_mutex, .own = own_mutex };

	play_hand_over(&h, self->name, out_fd);
}

static void play_cond(const struct scene *self, int out_fd)
{
	struct hand_over h = { .wait = wait_cond, .own = own_cond };

	play_hand_over(&h, self->name, out_fd);
}

/*
 * first sleeps and writes to second, which writes to third: eventfds, each of which counts what
 * was written. A reader of a pipe may also have to wait for the pipe's lock, and such a wait is
 * no other to those who count them.
 */
struct relay {
	int to_second, to_third; /* one is in each from the start */
	_Atomic bool begins;
	uint64_t written_ns[ROUNDS]; /* just before first wrote */
	uint64_t blocked_ns[ROUNDS]; /* when third was blocked at the latest; UINT64_MAX: unknown */
	struct known_thread second, third;
};

static void take_one(int fd)
{
	uint64_t one;

	(void)!read(fd, &one, sizeof(one));
}

static void give_one(int fd)
{
	uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

static void rehearse(struct relay *c, int fd)
{
	struct known_thread rehearsed = { 0 };
	struct stand before = stand_now();

	take_one(fd);
	known_add(&rehearsed, &before);
	while (!c->begins)
		sleep_ns(DOZE_NS);
}

static void *run_second(void *arg)
{
	struct relay *c = arg;

	c->second.tid = own_tid();
	rehearse(c, c->to_second);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct stand before = stand_now();

		take_one(c->to_second);
		known_add(&c->second, &before);
		give_one(c->to_third);
	}
	return NULL;
}

/* A thread that left its CPU once was off it for so long, and has run since. */
static void *run_third(void *arg)
{
	struct relay *c = arg;

	c->third.tid = own_tid();
	rehearse(c, c->to_third);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct known_thread was = c->third;
		struct stand before = stand_now();

		take_one(c->to_third);
		known_add(&c->third, &before);
		c->blocked_ns[i] = UINT64_MAX;
		if (c->third.cnt - was.cnt == 1 && c->third.preempted == was.preempted)
			c->blocked_ns[i] = clock_now_ns() - (c->third.ns - was.ns);
	}
	return NULL;
}

static void play_relay(const struct scene *self, int out_fd)
{
	struct relay c = { .to_second = eventfd(1, EFD_SEMAPHORE),
			   .to_third = eventfd(1, EFD_SEMAPHORE) };
	pthread_t second, third;

	(void)self;
	c.second = known_new("relay, second", KNOWN_WAITS);
	c.third = known_new("relay, third", KNOWN_WAITS);
	if (c.to_second < 0 || c.to_third < 0 || pthread_create(&third, NULL, run_third, &c) ||
	    pthread_create(&second, NULL, run_second, &c))
		return;
	c.begins = true;
	sleep_ns(5 * HOLD_NS);
	for (unsigned i = 0; i < ROUNDS; i++) {
		sleep_ns(HOLD_NS);
		c.written_ns[i] = clock_now_ns();
		give_one(c.to_second);
	}
	/* Without waiting for second: what it ends are the waits of third. */
	while (pthread_tryjoin_np(second, NULL) == EBUSY)
		sleep_ns(DOZE_NS);
	pthread_join(third, NULL);
	c.second.waker_cnt = 1;
	c.second.wakers[0] = own_tid();
	c.third.waker_cnt = 2;
	c.third.wakers[0] = c.second.tid;
	c.third.wakers[1] = own_tid();
	for (unsigned i = 0; i < ROUNDS; i++)
		c.third.chained += c.blocked_ns[i] < c.written_ns[i];
	known_send(&c.second, out_fd);
	known_send(&c.third, out_fd);
}

/* Where the kernel does not count, cnt stays 0, and nothing is judged. */
static void read_schedstat(struct known_thread *t)
{
	char path[64], *text;
	size_t len;

	snprintf(path, sizeof(path), "/proc/self/task/%u/schedstat", t->tid);
	if (io_read_text(path, 256, &text, &len, NULL))
		return;
	if (sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &t->on_ns, &t->ns, &t->cnt) != 3)
		t->cnt = 0;
	free(text);
}

static void *run_spinner(void *arg)
{
	struct known_thread *known = arg;
	uint64_t until = clock_now_ns() + SPIN_NS;

	known->tid = own_tid();
	while (clock_now_ns() < until)
		;
	sched_yield(); /* what is left to do then fits into one turn */
	read_schedstat(known);
	return NULL;
}

static void play_spinners(const struct scene *self, int out_fd)
{
	struct known_thread known[2] = { known_new(self->name, KNOWN_SPINS),
					 known_new(self->name, KNOWN_SPINS) };
	pthread_t threads[2];
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	for (size_t i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, run_spinner, &known[i]))
			return;
	for (size_t i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		known_send(&known[i], out_fd);
	}
}

static void play_stay(const struct scene *self, int out_fd)
{
	struct known_thread known = known_new(self->name, KNOWN_STAYS);
	struct stat input;
	char byte;

	if (fstat(STDIN_FILENO, &input) || !S_ISFIFO(input.st_mode))
		return;
	known.ns = clock_now_ns();
	known.on_ns = on_cpu_ns();
	known_send(&known, out_fd);
	close(out_fd);
	close(STDOUT_FILENO); /* who reads it shall not wait for us */
	(void)!read(STDIN_FILENO, &byte, 1);
}

static const struct scene scenes[] = {
	{ "sleep 47 x 5 ms", play_sleeps, 5000000, 47 },
	{ "sleep 23 x 10 ms", play_sleeps, 10000000, 23 },
	{ "sleep 5 x 50 ms", play_sleeps, 50000000, 5 },
	{ "mutex handover", play_mutex },
	{ "condition variable", play_cond },
	{ "relay", play_relay },
	{ "blocked at the end", play_stay },
};
static const struct scene spinners = { "spinner pair", play_spinners };

static pid_t scene_start(const struct scene *s, const int ends[2], struct err *err)
{
	pid_t pid = fork();

	if (pid < 0)
		return err_set(err, -errno, "fork: %s", strerror(errno));
	if (pid)
		return pid;
	close(ends[0]);
	s->play(s, ends[1]);
	_exit(0);
}

static int play_all(const int ends[2], struct err *err)
{
	pid_t pids[sizeof(scenes) / sizeof(scenes[0])];
	pid_t pid = 0;
	size_t cnt = 0;

	for (; cnt < sizeof(scenes) / sizeof(scenes[0]) && pid >= 0; cnt++)
		pid = pids[cnt] = scene_start(&scenes[cnt], ends, err);
	for (size_t i = 0; i < cnt; i++)
		if (pids[i] > 0 && scenes[i].play != play_stay)
			waitpid(pids[i], NULL, 0);
	if (pid >= 0)
		pid = scene_start(&spinners, ends, err);
	if (pid >= 0)
		waitpid(pid, NULL, 0);
	return pid < 0 ? pid : 0;
}

int known_threads_play(struct known_threads *out, struct err *err)
{
	struct known_thread t;
	int ends[2], failed;

	if (pipe(ends))
		return err_set(err, -errno, "pipe: %s", strerror(errno));
	failed = play_all(ends, err);
	close(ends[1]);
	while (!failed && read(ends[0], &t, sizeof(t)) == (ssize_t)sizeof(t))
		*vec_push(out) = t;
	close(ends[0]);
	return failed;
}
