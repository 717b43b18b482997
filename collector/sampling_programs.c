#include "collector/sampling_programs.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/profile.skel.h"
#include "bpf/sampling.skel.h"
#include "collector/kernel_types.h"

/* What both skeletons have, under the same names. */
#define PROGRAMS_OF(skel)                                                                          \
	.object = (skel)->obj,                                                                     \
	.samples = { (skel)->progs.sample_0, (skel)->progs.sample_1, (skel)->progs.sample_2,       \
		     (skel)->progs.sample_3, (skel)->progs.sample_4, (skel)->progs.sample_5,       \
		     (skel)->progs.sample_6, (skel)->progs.sample_7 },                             \
	.task_fork = (skel)->progs.task_fork, .task_exit = (skel)->progs.task_exit,                \
	.symbol_name = (skel)->progs.symbol_name

#define MAPS_OF(skel)                                                                              \
	.cpus = (skel)->maps.cpus, .rings = (skel)->maps.rings,                                    \
	.sample_buffers = (skel)->maps.sample_buffers,                                             \
	.stacks = { (skel)->maps.stacks_0, (skel)->maps.stacks_1 },                                \
	.bodies = { (skel)->maps.bodies_0, (skel)->maps.bodies_1 },                                \
	.target_tgids = (skel)->maps.target_tgids, .target_tids = (skel)->maps.target_tids,        \
	.target_cgroup = (skel)->maps.target_cgroup, .unwind_slots = (skel)->maps.unwind_slots,    \
	.unwind_copies = (skel)->maps.unwind_copies, .unwind_rows = (skel)->maps.unwind_rows,      \
	.unwind_blocks = (skel)->maps.unwind_blocks, .unwind_rules = (skel)->maps.unwind_rules,    \
	.unwind_mappings = (skel)->maps.unwind_mappings,                                           \
	.unwind_processes = (skel)->maps.unwind_processes

#define VARIABLES_OF(skel)                                                                         \
	.stack_seed = &(skel)->rodata->stack_seed,                                                 \
	.sample_carries = &(skel)->rodata->sample_carries,                                         \
	.stack_no_user = &(skel)->rodata->stack_no_user,                                           \
	.stack_no_kernel = &(skel)->rodata->stack_no_kernel,                                       \
	.unwind_mode = &(skel)->rodata->unwind_mode,                                               \
	.unwind_copy_bytes = &(skel)->rodata->unwind_copy_bytes,                                   \
	.target_by_id = &(skel)->rodata->target_by_id,                                             \
	.target_by_cgroup = &(skel)->rodata->target_by_cgroup,                                     \
	.target_by_comm = &(skel)->rodata->target_by_comm,                                         \
	.target_cgroup_id = &(skel)->rodata->target_cgroup_id,                                     \
	.comm_start = &(skel)->rodata->comm_start, .comm_stars = &(skel)->rodata->comm_stars,      \
	.comm_end = &(skel)->rodata->comm_end, .comm_accept = (skel)->rodata->comm_accept,         \
	.stack_epoch = &(skel)->bss->stack_epoch, .target_cnt = &(skel)->bss->target_cnt,          \
	.target_full = &(skel)->bss->target_full, .symbol_address = &(skel)->bss->symbol_address,  \
	.symbol_answered = &(skel)->bss->symbol_answered, .symbol_text = (skel)->bss->symbol_text

static int fail(int code, struct err *err)
{
	return err_set(err, code, "cannot open the BPF programs: %s", strerror(-code));
}

static int open_whole(struct sampling_programs *s, struct err *err)
{
	struct profile_bpf *skel = profile_bpf__open();

	if (!skel)
		return fail(-errno, err);
	*s = (struct sampling_programs){
		.whole = skel,
		.types_fd = -1,
		PROGRAMS_OF(skel),
		MAPS_OF(skel),
		VARIABLES_OF(skel),
	};
	return 0;
}

/* The file of the kernel's types is named now, and read by libbpf when it loads. */
static int open_alone(struct sampling_programs *s, struct err *err)
{
	LIBBPF_OPTS(bpf_object_open_opts, options);
	int fd = memfd_create("types", MFD_CLOEXEC);
	struct sampling_bpf *skel;
	char path[32];

	if (fd < 0)
		return fail(-errno, err);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	options.btf_custom_path = path;
	skel = sampling_bpf__open_opts(&options);
	if (!skel) {
		int code = -errno;

		close(fd);
		return fail(code, err);
	}
	*s = (struct sampling_programs){
		.alone = skel,
		.types_fd = fd,
		PROGRAMS_OF(skel),
		MAPS_OF(skel),
		VARIABLES_OF(skel),
	};
	return 0;
}

int sampling_programs_open(struct sampling_programs *s, bool whole, struct err *err)
{
	return whole ? open_whole(s, err) : open_alone(s, err);
}

static int load_alone(struct sampling_programs *s, struct err *err)
{
	int code = kernel_types_write(bpf_object__btf(s->object), s->types_fd, err);

	if (!code)
		code = sampling_bpf__load(s->alone);
	close(s->types_fd);
	s->types_fd = -1;
	return code;
}

int sampling_programs_load(struct sampling_programs *s, struct err *err)
{
	return s->whole ? profile_bpf__load(s->whole) : load_alone(s, err);
}

int sampling_programs_attach(struct sampling_programs *s)
{
	return s->whole ? profile_bpf__attach(s->whole) : sampling_bpf__attach(s->alone);
}

void sampling_programs_close(struct sampling_programs *s)
{
	if (s->alone && s->types_fd >= 0)
		close(s->types_fd);
	profile_bpf__destroy(s->whole);
	sampling_bpf__destroy(s->alone);
	*s = (struct sampling_programs){ 0 };
}
