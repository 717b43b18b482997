#include "collector/ending.h"

#include <signal.h>

#define MS_NS 1000000ull

void ending_start(struct ending *e, bool has_command, uint64_t duration_ns, uint64_t now_ns)
{
	*e = (struct ending){ .has_command = has_command };
	if (duration_ns)
		e->deadline_ns =
			duration_ns < UINT64_MAX - now_ns ? now_ns + duration_ns : UINT64_MAX;
}

static void end(struct ending *e, enum trace_stop why)
{
	if (e->over)
		return;
	e->over = true;
	e->why = why;
}

int ending_signal(struct ending *e, int signal, bool by_process, uint64_t now_ns)
{
	bool first = !e->signal_ns;

	e->signal = signal;
	if (first)
		e->signal_ns = now_ns;
	if (!e->has_command) {
		end(e, TRACE_STOP_SIGNAL);
		return 0;
	}
	if (signal == SIGINT) {
		if (!first && now_ns - e->signal_ns > ENDING_TWICE_NS)
			end(e, TRACE_STOP_SIGNAL);
	} else if (!e->grace_ns) {
		e->grace_ns = now_ns + ENDING_GRACE_NS;
	}
	return by_process ? signal : 0;
}

void ending_command_ended(struct ending *e)
{
	end(e, TRACE_STOP_COMMAND_ENDED);
}

void ending_target_gone(struct ending *e)
{
	end(e, TRACE_STOP_TARGET_GONE);
}

bool ending_due(struct ending *e, uint64_t now_ns)
{
	if (e->deadline_ns && now_ns >= e->deadline_ns)
		end(e, TRACE_STOP_DURATION);
	if (e->grace_ns && now_ns >= e->grace_ns)
		end(e, TRACE_STOP_SIGNAL);
	return e->over;
}

int ending_wait_ms(const struct ending *e, uint64_t now_ns, int max_ms)
{
	const uint64_t ends[] = { e->deadline_ns, e->grace_ns };
	int wait_ms = max_ms;

	for (int i = 0; i < 2; i++) {
		uint64_t left_ms;

		if (!ends[i])
			continue;
		/* Rounded up: waking before the deadline would spin until it. */
		left_ms = ends[i] > now_ns ? (ends[i] - now_ns + MS_NS - 1) / MS_NS : 0;
		if (left_ms < (uint64_t)wait_ms)
			wait_ms = (int)left_ms;
	}
	return wait_ms;
}
