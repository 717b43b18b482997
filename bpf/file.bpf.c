/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long reads, writes, opens and fsyncs of files take. Files are what lies on a file system
 * that somebody can mount: regular files, folders, and block devices, which are told as "bdev".
 * Pipes, sockets, terminals, memfds and the like are none. Opens that fail have no file system,
 * and are not counted.
 *
 * The first of these that the kernel has is loaded (collector/file_source.c):
 *
 * Hooks	fentry and fexit of vfs_read, vfs_readv, vfs_write, vfs_writev, vfs_fsync_range,
 *		do_fsync, do_filp_open; kprobes and kretprobes of the same; tp_btf sys_enter and
 *sys_exit, of native system calls current	the thread that reads stacks	current's, at the
 *end lost		what there was no memory for when it began: latency_lose(). Not seen, and
 *counted nowhere: what does not come this way: io_uring, io_submit(2), page faults of mappings,
 *splice and sendfile. Of system calls also: those of 32-bit programs, and fsyncs that msync(2) is
 * since	5.10; storage of tasks since 5.12
 *
 * An fsync that is a part of a write (O_SYNC) is counted with that.
 */
#include "bpf/latency_tell.bpf.h"
#include "bpf/task.bpf.h"

#define FILE_THREADS 16384 /* in operations at once, where there is no storage of tasks */
#define FILE_CALLS 512

/* The operation that a thread is in; start_ns 0: in none. */
struct file_start {
	u64 start_ns;
	u64 what;
	const struct file *file;
	const struct inode *inode; /* of file, which somebody may close meanwhile */
	u64 born_ns;		   /* of the thread, where another one can have its tid */
};

struct file_storage_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct file_start);
};

/* Where there is no storage of tasks: by tid. */
struct file_thread_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FILE_THREADS);
	__type(key, u32);
	__type(value, struct file_start);
};

/* Since 6.2: says of what type a pointer is. */
extern void *bpf_rdonly_cast(const void *pointer, __u32 type) __ksym __weak;

/* A helper takes 30 ns, a load 1. */
#define FILE_GET(pointer, field)                                                                   \
	(file_is_typed ? (pointer)->field : BPF_CORE_READ((pointer), field))

struct file_storage_map file_storage SEC(".maps");
struct file_thread_map file_threads SEC(".maps");

const volatile __u32 file_has_storage = 0;
const volatile __u32 file_is_typed = 0;		 /* pointers may be followed without a helper */
const volatile __u8 file_calls[FILE_CALLS] = {}; /* enum abi_file_op by number; 0: another call */

static __always_inline u64 file_born_ns(void)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(task, start_time);
}

/* A thread that is killed in its operation leaves it to whoever gets its tid. */
static __always_inline struct file_start *file_start_find(void)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct file_start *s;

	if (file_has_storage)
		return bpf_task_storage_get(&file_storage, bpf_get_current_task_btf(), 0, 0);
	s = bpf_map_lookup_elem(&file_threads, &tid);
	return s && s->born_ns == file_born_ns() ? s : 0;
}

static __always_inline struct file_start *file_start_make(void)
{
	struct file_start none = {}, *s = file_start_find();
	u32 tid = bpf_get_current_pid_tgid();

	if (s)
		return s;
	if (file_has_storage)
		return bpf_task_storage_get(&file_storage, bpf_get_current_task_btf(), 0,
					    BPF_LOCAL_STORAGE_GET_F_CREATE);
	none.born_ns = file_born_ns();
	bpf_map_update_elem(&file_threads, &tid, &none, BPF_ANY);
	return bpf_map_lookup_elem(&file_threads, &tid);
}

static __always_inline void file_start_forget(struct file_start *s)
{
	u32 tid = bpf_get_current_pid_tgid();

	s->start_ns = 0;
	if (!file_has_storage)
		bpf_map_delete_elem(&file_threads, &tid);
}

/* What an operation is of, as bpf/latency.h has it; 0: it does not count. */
static __always_inline u64 file_what(const struct inode *inode, u32 op)
{
	const struct super_block *sb;
	const struct file_system_type *type;
	u32 kind = FILE_GET(inode, i_mode) & S_IFMT;
	u64 name =
		'b' | 'd' << 8 | 'e' << 16 | 'v' << 24; /* as the kernel calls what they lie on */

	if (kind == S_IFREG || kind == S_IFDIR) {
		sb = FILE_GET(inode, i_sb);
		if (FILE_GET(sb, s_flags) & SB_NOUSER)
			return 0;
		type = FILE_GET(sb, s_type);
		name = 0;
		bpf_probe_read_kernel_str(&name, sizeof(name), FILE_GET(type, name));
	} else if (kind != S_IFBLK) {
		return 0;
	}
	return name << 8 | op;
}

/* file NULL: it is known at the end. */
static __always_inline int file_begin(u32 op, const struct file *file)
{
	const struct inode *inode = 0;
	u64 what = op;
	struct file_start *s;

	if (!latency_is_recording(bpf_ktime_get_ns()) || !target_has_current())
		return 0;
	if (file) {
		inode = FILE_GET(file, f_inode);
		what = file_what(inode, op);
	}
	if (!what)
		return 0;
	s = file_start_make();
	if (!s) {
		latency_lose(ABI_MEASURE_FILE);
		return 0;
	}
	if (op == ABI_FILE_FSYNC && s->start_ns && (s->what & 0xff) == ABI_FILE_WRITE)
		return 0;
	s->what = what;
	s->file = file;
	s->inode = inode;
	s->start_ns = bpf_ktime_get_ns();
	return 0;
}

/* With the name of its file, unless that is another one by now. */
static __always_inline int file_tell(void *ctx, struct latency_event *e, u32 why,
				     const struct file *file, const struct inode *inode)
{
	const struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	u32 len = 0;

	if (BPF_CORE_READ(file, f_inode) == inode)
		len = BPF_CORE_READ(dentry, d_name.len);
	return latency_tell(ctx, e, why, BPF_CORE_READ(dentry, d_name.name), len);
}

/* bytes: negative where it failed; opened: the file, of an open that worked. */
static __always_inline int file_finish(void *ctx, struct file_start *s, s64 bytes,
				       const struct file *opened)
{
	u64 now_ns = bpf_ktime_get_ns(), ids = bpf_get_current_pid_tgid();
	u32 op = s->what & 0xff, why;
	struct latency_event e = {
		.measure = ABI_MEASURE_FILE,
		.tgid = ids >> 32,
		.tid = ids,
		.what = s->what,
		.end_ns = now_ns,
		.value = now_ns - s->start_ns,
		.bytes = bytes > 0 && op != ABI_FILE_FSYNC ? bytes : 0, /* that is an int */
	};
	const struct file *file = s->file;
	const struct inode *inode = s->inode;

	file_start_forget(s);
	if (op == ABI_FILE_OPEN) {
		if (!opened)
			return 0;
		file = opened;
		inode = FILE_GET(opened, f_inode);
		e.what = file_what(inode, op);
	}
	if (!e.what || !latency_is_recording(now_ns))
		return 0;
	latency_comm(e.comm, 0);
	why = latency_count(&e);
	return why ? file_tell(ctx, &e, why, file, inode) : 0;
}

static __always_inline int file_end(void *ctx, u32 op, s64 bytes, const struct file *opened)
{
	struct file_start *s = file_start_find();

	if (!s || !s->start_ns || (s->what & 0xff) != op)
		return 0;
	return file_finish(ctx, s, bytes, opened);
}

/* What an open returns: a file, or a negative errno as a pointer. */
static __always_inline const struct file *file_of_pointer(u64 pointer)
{
	return pointer && pointer < (u64)-4095 ? (const struct file *)pointer : 0;
}

/* (a) Functions that all of their kind go through, with so many arguments. */
#define FILE_FUNCTION(name, op, argument_cnt)                                                      \
	SEC("?fentry/" #name)                                                                      \
	int file_enter_##name(u64 *ctx)                                                            \
	{                                                                                          \
		return file_begin(op, (const struct file *)ctx[0]);                                \
	}                                                                                          \
	SEC("?fexit/" #name)                                                                       \
	int file_exit_##name(u64 *ctx)                                                             \
	{                                                                                          \
		return file_end(ctx, op, ctx[argument_cnt], 0);                                    \
	}

FILE_FUNCTION(vfs_read, ABI_FILE_READ, 4)
FILE_FUNCTION(vfs_readv, ABI_FILE_READ, 5)
FILE_FUNCTION(vfs_write, ABI_FILE_WRITE, 4)
FILE_FUNCTION(vfs_writev, ABI_FILE_WRITE, 5)
FILE_FUNCTION(vfs_fsync_range, ABI_FILE_FSYNC, 4)

/* do_file_open() since 6.19: the loader says. */
SEC("?fentry/do_filp_open")
int file_enter_open(u64 *ctx)
{
	return file_begin(ABI_FILE_OPEN, 0);
}

SEC("?fexit/do_filp_open")
int file_exit_open(u64 *ctx)
{
	return file_end(ctx, ABI_FILE_OPEN, 0, file_of_pointer(ctx[3]));
}

/* (b) The same, one program for all functions of a kind. */
#define FILE_PROBE(name, op)                                                                       \
	SEC("?kprobe")                                                                             \
	int file_probe_##name(struct pt_regs *ctx)                                                 \
	{                                                                                          \
		return file_begin(op, (const struct file *)PT_REGS_PARM1(ctx));                    \
	}                                                                                          \
	SEC("?kretprobe")                                                                          \
	int file_return_##name(struct pt_regs *ctx)                                                \
	{                                                                                          \
		return file_end(ctx, op, PT_REGS_RC(ctx), 0);                                      \
	}

FILE_PROBE(read, ABI_FILE_READ)
FILE_PROBE(write, ABI_FILE_WRITE)
FILE_PROBE(fsync, ABI_FILE_FSYNC)

SEC("?kprobe")
int file_probe_open(struct pt_regs *ctx)
{
	return file_begin(ABI_FILE_OPEN, 0);
}

SEC("?kretprobe")
int file_return_open(struct pt_regs *ctx)
{
	return file_end(ctx, ABI_FILE_OPEN, 0, file_of_pointer(PT_REGS_RC(ctx)));
}

/* (c) System calls, whose files are descriptors. */
static __always_inline const struct file *file_of_typed_descriptor(u32 fd)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	const struct fdtable *table = task->files->fdt;
	struct file **files = table->fd;
	const struct file *file = 0;

	if (fd >= table->max_fds)
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	if (!file)
		return 0;
	return bpf_rdonly_cast(file, bpf_core_type_id_kernel(struct file));
}

static __always_inline const struct file *file_of_descriptor(u32 fd)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();
	const struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	const struct file *file = 0;

	if (fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

/* Compilers have put vfs_fsync_range() into what fsync(2) calls. Where they have not, that begins
 * and ends the operation anew, within this one. */
SEC("?fentry/do_fsync")
int file_enter_do_fsync(u64 *ctx)
{
	const struct file *file = file_of_typed_descriptor(ctx[0]);

	return file ? file_begin(ABI_FILE_FSYNC, file) : 0;
}

SEC("?fexit/do_fsync")
int file_exit_do_fsync(u64 *ctx)
{
	return file_end(ctx, ABI_FILE_FSYNC, 0, 0);
}

static __always_inline int task_is_compat(void)
{
	const struct task_struct *task =
		file_is_typed ? bpf_get_current_task_btf()
			      : (const struct task_struct *)bpf_get_current_task();

#if defined(__TARGET_ARCH_x86)
	return (FILE_GET(task, thread_info.status) & TS_COMPAT) != 0;
#else
	return (FILE_GET(task, thread_info.flags) & TIF_32BIT) != 0;
#endif
}

SEC("?tp_btf/sys_enter")
int BPF_PROG(file_sys_enter, struct pt_regs *regs, long id)
{
	const struct file *file = 0;
	u32 op;

	if ((unsigned long)id >= FILE_CALLS)
		return 0;
	op = file_calls[id];
	if (!op || task_is_compat())
		return 0;
	if (op != ABI_FILE_OPEN) {
		file = file_is_typed ? file_of_typed_descriptor(PT_REGS_PARM1(regs))
				     : file_of_descriptor(PT_REGS_PARM1(regs));
		if (!file)
			return 0;
	}
	return file_begin(op, file);
}

SEC("?tp_btf/sys_exit")
int BPF_PROG(file_sys_exit, struct pt_regs *regs, long result)
{
	struct file_start *s = file_start_find();
	const struct file *opened = 0;
	u32 op;

	if (!s || !s->start_ns)
		return 0;
	op = s->what & 0xff;
	if (op != ABI_FILE_OPEN)
		return file_finish(ctx, s, result, 0);
	if (result >= 0)
		opened = file_is_typed ? file_of_typed_descriptor(result)
				       : file_of_descriptor(result);
	return file_finish(ctx, s, 0, opened);
}
