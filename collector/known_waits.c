#include "collector/known_waits.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static struct stand stand_now(void)
{
	struct timespec cpu;
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
	return (struct stand){
		.off_ns =
			clock_now_ns() - (uint64_t)cpu.tv_sec * 1000000000u - (uint64_t)cpu.tv_nsec,
		.voluntary = (uint64_t)usage.ru_nvcsw,
		.involuntary = (uint64_t)usage.ru_nivcsw,
	};
}

static void known_add(struct known_thread *t, const struct stand *before)
{
	struct stand now = stand_now();

	t->ns += now.off_ns - before->off_ns;
	t->cnt += now.voluntary - before->voluntary;
	t->preempted += now.involuntary - before->involuntary;
}

static void play_sleeps(const struct scene *self, int out_fd)
{
	struct known_thread known = known_new(self->name, KNOWN_WAITS);

	known.waker_cnt = 1;
	for (unsigned i = 0; i < self->rounds; i++) {
		struct stand before = stand_now();

		sleep_ns(self->sleep_ns);
		known_add(&known, &before);
	}
	known_send(&known, out_fd);
}

/* An owner and a waiter take turns: the owner holds, the waiter waits, the owner lets go. */
struct hand_over {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool set;
	_Atomic bool held; /* the waiter may wait */
	void (*wait)(struct hand_over *h);
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

	h->known.tid = own_tid();
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct stand before;

		while (!h->held)
			sleep_ns(DOZE_NS);
		before = stand_now();
		h->wait(h);
		known_add(&h->known, &before);
		h->held = false;
	}
	return NULL;
}

static void await_waiter(struct hand_over *h)
{
	while (h->held)
		sleep_ns(DOZE_NS);
}

static void play_hand_over(struct hand_over *h, const char *name, void (*own)(struct hand_over *),
			   int out_fd)
{
	pthread_t waiter;

	pthread_mutex_init(&h->mutex, NULL);
	pthread_cond_init(&h->cond, NULL);
	h->known = known_new(name, KNOWN_WAITS);
	h->known.waker_cnt = 1;
	h->known.wakers[0] = own_tid();
	if (pthread_create(&waiter, NULL, run_waiter, h))
		return;
	for (unsigned i = 0; i < ROUNDS; i++)
		own(h);
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
	struct hand_over h = { .wait = wait_mutex };

	play_hand_over(&h, self->name, own_mutex, out_fd);
}

static void play_cond(const struct scene *self, int out_fd)
{
	struct hand_over h = { .wait = wait_cond };

	play_hand_over(&h, self->name, own_cond, out_fd);
}

/* first sleeps and writes to second, which writes to third. */
struct pipe_chain {
	int to_second[2], to_third[2];
	uint64_t written_ns[ROUNDS]; /* just before first wrote */
	uint64_t read_ns[ROUNDS];    /* when third began to read; blocked it is a little later */
	struct known_thread second, third;
};

static void take_byte(int fd)
{
	char c;

	(void)!read(fd, &c, 1);
}

static void give_byte(int fd)
{
	(void)!write(fd, "x", 1);
}

static void *run_second(void *arg)
{
	struct pipe_chain *c = arg;

	c->second.tid = own_tid();
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct stand before = stand_now();

		take_byte(c->to_second[0]);
		known_add(&c->second, &before);
		give_byte(c->to_third[1]);
	}
	return NULL;
}

static void *run_third(void *arg)
{
	struct pipe_chain *c = arg;

	c->third.tid = own_tid();
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct stand before = stand_now();

		c->read_ns[i] = clock_now_ns();
		take_byte(c->to_third[0]);
		known_add(&c->third, &before);
	}
	return NULL;
}

static void play_pipe_chain(const struct scene *self, int out_fd)
{
	struct pipe_chain c = { 0 };
	pthread_t second, third;

	(void)self;
	c.second = known_new("pipe chain, second", KNOWN_WAITS);
	c.third = known_new("pipe chain, third", KNOWN_WAITS);
	if (pipe(c.to_second) || pipe(c.to_third) || pthread_create(&third, NULL, run_third, &c) ||
	    pthread_create(&second, NULL, run_second, &c))
		return;
	sleep_ns(5 * HOLD_NS);
	for (unsigned i = 0; i < ROUNDS; i++) {
		sleep_ns(HOLD_NS);
		c.written_ns[i] = clock_now_ns();
		give_byte(c.to_second[1]);
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
		c.third.chained += c.read_ns[i] + HOLD_NS / 2 < c.written_ns[i];
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

	if (fstat(STDIN_FILENO, &input) || !S_ISFIFO(input.st_mode))
		return;
	known.ns = clock_now_ns();
	known_send(&known, out_fd);
	close(out_fd);
	close(STDOUT_FILENO); /* who reads it shall not wait for us */
	take_byte(STDIN_FILENO);
}

static const struct scene scenes[] = {
	{ "sleep 47 x 5 ms", play_sleeps, 5000000, 47 },
	{ "sleep 23 x 10 ms", play_sleeps, 10000000, 23 },
	{ "sleep 5 x 50 ms", play_sleeps, 50000000, 5 },
	{ "mutex handover", play_mutex },
	{ "condition variable", play_cond },
	{ "pipe chain", play_pipe_chain },
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

void known_thread_text(struct buf *out, const struct known_thread *t)
{
	buf_printf(out,
		   "%d %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu64
		   " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n",
		   (int)t->kind, t->tgid, t->tid, t->waker_cnt, t->wakers[0], t->wakers[1], t->cnt,
		   t->ns, t->on_ns, t->chained, t->preempted, t->name);
}

bool known_thread_parse(const char *line, struct known_thread *out)
{
	struct known_thread t = { 0 };
	int kind, end = 0;

	if (sscanf(line,
		   "%d %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu64
		   " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %n",
		   &kind, &t.tgid, &t.tid, &t.waker_cnt, &t.wakers[0], &t.wakers[1], &t.cnt, &t.ns,
		   &t.on_ns, &t.chained, &t.preempted, &end) != 11 ||
	    !end || kind < KNOWN_WAITS || kind > KNOWN_STAYS || t.waker_cnt > KNOWN_WAKERS_MAX)
		return false;
	t.kind = (enum known_kind)kind;
	snprintf(t.name, sizeof(t.name), "%.*s", (int)strcspn(line + end, "\n"), line + end);
	*out = t;
	return true;
}
