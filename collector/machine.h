#ifndef COLLECTOR_MACHINE_H
#define COLLECTOR_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/wait_kernel.h"

/*
 * What this machine and this user's rights look like, read once: plain values
 * without judgement. What they mean for recording is preflight's affair, so that
 * its rules can be tested on machines that we do not have.
 */

#define MACHINE_UNKNOWN INT32_MIN /* a setting that could not be read */

/* Functions of the C library that were looked at for frame pointers. */
#define MACHINE_LIBC_FUNCTIONS 8

struct machine {
	char release[65]; /* "6.1.0-30-amd64" */
	char arch[65];
	unsigned major, minor;
	uint32_t uid;	       /* effective */
	uint64_t capabilities; /* held now, as bits */
	bool has_btf;
	int bpf_error;		/* errno of loading a program that does nothing; 0: it loads */
	int perf_error;		/* errno of opening the event `cpu`; 0: it opens */
	const char *cpu_source; /* "cycles" or "cpu-clock"; NULL with perf_error */
	bool has_perf_events;	/* CONFIG_PERF_EVENTS */
	int32_t perf_event_paranoid;
	int32_t unprivileged_bpf_disabled;
	int32_t kptr_restrict;
	int32_t bpf_jit_enable;
	int32_t max_sample_rate_hz;
	bool kernel_symbols_shown; /* /proc/kallsyms shows addresses to us */
	char lockdown[24];	   /* "none", "integrity", "confidentiality"; "": unknown */
	uint64_t memlock_bytes;	   /* UINT64_MAX: no limit */
	uint32_t cpu_cnt, online_cnt;
	char *cgroup_mount;	     /* of version 2; NULL: none */
	const char *container;	     /* "docker" ...; NULL: none was recognised; static */
	bool host_processes_visible; /* false: our own pid namespace */
	bool seccomp;		     /* a filter is on */
	char *program;		     /* our own path */

	bool surroundings_read; /* those below; only doctor asks for them */
	bool has_cairo;
	unsigned libc_framed_cnt; /* of MACHINE_LIBC_FUNCTIONS, those that set a frame pointer */
	struct wait_kernel waits;
};

/* Raises RLIMIT_MEMLOCK first where it may, as record does. Caller: machine_release(). */
void machine_read(struct machine *out);

/* Also looks at what recording itself does not need: libraries. */
void machine_read_surroundings(struct machine *m);
void machine_release(struct machine *m);

/* Whether processes have for us the numbers that they have for the kernel. */
bool machine_is_first_pid_namespace(void);

/* The kind of container, by the texts of /proc/self/cgroup and /proc/self/mountinfo, or NULL. */
const char *machine_container_in(const char *cgroup, const char *mountinfo);

/* The word in brackets: "none [integrity] confidentiality" -> "integrity". */
void machine_lockdown_in(const char *text, char out[24]);

#endif
