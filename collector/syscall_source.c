#include <errno.h>

#include "collector/latency_source.h"

static int probe(const char **out_source, struct err *err)
{
	(void)out_source;
	return err_set(err, -ENOTSUP, "syscall is not recorded");
}

static void choose(struct profile_bpf *skel, bool wanted, uint32_t cpu_cnt)
{
	(void)skel;
	(void)wanted;
	(void)cpu_cnt;
}

const struct latency_source latency_source_syscall = {
	.name = "syscall",
	.probe = probe,
	.choose = choose,
};
