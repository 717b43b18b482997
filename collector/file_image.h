#ifndef COLLECTOR_FILE_IMAGE_H
#define COLLECTOR_FILE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A stranger's file as bytes in memory. It is mapped and not read: of 100 MB of a library
 * the tables are a tenth, and what was looked at goes away with the mapping. The price is
 * that somebody may cut the file off meanwhile, and reading beyond its end is SIGBUS: a
 * page that is gone reads as zeros then, as if the file had been that way.
 *
 * One image at a time; SIGBUS is caught while it is open, and only for its bytes.
 */
struct file_image {
	const uint8_t *bytes;
	size_t len;
};

/* fd stays the caller's. An empty file is -ENODATA. */
int file_image_open(struct file_image *out, int fd, struct err *err);
void file_image_close(struct file_image *image);

#endif
