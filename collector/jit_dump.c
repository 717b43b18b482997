#include "collector/jit_dump.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"

#define MAGIC 0x4A695444u
#define MAGIC_SWAPPED 0x4454694Au
#define VERSION 1
#define HEADER_BYTES 40
#define HEADER_BYTES_MAX 4096
#define FLAG_ARCH_TIME 1u /* times are those of the CPU's own counter */

#define PREFIX_BYTES 16
#define LOAD_BYTES 40	   /* before the name */
#define DEBUG_ENTRY_MIN 17 /* with an empty path */

/*
 * V8 gives addresses of lines as they will be in an ELF file that begins with its header
 * (PerfJitLogger::LogWriteDebugInfo adds kElfHeaderSize); it is known by its padding.
 */
#define V8_PAD 0xdeadbeefu
#define V8_LINE_SHIFT 0x40

enum record { RECORD_LOAD = 0, RECORD_MOVE = 1, RECORD_DEBUG = 2 };

static uint64_t refuse(struct jit_dump *d, const char *why)
{
	d->refused = why;
	return 0;
}

static uint64_t take_header(struct jit_dump *d, struct bytes b, uint64_t left)
{
	uint32_t magic, version, size, pad;
	uint64_t flags;

	if (bytes_left(&b) < HEADER_BYTES)
		return 0;
	magic = bytes_u32(&b);
	version = bytes_u32(&b);
	size = bytes_u32(&b);
	bytes_u32(&b); /* machine */
	pad = bytes_u32(&b);
	bytes_u32(&b); /* pid */
	bytes_u64(&b); /* time */
	flags = bytes_u64(&b);
	if (magic == MAGIC_SWAPPED)
		return refuse(d, "it is of a machine of the other byte order");
	if (magic != MAGIC || version != VERSION || size < HEADER_BYTES || size > HEADER_BYTES_MAX)
		return refuse(d, "it is no jitdump of version 1");
	if (flags & FLAG_ARCH_TIME)
		return refuse(d, "its times are those of the CPU's counter, not of the clock");
	if (size > left)
		return 0;
	d->began = true;
	d->line_shift = pad == V8_PAD ? V8_LINE_SHIFT : 0;
	return size;
}

static void take_load(struct bytes *b, uint64_t time_ns, struct jit_code *out)
{
	struct jit_load load = { .time_ns = time_ns };

	bytes_u64(b); /* pid, tid */
	bytes_u64(b); /* vma */
	load.start = bytes_u64(b);
	load.size = bytes_u64(b);
	bytes_u64(b); /* index */
	if (b->failed)
		return;
	load.name = (const char *)b->p;
	load.name_len = strnlen(load.name, bytes_left(b));
	jit_code_add(out, &load);
}

static void take_move(struct bytes *b, uint64_t time_ns, struct jit_code *out)
{
	uint64_t from, to, size;

	bytes_u64(b); /* pid, tid */
	bytes_u64(b); /* vma */
	from = bytes_u64(b);
	to = bytes_u64(b);
	size = bytes_u64(b);
	if (!b->failed)
		jit_code_move(out, from, to, size, time_ns);
}

/*
 * A path of the one byte 255 is that of the entry before. V8 also writes paths that it has
 * freed already (of scripts of node 20); where those upset the rest there are addresses
 * beyond all code, and then none of the entries is believed.
 */
static void take_debug(const struct jit_dump *d, struct bytes *b, struct jit_code *out)
{
	uint64_t code = bytes_u64(b), cnt = bytes_u64(b);
	const char *file = "";
	size_t file_len = 0;

	if (b->failed || cnt > bytes_left(b) / DEBUG_ENTRY_MIN)
		return;
	jit_code_lines_begin(out, code);
	while (cnt--) {
		uint64_t address = bytes_u64(b) - d->line_shift;
		uint32_t line = bytes_u32(b);
		const char *path;
		size_t len;

		bytes_u32(b); /* discriminator */
		path = (const char *)b->p;
		len = strnlen(path, bytes_left(b));
		if (!bytes_take(b, len + 1))
			return;
		if (len != 1 || (uint8_t)*path != 0xff) {
			file = path;
			file_len = len;
		}
		if (address - code > UINT32_MAX) {
			jit_code_lines_begin(out, code);
			return;
		}
		jit_code_line(out, address, line, file, file_len);
	}
}

/* How many bytes of a record are looked at. */
static uint64_t wanted(uint32_t id, uint64_t size)
{
	uint64_t max = id == RECORD_LOAD   ? PREFIX_BYTES + LOAD_BYTES + JIT_NAME_MAX + 1
		       : id == RECORD_MOVE ? 128
					   : JIT_DUMP_BLOCK;

	if (id > RECORD_DEBUG || (id == RECORD_DEBUG && size > JIT_DUMP_BLOCK))
		return 0;
	return size < max ? size : max;
}

static uint64_t take_record(struct jit_dump *d, struct bytes b, uint64_t left, struct jit_code *out)
{
	size_t have = bytes_left(&b);
	uint32_t id = bytes_u32(&b), size = bytes_u32(&b);
	uint64_t time_ns = bytes_u64(&b);
	struct bytes body;

	if (b.failed)
		return 0;
	if (size < PREFIX_BYTES)
		return refuse(d, "a record is shorter than its own head");
	if (size > left || wanted(id, size) > have)
		return 0;
	body = bytes_sub(&b, wanted(id, size) ? wanted(id, size) - PREFIX_BYTES : 0);
	if (id == RECORD_LOAD)
		take_load(&body, time_ns, out);
	else if (id == RECORD_MOVE)
		take_move(&body, time_ns, out);
	else if (id == RECORD_DEBUG && wanted(id, size))
		take_debug(d, &body, out);
	return size;
}

uint64_t jit_dump_take(struct jit_dump *d, const uint8_t *bytes, size_t len, uint64_t left,
		       struct jit_code *out)
{
	uint64_t at = 0, more = 1;

	while (more && !d->refused && at < len) {
		struct bytes b = bytes_of(bytes + at, len - at);

		more = d->began ? take_record(d, b, left - at, out) : take_header(d, b, left - at);
		at += more;
	}
	return at <= left ? at : left;
}
