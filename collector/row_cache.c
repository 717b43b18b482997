#include "collector/row_cache.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cache_folder.h"
#include "base/mem.h"
#include "collector/row_file.h"
#include "formats/trace.h"

#define NAME_BYTES (2 * TRACE_BUILD_ID_MAX + 8)

struct row_cache {
	struct cache_folder folder;
	struct err why;
};

struct row_cache *row_cache_open(const char *dir)
{
	struct row_cache *c = mem_alloc(1, sizeof(*c));

	c->folder = CACHE_FOLDER_NONE;
	if (dir && !dir[0])
		err_set(&c->why, -1, "it was asked to do without");
	else
		(void)cache_folder_open(&c->folder, "unwind", dir, ROW_CACHE_BYTES_MAX, &c->why);
	return c;
}

void row_cache_close(struct row_cache *c)
{
	if (!c)
		return;
	cache_folder_close(&c->folder);
	free(c);
}

/* False: too short to tell builds apart, or longer than any. */
static bool name_of(char out[NAME_BYTES], const uint8_t *build_id, size_t len)
{
	if (len < 4 || len > TRACE_BUILD_ID_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", build_id[i]);
	snprintf(out + 2 * len, NAME_BYTES - 2 * len, ".rows");
	return true;
}

int row_cache_read(struct row_cache *c, const uint8_t *build_id, size_t build_id_len,
		   struct unwind_rows *out)
{
	struct buf bytes = { 0 };
	char name[NAME_BYTES];
	bool is_there;

	is_there = name_of(name, build_id, build_id_len) &&
		   cache_folder_read(&c->folder, name, ROW_FILE_BYTES_MAX, &bytes) &&
		   row_file_get(out, bytes.v, bytes.len);
	buf_release(&bytes);
	return is_there;
}

void row_cache_write(struct row_cache *c, const uint8_t *build_id, size_t build_id_len,
		     const struct unwind_rows *rows)
{
	struct buf bytes = { 0 };
	char name[NAME_BYTES];

	if (c->folder.fd < 0 || !name_of(name, build_id, build_id_len))
		return;
	row_file_put(&bytes, rows);
	if (bytes.len <= ROW_FILE_BYTES_MAX)
		cache_folder_write(&c->folder, name, bytes.v, bytes.len);
	buf_release(&bytes);
}

const char *row_cache_why(const struct row_cache *c)
{
	return c->why.text;
}
