#include "collector/perf_record.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "base/bytes.h"

#ifndef PERF_RECORD_MISC_MMAP_BUILD_ID
#define PERF_RECORD_MISC_MMAP_BUILD_ID (1 << 14)
#endif

#define KSYMBOL_BPF 1
#define TRAILER_LEN 24 /* pid tid time cpu - */

static void decode_who_and_when(struct bytes *b, struct perf_record *out)
{
	out->pid = bytes_u32(b);
	out->tid = bytes_u32(b);
	out->time_ns = bytes_u64(b);
	out->cpu = bytes_u32(b);
	bytes_u32(b);
}

/* The rest of b is text with NULs behind it. NULL if it has none. */
static const char *decode_text(struct bytes *b)
{
	size_t len = bytes_left(b);
	const uint8_t *text = bytes_take(b, len);

	return text && memchr(text, 0, len) ? (const char *)text : NULL;
}

static bool decode_raw(struct bytes *b, struct perf_record *out)
{
	decode_who_and_when(b, out);
	out->raw.len = bytes_u32(b);
	out->raw.bytes = bytes_take(b, out->raw.len);
	return !b->failed;
}

static bool decode_map(struct bytes *b, struct perf_record *out)
{
	out->pid = bytes_u32(b);
	out->tid = bytes_u32(b);
	out->map.start = bytes_u64(b);
	out->map.len = bytes_u64(b);
	out->map.file_offset = bytes_u64(b);
	if (out->misc & PERF_RECORD_MISC_MMAP_BUILD_ID) {
		uint8_t len = bytes_u8(b);
		const uint8_t *id;

		bytes_take(b, 3);
		id = bytes_take(b, 20);
		if (!id || len > 20)
			return false;
		memcpy(out->map.build_id, id, len);
		out->map.build_id_len = len;
	} else {
		uint32_t major = bytes_u32(b), minor = bytes_u32(b);

		out->map.dev = makedev(major, minor);
		out->map.inode = bytes_u64(b);
		bytes_u64(b); /* generation of the inode */
	}
	bytes_u64(b); /* protection and flags */
	out->map.path = decode_text(b);
	return out->map.path && out->map.start + out->map.len >= out->map.start;
}

static bool decode_symbol(struct bytes *b, struct perf_record *out)
{
	uint16_t type, flags;

	out->symbol.start = bytes_u64(b);
	out->symbol.len = bytes_u32(b);
	type = bytes_u16(b);
	flags = bytes_u16(b);
	out->symbol.is_bpf = type == KSYMBOL_BPF;
	out->symbol.gone = flags & 1;
	out->symbol.name = decode_text(b);
	return out->symbol.name != NULL;
}

static bool decode_body(struct bytes *b, struct perf_record *out)
{
	switch (out->type) {
	case PERF_RECORD_MMAP2:
		return decode_map(b, out);
	case PERF_RECORD_KSYMBOL:
		return decode_symbol(b, out);
	case PERF_RECORD_COMM:
		out->pid = bytes_u32(b);
		out->tid = bytes_u32(b);
		out->comm.name = decode_text(b);
		out->comm.exec = out->misc & PERF_RECORD_MISC_COMM_EXEC;
		return out->comm.name != NULL;
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		out->pid = bytes_u32(b);
		out->fork.parent_pid = bytes_u32(b);
		out->tid = bytes_u32(b);
		out->fork.parent_tid = bytes_u32(b);
		return !b->failed;
	case PERF_RECORD_LOST:
		bytes_u64(b); /* id of the event */
		out->lost = bytes_u64(b);
		return !b->failed;
	default:
		return true;
	}
}

bool perf_record_decode(const struct perf_event_header *header, struct perf_record *out)
{
	size_t len = header->size - sizeof(*header);
	struct bytes b = bytes_of(header + 1, len), trailer;

	memset(out, 0, sizeof(*out));
	out->type = header->type;
	out->misc = header->misc;
	if (out->type == PERF_RECORD_SAMPLE)
		return decode_raw(&b, out);
	if (len < TRAILER_LEN)
		return false;
	b = bytes_of(header + 1, len - TRAILER_LEN);
	trailer = bytes_of((const uint8_t *)header + header->size - TRAILER_LEN, TRAILER_LEN);
	decode_who_and_when(&trailer, out);
	return decode_body(&b, out);
}
