#include "collector/latency_source.h"
#include "collector/syscall_programs.h"

/* The three sources that are system calls: they differ in what their programs keep of them. */

static int probe_as(const char *source, const char **out_source, struct err *err)
{
	int code = syscall_programs_probe(err);

	if (!code && out_source)
		*out_source = source;
	return code;
}

static int probe_syscall(const char **out_source, struct err *err)
{
	return probe_as("sys_enter and sys_exit", out_source, err);
}

static int probe_exec(const char **out_source, struct err *err)
{
	return probe_as("sys_enter, sched_process_exec and sys_exit", out_source, err);
}

static int probe_open(const char **out_source, struct err *err)
{
	return probe_as("sys_enter and sys_exit of open, openat, openat2 and creat", out_source,
			err);
}

static void choose(struct profile_bpf *skel, bool wanted, uint32_t cpu_cnt)
{
	(void)wanted;
	(void)cpu_cnt;
	syscall_programs_choose(skel);
}

const struct latency_source latency_source_syscall = {
	.name = "syscall",
	.probe = probe_syscall,
	.choose = choose,
};

const struct latency_source latency_source_exec = {
	.name = "exec",
	.probe = probe_exec,
	.choose = choose,
};

const struct latency_source latency_source_open = {
	.name = "open",
	.probe = probe_open,
	.choose = choose,
};
