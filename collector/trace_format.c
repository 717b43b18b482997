#include "collector/trace_format.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"

#define FORMAT_MAX ((size_t)1 << 20)
#define RECORD_MAX 8192 /* bytes; the kernel's own limit of a record */
#define COMMON_BYTES 8	/* before the fields; programs find something else there */

static const char *const folders[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };

/* A field's line is
 *
 *	field:unsigned int nr_sector;	offset:24;	size:4;	signed:0;
 */
struct line {
	const char *name;
	size_t name_len;
	unsigned long offset, size, is_signed;
	bool is_number;
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The declaration's last word is the name, but for the brackets of an array. Texts are
 * declared as "__data_loc char[] name". */
static void read_declaration(const char *text, size_t len, struct line *out)
{
	bool is_text = !strncmp(text, "__data_loc", 10) || !strncmp(text, "__rel_loc", 9);
	const char *array = memchr(text, '[', len);
	size_t end = array && !is_text ? (size_t)(array - text) : len, begin;

	while (end && !is_word(text[end - 1]))
		end--;
	for (begin = end; begin && is_word(text[begin - 1]);)
		begin--;
	out->name = text + begin;
	out->name_len = end - begin;
	out->is_number = !array && !is_text;
}

static bool read_line(const char *line, struct line *out)
{
	const char *field = strstr(line, "field:"), *end;

	if (!field || !(end = strchr(field, ';')))
		return false;
	field += strlen("field:");
	if (sscanf(end, "; offset:%lu; size:%lu; signed:%lu;", &out->offset, &out->size,
		   &out->is_signed) != 3)
		return false;
	read_declaration(field, (size_t)(end - field), out);
	return out->name_len > 0;
}

/* Copies a line, cut if it must be; returns where the next one begins. */
static const char *next_line(const char *text, char *line, size_t size)
{
	size_t len = strcspn(text, "\n");

	snprintf(line, size, "%.*s", (int)(len < size ? len : size - 1), text);
	return text + len + (text[len] == '\n');
}

int trace_format_find(const char *text, const char *field, struct abi_probe_value *out)
{
	char copy[512];
	struct line line;

	while (*text) {
		text = next_line(text, copy, sizeof(copy));
		if (!read_line(copy, &line) || line.name_len != strlen(field) ||
		    memcmp(line.name, field, line.name_len))
			continue;
		if (!line.is_number || line.offset < COMMON_BYTES || line.offset > RECORD_MAX ||
		    (line.size != 1 && line.size != 2 && line.size != 4 && line.size != 8))
			return -EINVAL;
		*out = (struct abi_probe_value){
			.from = ABI_PROBE_CONTEXT,
			.size = (__u8)line.size,
			.is_signed = line.is_signed != 0,
			.at = (__u16)line.offset,
			.index_at = ABI_PROBE_NO_INDEX,
		};
		return 0;
	}
	return -ENOENT;
}

/* The folder of a tracepoint, which the caller frees; NULL: there is none. */
static char *folder_of(const char *group, const char *name)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char *path = mem_printf("%s/events/%s/%s", folders[i], group, name);

		if (!access(path, F_OK))
			return path;
		free(path);
	}
	return NULL;
}

static bool has_tracefs(void)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char *path = mem_printf("%s/events", folders[i]);
		bool there = !access(path, R_OK | X_OK);

		free(path);
		if (there)
			return true;
	}
	return false;
}

int trace_format_check(const char *group, const char *name, struct err *err)
{
	char *folder = folder_of(group, name), *id;
	int code = 0;

	if (!folder && !has_tracefs())
		return err_set(
			err, -ENOENT,
			"tracefs is not there, or may not be read; needs root, and `mount -t "
			"tracefs tracefs %s`",
			folders[0]);
	if (!folder)
		return err_set(err, -ENOENT,
			       "this kernel has no tracepoint %s:%s; see `ls %s/events/*`", group,
			       name, folders[0]);
	id = mem_printf("%s/id", folder);
	if (access(id, R_OK))
		code = errno == EACCES ? err_set(err, -EACCES, "%s may not be read; needs root", id)
				       : err_set(err, -ENOTSUP,
						 "%s:%s is no tracepoint that can be recorded",
						 group, name);
	free(id);
	free(folder);
	return code;
}

/* "name, name, name" of all that are numbers. */
static void list_numbers(const char *text, struct buf *out)
{
	char copy[512];
	struct line line;

	while (*text) {
		text = next_line(text, copy, sizeof(copy));
		if (read_line(copy, &line) && line.is_number && line.offset >= COMMON_BYTES)
			buf_printf(out, "%s%.*s", out->len ? ", " : "", (int)line.name_len,
				   line.name);
	}
}

static int complain(const char *group, const char *name, const char *field, const char *text,
		    int code, struct err *err)
{
	struct buf names = { 0 };

	list_numbers(text, &names);
	err_set(err, code, "%s:%s has no %s %s; fields that are numbers: %s", group, name,
		code == -ENOENT ? "field" : "number in the field", field,
		names.len ? buf_text(&names) : "none");
	buf_release(&names);
	return code;
}

int trace_format_field(const char *group, const char *name, const char *field,
		       struct abi_probe_value *out, struct err *err)
{
	char *folder, *path, *text;
	int code = trace_format_check(group, name, err);
	size_t len;

	if (code)
		return code;
	folder = folder_of(group, name);
	path = mem_printf("%s/format", folder ? folder : "");
	free(folder);
	code = io_read_text(path, FORMAT_MAX, &text, &len, err);
	free(path);
	if (code)
		return code;
	code = trace_format_find(text, field, out);
	if (code)
		complain(group, name, field, text, code, err);
	free(text);
	return code;
}
