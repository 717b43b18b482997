#include "collector/sampler.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "collector/perf_ring.h"

#define NS_PER_S 1000000000ull

/* Samples between two draws: enough that half a period lost to each does not matter,
 * few enough that a bad period does not last. */
#define DRAW_PERIODS 64
#define DRAW_PERIODS_MIN 6
#define DRAW_NS 640000000ull /* setting a period interrupts the CPU it is for */
#define DRAW_NS_MIN 10000000ull
#define DITHER_PERCENT 10

struct sampler_cpu {
	uint32_t cpu;
	int fds[ABI_EVENTS_MAX];
};

struct sampler {
	struct sampler_event events[ABI_EVENTS_MAX];
	uint32_t event_cnt;
	struct {
		VEC(struct sampler_cpu);
	} cpus;
	bool started;
	uint64_t random;
	uint64_t draw_ns; /* mean time between draws; 0: nothing is dithered */
	uint64_t drawn_ns, next_ns;
	double mean_ns; /* time between draws as it turned out */
};

static uint64_t draw(struct sampler *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random;
}

/* Evenly spread over mean +- percent. */
static uint64_t around(struct sampler *s, double mean, unsigned percent)
{
	double unit = (double)(draw(s) >> 11) / (double)(1ull << 53);

	return (uint64_t)(mean * (1 + (2 * unit - 1) * percent / 100));
}

/* The time between two samples of an event that is dithered; 0 for the others. */
static uint64_t nominal_ns(const struct sampler_event *e)
{
	if (e->by_time)
		return e->period;
	return e->dithered ? NS_PER_S / e->frequency_hz : 0;
}

/* The time between draws that fits the shortest period. */
static uint64_t choose_draw_ns(const struct sampler *s)
{
	uint64_t period = 0, at;

	for (uint32_t i = 0; i < s->event_cnt; i++) {
		uint64_t nominal = nominal_ns(&s->events[i]);

		if (nominal && (!period || nominal < period))
			period = nominal;
	}
	at = DRAW_NS;
	if (at > DRAW_PERIODS * period)
		at = DRAW_PERIODS * period;
	if (at < DRAW_PERIODS_MIN * period)
		at = DRAW_PERIODS_MIN * period;
	return period && at < DRAW_NS_MIN ? DRAW_NS_MIN : at;
}

struct sampler *sampler_new(const struct sampler_event *events, uint32_t event_cnt)
{
	struct sampler *s = mem_alloc(1, sizeof(*s));

	memcpy(s->events, events, event_cnt * sizeof(*events));
	s->event_cnt = event_cnt;
	if (getrandom(&s->random, sizeof(s->random), 0) != sizeof(s->random) || !s->random)
		s->random = 0x9e3779b97f4a7c15ull ^ (uint64_t)getpid();
	s->draw_ns = choose_draw_ns(s);
	s->mean_ns = (double)s->draw_ns;
	return s;
}

void sampler_free(struct sampler *s)
{
	if (!s)
		return;
	while (s->cpus.cnt)
		sampler_remove_cpu(s, s->cpus.v[0].cpu);
	vec_release(&s->cpus);
	free(s);
}

/*
 * A period such that n draws apart by T each still give the nominal rate: between two
 * draws T / p - 1/2 samples come on average, for the period that is begun last is not
 * finished; and the mean of 1 / p over +-10 % is 1/3 % above 1 / mean.
 */
static uint64_t draw_period(struct sampler *s, const struct sampler_event *e)
{
	double wanted = s->mean_ns / (double)nominal_ns(e);
	double spread = DITHER_PERCENT / 100.0;
	double mean = s->mean_ns / (wanted + 0.5) * (1 + spread * spread / 3);

	return around(s, mean, DITHER_PERCENT);
}

static int open_event(struct sampler *s, const struct sampler_event *e, uint32_t cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = e->perf_type,
		.config = e->perf_config,
		.disabled = 1,
	};

	perf_ring_sample_format(&attr);
	attr.sample_type &= ~(uint64_t)PERF_SAMPLE_RAW;
	if (e->by_time) {
		attr.sample_period = draw_period(s, e);
	} else if (e->period) {
		attr.sample_period = e->period;
	} else {
		attr.freq = 1;
		attr.sample_freq = e->frequency_hz;
	}
	return (int)syscall(SYS_perf_event_open, &attr, -1, (int)cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static int enable(int fd)
{
	return ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) ? -errno : 0;
}

static int open_on_cpu(struct sampler *s, struct sampler_cpu *c, int ring_fd)
{
	for (uint32_t i = 0; i < s->event_cnt; i++) {
		c->fds[i] = open_event(s, &s->events[i], c->cpu);
		if (c->fds[i] < 0 ||
		    ioctl(c->fds[i], PERF_EVENT_IOC_SET_BPF, s->events[i].program_fd) ||
		    ioctl(c->fds[i], PERF_EVENT_IOC_SET_OUTPUT, ring_fd))
			return -errno;
	}
	for (uint32_t i = 0; i < s->event_cnt && s->started; i++)
		enable(c->fds[i]);
	return 0;
}

static void close_on_cpu(struct sampler_cpu *c)
{
	for (uint32_t i = 0; i < ABI_EVENTS_MAX; i++)
		if (c->fds[i] >= 0)
			close(c->fds[i]);
}

int sampler_add_cpu(struct sampler *s, uint32_t cpu, int ring_fd, struct err *err)
{
	struct sampler_cpu c = { .cpu = cpu };
	int code;

	memset(c.fds, -1, sizeof(c.fds));
	code = open_on_cpu(s, &c, ring_fd);
	if (code) {
		close_on_cpu(&c);
		return err_set(err, code, "cannot open a perf event on CPU %u: %s", cpu,
			       strerror(-code));
	}
	*vec_push(&s->cpus) = c;
	return 0;
}

void sampler_remove_cpu(struct sampler *s, uint32_t cpu)
{
	for (size_t i = 0; i < s->cpus.cnt; i++) {
		if (s->cpus.v[i].cpu != cpu)
			continue;
		close_on_cpu(&s->cpus.v[i]);
		s->cpus.v[i] = s->cpus.v[--s->cpus.cnt];
		return;
	}
}

int sampler_start(struct sampler *s, struct err *err)
{
	s->started = true;
	for (size_t c = 0; c < s->cpus.cnt; c++) {
		for (uint32_t i = 0; i < s->event_cnt; i++) {
			int code = enable(s->cpus.v[c].fds[i]);

			if (code)
				return err_set(err, code, "cannot start sampling on CPU %u: %s",
					       s->cpus.v[c].cpu, strerror(-code));
		}
	}
	return 0;
}

void sampler_stop(struct sampler *s)
{
	s->started = false;
	for (size_t c = 0; c < s->cpus.cnt; c++)
		for (uint32_t i = 0; i < s->event_cnt; i++)
			ioctl(s->cpus.v[c].fds[i], PERF_EVENT_IOC_DISABLE, 0);
}

static void set_periods(struct sampler *s)
{
	for (size_t c = 0; c < s->cpus.cnt; c++) {
		for (uint32_t i = 0; i < s->event_cnt; i++) {
			const struct sampler_event *e = &s->events[i];
			uint64_t value;

			if (!nominal_ns(e))
				continue;
			value = draw_period(s, e);
			if (!e->by_time)
				value = NS_PER_S / value; /* what is set is the rate */
			ioctl(s->cpus.v[c].fds[i], PERF_EVENT_IOC_PERIOD, &value);
		}
	}
}

uint64_t sampler_dither(struct sampler *s, uint64_t now_ns)
{
	if (!s->draw_ns)
		return UINT64_MAX;
	if (now_ns < s->next_ns)
		return s->next_ns;
	if (s->drawn_ns)
		s->mean_ns += ((double)(now_ns - s->drawn_ns) - s->mean_ns) / 16;
	set_periods(s);
	s->drawn_ns = now_ns;
	/* The moment of drawing is random too: it begins a period. */
	s->next_ns = now_ns + around(s, (double)s->draw_ns, 25);
	return s->next_ns;
}
