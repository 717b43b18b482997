#include "collector/wait_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "bpf/wait.h"
#include "formats/trace.h"

#define PPM_OF_PERCENT 10000
#define PERCENT_MAX 100
#define KEEP_MAX_HZ 1000000

static int read_states(uint32_t *out, const struct text_list *words, struct err *err)
{
	uint32_t states = 0;

	for (size_t i = 0; i < words->cnt; i++) {
		enum trace_wait_state state = TRACE_WAIT_INTERRUPTIBLE;

		while (state < TRACE_WAIT_STATE_CNT &&
		       strcmp(words->v[i], trace_wait_state_text(state)))
			state++;
		if (state == TRACE_WAIT_STATE_CNT)
			return err_set(err, -EINVAL,
				       "--wait-state %s: not a state; there are interruptible, "
				       "uninterruptible, stopped, preempted, new and idle",
				       words->v[i]);
		states |= 1u << state;
	}
	if (!states)
		states = (1u << TRACE_WAIT_STATE_CNT) - 2;
	*out = states;
	return 0;
}

static int read_overhead(uint64_t *out_ppm, const char *text, struct err *err)
{
	char *end;
	double percent;

	if (*text < '0' || *text > '9')
		return err_set(err, -EINVAL,
			       "--max-overhead %s: not a percentage, such as 1%% or 0.5%%", text);
	percent = strtod(text, &end);
	end += strspn(end, " ");
	if ((*end && strcmp(end, "%")) || !(percent <= PERCENT_MAX))
		return err_set(err, -EINVAL,
			       "--max-overhead %s: not a percentage, such as 1%% or 0.5%%", text);
	*out_ppm = (uint64_t)(percent * PPM_OF_PERCENT + 0.5);
	if (percent > 0 && !*out_ppm)
		*out_ppm = 1;
	return 0;
}

static int read_keep(uint64_t *out_hz, const char *text, struct err *err)
{
	char digits[UNITS_TEXT_MAX];
	size_t len = strcspn(text, "/");

	if (len >= sizeof(digits) || (text[len] && strcmp(text + len, "/s")))
		return err_set(err, -EINVAL, "--keep %s: not a rate, such as 1000/s", text);
	memcpy(digits, text, len);
	digits[len] = 0;
	if (!units_parse_count(digits, out_hz))
		return err_set(err, -EINVAL, "--keep %s: not a rate, such as 1000/s", text);
	if (*out_hz > KEEP_MAX_HZ)
		return err_set(err, -EINVAL, "--keep %s: at most 1000000/s", text);
	return 0;
}

int wait_options_read(struct wait_options *out, const struct wait_words *words, struct err *err)
{
	struct wait_options o = { .min_ns = words->min_ns, .max_ns = words->max_ns };
	int code = read_states(&o.states, words->states, err);

	if (!code)
		code = read_overhead(&o.overhead_ppm, words->overhead, err);
	if (!code)
		code = read_keep(&o.keep_hz, words->keep, err);
	if (code)
		return code;
	if (o.max_ns && o.max_ns < o.min_ns)
		return err_set(err, -EINVAL,
			       "--max-block is below --min-block: no wait could be recorded");
	*out = o;
	return 0;
}

uint32_t wait_options_depth(enum wait_way way)
{
	switch (way) {
	case WAIT_WAY_WAKEUP:
	case WAIT_WAY_OFFWAKE:
		return 1;
	case WAIT_WAY_CHAIN:
		return ABI_CHAIN_MAX;
	default:
		return 0;
	}
}
