#ifndef COLLECTOR_ROW_CACHE_H
#define COLLECTOR_ROW_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "collector/unwind_rows.h"

/*
 * Rows on disk, a file for each build ID, so that a library is read once and not in
 * every recording:
 *
 *	/var/cache/profile/unwind/HEX.rows          for root
 *	$XDG_CACHE_HOME/profile/unwind/HEX.rows     for others (~/.cache)
 *
 * A cache file is used only if it is a regular file that nobody but us could have written,
 * and only after every index in it was checked: it can be wrong, it cannot do harm. Files
 * are written beside and renamed. The folder is opened while we still have rights. It is
 * bounded: what was not used for longest goes first (base/cache_folder.h). Any failure
 * means "no cache", silently but for row_cache_why().
 */
struct row_cache;

#define ROW_CACHE_BYTES_MAX ((uint64_t)512 << 20)

/* Never NULL. dir NULL: the default place; "": no cache. */
struct row_cache *row_cache_open(const char *dir);
void row_cache_close(struct row_cache *c);

/* False: it has none for this build, or none that can be trusted. */
int row_cache_read(struct row_cache *c, const uint8_t *build_id, size_t build_id_len,
		   struct unwind_rows *out);
void row_cache_write(struct row_cache *c, const uint8_t *build_id, size_t build_id_len,
		     const struct unwind_rows *rows);

/* Why there is no cache; "" if there is one. */
const char *row_cache_why(const struct row_cache *c);

#endif
