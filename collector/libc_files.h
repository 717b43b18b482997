#ifndef COLLECTOR_LIBC_FILES_H
#define COLLECTOR_LIBC_FILES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The C libraries that processes use now, beside the machine's own: those of containers, and
 * those that were replaced while somebody runs with the old one. Each is named by a path that
 * the kernel leads to the very file (/proc/PID/map_files), wherever its process lives; it is
 * there as long as the process is.
 */
#define LIBC_FILES_MAX 16
#define LIBC_NAME "libc.so.6"

struct libc_files {
	uint32_t cnt;
	char *paths[LIBC_FILES_MAX - 1];
};

/* Finds none where it may not look. */
void libc_files_find(struct libc_files *out);
void libc_files_release(struct libc_files *f);

/* Whether a mapped file of that path is one: glibc's or musl's. */
bool libc_files_is(const char *path);

#endif
