/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BPF_SYSCALL_BPF_H
#define BPF_SYSCALL_BPF_H

#include "bpf/latency_tell.bpf.h"
#include "bpf/task.bpf.h"

/*
 * The system call that each thread is in, from its entry to its end: latencies of all of them,
 * and of those that open files and run programs, whose path is of interest.
 */
#define SYSCALL_THREADS 32768 /* in calls at once, where there is no storage of tasks */
#define SYSCALL_COMPAT (1ull << 32)

enum syscall_kind {
	SYSCALL_OPEN = 1,
	SYSCALL_EXEC = 2,
	SYSCALL_PATH_SECOND = 4, /* bit: the path is the second argument, not the first */
};

struct syscall_call {
	u64 start_ns; /* 0: in none that counts */
	u64 what;     /* of ABI_MEASURE_SYSCALL */
	u64 path;     /* the user's pointer; of those that have a kind */
	u32 kind;     /* enum syscall_kind; EXEC is taken away as soon as it has been counted */
	u32 drawn;    /* enum latency_drawn; of execs */
	u64 serial;   /* of an exec's START: who calls it has other stacks when it has worked */
	u64 born_ns;  /* of the thread, where another one can have its tid */
};

struct syscall_storage_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct syscall_call);
};

/* Where there is no storage of tasks: by tid. */
struct syscall_thread_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SYSCALL_THREADS);
	__type(key, u32);
	__type(value, struct syscall_call);
};

extern struct syscall_storage_map syscall_storage SEC(".maps");
extern struct syscall_thread_map syscall_threads SEC(".maps");

/* Set before loading. */
extern const volatile __u32 syscall_has_storage;
extern const volatile __u32 exec_with_args;

static __always_inline int syscall_wants(u32 measure)
{
	return latency_wanted >> measure & 1;
}

static __always_inline u64 current_born_ns(void)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(task, start_time);
}

/* The call of current, which had this tid when it began; NULL: it is in none. A thread that is
 * killed in its call leaves it to whoever gets its tid. */
static __always_inline struct syscall_call *syscall_find(u32 tid)
{
	struct syscall_call *call;

	if (syscall_has_storage)
		call = bpf_task_storage_get(&syscall_storage, bpf_get_current_task_btf(), 0, 0);
	else
		call = bpf_map_lookup_elem(&syscall_threads, &tid);
	if (!call || !call->start_ns)
		return 0;
	return syscall_has_storage || call->born_ns == current_born_ns() ? call : 0;
}

/* NULL: there is no room. */
static __always_inline struct syscall_call *syscall_make(void)
{
	struct syscall_call none = {};
	u32 tid = bpf_get_current_pid_tgid();

	if (syscall_has_storage)
		return bpf_task_storage_get(&syscall_storage, bpf_get_current_task_btf(), 0,
					    BPF_LOCAL_STORAGE_GET_F_CREATE);
	none.born_ns = current_born_ns();
	bpf_map_update_elem(&syscall_threads, &tid, &none, BPF_ANY);
	return bpf_map_lookup_elem(&syscall_threads, &tid);
}

static __always_inline void syscall_forget(struct syscall_call *call, u32 tid)
{
	call->start_ns = 0;
	if (!syscall_has_storage)
		bpf_map_delete_elem(&syscall_threads, &tid);
}

/* What has ended without having begun had begun before the recording; but a thread that is
 * born in a fork comes out of it without having gone in. */
static __always_inline int syscall_is_older(void)
{
	return current_born_ns() < latency_start_ns;
}

/* A clock may be behind that of another CPU. */
static __always_inline u64 syscall_since(u64 start_ns, u64 now_ns)
{
	return now_ns > start_ns ? now_ns - start_ns : 0;
}

#endif
