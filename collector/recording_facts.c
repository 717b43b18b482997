#include "collector/recording_facts.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#define LINE_MAX 512

static void write_number(struct trace_writer *w, enum trace_fact fact, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	trace_writer_fact(w, fact, text);
}

static void write_clock(struct trace_writer *w, enum trace_fact fact, clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	write_number(w, fact, (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec);
}

static void write_machine(struct trace_writer *w)
{
	struct utsname name;
	char kernel[sizeof(name.release) + sizeof(name.version) + 2];

	uname(&name);
	snprintf(kernel, sizeof(kernel), "%s %s", name.release, name.version);
	trace_writer_fact(w, TRACE_FACT_HOST, name.nodename);
	trace_writer_fact(w, TRACE_FACT_KERNEL, kernel);
	trace_writer_fact(w, TRACE_FACT_ARCH, name.machine);
}

static void write_cpu_model(struct trace_writer *w)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[LINE_MAX];

	while (f && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (!colon || strncmp(line, "model name", 10))
			continue;
		colon[1 + strcspn(colon + 1, "\n")] = 0;
		trace_writer_fact(w, TRACE_FACT_CPU_MODEL, colon + 1 + strspn(colon + 1, " "));
		break;
	}
	if (f)
		fclose(f);
}

void recording_facts_write(struct trace_writer *w, const struct target *target, const char *command,
			   uint32_t online_cnt, enum abi_unwind unwind)
{
	static const char *const unwind_texts[] = {
		[ABI_UNWIND_FP] = "fp",
		[ABI_UNWIND_AUTO] = "auto",
		[ABI_UNWIND_COPY] = "copy",
	};
	char *text = target_text(target, command);

	trace_writer_fact(w, TRACE_FACT_TOOL, "profile " PROFILE_VERSION);
	write_machine(w);
	write_cpu_model(w);
	write_number(w, TRACE_FACT_CPU_CNT, online_cnt);
	if (command)
		trace_writer_fact(w, TRACE_FACT_COMMAND, command);
	trace_writer_fact(w, TRACE_FACT_TARGET, text);
	trace_writer_fact(w, TRACE_FACT_UNWIND, unwind_texts[unwind]);
	free(text);
}

void recording_facts_write_start(struct trace_writer *w)
{
	write_clock(w, TRACE_FACT_CLOCK_START_NS, CLOCK_MONOTONIC);
	write_clock(w, TRACE_FACT_CLOCK_REALTIME_NS, CLOCK_REALTIME);
	write_clock(w, TRACE_FACT_CLOCK_BOOTTIME_NS, CLOCK_BOOTTIME);
}

/* Nothing if they are all asked for. */
static void write_states(struct trace_writer *w, uint32_t states)
{
	char text[128] = "";
	size_t len = 0;
	bool all = true;

	for (unsigned state = 1; state < TRACE_WAIT_STATE_CNT; state++)
		if (!(states >> state & 1))
			all = false;
		else
			len += (size_t)snprintf(
				text + len, sizeof(text) - len, "%s%s", len ? ", " : "",
				trace_wait_state_text((enum trace_wait_state)state));
	if (!all)
		trace_writer_fact(w, TRACE_FACT_WAIT_STATES, text);
}

void recording_facts_write_waits(struct trace_writer *w, const struct wait_options *waits)
{
	write_number(w, TRACE_FACT_MIN_BLOCK_NS, waits->min_ns);
	write_number(w, TRACE_FACT_MAX_BLOCK_NS, waits->max_ns);
	write_states(w, waits->states);
}

void recording_facts_write_latencies(struct trace_writer *w, const struct latency_options *latency)
{
	if (latency->slower_ns)
		write_number(w, TRACE_FACT_SLOWER_NS, latency->slower_ns);
}
