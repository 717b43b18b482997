#include <bpf/libbpf.h>
#include <errno.h>

#include "bpf/profile.skel.h"
#include "collector/latency_source.h"
#include "collector/tracepoint.h"

/* In flight at once. A fast device has some 1,000 for each CPU; what has no room is counted as
 * lost. An entry takes 120 bytes. A quarter of them stays for what is in flight. */
#define REQUESTS_MIN 4096
#define REQUESTS_PER_CPU 1024
#define REQUESTS_MAX 65536

enum hook {
	HOOK_INSERT,
	HOOK_ISSUE,
	HOOK_REQUEUE,
	HOOK_COMPLETE,
	HOOK_MERGE, /* since 5.9: no kernel that loads the others is known to lack it */
	HOOK_CNT,
};

static const char *const hooks[HOOK_CNT] = {
	[HOOK_INSERT] = "block_rq_insert",     [HOOK_ISSUE] = "block_rq_issue",
	[HOOK_REQUEUE] = "block_rq_requeue",   [HOOK_MERGE] = "block_rq_merge",
	[HOOK_COMPLETE] = "block_rq_complete",
};

static int probe(const char **out_source, struct err *err)
{
	int code = tracepoint_probe(hooks, HOOK_CNT, err);

	if (!code)
		*out_source = "block_rq_insert, block_rq_issue and block_rq_complete";
	return code;
}

static uint32_t requests_for(uint32_t cpu_cnt)
{
	uint32_t requests = cpu_cnt * REQUESTS_PER_CPU;

	if (requests < REQUESTS_MIN)
		return REQUESTS_MIN;
	return requests < REQUESTS_MAX ? requests : REQUESTS_MAX;
}

/* A queue stands before the request until 5.10 (a54895fa057c). */
static void choose(struct profile_bpf *skel, bool wanted, uint32_t cpu_cnt)
{
	int cnts[HOOK_CNT] = { 0 };

	bpf_program__set_autoload(skel->progs.block_insert, wanted);
	bpf_program__set_autoload(skel->progs.block_issue, wanted);
	bpf_program__set_autoload(skel->progs.block_requeue, wanted);
	bpf_program__set_autoload(skel->progs.block_merge, wanted);
	bpf_program__set_autoload(skel->progs.block_complete, wanted);
	bpf_map__set_autocreate(skel->maps.block_requests, wanted);
	if (!wanted)
		return;
	bpf_map__set_max_entries(skel->maps.block_requests, requests_for(cpu_cnt));
	skel->rodata->block_kept_max = requests_for(cpu_cnt) / 4 * 3;
	if (!tracepoint_arguments(hooks, HOOK_CNT, cnts, NULL))
		skel->rodata->block_has_queue = cnts[HOOK_ISSUE] > 1;
}

const struct latency_source latency_source_block = {
	.name = "block",
	.probe = probe,
	.choose = choose,
};
