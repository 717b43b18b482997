#include "collector/latency_source.h"
#include "collector/syscall_programs.h"

static int probe(const char **out_source, struct err *err)
{
	int code = syscall_programs_probe(err);

	if (!code && out_source)
		*out_source = "sys_enter, sched_process_exec and sys_exit";
	return code;
}

static void choose(struct profile_bpf *skel, bool wanted, uint32_t cpu_cnt)
{
	(void)wanted;
	(void)cpu_cnt;
	syscall_programs_choose(skel);
}

const struct latency_source latency_source_exec = {
	.name = "exec",
	.probe = probe,
	.choose = choose,
};
