#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/profile.skel.h"
#include "collector/latency_source.h"
#include "collector/libc_files.h"
#include "collector/probe_file.h"

#define DEVICE "/sys/bus/event_source/devices/uprobe"
#define CALLS_MAX 4096 /* at once; some 320 bytes each */
#define TOLD_MAX 16384 /* hosts */
#define FUNCTION_CNT 5
#define LINKS_MAX (LIBC_FILES_MAX * FUNCTION_CNT * 2)

static const char *const functions[FUNCTION_CNT] = {
	"getaddrinfo", "gethostbyname", "gethostbyname2", "gethostbyname_r", "gethostbyname2_r",
};

static struct bpf_link *links[LINKS_MAX];
static uint32_t link_cnt;

static int probe(const char **out_source, struct err *err)
{
	struct probe_file *f;
	uint64_t offsets[ABI_PROBE_PLACES];
	uint32_t cnt;
	int code;

	if (access(DEVICE, F_OK))
		return err_set(err, -ENOTSUP,
			       "this kernel has no uprobes (CONFIG_UPROBE_EVENTS is not set)");
	code = probe_file_open(&f, LIBC_NAME, err);
	if (code)
		return code;
	code = probe_file_function(f, functions[0], offsets, &cnt, err);
	probe_file_close(f);
	if (!code && out_source)
		*out_source =
			"getaddrinfo and gethostbyname of each libc in use; not programs that "
			"ask by themselves (Go, static ones)";
	return code;
}

static void choose(struct profile_bpf *skel, bool wanted, uint32_t cpu_cnt)
{
	(void)cpu_cnt;
	bpf_program__set_autoload(skel->progs.dns_enter, wanted);
	bpf_program__set_autoload(skel->progs.dns_leave, wanted);
	bpf_map__set_autocreate(skel->maps.dns_calls, wanted);
	bpf_map__set_autocreate(skel->maps.dns_told, wanted);
	bpf_map__set_autocreate(skel->maps.dns_returns, wanted);
	if (!wanted)
		return;
	bpf_map__set_max_entries(skel->maps.dns_calls, CALLS_MAX);
	bpf_map__set_max_entries(skel->maps.dns_told, TOLD_MAX);
}

/* False: the kernel does not set it, and errno says why. */
static bool attach_at(const struct bpf_program *program, const char *path, uint64_t offset,
		      bool at_return)
{
	LIBBPF_OPTS(bpf_uprobe_opts, options, .retprobe = at_return);
	struct bpf_link *link;

	if (link_cnt == LINKS_MAX)
		return true;
	link = bpf_program__attach_uprobe_opts(program, -1, path, offset, &options);
	if (link)
		links[link_cnt++] = link;
	return link != NULL;
}

/* The return comes first, so that what is entered is left, too. */
static int attach_function(struct profile_bpf *skel, const struct probe_file *f, const char *name,
			   struct err *err)
{
	uint64_t offsets[ABI_PROBE_PLACES];
	uint32_t cnt;

	if (probe_file_function(f, name, offsets, &cnt, NULL))
		return 0;
	for (uint32_t i = 0; i < cnt; i++)
		if (!attach_at(skel->progs.dns_leave, probe_file_path(f), offsets[i], true) ||
		    !attach_at(skel->progs.dns_enter, probe_file_path(f), offsets[i], false))
			return err_set(err, -errno, "%s: %s: the kernel sets no probe there: %s",
				       probe_file_path(f), name, strerror(errno));
	return 0;
}

static int attach_file(struct profile_bpf *skel, const char *path, struct err *err)
{
	struct probe_file *f;
	int code = probe_file_open(&f, path, err);

	if (code)
		return code;
	for (uint32_t i = 0; i < FUNCTION_CNT && !code; i++)
		code = attach_function(skel, f, functions[i], err);
	probe_file_close(f);
	return code;
}

/* The machine's own must be there; containers come and go. */
static int attach(struct profile_bpf *skel, struct err *err)
{
	struct libc_files files;
	int code;

	libc_files_find(&files);
	code = attach_file(skel, LIBC_NAME, err);
	for (uint32_t i = 0; i < files.cnt && !code; i++)
		attach_file(skel, files.paths[i], NULL);
	libc_files_release(&files);
	return code;
}

static void release(void)
{
	for (uint32_t i = 0; i < link_cnt; i++)
		bpf_link__destroy(links[i]);
	link_cnt = 0;
}

const struct latency_source latency_source_dns = {
	.name = "dns",
	.probe = probe,
	.choose = choose,
	.attach = attach,
	.release = release,
};
