#include "collector/wait_hooks.h"

#include <bpf/libbpf.h>
#include <errno.h>

#include "collector/tracepoint.h"
#include "collector/wait_kernel.h"
#include "collector/wait_options.h"

#define SOURCE "sched_switch"

/* An interrupt that wakes is known by what it counts, or by the code it entered by. */
static bool tells_interrupts(void)
{
	struct wait_kernel kernel;

	wait_kernel_probe(&kernel);
	return kernel.has_count || kernel.irq_begin;
}

int wait_hooks_probe(enum wait_way way, const char **out_source, struct err *err)
{
	static const char *const names[] = { SOURCE };
	int code;

	libbpf_set_print(NULL);
	code = tracepoint_probe(names, 1, err);
	if (code)
		return code;
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
