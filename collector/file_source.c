#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/latency.h"
#include "bpf/profile.skel.h"
#include "collector/latency_source.h"
#include "collector/tracepoint.h"
#include "collector/wait_kernel.h"

/*
 * Where operations on files are met, the first of these that the kernel has:
 *
 *	entries   fentry and fexit of the functions that all reads, writes ... go through
 *	probes    kprobes and kretprobes of the same
 *	calls     the system calls on files
 *
 * A function that BTF does not know with these arguments is left out, and not named in the
 * source; without vfs_read and vfs_write there is only the last way.
 */
enum file_way {
	FILE_WAY_NONE = 0,
	FILE_WAY_ENTRIES = 1,
	FILE_WAY_PROBES = 2,
	FILE_WAY_CALLS = 3,
};

enum file_function {
	FILE_READ,
	FILE_READV,
	FILE_WRITE,
	FILE_WRITEV,
	FILE_FSYNC,
	FILE_FSYNC_CALL, /* of a descriptor: for entries only, and typed ones */
	FILE_OPEN,
	FILE_OPEN_NEW, /* its name since 6.19 */
	FILE_FUNCTION_CNT,
};

static const struct file_place {
	const char *name;
	uint32_t argument_cnt;
	enum abi_file_op op;
} places[FILE_FUNCTION_CNT] = {
	[FILE_READ] = { "vfs_read", 4, ABI_FILE_READ },
	[FILE_READV] = { "vfs_readv", 5, ABI_FILE_READ },
	[FILE_WRITE] = { "vfs_write", 4, ABI_FILE_WRITE },
	[FILE_WRITEV] = { "vfs_writev", 5, ABI_FILE_WRITE },
	[FILE_FSYNC] = { "vfs_fsync_range", 4, ABI_FILE_FSYNC },
	[FILE_FSYNC_CALL] = { "do_fsync", 2, ABI_FILE_FSYNC },
	[FILE_OPEN] = { "do_filp_open", 3, ABI_FILE_OPEN },
	[FILE_OPEN_NEW] = { "do_file_open", 3, ABI_FILE_OPEN },
};

/* What this kernel has; asked once. */
static struct file_kernel {
	enum file_way way;
	bool has[FILE_FUNCTION_CNT];
	bool has_storage, has_cast;
	char source[192];
} kernel;

static struct bpf_link *links[2 * FILE_FUNCTION_CNT]; /* of probes */

static int32_t find_function(const struct btf *btf, const struct file_place *place)
{
	int32_t id = btf__find_by_name_kind(btf, place->name, BTF_KIND_FUNC);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;

	t = t ? btf__type_by_id(btf, t->type) : NULL;
	return t && btf_is_func_proto(t) && btf_vlen(t) == place->argument_cnt ? id : -ENOENT;
}

/* Whether a program that does nothing can be put at a function's entry. */
static bool try_entry(int32_t function)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K }, /* r0 = 0 */
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = (uint32_t)function);
	int link, fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "profile_probe", "GPL", nothing,
				     sizeof(nothing) / sizeof(nothing[0]), &options);

	if (fd < 0)
		return false;
	link = bpf_raw_tracepoint_open(NULL, fd);
	if (link >= 0)
		close(link);
	close(fd);
	return link >= 0;
}

/* Whether the kernel takes a kprobe there. */
static bool try_probe(const char *function)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	FILE *f = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	int fd;

	if (!f)
		return false;
	if (fscanf(f, "%u", &attr.type) != 1)
		attr.type = 0;
	fclose(f);
	attr.config1 = (uintptr_t)function;
	fd = attr.type ? (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)
		       : -1;
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static void describe(struct file_kernel *k)
{
	size_t used;

	if (k->way == FILE_WAY_CALLS) {
		snprintf(k->source, sizeof(k->source),
			 "system calls on files (not io_uring, io_submit, mappings, sendfile)");
		return;
	}
	used = (size_t)snprintf(k->source, sizeof(k->source), "%s",
				k->way == FILE_WAY_ENTRIES ? "fentry" : "kprobes");
	for (int i = 0; i < FILE_FUNCTION_CNT; i++)
		if (k->has[i])
			used += (size_t)snprintf(k->source + used, sizeof(k->source) - used, " %s",
						 places[i].name);
	snprintf(k->source + used, sizeof(k->source) - used,
		 " (not io_uring, io_submit, mappings, sendfile)");
}

/* The last way is what every kernel has that we run on. */
static int ask_kernel(struct file_kernel *k, struct err *err)
{
	static const char *const hooks[] = { "sys_enter", "sys_exit" };
	int code = tracepoint_probe(hooks, sizeof(hooks) / sizeof(hooks[0]), err);
	int32_t ids[FILE_FUNCTION_CNT];
	struct btf *btf;

	if (code)
		return code;
	btf = btf__load_vmlinux_btf();
	if (!btf)
		return err_set(err, -ENOENT, "this kernel has no BTF");
	for (int i = 0; i < FILE_FUNCTION_CNT; i++) {
		ids[i] = find_function(btf, &places[i]);
		k->has[i] = ids[i] > 0;
	}
	k->has_storage = wait_kernel_has_storage(btf);
	k->has_cast = btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	if (!k->has[FILE_READ] || !k->has[FILE_WRITE])
		k->way = FILE_WAY_CALLS;
	else if (try_entry(ids[FILE_READ]))
		k->way = FILE_WAY_ENTRIES;
	else
		k->way = try_probe(places[FILE_READ].name) ? FILE_WAY_PROBES : FILE_WAY_CALLS;
	btf__free(btf);
	k->has[FILE_FSYNC_CALL] &= k->way == FILE_WAY_ENTRIES && k->has_cast;
	describe(k);
	return 0;
}

static int probe(const char **out_source, struct err *err)
{
	struct file_kernel k = { 0 };
	int code = kernel.way ? 0 : ask_kernel(&k, err);

	if (code)
		return code;
	if (!kernel.way)
		kernel = k;
	if (out_source)
		*out_source = kernel.source;
	return 0;
}

static void choose_entries(struct profile_bpf *skel, bool wanted)
{
	struct bpf_program *enter[FILE_FUNCTION_CNT] = {
		[FILE_READ] = skel->progs.file_enter_vfs_read,
		[FILE_READV] = skel->progs.file_enter_vfs_readv,
		[FILE_WRITE] = skel->progs.file_enter_vfs_write,
		[FILE_WRITEV] = skel->progs.file_enter_vfs_writev,
		[FILE_FSYNC] = skel->progs.file_enter_vfs_fsync_range,
		[FILE_FSYNC_CALL] = skel->progs.file_enter_do_fsync,
		[FILE_OPEN] = skel->progs.file_enter_open,
	};
	struct bpf_program *leave[FILE_FUNCTION_CNT] = {
		[FILE_READ] = skel->progs.file_exit_vfs_read,
		[FILE_READV] = skel->progs.file_exit_vfs_readv,
		[FILE_WRITE] = skel->progs.file_exit_vfs_write,
		[FILE_WRITEV] = skel->progs.file_exit_vfs_writev,
		[FILE_FSYNC] = skel->progs.file_exit_vfs_fsync_range,
		[FILE_FSYNC_CALL] = skel->progs.file_exit_do_fsync,
		[FILE_OPEN] = skel->progs.file_exit_open,
	};

	for (int i = 0; i < FILE_OPEN_NEW; i++) {
		bool has = kernel.has[i] || (i == FILE_OPEN && kernel.has[FILE_OPEN_NEW]);

		bpf_program__set_autoload(enter[i], wanted && has);
		bpf_program__set_autoload(leave[i], wanted && has);
	}
	if (!wanted || !kernel.has[FILE_OPEN_NEW])
		return;
	bpf_program__set_attach_target(enter[FILE_OPEN], 0, places[FILE_OPEN_NEW].name);
	bpf_program__set_attach_target(leave[FILE_OPEN], 0, places[FILE_OPEN_NEW].name);
}

/* The programs at entry and return of a kind of function; by op. */
static struct bpf_program *program_of(struct profile_bpf *skel, enum abi_file_op op, bool at_return)
{
	struct bpf_program *programs[][2] = {
		[ABI_FILE_READ] = { skel->progs.file_probe_read, skel->progs.file_return_read },
		[ABI_FILE_WRITE] = { skel->progs.file_probe_write, skel->progs.file_return_write },
		[ABI_FILE_OPEN] = { skel->progs.file_probe_open, skel->progs.file_return_open },
		[ABI_FILE_FSYNC] = { skel->progs.file_probe_fsync, skel->progs.file_return_fsync },
	};

	return programs[op][at_return];
}

static void choose_calls(struct profile_bpf *skel, bool wanted)
{
	static const struct {
		uint16_t number;
		enum abi_file_op op;
	} calls[] = {
		{ SYS_read, ABI_FILE_READ },	  { SYS_pread64, ABI_FILE_READ },
		{ SYS_readv, ABI_FILE_READ },	  { SYS_preadv, ABI_FILE_READ },
		{ SYS_preadv2, ABI_FILE_READ },	  { SYS_write, ABI_FILE_WRITE },
		{ SYS_pwrite64, ABI_FILE_WRITE }, { SYS_writev, ABI_FILE_WRITE },
		{ SYS_pwritev, ABI_FILE_WRITE },  { SYS_pwritev2, ABI_FILE_WRITE },
#ifdef SYS_open
		{ SYS_open, ABI_FILE_OPEN },	  { SYS_creat, ABI_FILE_OPEN },
#endif
		{ SYS_openat, ABI_FILE_OPEN },	  { SYS_openat2, ABI_FILE_OPEN },
		{ SYS_fsync, ABI_FILE_FSYNC },	  { SYS_fdatasync, ABI_FILE_FSYNC },
	};

	bpf_program__set_autoload(skel->progs.file_sys_enter, wanted);
	bpf_program__set_autoload(skel->progs.file_sys_exit, wanted);
	for (size_t i = 0; wanted && i < sizeof(calls) / sizeof(calls[0]); i++)
		skel->rodata->file_calls[calls[i].number] = calls[i].op;
}

static void choose(struct profile_bpf *skel, bool wanted, uint32_t cpu_cnt)
{
	bool probes = wanted && kernel.way == FILE_WAY_PROBES;

	(void)cpu_cnt;
	choose_entries(skel, wanted && kernel.way == FILE_WAY_ENTRIES);
	choose_calls(skel, wanted && kernel.way == FILE_WAY_CALLS);
	for (enum abi_file_op op = ABI_FILE_READ; op <= ABI_FILE_FSYNC; op++) {
		bpf_program__set_autoload(program_of(skel, op, false), probes);
		bpf_program__set_autoload(program_of(skel, op, true), probes);
	}
	bpf_map__set_autocreate(skel->maps.file_storage, wanted && kernel.has_storage);
	bpf_map__set_autocreate(skel->maps.file_threads, wanted && !kernel.has_storage);
	skel->rodata->file_has_storage = kernel.has_storage;
	skel->rodata->file_is_typed =
		kernel.way == FILE_WAY_ENTRIES || (kernel.way == FILE_WAY_CALLS && kernel.has_cast);
}

static int attach(struct profile_bpf *skel, struct err *err)
{
	if (kernel.way != FILE_WAY_PROBES)
		return 0;
	for (int i = 0; i < FILE_FUNCTION_CNT; i++) {
		const struct file_place *p = &places[i];

		if (!kernel.has[i])
			continue;
		for (int at_return = 0; at_return < 2; at_return++) {
			struct bpf_program *program = program_of(skel, p->op, at_return);
			struct bpf_link *link =
				bpf_program__attach_kprobe(program, at_return, p->name);

			if (!link)
				return err_set(err, -errno, "cannot attach a kprobe to %s: %s",
					       p->name, strerror(errno));
			links[2 * i + at_return] = link;
		}
	}
	return 0;
}

static void release(void)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		bpf_link__destroy(links[i]);
		links[i] = NULL;
	}
}

const struct latency_source latency_source_file = {
	.name = "file",
	.probe = probe,
	.choose = choose,
	.attach = attach,
	.release = release,
};
