#include "symbolize/copy_answer.h"

#include <errno.h>

#include "base/bytes.h"

void copy_answer_put(struct buf *out, const struct copy_piece *piece,
		     const struct copy_place *places, size_t cnt, enum trace_reason root)
{
	buf_u8(out, (uint8_t)root);
	buf_varint(out, cnt);
	for (size_t i = 0; i < cnt; i++) {
		buf_varint(out, places[i].mapping);
		buf_varint(out, places[i].address - piece->mappings[places[i].mapping].start);
	}
}

static void take_place(struct bytes *in, const struct copy_piece *piece, struct copy_place *out)
{
	const uint64_t mapping = bytes_varint_max(in, UINT32_MAX);
	const uint64_t from_start = bytes_varint(in);

	if (in->failed || mapping >= piece->mapping_cnt ||
	    from_start >= piece->mappings[mapping].end - piece->mappings[mapping].start) {
		in->failed = true;
		return;
	}
	out->mapping = (uint32_t)mapping;
	out->address = piece->mappings[mapping].start + from_start;
}

/* sink NULL: only looks whether it holds. A stack is whole, has places, or has neither
 * and says why. */
static void take_stack(struct bytes *in, const struct copy_piece *piece, size_t stack,
		       const struct copy_answer_sink *sink)
{
	struct copy_place places[COPY_PLACES_MAX];
	const uint8_t root = bytes_u8(in);
	const size_t cnt = bytes_varint_max(in, COPY_PLACES_MAX);

	for (size_t i = 0; i < cnt && !in->failed; i++)
		take_place(in, piece, &places[i]);
	if (root >= TRACE_REASON_CNT || (!cnt && !root))
		in->failed = true;
	if (sink && !in->failed)
		sink->take(sink->owner, stack, places, cnt, (enum trace_reason)root);
}

static bool take_all(const void *said, size_t len, const struct copy_piece *piece,
		     const struct copy_answer_sink *sink)
{
	struct bytes in = bytes_of(said, len);

	for (size_t i = 0; i < piece->stack_cnt && !in.failed; i++)
		take_stack(&in, piece, i, sink);
	return !in.failed && !bytes_left(&in);
}

int copy_answer_read(const void *said, size_t len, const struct copy_piece *piece,
		     const struct copy_answer_sink *sink, struct err *err)
{
	if (!take_all(said, len, piece, NULL))
		return err_set(err, -EBADMSG, "the unwinder of its stacks gave no whole answer");
	take_all(said, len, piece, sink);
	return 0;
}
