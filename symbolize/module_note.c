#include "symbolize/module_note.h"

#include <string.h>

#include "base/buf.h"
#include "symbolize/module_file.h"
#include "symbolize/package_owner.h"
#include "symbolize/trace_addresses.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* " of libz.so.1 (build ID d6e6...)" */
static void put_which(struct buf *out, const struct trace_module *module)
{
	char id[2 * TRACE_BUILD_ID_MAX + 1];

	trace_hex_text(id, module->build_id, module->build_id_len);
	buf_printf(out, "%s", base_name(module->path));
	if (id[0])
		buf_printf(out, " (build ID %s)", id);
}

static void put_options(struct buf *out, const struct trace_module *module)
{
	buf_puts(out, ", or pass --debug-dir");
	if (module->build_id_len)
		buf_puts(out, " or --debuginfod"); /* which asks for build IDs */
}

/* Of a file that is here: what its package is, or that it is Go and has none. */
static void put_package(struct buf *out, const struct trace_module *module,
			const struct package_owner *owner)
{
	if (owner->debug == PACKAGE_DEBUG_KNOWN)
		buf_printf(out, "install %s", owner->debug_package);
	else if (owner->debug == PACKAGE_DEBUG_ARCHIVE)
		buf_printf(out, "install %s, from the distribution's archive of debug packages",
			   owner->debug_package);
	else if (owner->package)
		buf_printf(out, "install the debug package of %s, which apt does not know",
			   owner->package);
	else
		buf_puts(out, "build this Go program without -ldflags=-s and without strip");
	put_options(out, module);
}

static void put_remedy(struct buf *out, const struct trace_module *module,
		       const struct module_file *file, const struct package_owner *owner)
{
	if (owner && (owner->package || file->is_go)) {
		put_package(out, module, owner);
		return;
	}
	buf_puts(out, "install the debug package of ");
	put_which(out, module);
	put_options(out, module);
}

/* A file that was there when it was looked for may be gone by now. */
static const char *path_of(const struct trace_module *module, const struct module_file *file)
{
	if (file->path)
		return file->path;
	return file->debug_path ? file->debug_path : module->path;
}

static void put_source(struct buf *out, const struct trace_module *module,
		       const struct module_file *file, const struct package_owner *owner)
{
	if (file->debug_path)
		buf_printf(out, "all symbols, from %s", file->debug_path);
	else if (file->has_symtab)
		buf_printf(out, "all symbols, from %s", file->path);
	else if (file->has_debugdata)
		buf_printf(out, "all functions, from %s and its .gnu_debugdata", file->path);
	else {
		buf_printf(out, "exported functions only, from %s; for the rest ",
			   path_of(module, file));
		put_remedy(out, module, file, owner);
	}
	if (!module->build_id_len)
		buf_puts(out, "; no build ID was recorded, so the file was taken by its path");
}

static void put_file(struct buf *out, const struct module_addresses *m,
		     const struct module_file *file, const struct package_owner *owner,
		     enum name_reason reason, const char *why)
{
	const struct trace_module *module = &m->module;
	const char *path = path_of(module, file);

	switch (reason) {
	case NAME_REASON_NO_FILE:
		buf_printf(out, "%s was not found here; ", module->path);
		put_remedy(out, module, file, owner);
		return;
	case NAME_REASON_OTHER_BUILD:
		buf_printf(out, "%s is another build (build ID %s); ", file->other_path,
			   file->other_build_id[0] ? file->other_build_id : "none");
		put_remedy(out, module, file, owner);
		return;
	case NAME_REASON_NO_SYMBOLS:
		buf_printf(out, "%s has no symbols; ", path);
		put_remedy(out, module, file, owner);
		return;
	case NAME_REASON_BAD_FILE:
		buf_printf(out, "%s: %s", path, why);
		return;
	default:
		put_source(out, module, file, owner);
	}
}

static void put_vdso(struct buf *out, enum name_reason reason, const char *why)
{
	if (reason == NAME_REASON_BAD_FILE)
		buf_printf(out, "the vdso: %s", why);
	else if (reason == NAME_REASON_OTHER_BUILD || reason == NAME_REASON_NO_FILE)
		buf_puts(out, "the vdso is that of another kernel; symbolize on the machine, and "
			      "the kernel, that was recorded");
	else
		buf_puts(out, "from the vdso of this kernel, which is the recorded one");
}

static void put_kernel(struct buf *out, enum trace_module_kind kind, const struct module_file *file,
		       enum name_reason reason, const char *why)
{
	const char *vmlinux = file->debug_path ? file->debug_path : file->path;

	if (reason == NAME_REASON_HIDDEN && kind == TRACE_MODULE_BPF)
		buf_puts(out, "the kernel did not list this BPF program; record as root, and with "
			      "sysctl net.core.bpf_jit_kallsyms=1");
	else if (reason == NAME_REASON_HIDDEN)
		buf_puts(out, "the kernel hid these symbols when this was recorded; record as "
			      "root, or with CAP_SYSLOG and sysctl kernel.kptr_restrict=1");
	else if (why[0])
		buf_puts(out, why);
	else
		buf_puts(out, "kernel symbols taken when it was recorded");
	if (vmlinux && file->has_dwarf)
		buf_printf(out, "; inlined functions, files and lines from %s", vmlinux);
}

static void put_jit(struct buf *out, const struct module_addresses *m, enum name_reason reason,
		    const char *why)
{
	if (reason == NAME_REASON_NO_JIT_MAP)
		buf_printf(out,
			   "process %u left no /tmp/perf-%u.map; node --perf-basic-prof, "
			   "python -X perf or a JVM's perf map agent writes one",
			   m->owner.tgid, m->owner.tgid);
	else if (why[0])
		buf_puts(out, why);
	else
		buf_printf(out, "/tmp/perf-%u.map, copied when it was recorded", m->owner.tgid);
	if (m->jit_map_is_cut)
		buf_puts(out, "; it is too long, and a part of it was left out");
}

char *module_note(const struct module_addresses *m, const struct module_file *file,
		  const struct package_owner *owner, enum name_reason reason, const char *why)
{
	struct buf out = { 0 };

	switch (m->module.kind) {
	case TRACE_MODULE_FILE:
		put_file(&out, m, file, owner, reason, why);
		break;
	case TRACE_MODULE_VDSO:
		put_vdso(&out, reason, why);
		break;
	case TRACE_MODULE_JIT:
		put_jit(&out, m, reason, why);
		break;
	case TRACE_MODULE_UNMAPPED:
		buf_printf(&out, "no mapping of process %u was known at these addresses",
			   m->owner.tgid);
		break;
	default:
		put_kernel(&out, m->module.kind, file, reason, why);
	}
	if (file->unused_path)
		buf_printf(&out, "; %s was not used: %s", file->unused_path, file->unused_why);
	buf_text(&out);
	return (char *)out.v;
}
