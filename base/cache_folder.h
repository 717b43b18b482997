#ifndef BASE_CACHE_FOLDER_H
#define BASE_CACHE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * A folder of files that could all be made again, kept between runs:
 *
 *	/var/cache/profile/NAME            for root
 *	$XDG_CACHE_HOME/profile/NAME       for others (~/.cache where that is not set), and
 *	                                   for root if the folder is root's
 *
 * Files are written beside and renamed, so that each is whole or not there. Folder and files
 * are believed only if they are ours and nobody else may write them; what is in a file its
 * reader has to check all the same. No failure matters beyond the time that it costs, so
 * reading and writing report none. Files that were not used for longest go first when all
 * together become too large.
 */
struct cache_folder {
	int fd; /* -1: there is none */
	char *path;
	uint64_t bytes_max; /* of all files */
	bool has_grown;
};

#define CACHE_FOLDER_NONE ((struct cache_folder){ .fd = -1 })

/* dir: instead of the default place of NAME, or NULL. On failure there is no cache, and
 * `err` says why; the struct can be used as if there were one. */
int cache_folder_open(struct cache_folder *c, const char *name, const char *dir, uint64_t bytes_max,
		      struct err *err);
void cache_folder_close(struct cache_folder *c); /* makes room, too */

/* False: there is no such file of at most `max` bytes. Puts its bytes behind those in out. */
bool cache_folder_read(const struct cache_folder *c, const char *file, size_t max, struct buf *out);
void cache_folder_write(struct cache_folder *c, const char *file, const void *bytes, size_t len);

#endif
