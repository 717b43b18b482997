#include "symbolize/name_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "formats/checksum.h"
#include "formats/trace.h"
#include "symbolize/name_answers.h"

#define MAGIC 0x32434e50u /* "PNC2" */
#define SUM_BYTES sizeof(uint64_t)
#define KEY_BYTES_MAX 1024

/* ---- keys ---- */

static void put_stat(struct buf *out, const struct stat *st)
{
	buf_u64(out, (uint64_t)st->st_dev);
	buf_u64(out, (uint64_t)st->st_ino);
	buf_u64(out, (uint64_t)st->st_size);
	buf_u64(out, (uint64_t)st->st_mtim.tv_sec);
	buf_u64(out, (uint64_t)st->st_mtim.tv_nsec);
}

/* A program that was built again may name better. Where it cannot be told, nothing is cached. */
void name_cache_key_start(struct name_cache_key *key, const uint8_t *build_id, size_t build_id_len,
			  enum demangle_style style)
{
	struct stat st = { 0 };

	*key = (struct name_cache_key){ .build_id = build_id, .build_id_len = build_id_len };
	if (stat("/proc/self/exe", &st))
		key->build_id_len = 0;
	buf_puts(&key->bytes, PROFILE_VERSION);
	buf_u8(&key->bytes, 0);
	buf_u8(&key->bytes, (uint8_t)style);
	put_stat(&key->bytes, &st);
}

void name_cache_key_add(struct name_cache_key *key, int fd)
{
	struct stat st = { 0 };

	if (fd >= 0)
		(void)fstat(fd, &st);
	buf_u8(&key->bytes, fd >= 0);
	put_stat(&key->bytes, &st);
}

void name_cache_key_release(struct name_cache_key *key)
{
	buf_release(&key->bytes);
	*key = (struct name_cache_key){ 0 };
}

#define NAME_MAX_BYTES (2 * TRACE_BUILD_ID_MAX + 16)

static void file_name(char out[NAME_MAX_BYTES], const struct name_cache_key *key)
{
	trace_hex_text(out, key->build_id, (uint8_t)key->build_id_len);
	snprintf(out + 2 * key->build_id_len, NAME_MAX_BYTES - 2 * key->build_id_len, "-%08x",
		 checksum_short(key->bytes.v, key->bytes.len));
}

/* ---- reading ---- */

static bool has_good_end(const struct buf *file)
{
	struct bytes end;

	if (file->len < SUM_BYTES)
		return false;
	end = bytes_of(file->v + file->len - SUM_BYTES, SUM_BYTES);
	return bytes_u64(&end) == checksum_long(file->v, file->len - SUM_BYTES, MAGIC);
}

static bool has_key(struct bytes *in, const struct name_cache_key *key)
{
	size_t len = 0;
	const uint8_t *bytes = bytes_blob(in, KEY_BYTES_MAX, &len);

	return bytes && len == key->bytes.len && !memcmp(bytes, key->bytes.v, len);
}

/* Each distance takes a byte at least, so a count is bounded by what is left. */
static bool take_offsets(struct bytes *in, struct name_offsets *out)
{
	size_t cnt = (size_t)bytes_varint_max(in, bytes_left(in));
	uint64_t last = 0;

	for (size_t i = 0; i < cnt && !in->failed; i++) {
		uint64_t distance = bytes_varint(in);

		if ((i && !distance) || distance > UINT64_MAX - last)
			return false;
		last += distance;
		*vec_push(out) = last;
	}
	return !in->failed;
}

static bool understand(const struct buf *file, const struct name_cache_key *key,
		       struct name_answers *out)
{
	struct bytes in = bytes_of(file->v, file->len - SUM_BYTES);
	struct answer_summary summary = { 0 };
	struct name_offsets offsets = { 0 };
	struct err err = { 0 };
	struct buf said;
	bool good = bytes_u32(&in) == MAGIC && has_key(&in, key) && take_offsets(&in, &offsets);

	if (good) {
		said = (struct buf){ .v = (uint8_t *)in.p, .len = bytes_left(&in) };
		good = !name_answers_take(out, &summary, &said, offsets.v, offsets.cnt, &err);
	}
	free(summary.why);
	vec_release(&offsets);
	return good;
}

bool name_cache_read(const struct cache_folder *c, const struct name_cache_key *key,
		     struct name_answers *out)
{
	struct buf file = { 0 };
	char name[NAME_MAX_BYTES];
	bool good;

	if (!key->build_id_len)
		return false;
	file_name(name, key);
	good = cache_folder_read(c, name, NAME_CACHE_FILE_MAX, &file) && has_good_end(&file) &&
	       understand(&file, key, out);
	buf_release(&file);
	if (!good)
		name_answers_release(out);
	return good;
}

/* ---- writing ---- */

void name_cache_write(struct cache_folder *c, const struct name_cache_key *key,
		      const struct name_answers *answers)
{
	struct buf file = { 0 };
	char name[NAME_MAX_BYTES];
	uint64_t last = 0;

	if (!key->build_id_len || c->fd < 0)
		return;
	buf_u32(&file, MAGIC);
	buf_blob(&file, key->bytes.v, key->bytes.len);
	buf_varint(&file, answers->known.cnt);
	for (size_t i = 0; i < answers->known.cnt; i++) {
		buf_varint(&file, answers->known.v[i].offset - last);
		last = answers->known.v[i].offset;
	}
	name_answers_say(answers, &file);
	buf_u64(&file, checksum_long(file.v, file.len, MAGIC));
	file_name(name, key);
	if (file.len <= NAME_CACHE_FILE_MAX)
		cache_folder_write(c, name, file.v, file.len);
	buf_release(&file);
}
