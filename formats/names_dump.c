#include "formats/dump_rows.h"

#include "formats/trace.h"

/* The rows of chunks of names. */

/* Texts are told once, as in the file: entries refer to them by number, 0 is the empty one. */
static void dump_texts(struct buf *out, struct bytes *b)
{
	struct bytes texts = bytes_sub(b, (size_t)bytes_varint_max(b, TRACE_CHUNK_RAW_MAX));

	for (uint64_t id = 1; bytes_left(&texts); id++) {
		struct entry_text text = entry_take_text(&texts);

		if (texts.failed)
			break;
		dump_row(out, id);
		dump_entry_text(out, "text", text);
		buf_puts(out, "\n");
	}
	dump_is_bad(b, !texts.failed);
}

static void dump_named_frames(struct buf *out, struct bytes *b, uint64_t cnt)
{
	for (; cnt && !b->failed; cnt--) {
		uint64_t kind = bytes_varint(b), function = bytes_varint(b);
		uint64_t file = bytes_varint(b), line = bytes_varint(b);

		if (b->failed)
			return;
		buf_puts(out, "     ");
		dump_number(out, "kind", kind);
		dump_number(out, "function", function);
		dump_number(out, "file", file);
		dump_number(out, "line", line);
		buf_puts(out, "\n");
	}
}

static void put_identity(struct buf *out, const uint8_t *identity, size_t len)
{
	buf_puts(out, " identity ");
	for (size_t i = 0; i < len; i++)
		buf_printf(out, "%02x", identity[i]);
}

void dump_module_names(struct buf *out, struct bytes *b)
{
	size_t len;
	const uint8_t *identity = bytes_blob(b, bytes_left(b), &len);
	uint64_t reason = bytes_varint(b), offset = 0;
	struct entry_text note = entry_take_text(b);

	buf_puts(out, "   ");
	put_identity(out, identity, len);
	dump_number(out, "reason", reason);
	dump_entry_text(out, "note", note);
	buf_puts(out, "\n");
	dump_texts(out, b);
	while (bytes_left(b)) {
		uint64_t cnt;

		offset += bytes_varint(b);
		cnt = bytes_varint(b);
		reason = cnt ? 0 : bytes_varint(b);
		if (b->failed)
			return;
		buf_puts(out, "   ");
		dump_hex(out, "offset", offset);
		dump_number(out, "frames", cnt);
		if (!cnt)
			dump_number(out, "reason", reason);
		buf_puts(out, "\n");
		dump_named_frames(out, b, cnt);
	}
}

static void dump_identities(struct buf *out, struct bytes *b)
{
	struct bytes list = bytes_sub(b, (size_t)bytes_varint_max(b, TRACE_CHUNK_RAW_MAX));

	for (uint64_t id = 0; bytes_left(&list); id++) {
		size_t len;
		const uint8_t *identity = bytes_blob(&list, bytes_left(&list), &len);

		if (list.failed)
			break;
		dump_row(out, id);
		put_identity(out, identity, len);
		buf_puts(out, "\n");
	}
	dump_is_bad(b, !list.failed);
}

static void dump_places(struct buf *out, struct bytes *b, uint64_t cnt)
{
	for (; cnt && !b->failed; cnt--) {
		uint64_t module = bytes_varint(b), offset = bytes_varint(b);

		if (b->failed)
			return;
		buf_puts(out, "     ");
		dump_number(out, "kind", module & 1 ? TRACE_FRAME_JIT : TRACE_FRAME_USER);
		dump_number(out, "identity", module >> 1);
		dump_hex(out, "offset", offset);
		buf_puts(out, "\n");
	}
}

void dump_copy_stacks(struct buf *out, struct bytes *b)
{
	size_t len;
	const uint8_t *identity = bytes_blob(b, bytes_left(b), &len);
	uint64_t id = 0;

	buf_puts(out, "   ");
	put_identity(out, identity, len);
	buf_puts(out, "\n");
	dump_identities(out, b);
	while (bytes_left(b) && !b->failed) {
		uint64_t reason, cnt;

		id += bytes_varint(b);
		reason = bytes_varint(b);
		cnt = bytes_varint(b);
		if (b->failed)
			return;
		buf_puts(out, "   ");
		dump_number(out, "copy", id);
		dump_number(out, "reason", reason);
		dump_number(out, "places", cnt);
		buf_puts(out, "\n");
		dump_places(out, b, cnt);
	}
}
