#include "collector/syscall_programs.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>

#include "bpf/latency.h"
#include "bpf/profile.skel.h"
#include "collector/tracepoint.h"
#include "collector/wait_kernel.h"

static const char *const hooks[] = { "sys_enter", "sys_exit", "sched_process_exec" };

int syscall_programs_probe(struct err *err)
{
	return tracepoint_probe(hooks, sizeof(hooks) / sizeof(hooks[0]), err);
}

static bool has_storage(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool there = btf && wait_kernel_has_storage(btf);

	btf__free(btf);
	return there;
}

void syscall_programs_choose(struct profile_bpf *skel)
{
	uint32_t measures = skel->rodata->latency_wanted;
	bool exec = measures >> ABI_MEASURE_EXEC & 1;
	bool wanted =
		exec || measures >> ABI_MEASURE_SYSCALL & 1 || measures >> ABI_MEASURE_OPEN & 1;
	bool storage = wanted && has_storage();

	bpf_program__set_autoload(skel->progs.syscall_enter, wanted);
	bpf_program__set_autoload(skel->progs.syscall_exit, wanted);
	bpf_program__set_autoload(skel->progs.exec_done, exec);
	bpf_map__set_autocreate(skel->maps.syscall_storage, wanted && storage);
	bpf_map__set_autocreate(skel->maps.syscall_threads, wanted && !storage);
	skel->rodata->syscall_has_storage = storage;
}
