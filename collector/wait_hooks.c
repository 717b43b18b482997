#include "collector/wait_hooks.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "collector/wait_kernel.h"
#include "collector/wait_options.h"

#define SOURCE "sched_switch"

/* The smallest program of the kind that is attached there. */
static int try_load(void)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K }, /* r0 = 0 */
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "profile_probe", "GPL", nothing,
			       sizeof(nothing) / sizeof(nothing[0]), NULL);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* An interrupt that wakes is known by what it counts, or by the code it entered by. */
static bool tells_interrupts(void)
{
	struct wait_kernel kernel;

	wait_kernel_probe(&kernel);
	return kernel.has_count || kernel.irq_begin;
}

int wait_hooks_probe(enum wait_way way, const char **out_source, struct err *err)
{
	int code = try_load();

	if (code == -EPERM || code == -EACCES)
		return err_set(err, code,
			       "not permitted; needs CAP_BPF and CAP_PERFMON (`profile doctor`)");
	if (code)
		return err_set(err, code, "BPF programs cannot be loaded: %s", strerror(-code));
	libbpf_set_print(NULL);
	if (libbpf_find_vmlinux_btf_id(SOURCE, BPF_TRACE_RAW_TP) <= 0)
		return err_set(err, -ENOENT, "this kernel's BTF does not know %s", SOURCE);
	if (wait_options_depth(way) && !tells_interrupts())
		return err_set(
			err, -EPERM,
			"interrupts that wake cannot be told from the threads that they "
			"interrupt, because the addresses of kernel symbols are hidden; needs "
			"CAP_SYSLOG (`profile doctor`); -e offcpu works without");
	if (out_source)
		*out_source = SOURCE;
	return 0;
}
