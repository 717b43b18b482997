#include "collector/wait_limit.h"

#define LOWEST_NS 1000ull
#define HIGHEST_NS 1000000000ull
#define PPM 1000000ull
#define STEPS_MAX 4 /* of a slice */

struct wait_limit wait_limit_of(uint64_t asked_ns, uint64_t most_ppm)
{
	return (struct wait_limit){
		.asked_ns = asked_ns,
		.most_ppm = most_ppm,
		.threshold_ns = asked_ns,
		.highest_ns = asked_ns,
	};
}

static uint64_t stamps_ns(const struct wait_load *load)
{
	return load->switches * WAIT_SWITCH_NS + load->wakings * WAIT_WAKING_NS;
}

static uint64_t allowed_ns(const struct wait_limit *l, const struct wait_load *load)
{
	uint64_t all = load->wall_ns * load->cpu_cnt / PPM * l->most_ppm;
	uint64_t stamps = stamps_ns(load);

	return stamps < all / 2 ? all - stamps : all / 2;
}

/* What is allowed in so much time, as in this slice. */
static int64_t allowance(const struct wait_load *load, uint64_t allowed, uint64_t time_ns)
{
	return load->wall_ns ? (int64_t)((double)allowed * (double)time_ns / (double)load->wall_ns)
			     : 0;
}

static void settle(struct wait_limit *l, const struct wait_load *load, uint64_t allowed)
{
	int64_t most = allowance(load, allowed, WAIT_CREDIT_NS);
	int64_t least = -allowance(load, allowed, WAIT_DEBT_NS);

	if (!l->was_used)
		l->credit_ns = most;
	l->was_used = true;
	l->credit_ns += (int64_t)allowed - (int64_t)load->busy_ns;
	if (l->credit_ns > most)
		l->credit_ns = most;
	if (l->credit_ns < least)
		l->credit_ns = least;
}

static uint64_t raised(const struct wait_limit *l)
{
	uint64_t ns = l->threshold_ns < LOWEST_NS ? LOWEST_NS : l->threshold_ns * 2;

	if (ns > HIGHEST_NS)
		ns = HIGHEST_NS;
	return ns > l->threshold_ns ? ns : l->threshold_ns;
}

static uint64_t lowered(const struct wait_limit *l)
{
	uint64_t ns = l->threshold_ns / 2;

	if (ns < LOWEST_NS)
		ns = 0;
	return ns > l->asked_ns ? ns : l->asked_ns;
}

/* One step, and one more for each time that the cost is twice as much again. */
static void rise(struct wait_limit *l, uint64_t busy_ns, uint64_t allowed)
{
	for (int i = 0; i < STEPS_MAX && busy_ns > allowed; i++) {
		l->threshold_ns = raised(l);
		busy_ns /= 2;
	}
}

uint64_t wait_limit_next(struct wait_limit *l, const struct wait_load *load)
{
	uint64_t allowed = allowed_ns(l, load);

	l->cost_ns += load->busy_ns + stamps_ns(load);
	l->time_ns += load->wall_ns * load->cpu_cnt;
	if (!l->most_ppm)
		return l->threshold_ns;
	settle(l, load, allowed);
	if (l->credit_ns < 0 && load->busy_ns > allowed)
		rise(l, load->busy_ns, allowed);
	else if (l->credit_ns >= 0 && load->busy_ns < allowed / 3)
		l->threshold_ns = lowered(l);
	if (l->threshold_ns > l->highest_ns)
		l->highest_ns = l->threshold_ns;
	return l->threshold_ns;
}
