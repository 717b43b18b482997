#ifndef BASE_IO_H
#define BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Files, whole. "-" is stdin or stdout. Every call retries EINTR and finishes
 * short reads and writes.
 */

/* A file's bytes, mapped where possible, else read. Read-only, never written back. */
struct io_view {
	const uint8_t *v;
	size_t len;
	bool mapped;
};

int io_view_open(struct io_view *out, const char *path, struct err *err);
void io_view_close(struct io_view *view);

/* Reads a file without a size (as in /proc) up to max bytes into fresh memory,
 * with a NUL behind it. -EFBIG beyond max. The caller frees *out. */
int io_read_text(const char *path, size_t max, char **out, size_t *out_len, struct err *err);

/* Writes all bytes to fd. 0 or a negative errno. */
int io_write_all(int fd, const void *bytes, size_t len);

/*
 * A file that appears under its name only when it is whole: written beside it
 * (O_EXCL, O_NOFOLLOW), then renamed over it. The umask narrows its mode for others,
 * never for its owner. "-" writes to stdout. io_output_close() without
 * io_output_keep() leaves nothing behind.
 */
struct io_output {
	int fd;
	int dir_fd;
	bool to_stdout;
	bool kept;
	char *path;
	char *name;   /* last part of path */
	char *beside; /* name of the temporary file in the same folder */
};

/* -EINVAL if the output would take the place of the input: both are the same file. */
int io_keep_apart(const char *input, const char *output, struct err *err);

int io_output_open(struct io_output *o, const char *path, unsigned mode, struct err *err);
/* Gives the new file to a user; does nothing to what was there already (a device, stdout). */
void io_output_give(struct io_output *o, uid_t uid, gid_t gid);

int io_output_write(struct io_output *o, const void *bytes, size_t len, struct err *err);

/* Syncs and renames; may be called before writing is over (a live trace). */
int io_output_keep(struct io_output *o, struct err *err);
int io_output_close(struct io_output *o, struct err *err);

/* All of that for bytes that are there already. */
int io_write_file(const char *path, unsigned mode, const void *bytes, size_t len, struct err *err);

#endif
