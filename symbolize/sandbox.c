#include "symbolize/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The filter is a straight list, read by the kernel from top to bottom:
 *
 *	another architecture        -> kill
 *	an allowed number           -> allow
 *	mmap, mprotect              -> allow, but kill if it asks for PROT_EXEC
 *	a number that asks a file   -> EPERM, as libdw asks for /proc/self/fd and goes on
 *	anything else               -> kill
 */

#if defined(__x86_64__)
#define AUDIT_ARCH_OURS AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define AUDIT_ARCH_OURS AUDIT_ARCH_AARCH64
#else
#error "sandbox.c: which AUDIT_ARCH_ is this?"
#endif

/* Where the address space in use cannot be read: enough for a large trace. */
#define UNKNOWN_SPACE_BYTES ((uint64_t)4 << 30)

static const unsigned allowed[] = {
	__NR_read,    __NR_pread64,    __NR_write,	  __NR_munmap,	   __NR_mremap,
	__NR_brk,     __NR_fstat,      __NR_lseek,	  __NR_exit_group, __NR_futex,
	__NR_madvise, __NR_fcntl,      __NR_sysinfo,	  __NR_getrandom,  __NR_close,
	__NR_getpid,  __NR_newfstatat, __NR_rt_sigreturn,
};

/* Allowed for memory that cannot be executed. */
static const unsigned mapping[] = { __NR_mmap, __NR_mprotect };

static const unsigned refused[] = {
	__NR_openat,   __NR_readlinkat, __NR_prlimit64, __NR_sched_getaffinity,
#ifdef __NR_open
	__NR_open,
#endif
#ifdef __NR_readlink
	__NR_readlink,
#endif
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define MAPPING_RULE_LENGTH 5
/* Load and test the architecture, load the number; the rules; the end. */
#define FILTER_LENGTH                                                                              \
	(4 + 2 * LENGTH(allowed) + MAPPING_RULE_LENGTH * LENGTH(mapping) + 2 * LENGTH(refused) + 1)

static size_t put_rules(struct sock_filter *at, const unsigned *numbers, size_t cnt,
			unsigned verdict)
{
	for (size_t i = 0; i < cnt; i++) {
		at[2 * i] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, numbers[i], 0, 1);
		at[2 * i + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict);
	}
	return 2 * cnt;
}

/* The third argument of both is the protection; its low half comes first. */
static size_t put_mapping_rule(struct sock_filter *at, unsigned number)
{
	const struct sock_filter rule[MAPPING_RULE_LENGTH] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	memcpy(at, rule, sizeof(rule));
	return MAPPING_RULE_LENGTH;
}

static size_t put_filter(struct sock_filter filter[FILTER_LENGTH])
{
	const struct sock_filter head[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_OURS, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	size_t cnt = LENGTH(head);

	memcpy(filter, head, sizeof(head));
	cnt += put_rules(filter + cnt, allowed, LENGTH(allowed), SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < LENGTH(mapping); i++)
		cnt += put_mapping_rule(filter + cnt, mapping[i]);
	cnt += put_rules(filter + cnt, refused, LENGTH(refused), SECCOMP_RET_ERRNO | EPERM);
	filter[cnt++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	return cnt;
}

static int close_system_calls(struct err *err)
{
	struct sock_filter filter[FILTER_LENGTH];
	struct sock_fprog program = { .filter = filter };

	program.len = (unsigned short)put_filter(filter);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return err_set(err, -errno, "files cannot be read safely here: seccomp: %s",
			       strerror(errno));
	return 0;
}

static uint64_t address_space_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long long pages = 0;

	if (!file)
		return UNKNOWN_SPACE_BYTES;
	if (fscanf(file, "%llu", &pages) != 1)
		pages = UNKNOWN_SPACE_BYTES / (uint64_t)sysconf(_SC_PAGESIZE);
	fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Never more than what is allowed now, so that lowering cannot fail. `spare` is what
 * the kernel waits between its signal and SIGKILL; only CPU time has such a pair. */
static int limit(int resource, uint64_t most, uint64_t spare, struct err *err)
{
	struct rlimit now;

	if (getrlimit((__rlimit_resource_t)resource, &now))
		return err_set(err, -errno, "getrlimit: %s", strerror(errno));
	if (most + spare < now.rlim_max)
		now.rlim_max = most + spare;
	if (most < now.rlim_cur)
		now.rlim_cur = most;
	if (now.rlim_max < now.rlim_cur)
		now.rlim_cur = now.rlim_max;
	if (setrlimit((__rlimit_resource_t)resource, &now))
		return err_set(err, -errno, "setrlimit: %s", strerror(errno));
	return 0;
}

struct sandbox_limits sandbox_limits(uint64_t file_bytes)
{
	uint64_t memory_room = SANDBOX_MEMORY_MAX - SANDBOX_MEMORY_BYTES;
	uint64_t cpu_room = SANDBOX_CPU_SECONDS_MAX - SANDBOX_CPU_SECONDS;
	uint64_t seconds = file_bytes / SANDBOX_BYTES_PER_CPU_SECOND;
	bool is_large = file_bytes > memory_room / SANDBOX_MEMORY_PER_BYTE;

	return (struct sandbox_limits){
		.memory_bytes = SANDBOX_MEMORY_BYTES +
				(is_large ? memory_room : SANDBOX_MEMORY_PER_BYTE * file_bytes),
		.cpu_seconds =
			SANDBOX_CPU_SECONDS + (unsigned)(seconds < cpu_room ? seconds : cpu_room),
	};
}

static int set_limits(uint64_t space_bytes, unsigned cpu_seconds, struct err *err)
{
	int bad = limit(RLIMIT_AS, space_bytes, 0, err);

	bad = bad ? bad : limit(RLIMIT_CPU, cpu_seconds, 1, err);
	bad = bad ? bad : limit(RLIMIT_FSIZE, 0, 0, err);
	bad = bad ? bad : limit(RLIMIT_NPROC, 0, 0, err);
	bad = bad ? bad : limit(RLIMIT_CORE, 0, 0, err);
	return bad ? bad : limit(RLIMIT_NOFILE, 0, 0, err);
}

int sandbox_enter(uint64_t mapped_bytes, struct err *err)
{
	struct sandbox_limits limits = sandbox_limits(mapped_bytes);
	uint64_t space = address_space_bytes();
	int bad;

	if (!SANDBOX_HAS_WALLS)
		return 0;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (mapped_bytes > UINT64_MAX - space - limits.memory_bytes)
		return err_set(err, -EFBIG, "the file is too large");
	bad = set_limits(space + mapped_bytes + limits.memory_bytes, limits.cpu_seconds, err);
	return bad ? bad : close_system_calls(err);
}
