#include "collector/tracepoint.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_BYTES 96
#define NAMES_MAX 8

/* The first argument of its type is the one that the kernel keeps for itself. */
int tracepoint_argument_cnt(const struct btf *btf, const char *name)
{
	char type[NAME_BYTES];
	const struct btf_type *t;
	int id;

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	id = btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF);
	t = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	if (t)
		t = btf__type_by_id(btf, t->type);
	if (t && btf_is_ptr(t))
		t = btf__type_by_id(btf, t->type);
	return t && btf_is_func_proto(t) && btf_vlen(t) ? btf_vlen(t) - 1 : -1;
}

int tracepoint_arguments(const char *const *names, size_t name_cnt, int *out_cnts, struct err *err)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		return err_set(err, -errno, "this kernel's BTF cannot be read: %s",
			       strerror(errno));
	for (size_t i = 0; i < name_cnt; i++)
		out_cnts[i] = tracepoint_argument_cnt(btf, names[i]);
	btf__free(btf);
	return 0;
}

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

int tracepoint_probe(const char *const *names, size_t name_cnt, struct err *err)
{
	int cnts[NAMES_MAX], code = try_load();

	if (code == -EPERM || code == -EACCES)
		return err_set(err, code,
			       "not permitted; needs CAP_BPF and CAP_PERFMON (`profile doctor`)");
	if (code)
		return err_set(err, code, "BPF programs cannot be loaded: %s", strerror(-code));
	if (name_cnt > NAMES_MAX)
		return err_set(err, -E2BIG, "more tracepoints than are asked for at once");
	code = tracepoint_arguments(names, name_cnt, cnts, err);
	for (size_t i = 0; i < name_cnt && !code; i++)
		if (cnts[i] < 0)
			code = err_set(err, -ENOENT, "this kernel's BTF does not know %s",
				       names[i]);
	return code;
}
