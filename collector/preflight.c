#include "collector/preflight.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "collector/privileges.h"
#include "collector/sampling_plan.h"

#define CAP_SYS_ADMIN_BIT (1ull << 21)

#define KERNEL_MIN_MAJOR 5
#define KERNEL_MIN_MINOR 10
#define MEMLOCK_ENOUGH_BYTES ((uint64_t)64 << 20)

/* Adds a finding; the texts are taken over. */
static void add(struct findings *f, const char *name, enum verdict verdict, char *found,
		char *remedy)
{
	*vec_push(f) = (struct finding){
		.name = name,
		.verdict = verdict,
		.found = found,
		.remedy = remedy,
	};
}

static char *same(const char *text)
{
	return mem_dup(text, strlen(text));
}

static bool older_than(const struct machine *m, unsigned major, unsigned minor)
{
	return m->major < major || (m->major == major && m->minor < minor);
}

static void judge_kernel(const struct machine *m, struct findings *f)
{
	if (older_than(m, KERNEL_MIN_MAJOR, KERNEL_MIN_MINOR))
		add(f, "kernel", VERDICT_LACK,
		    mem_printf("kernel %s is older than %d.%d, the oldest that is tested",
			       m->release, KERNEL_MIN_MAJOR, KERNEL_MIN_MINOR),
		    same("use a newer kernel (Debian 11, Ubuntu 22.04, Fedora 33 or later)"));
	else
		add(f, "kernel", VERDICT_GOOD,
		    mem_printf("%s, %s, %u of %u CPUs online", m->release, m->arch, m->online_cnt,
			       m->cpu_cnt),
		    NULL);
}

static void judge_btf(const struct machine *m, struct findings *f)
{
	if (m->has_btf)
		add(f, "btf", VERDICT_GOOD, same("/sys/kernel/btf/vmlinux"), NULL);
	else
		add(f, "btf", VERDICT_FATAL,
		    same("no BTF at /sys/kernel/btf/vmlinux: this kernel was built without it"),
		    same("boot a kernel with CONFIG_DEBUG_INFO_BTF=y (those of Debian 11, Ubuntu "
			 "20.10, Fedora 31 and later have it)"));
}

/* SYS_ADMIN stands for both of them. */
static uint64_t missing(const struct machine *m, uint64_t wanted)
{
	uint64_t held = m->capabilities;

	if (held & CAP_SYS_ADMIN_BIT)
		held |= privileges_needed();
	return wanted & ~held;
}

#define CONTAINER_RIGHTS                                                                           \
	"docker run --pid=host --cap-add BPF --cap-add PERFMON --cap-add SYS_PTRACE\n"             \
	"             --cap-add SYSLOG --cap-add DAC_READ_SEARCH ..."

static char *how_to_get_rights(const struct machine *m)
{
	char *setcap, *text;

	if (m->container)
		return same("give the container the rights:\n"
			    "  " CONTAINER_RIGHTS "\n"
			    "or record from the host");
	if (m->uid == 0)
		return same("whoever started this root user took them away: a service manager\n"
			    "(CapabilityBoundingSet=), a container, or capsh");
	setcap = privileges_setcap_text(privileges_needed() | privileges_useful());
	text = mem_printf("one of:\n"
			  "  sudo profile record ...\n"
			  "  sudo setcap %s %s",
			  setcap, m->program ? m->program : "profile");
	free(setcap);
	return text;
}

static void judge_capabilities(const struct machine *m, struct findings *f)
{
	uint64_t needed = missing(m, privileges_needed());
	uint64_t useful = missing(m, privileges_useful());
	char *text;

	if (needed) {
		text = privileges_text(needed, " and ");
		add(f, "capabilities", VERDICT_FATAL,
		    mem_printf("this %s lacks %s", m->uid ? "user" : "root user", text),
		    how_to_get_rights(m));
	} else if (useful) {
		text = privileges_text(useful, " and ");
		add(f, "capabilities", VERDICT_LACK,
		    mem_printf("without %s some processes or kernel functions have no names", text),
		    how_to_get_rights(m));
	} else {
		text = privileges_text(privileges_needed() | privileges_useful(), ", ");
		add(f, "capabilities", VERDICT_GOOD,
		    mem_printf("%s (%s)", m->uid ? "all that are needed" : "root", text), NULL);
	}
	free(text);
}

static void judge_lockdown(const struct machine *m, struct findings *f)
{
	if (!strcmp(m->lockdown, "confidentiality"))
		add(f, "lockdown", VERDICT_FATAL,
		    same("kernel lockdown is \"confidentiality\": BPF may not read kernel memory, "
			 "not even for root"),
		    same("boot with lockdown=integrity, or without lockdown="));
	else
		add(f, "lockdown", VERDICT_GOOD, same(*m->lockdown ? m->lockdown : "none"), NULL);
}

/* Why the smallest of programs does not load although the rights are there. */
static void judge_bpf(const struct machine *m, struct findings *f)
{
	bool allowed = !missing(m, privileges_needed());

	if (!m->bpf_error)
		add(f, "bpf", VERDICT_GOOD, same("programs load"), NULL);
	else if (m->bpf_error == ENOSYS)
		add(f, "bpf", VERDICT_FATAL, same("this kernel has no BPF"),
		    same("boot a kernel with CONFIG_BPF_SYSCALL=y"));
	else if ((m->bpf_error == EPERM || m->bpf_error == EACCES) && !allowed)
		add(f, "bpf", VERDICT_FATAL,
		    mem_printf("BPF programs may not be loaded "
			       "(kernel.unprivileged_bpf_disabled=%" PRId32 ")",
			       m->unprivileged_bpf_disabled),
		    same("see capabilities"));
	else if (m->seccomp)
		add(f, "bpf", VERDICT_FATAL,
		    same("a seccomp filter forbids bpf() although the capabilities are there"),
		    same(m->container
				 ? "start the container with --security-opt seccomp=unconfined, "
				   "or with a profile that allows bpf and perf_event_open"
				 : "allow bpf and perf_event_open (SystemCallFilter= of the "
				   "service)"));
	else
		add(f, "bpf", VERDICT_FATAL,
		    mem_printf("a BPF program that does nothing does not load: %s",
			       strerror(m->bpf_error)),
		    same("ask the security module: dmesg | tail"));
}

static void judge_perf(const struct machine *m, struct findings *f)
{
	if (!m->has_perf_events)
		add(f, "perf-events", VERDICT_FATAL,
		    same("the kernel was built without CONFIG_PERF_EVENTS"),
		    same("boot a kernel with CONFIG_PERF_EVENTS=y"));
	else if (m->perf_error)
		add(f, "perf-events", VERDICT_FATAL,
		    mem_printf("perf_event_open: %s (kernel.perf_event_paranoid=%" PRId32 ")",
			       strerror(m->perf_error), m->perf_event_paranoid),
		    same(missing(m, privileges_needed()) ? "see capabilities"
							 : "a seccomp filter or security module "
							   "forbids it: in a container, "
							   "--security-opt seccomp=unconfined"));
	else if (!strcmp(m->cpu_source, "cycles"))
		add(f, "perf-events", VERDICT_GOOD, same("hardware cycles"), NULL);
	else
		add(f, "perf-events", VERDICT_NOTE,
		    same("cpu-clock; no hardware counters (virtual machines often hide them)"),
		    NULL);
}

static void judge_rate(const struct machine *m, struct findings *f)
{
	if (m->max_sample_rate_hz == MACHINE_UNKNOWN)
		return;
	if (m->max_sample_rate_hz < SAMPLING_DEFAULT_HZ)
		add(f, "sample-rate", VERDICT_LACK,
		    mem_printf("at most %" PRId32 " samples a second: the kernel lowered it under "
			       "load, or somebody did",
			       m->max_sample_rate_hz),
		    same("sudo sysctl kernel.perf_event_max_sample_rate=10000"));
	else
		add(f, "sample-rate", VERDICT_GOOD,
		    mem_printf("at most %" PRId32 " a second", m->max_sample_rate_hz), NULL);
}

static void judge_paranoid(const struct machine *m, struct findings *f)
{
	if (m->has_perf_events)
		add(f, "paranoid", VERDICT_GOOD,
		    mem_printf("kernel.perf_event_paranoid=%" PRId32
			       ", kernel.unprivileged_bpf_disabled=%" PRId32
			       "; neither binds who has the capabilities",
			       m->perf_event_paranoid, m->unprivileged_bpf_disabled),
		    NULL);
}

static void judge_kernel_symbols(const struct machine *m, struct findings *f)
{
	if (m->kernel_symbols_shown)
		add(f, "kernel-symbols", VERDICT_GOOD,
		    mem_printf("shown (kernel.kptr_restrict=%" PRId32 ")", m->kptr_restrict), NULL);
	else if (m->kptr_restrict >= 2)
		add(f, "kernel-symbols", VERDICT_LACK,
		    mem_printf("hidden by kernel.kptr_restrict=%" PRId32
			       ": kernel frames have no names",
			       m->kptr_restrict),
		    same("sudo sysctl kernel.kptr_restrict=1"));
	else
		add(f, "kernel-symbols", VERDICT_LACK, same("hidden: kernel frames have no names"),
		    same("needs CAP_SYSLOG; see capabilities"));
}

static void judge_memlock(const struct machine *m, struct findings *f)
{
	char size[UNITS_TEXT_MAX];

	if (m->memlock_bytes == UINT64_MAX)
		add(f, "memlock", VERDICT_GOOD, same("no limit"), NULL);
	else if (older_than(m, 5, 11) && m->memlock_bytes < MEMLOCK_ENOUGH_BYTES)
		add(f, "memlock", VERDICT_LACK,
		    mem_printf("limit of %s: before kernel 5.11 BPF maps count against it",
			       units_size(size, m->memlock_bytes)),
		    same("ulimit -l unlimited, or LimitMEMLOCK=infinity of the service"));
	else
		add(f, "memlock", VERDICT_GOOD, same(units_size(size, m->memlock_bytes)), NULL);
}

static void judge_jit(const struct machine *m, struct findings *f)
{
	if (m->bpf_jit_enable == 0)
		add(f, "bpf-jit", VERDICT_LACK, same("off: each sample costs several times more"),
		    same("sudo sysctl net.core.bpf_jit_enable=1"));
	else
		add(f, "bpf-jit", VERDICT_GOOD,
		    same(m->bpf_jit_enable == MACHINE_UNKNOWN ? "always on" : "on"), NULL);
}

static void judge_cgroup(const struct machine *m, struct findings *f)
{
	if (m->cgroup_mount)
		add(f, "cgroup", VERDICT_GOOD, mem_printf("version 2 at %s", m->cgroup_mount),
		    NULL);
	else
		add(f, "cgroup", VERDICT_NOTE,
		    same("version 2 is not mounted: --cgroup cannot be used"),
		    same("sudo mkdir -p /mnt/cgroup2 && sudo mount -t cgroup2 none /mnt/cgroup2"));
}

static void judge_container(const struct machine *m, struct findings *f)
{
	const char *engine = m->container ? m->container : "none";

	if (m->host_processes_visible)
		add(f, "container", VERDICT_GOOD,
		    mem_printf("%s%s", engine, m->container ? ", with the host's processes" : ""),
		    NULL);
	else
		add(f, "container", VERDICT_LACK,
		    mem_printf("%s: an own pid namespace hides the host's processes",
			       m->container ? engine : "unknown kind"),
		    same("start it with --pid=host (hostPID: true), or record from the host;\n"
			 "as it is only -a can record, also beside a command: -a -- COMMAND"));
}

static void judge_cairo(const struct machine *m, struct findings *f)
{
	if (m->has_cairo)
		add(f, "cairo", VERDICT_GOOD, same("PNG and PDF can be drawn"), NULL);
	else
		add(f, "cairo", VERDICT_NOTE, same("no libcairo.so.2: SVG only, no PNG and PDF"),
		    same("sudo apt install libcairo2 (dnf install cairo, apk add cairo)"));
}

static void judge_unwinding(const struct machine *m, struct findings *f)
{
	if (!strcmp(m->arch, "x86_64"))
		add(f, "unwinding", VERDICT_GOOD,
		    same("user stacks are walked by the unwind tables of their files"), NULL);
	else if (m->libc_framed_cnt > MACHINE_LIBC_FUNCTIONS / 2)
		add(f, "unwinding", VERDICT_GOOD,
		    same("by frame pointers, and the C library keeps them"), NULL);
	else
		add(f, "unwinding", VERDICT_NOTE,
		    same("by frame pointers alone, for unwind tables are followed on x86-64 only; "
			 "the C library is built without: a stack through it may lack callers"),
		    same("build your own code with -fno-omit-frame-pointer\n"
			 "-mno-omit-leaf-frame-pointer;\n"
			 "Fedora 38, Ubuntu 24.04 and later keep them everywhere"));
}

/* Where a thread that waited is met when it runs again, by which its stacks can be taken. */
static void judge_waits(const struct machine *m, struct findings *f)
{
	const struct wait_kernel *k = &m->waits;
	const char *at_end =
		k->can_copy ? "" : "; of threads that still wait at the end, no user stacks";

	if (k->has_exit)
		add(f, "waits", VERDICT_GOOD, mem_printf("stacks at sched_exit_tp%s", at_end),
		    NULL);
	else if (k->can_enter || *k->finish)
		add(f, "waits", VERDICT_NOTE,
		    mem_printf("stacks at finish_task_switch, for sched_exit_tp is not there "
			       "(before 6.18)%s",
			       at_end),
		    NULL);
	else
		add(f, "waits", VERDICT_LACK,
		    mem_printf("no user stacks of threads that waited: neither sched_exit_tp "
			       "(since 6.18) nor finish_task_switch can be attached to"),
		    same("boot a kernel with CONFIG_KPROBES=y, or a newer one"));
}

void preflight_judge(const struct machine *m, struct findings *out)
{
	judge_kernel(m, out);
	judge_btf(m, out);
	judge_capabilities(m, out);
	judge_lockdown(m, out);
	judge_bpf(m, out);
	judge_perf(m, out);
	judge_rate(m, out);
	judge_paranoid(m, out);
	judge_kernel_symbols(m, out);
	judge_memlock(m, out);
	judge_jit(m, out);
	judge_cgroup(m, out);
	judge_container(m, out);
	if (m->surroundings_read) {
		judge_waits(m, out);
		judge_unwinding(m, out);
		judge_cairo(m, out);
	}
}

const struct finding *preflight_fatal(const struct findings *f)
{
	for (size_t i = 0; i < f->cnt; i++)
		if (f->v[i].verdict == VERDICT_FATAL)
			return &f->v[i];
	return NULL;
}

/* BPF knows processes by their numbers in the first pid namespace; elsewhere the same number
 * is another process. */
const struct finding *preflight_no_ids(const struct machine *m, const struct findings *f)
{
	for (size_t i = 0; i < f->cnt && !m->host_processes_visible; i++)
		if (!strcmp(f->v[i].name, "container"))
			return &f->v[i];
	return NULL;
}

void findings_release(struct findings *f)
{
	for (size_t i = 0; i < f->cnt; i++) {
		free(f->v[i].found);
		free(f->v[i].remedy);
	}
	vec_release(f);
}

void finding_put_remedy(struct buf *out, const struct finding *f, unsigned indent)
{
	for (const char *line = f->remedy; line && *line;) {
		size_t len = strcspn(line, "\n");

		buf_printf(out, "%*s%.*s\n", (int)indent, "", (int)len, line);
		line += len + (line[len] == '\n');
	}
}

const char *verdict_text(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_GOOD:
		return "good";
	case VERDICT_NOTE:
		return "note";
	case VERDICT_LACK:
		return "lack";
	case VERDICT_FATAL:
		return "fatal";
	}
	return "";
}
