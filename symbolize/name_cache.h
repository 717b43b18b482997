#ifndef SYMBOLIZE_NAME_CACHE_H
#define SYMBOLIZE_NAME_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cache_folder.h"
#include "symbolize/demangle.h"

struct name_answers;

/*
 * Names of earlier runs on disk, so that a file is read once for an address and not each
 * time that it occurs. A file for each build ID and each set of sources of its names:
 *
 *	names/BUILDID-CRC    the CRC of the key, which is in it again in full
 *
 *	u32 magic | blob key | varint count | count x varint distance to the offset before |
 *	an answer (symbolize/answer.h) to these offsets | u64 checksum of all before it
 *
 * The key holds all that an answer depends on: this program, the style of names, and which
 * files were read. When a debug package comes, the key is another one.
 *
 * A cache never changes a name. Its files are believed as little as children are.
 */

#define NAME_CACHE_BYTES_MAX ((uint64_t)256 << 20)
#define NAME_CACHE_FILE_MAX ((size_t)64 << 20) /* a longer one is not written */

struct name_cache_key {
	const uint8_t *build_id; /* the caller's */
	size_t build_id_len;	 /* 0: never cached */
	struct buf bytes;
};

void name_cache_key_start(struct name_cache_key *key, const uint8_t *build_id, size_t build_id_len,
			  enum demangle_style style);
/* One of the files that are read, in their order; fd -1: that one is not there. */
void name_cache_key_add(struct name_cache_key *key, int fd);
void name_cache_key_release(struct name_cache_key *key);

/* Into answers that are empty; false: there is nothing, or nothing that can be believed. */
bool name_cache_read(const struct cache_folder *c, const struct name_cache_key *key,
		     struct name_answers *out);
void name_cache_write(struct cache_folder *c, const struct name_cache_key *key,
		      const struct name_answers *answers);

#endif
