#include "collector/probe_point.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "collector/probe_file.h"
#include "collector/trace_format.h"
#include "collector/usdt_argument.h"

#define DEVICES "/sys/bus/event_source/devices/"
#define KALLSYMS "/proc/kallsyms"

static int check_device(const char *name, const char *config, struct err *err)
{
	char path[sizeof(DEVICES) + 16];

	snprintf(path, sizeof(path), DEVICES "%s", name);
	if (!access(path, F_OK))
		return 0;
	return err_set(err, -ENOTSUP, "this kernel has no %ss (%s is not set), see %s", name,
		       config, DEVICES);
}

/* The name of a line "address type name [module]", cut out of it; NULL: it is no code. */
static const char *code_name(char *line)
{
	char *type = strchr(line, ' '), *name = type ? strchr(type + 1, ' ') : NULL;

	if (!name || !strchr("tTwW", type[1]))
		return NULL;
	name[1 + strcspn(name + 1, "\t\n")] = 0;
	return name + 1;
}

/* out_near gets a name that the compiler made of the wanted one, if that is all there is. */
static bool kernel_has(const char *wanted, char *out_near, size_t size)
{
	FILE *f = fopen(KALLSYMS, "re");
	size_t room = 0, len = strlen(wanted);
	char *line = NULL;
	bool found = false;

	while (f && !found && getline(&line, &room, f) > 0) {
		const char *name = code_name(line);

		if (!name || strncmp(name, wanted, len))
			continue;
		found = !name[len];
		if (name[len] == '.')
			snprintf(out_near, size, "%s", name);
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

static int find_in_kernel(const struct probe_place *place, struct err *err)
{
	char near[128] = "";
	int code = check_device("kprobe", "CONFIG_KPROBE_EVENTS", err);

	if (code || kernel_has(place->name, near, sizeof(near)))
		return code;
	if (*near)
		return err_set(
			err, -ENOENT,
			"the kernel has %s only as its compiler has changed it: %s; probe that",
			place->name, near);
	return err_set(err, -ENOENT,
		       "the kernel has no function %s in %s; it may be one that is inlined",
		       place->name, KALLSYMS);
}

static void keep_usdt(struct probe_point *out, const struct usdt_probe *usdt)
{
	out->semaphore = usdt->semaphore;
	out->cnt = usdt->cnt;
	for (uint32_t i = 0; i < usdt->cnt; i++) {
		const char *arguments = usdt->places[i].arguments;

		out->offsets[i] = usdt->places[i].offset;
		out->arguments[i] = mem_dup(arguments, strlen(arguments));
	}
}

static int find_in_file(struct probe_point *out, const struct probe_place *place, struct err *err)
{
	struct usdt_probe usdt = { .cnt = 0 };
	struct probe_file *f;
	int code = check_device("uprobe", "CONFIG_UPROBE_EVENTS", err);

	if (!code)
		code = probe_file_open(&f, place->file, err);
	if (code)
		return code;
	if (place->kind == PROBE_USDT) {
		code = probe_file_usdt(f, place->group, place->name, &usdt, err);
	} else {
		code = probe_file_function(f, place->name, out->offsets, &out->cnt, err);
	}
	if (!code) {
		out->path = mem_dup(probe_file_path(f), strlen(probe_file_path(f)));
		if (place->kind == PROBE_USDT)
			keep_usdt(out, &usdt);
	}
	probe_file_close(f);
	return code;
}

int probe_point_find(struct probe_point *out, const struct probe_place *place, struct err *err)
{
	struct probe_point p = { .cnt = 1 };
	int code = 0;

	switch (place->kind) {
	case PROBE_TRACEPOINT:
		code = trace_format_check(place->group, place->name, err);
		break;
	case PROBE_KPROBE:
		code = find_in_kernel(place, err);
		break;
	case PROBE_UPROBE:
	case PROBE_USDT:
		code = find_in_file(&p, place, err);
		break;
	}
	if (!code)
		*out = p;
	return code;
}

void probe_point_release(struct probe_point *p)
{
	if (!p)
		return;
	free(p->path);
	for (uint32_t i = 0; i < ABI_PROBE_PLACES; i++)
		free(p->arguments[i]);
	*p = (struct probe_point){ 0 };
}

static int usdt_value(const struct probe_point *p, uint32_t index, const struct probe_place *place,
		      const char *field, struct abi_probe_value *out, struct err *err)
{
	const char *arguments = p->arguments[index] ? p->arguments[index] : "";

	if (usdt_argument_parse(arguments, (uint32_t)atoi(field + strlen("arg")), out))
		return 0;
	return err_set(err, -ENOENT, "%s:%s of %s has no %s that can be read; its arguments: %s",
		       place->group, place->name, p->path, field, *arguments ? arguments : "none");
}

static int function_value(const char *field, bool has_returned, struct abi_probe_value *out,
			  struct err *err)
{
	bool is_result = !strcmp(field, "ret");

	*out = (struct abi_probe_value){ .from = ABI_PROBE_NOTHING };
	if (is_result != has_returned)
		return 0;
	if (is_result ? function_result(out)
		      : function_argument((uint32_t)atoi(field + strlen("arg")), out))
		return 0;
	return err_set(err, -ENOTSUP, "%s: where it lies on this kind of machine is not known",
		       field);
}

int probe_point_value(const struct probe_point *p, uint32_t index, const struct probe_place *place,
		      const char *field, bool has_returned, struct abi_probe_value *out,
		      struct err *err)
{
	*out = (struct abi_probe_value){ .from = ABI_PROBE_NOTHING };
	if (!field)
		return 0;
	switch (place->kind) {
	case PROBE_TRACEPOINT:
		return trace_format_field(place->group, place->name, field, out, err);
	case PROBE_USDT:
		return usdt_value(p, index, place, field, out, err);
	default:
		return function_value(field, has_returned, out, err);
	}
}
