#include "collector/latency_source.h"
#include "collector/tracepoint.h"

/*
 * The programs are those of waits (collector/wait_programs.h), which are loaded for waits, for
 * this, or for both.
 */
static const char *const hooks[] = { "sched_switch", "sched_waking", "sched_process_fork" };

static int probe(const char **out_source, struct err *err)
{
	int code = tracepoint_probe(hooks, sizeof(hooks) / sizeof(hooks[0]), err);

	if (!code && out_source)
		*out_source = "sched_waking and sched_switch";
	return code;
}

static void choose(struct profile_bpf *skel, bool wanted, uint32_t cpu_cnt)
{
	(void)skel;
	(void)wanted;
	(void)cpu_cnt;
}

const struct latency_source latency_source_runq = {
	.name = "runq",
	.probe = probe,
	.choose = choose,
};
