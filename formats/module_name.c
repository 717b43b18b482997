#include "formats/module_name.h"

#include <string.h>

#include "base/buf.h"

/* The last part of a path, without what the kernel says of deleted files. */
static const char *file_name(const char *path, size_t *out_len)
{
	static const char deleted[] = " (deleted)";
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strlen(name), deleted_len = sizeof(deleted) - 1;

	if (len > deleted_len && !strcmp(name + len - deleted_len, deleted))
		len -= deleted_len;
	*out_len = len;
	return name;
}

static uint32_t in_brackets(struct strtab *texts, const char *name, size_t len)
{
	struct buf b = { 0 };
	uint32_t id;

	buf_puts(&b, "[");
	buf_put(&b, name, len);
	buf_puts(&b, "]");
	id = strtab_intern(texts, (const char *)b.v, b.len);
	buf_release(&b);
	return id;
}

static struct module_name of_file(struct strtab *texts, const char *name, size_t len)
{
	uint32_t id = strtab_intern(texts, name, len);
	struct module_name out = { .short_name = id, .fallback = id };

	if (!len)
		out.fallback = strtab_intern_text(texts, "[unknown]");
	else if (name[0] != '[')
		out.fallback = in_brackets(texts, name, len);
	return out;
}

static struct module_name of_kind(struct strtab *texts, const char *text)
{
	uint32_t id = strtab_intern_text(texts, text);

	return (struct module_name){ .short_name = id, .fallback = id };
}

struct module_name module_name_of(struct strtab *texts, const struct trace_module *module)
{
	const char *name = module->path;
	size_t len = strlen(name);

	switch (module->kind) {
	case TRACE_MODULE_KERNEL:
		return of_kind(texts, "[kernel]");
	case TRACE_MODULE_VDSO:
		return of_kind(texts, "[vdso]");
	case TRACE_MODULE_JIT:
		return of_kind(texts, "[jit]");
	case TRACE_MODULE_UNMAPPED:
	case TRACE_MODULE_COPY:
		return (struct module_name){ .fallback = strtab_intern_text(texts, "[unknown]") };
	case TRACE_MODULE_FILE:
		name = file_name(module->path, &len);
		break;
	case TRACE_MODULE_KERNEL_MODULE:
	case TRACE_MODULE_BPF:
		break;
	}
	return of_file(texts, name, len);
}
