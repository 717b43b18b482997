/*
 * One thread that waits, again and again, in every way there is, each in a function of its
 * own (wait_NAME); another thread, the partner, ends those waits that a thread ends.
 *
 *	waiter FOLDER CALLS [NAME...]      in FOLDER, a file on a real file system
 *
 * Prints, of each way, how long and how often it really waited (ref.h), and who is who:
 *	REF waiter 4242
 *	REF partner 4243
 *	REF wait mutex 23 234123456 23 0
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "ref.h"

#define HOLD_MS 10		      /* how long the partner lets the waiter wait */
#define BLOCK_BYTES ((size_t)1 << 20) /* apart, so that no read-ahead reaches the next */

/* One way of waiting. Of the partner: what it does before the waiter waits, and to end it. */
struct way {
	const char *name;
	void (*wait)(void);
	void (*before)(void); /* by the waiter, not measured */
	void (*hold)(void);
	void (*release)(void);
	bool by_partner;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t cond_mutex = PTHREAD_MUTEX_INITIALIZER;
static bool cond_set;
static _Atomic uint32_t word;
static int pipe_ends[2], event_fd, epoll_fd, timer_fd, file_fd, direct_fd, udp_in, udp_out;
static char *file_map;
static void *direct_buffer;
static size_t block, block_cnt;

static void sleep_ms(long ms)
{
	struct timespec t = { .tv_nsec = ms * 1000000 };

	nanosleep(&t, NULL);
}

static void wait_sleep_5(void)
{
	sleep_ms(5);
}

static void wait_sleep_10(void)
{
	sleep_ms(10);
}

static void wait_sleep_100(void)
{
	sleep_ms(100);
}

static void wait_nanosleep(void)
{
	struct timespec t = { .tv_nsec = 7 * 1000000 };

	nanosleep(&t, NULL);
}

static void wait_mutex(void)
{
	pthread_mutex_lock(&mutex);
}

static void unlock_mutex(void)
{
	pthread_mutex_unlock(&mutex);
}

static void hold_mutex(void)
{
	pthread_mutex_lock(&mutex);
}

static void wait_futex(void)
{
	while (word == 0)
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void clear_word(void)
{
	word = 0;
}

static void wake_word(void)
{
	word = 1;
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void wait_cond(void)
{
	while (!cond_set)
		pthread_cond_wait(&cond, &cond_mutex);
}

static void lock_cond(void)
{
	pthread_mutex_lock(&cond_mutex);
}

static void unlock_cond(void)
{
	pthread_mutex_unlock(&cond_mutex);
}

static void clear_cond(void)
{
	cond_set = false;
}

/* Unlocked before it is signalled, so that the mutex is free for who wakes. */
static void signal_cond(void)
{
	pthread_mutex_lock(&cond_mutex);
	cond_set = true;
	pthread_mutex_unlock(&cond_mutex);
	pthread_cond_signal(&cond);
}

static void wait_pipe(void)
{
	char c;

	if (read(pipe_ends[0], &c, 1) != 1)
		ref_die("read of a pipe");
}

static void write_pipe(void)
{
	if (write(pipe_ends[1], "x", 1) != 1)
		ref_die("write to a pipe");
}

static void wait_epoll(void)
{
	struct epoll_event got;

	if (epoll_wait(epoll_fd, &got, 1, -1) != 1)
		ref_die("epoll_wait");
}

static void empty_event(void)
{
	uint64_t cnt;

	if (read(event_fd, &cnt, sizeof(cnt)) < 0 && errno != EAGAIN)
		ref_die("read of an eventfd");
}

static void set_event(void)
{
	uint64_t one = 1;

	if (write(event_fd, &one, sizeof(one)) < 0)
		ref_die("write to an eventfd");
}

static void wait_fsync(void)
{
	if (fsync(file_fd))
		ref_die("fsync");
}

static void soil_file(void)
{
	static char bytes[64 << 10];

	memset(bytes, (int)block++, sizeof(bytes));
	if (pwrite(file_fd, bytes, sizeof(bytes), 0) != sizeof(bytes))
		ref_die("pwrite");
}

static void wait_fault(void)
{
	*(volatile char *)(file_map + block * BLOCK_BYTES);
}

static void forget_block(void)
{
	block = (block + 1) % block_cnt;
	madvise(file_map, block_cnt * BLOCK_BYTES, MADV_DONTNEED);
	posix_fadvise(file_fd, 0, 0, POSIX_FADV_DONTNEED);
}

static void wait_disk(void)
{
	if (pread(direct_fd, direct_buffer, BLOCK_BYTES, (off_t)(block * BLOCK_BYTES)) < 0)
		ref_die("pread");
}

static void next_block(void)
{
	block = (block + 1) % block_cnt;
}

static void wait_timerfd(void)
{
	uint64_t cnt;

	if (read(timer_fd, &cnt, sizeof(cnt)) != sizeof(cnt))
		ref_die("read of a timerfd");
}

static void set_timer(void)
{
	struct itimerspec t = { .it_value.tv_nsec = 9 * 1000000 };

	timerfd_settime(timer_fd, 0, &t, NULL);
}

static void wait_udp(void)
{
	char c;

	if (recv(udp_in, &c, 1, 0) != 1)
		ref_die("recv");
}

static void send_udp(void)
{
	if (send(udp_out, "x", 1, 0) != 1)
		ref_die("send");
}

static const struct way ways[] = {
	{ "sleep_5", wait_sleep_5 },
	{ "sleep_10", wait_sleep_10 },
	{ "sleep_100", wait_sleep_100 },
	{ "nanosleep", wait_nanosleep },
	{ "mutex", wait_mutex, NULL, hold_mutex, unlock_mutex, true },
	{ "futex", wait_futex, NULL, clear_word, wake_word, true },
	{ "cond", wait_cond, lock_cond, clear_cond, signal_cond, true },
	{ "pipe", wait_pipe, NULL, NULL, write_pipe, true },
	{ "epoll", wait_epoll, NULL, empty_event, set_event, true },
	{ "udp", wait_udp, NULL, NULL, send_udp, true },
	{ "timerfd", wait_timerfd, set_timer },
	{ "fsync", wait_fsync, soil_file },
	{ "fault", wait_fault, forget_block },
	{ "disk", wait_disk, next_block },
};

/*
 * A round: the waiter asks and polls until the partner holds; the partner lets go some time
 * later, whether the waiter got to wait meanwhile or not.
 */
enum round { ROUND_OVER, ROUND_ASKED, ROUND_HELD };
static _Atomic enum round round_at;
static const struct way *asked;

static void *run_partner(void *unused)
{
	pthread_setname_np(pthread_self(), "partner");
	ref_say("partner", (uint64_t)ref_tid());
	for (;;) {
		ref_sleep_ms(1);
		if (round_at != ROUND_ASKED)
			continue;
		if (asked->hold)
			asked->hold();
		round_at = ROUND_HELD;
		ref_sleep_ms(HOLD_MS);
		asked->release();
		round_at = ROUND_OVER;
	}
	return unused;
}

static void ask_partner(const struct way *way)
{
	while (round_at != ROUND_OVER)
		sched_yield();
	asked = way;
	round_at = ROUND_ASKED;
	while (round_at == ROUND_ASKED)
		sched_yield();
}

static void after(const struct way *way)
{
	if (way->wait == wait_mutex)
		unlock_mutex();
	if (way->wait == wait_cond)
		unlock_cond();
}

static void measure(const struct way *way, size_t calls)
{
	struct ref_wait w = { 0 };

	for (size_t i = 0; i < calls; i++) {
		if (way->by_partner)
			ask_partner(way);
		if (way->before)
			way->before();
		ref_wait_begin(&w);
		way->wait();
		ref_wait_end(&w);
		after(way);
	}
	ref_wait_say(way->name, &w);
}

static void open_file(const char *folder, size_t calls)
{
	static char zeros[BLOCK_BYTES];
	char path[4096];

	snprintf(path, sizeof(path), "%s/waiter.file", folder);
	file_fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (file_fd < 0)
		ref_die(path);
	block_cnt = calls + 1;
	for (size_t i = 0; i < block_cnt; i++)
		if (write(file_fd, zeros, BLOCK_BYTES) != (ssize_t)BLOCK_BYTES)
			ref_die(path);
	fsync(file_fd);
	direct_fd = open(path, O_RDONLY | O_DIRECT);
	unlink(path);
	file_map = mmap(NULL, block_cnt * BLOCK_BYTES, PROT_READ, MAP_SHARED, file_fd, 0);
	if (file_map == MAP_FAILED)
		ref_die("mmap");
	madvise(file_map, block_cnt * BLOCK_BYTES, MADV_RANDOM);
	posix_fadvise(file_fd, 0, 0, POSIX_FADV_DONTNEED);
	if (posix_memalign(&direct_buffer, 4096, BLOCK_BYTES))
		ref_die("posix_memalign");
}

static void open_sockets(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	udp_in = socket(AF_INET, SOCK_DGRAM, 0);
	udp_out = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(udp_in, (struct sockaddr *)&at, sizeof(at)) ||
	    getsockname(udp_in, (struct sockaddr *)&at, &len) ||
	    connect(udp_out, (struct sockaddr *)&at, len))
		ref_die("loopback");
}

static void open_all(const char *folder, size_t calls)
{
	struct epoll_event in = { .events = EPOLLIN };

	if (pipe(pipe_ends))
		ref_die("pipe");
	event_fd = eventfd(0, EFD_NONBLOCK);
	epoll_fd = epoll_create1(0);
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, event_fd, &in);
	timer_fd = timerfd_create(CLOCK_MONOTONIC, 0);
	open_file(folder, calls);
	open_sockets();
}

static bool is_chosen(const struct way *way, int argc, char **argv)
{
	for (int i = 3; i < argc; i++)
		if (!strcmp(argv[i], way->name))
			return true;
	return argc <= 3;
}

int main(int argc, char **argv)
{
	size_t calls = argc > 2 ? strtoul(argv[2], NULL, 10) : 23;

	ref_say("waiter", (uint64_t)ref_tid());
	open_all(argc > 1 ? argv[1] : ".", calls);
	ref_thread(run_partner, NULL);
	ref_warm();
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (is_chosen(&ways[i], argc, argv))
			measure(&ways[i], calls);
	return 0;
}
