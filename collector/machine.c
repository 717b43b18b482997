#include "collector/machine.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "collector/cgroup.h"
#include "collector/events.h"
#include "collector/privileges.h"

#define TEXT_MAX ((size_t)4 << 20)

/* A whole file of /proc or /sys, or NULL. The caller frees it. */
static char *read_text(const char *path)
{
	char *text;

	return io_read_text(path, TEXT_MAX, &text, NULL, NULL) < 0 ? NULL : text;
}

static int32_t read_setting(const char *path)
{
	char *text = read_text(path);
	int32_t value = MACHINE_UNKNOWN;
	char *end;
	long number;

	if (!text)
		return value;
	number = strtol(text, &end, 10);
	if (end != text && number > INT32_MIN && number <= INT32_MAX)
		value = (int32_t)number;
	free(text);
	return value;
}

static void read_kernel(struct machine *m)
{
	struct utsname name;

	if (uname(&name) < 0)
		return;
	snprintf(m->release, sizeof(m->release), "%s", name.release);
	snprintf(m->arch, sizeof(m->arch), "%s", name.machine);
	if (sscanf(name.release, "%u.%u", &m->major, &m->minor) != 2)
		m->major = m->minor = 0;
}

/* Before 5.11 maps and programs count against this limit; the default is 64 KiB. */
static void raise_memlock(struct machine *m)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_MEMLOCK, &limit) < 0 && !getrlimit(RLIMIT_MEMLOCK, &limit) &&
	    limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_MEMLOCK, &limit);
	}
	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return;
	m->memlock_bytes = limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
}

/* "return 0", of the type that samples need. */
static int try_bpf(void)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_PERF_EVENT,
		.insn_cnt = 2,
		.insns = (uintptr_t)program,
		.license = (uintptr_t) "GPL",
	};
	int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void read_settings(struct machine *m)
{
	m->perf_event_paranoid = read_setting("/proc/sys/kernel/perf_event_paranoid");
	m->has_perf_events = m->perf_event_paranoid != MACHINE_UNKNOWN;
	m->unprivileged_bpf_disabled = read_setting("/proc/sys/kernel/unprivileged_bpf_disabled");
	m->kptr_restrict = read_setting("/proc/sys/kernel/kptr_restrict");
	m->bpf_jit_enable = read_setting("/proc/sys/net/core/bpf_jit_enable");
	m->max_sample_rate_hz = read_setting("/proc/sys/kernel/perf_event_max_sample_rate");
}

/* Where symbols are hidden, every address reads as zeros. The first symbol may be at
 * address 0 all the same (per-CPU variables), so several are looked at. */
static bool kernel_symbols_shown(void)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512];
	bool shown = false;

	for (int i = 0; file && !shown && i < 10000 && fgets(line, sizeof(line), file); i++)
		shown = strtoull(line, NULL, 16) != 0;
	if (file)
		fclose(file);
	return shown;
}

void machine_lockdown_in(const char *text, char out[24])
{
	const char *start = strchr(text, '[');
	size_t len = start ? strcspn(start + 1, "]") : 0;

	out[0] = '\0';
	if (len && len < 24) {
		memcpy(out, start + 1, len);
		out[len] = '\0';
	}
}

static void read_lockdown(struct machine *m)
{
	char *text = read_text("/sys/kernel/security/lockdown");

	if (text)
		machine_lockdown_in(text, m->lockdown);
	free(text);
}

/*
 * By version 1 paths ("/docker/<id>") or, where a private cgroup namespace shows
 * "0::/" only, by what a container engine mounts into every container. Kubernetes
 * first: it runs the others.
 */
const char *machine_container_in(const char *cgroup, const char *mountinfo)
{
	static const struct {
		const char *mark;
		const char *engine;
	} marks[] = {
		{ "kubepods", "kubernetes" },
		{ "/kubelet/pods/", "kubernetes" },
		{ "/docker", "docker" },
		{ "docker-", "docker" },
		{ "libpod", "podman" },
		{ "/containers/storage/", "podman" },
		{ "/lxc", "lxc" },
		{ "cri-containerd", "containerd" },
		{ "/io.containerd.", "containerd" },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strstr(cgroup, marks[i].mark) || strstr(mountinfo, marks[i].mark))
			return marks[i].engine;
	return NULL;
}

/* Mounts of the root, /etc/hostname and /etc/resolv.conf say where they come from. On a
 * host that runs containers, others' mounts lie below the engine's folders: left out. */
static char *own_mounts(void)
{
	char *text = read_text("/proc/self/mountinfo"), *to = text;

	for (char *line = text, *next; line && *line; line = next) {
		size_t len = strcspn(line, "\n");

		next = line + len + (line[len] == '\n');
		line[len] = '\0';
		if (!strstr(line, " / / ") && !strstr(line, " /etc/hostname ") &&
		    !strstr(line, " /etc/resolv.conf "))
			continue;
		memmove(to, line, len);
		to += len;
		*to++ = '\n';
	}
	if (text && to > text)
		to[-1] = '\0';
	else if (text)
		*text = '\0';
	return text;
}

/* PROC_PID_INIT_INO: the first pid namespace has this inode number, always. */
bool machine_is_first_pid_namespace(void)
{
	struct stat ns;

	return stat("/proc/self/ns/pid", &ns) < 0 || ns.st_ino == 0xeffffffcu;
}

static void read_container(struct machine *m)
{
	char *cgroup = read_text("/proc/self/cgroup"), *mounts = own_mounts();

	m->host_processes_visible = machine_is_first_pid_namespace();
	m->container = machine_container_in(cgroup ? cgroup : "", mounts ? mounts : "");
	/* Images leave these files behind where they are booted as machines, too. */
	if (!m->container && !m->host_processes_visible && !access("/.dockerenv", F_OK))
		m->container = "docker";
	if (!m->container && !m->host_processes_visible && !access("/run/.containerenv", F_OK))
		m->container = "podman";
	free(cgroup);
	free(mounts);
}

static bool has_seccomp(void)
{
	char *status = read_text("/proc/self/status");
	bool on = status && strstr(status, "\nSeccomp:\t2");

	free(status);
	return on;
}

/* Not closed again: libraries that it brings along do not clean up behind themselves. */
static bool has_cairo(void)
{
	return dlopen("libcairo.so.2", RTLD_LAZY | RTLD_LOCAL) != NULL;
}

/* Whether the first instructions of a function set up a frame pointer. */
static bool is_framed(const uint8_t *code)
{
#if defined(__x86_64__)
	static const uint8_t set[] = { 0x48, 0x89, 0xe5 }; /* mov %rsp,%rbp */

	for (size_t i = 0; i + sizeof(set) <= 20; i++)
		if (!memcmp(code + i, set, sizeof(set)))
			return true;
	return false;
#else
	return code != NULL; /* elsewhere the ABI asks for one */
#endif
}

/* Non-leaf functions, looked at in our own memory: no file is read. */
static unsigned libc_framed_cnt(void)
{
	static const char *const functions[MACHINE_LIBC_FUNCTIONS] = {
		"getaddrinfo", "fopen",	     "glob",	"regcomp",
		"popen",       "getpwnam_r", "fnmatch", "wordexp",
	};
	unsigned cnt = 0;

	for (size_t i = 0; i < MACHINE_LIBC_FUNCTIONS; i++) {
		const uint8_t *code = dlsym(RTLD_DEFAULT, functions[i]);

		cnt += code && is_framed(code);
	}
	return cnt;
}

static char *own_path(void)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path));

	return len > 0 ? mem_dup(path, (size_t)len) : mem_dup("profile", strlen("profile"));
}

void machine_read(struct machine *m)
{
	*m = (struct machine){ .uid = geteuid(), .capabilities = privileges_held() };
	read_kernel(m);
	read_settings(m);
	read_lockdown(m);
	read_container(m);
	raise_memlock(m);
	m->has_btf = !access("/sys/kernel/btf/vmlinux", R_OK);
	m->bpf_error = try_bpf();
	m->perf_error = -event_row_probe(event_row_find("cpu", NULL), &m->cpu_source, NULL);
	m->kernel_symbols_shown = kernel_symbols_shown();
	m->cpu_cnt = (uint32_t)sysconf(_SC_NPROCESSORS_CONF);
	m->online_cnt = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	m->cgroup_mount = cgroup_mount();
	m->seccomp = has_seccomp();
	m->program = own_path();
}

void machine_read_surroundings(struct machine *m)
{
	m->has_cairo = has_cairo();
	m->libc_framed_cnt = libc_framed_cnt();
	wait_kernel_probe(&m->waits);
	m->surroundings_read = true;
}

void machine_release(struct machine *m)
{
	free(m->cgroup_mount);
	free(m->program);
	*m = (struct machine){ 0 };
}
