#include "symbolize/answer.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/vec.h"

void answer_start(struct answer *a, struct buf *out, enum name_reason reason,
		  enum answer_unused unused, const char *why)
{
	*a = (struct answer){ .out = out, .texts = strtab_new(), .sent_cnt = 1 };
	buf_u8(out, (uint8_t)reason);
	buf_u8(out, (uint8_t)unused);
	buf_blob(out, why, strnlen(why, ERR_TEXT_MAX));
}

static void put_text(struct answer *a, const char *text)
{
	size_t len = strnlen(text, NAME_TEXT_BYTES);
	uint32_t id = strtab_intern(a->texts, text, len);

	buf_varint(a->out, id);
	if (id < a->sent_cnt)
		return;
	buf_blob(a->out, text, len);
	a->sent_cnt = id + 1;
}

void answer_frames(struct answer *a, const struct name_frame *frames, size_t cnt)
{
	if (cnt > NAME_FRAMES_MAX)
		cnt = NAME_FRAMES_MAX;
	buf_varint(a->out, cnt);
	for (size_t i = 0; i < cnt; i++) {
		buf_u8(a->out, (uint8_t)frames[i].kind);
		put_text(a, frames[i].function);
		put_text(a, frames[i].file);
		buf_varint(a->out, frames[i].line);
	}
}

void answer_function(struct answer *a, enum trace_frame_kind kind, const char *function)
{
	answer_frames(a, &(struct name_frame){ .kind = kind, .function = function, .file = "" }, 1);
}

void answer_unnamed(struct answer *a, enum name_reason reason)
{
	buf_varint(a->out, 0);
	buf_u8(a->out, (uint8_t)reason);
}

void answer_end(struct answer *a)
{
	strtab_free(a->texts);
	*a = (struct answer){ 0 };
}

/* An answer half understood: bytes in, texts by number. */
struct answer_reader {
	struct bytes in;
	struct strtab *texts;
	struct {
		VEC(uint32_t);
	} numbers; /* of the child -> id in texts */
	size_t named_cnt;
};

static const char *take_text(struct answer_reader *r)
{
	uint64_t number = bytes_varint_max(&r->in, r->numbers.cnt);
	const uint8_t *text;
	size_t len;

	if (number == r->numbers.cnt && !r->in.failed) {
		text = bytes_blob(&r->in, NAME_TEXT_BYTES, &len);
		if (text && memchr(text, '\0', len))
			r->in.failed = true;
		if (r->in.failed)
			return "";
		*vec_push(&r->numbers) = strtab_intern(r->texts, (const char *)text, len);
	}
	return r->in.failed ? "" : strtab_get(r->texts, r->numbers.v[number], NULL);
}

static bool is_symbolized_kind(enum trace_frame_kind kind)
{
	return kind == TRACE_FRAME_KERNEL || kind == TRACE_FRAME_USER ||
	       kind == TRACE_FRAME_INLINED || kind == TRACE_FRAME_JIT;
}

static enum name_reason take_reason(struct answer_reader *r, enum name_reason lowest)
{
	uint8_t reason = bytes_u8(&r->in);

	if (reason < lowest || reason >= NAME_REASON_CNT)
		r->in.failed = true;
	return (enum name_reason)reason;
}

static enum answer_unused take_unused(struct answer_reader *r)
{
	uint8_t unused = bytes_u8(&r->in);

	if (unused > ANSWER_UNUSED_DEBUG)
		r->in.failed = true;
	return (enum answer_unused)unused;
}

static void take_frame(struct answer_reader *r, struct name_frame *out)
{
	out->kind = (enum trace_frame_kind)bytes_u8(&r->in);
	out->function = take_text(r);
	out->file = take_text(r);
	out->line = (uint32_t)bytes_varint_max(&r->in, UINT32_MAX);
	if (!is_symbolized_kind(out->kind) || !out->function[0])
		r->in.failed = true;
}

/* The frames of one offset; into the table if there is one. */
static void take_offset(struct answer_reader *r, const struct answer_target *target, size_t at,
			bool add)
{
	struct name_frame frames[NAME_FRAMES_MAX];
	enum name_reason reason = NAME_REASON_NONE;
	size_t cnt = bytes_varint_max(&r->in, NAME_FRAMES_MAX);

	for (size_t i = 0; i < cnt && !r->in.failed; i++)
		take_frame(r, &frames[i]);
	if (!cnt)
		reason = take_reason(r, NAME_REASON_NONE + 1);
	if (r->in.failed)
		return;
	r->named_cnt += cnt != 0;
	if (!add)
		return;
	if (target->names)
		name_table_add(target->names, target->module, target->offsets[at], frames, cnt,
			       reason);
	else
		target->add(target->to, at, frames, cnt, reason);
}

static void take_all(struct answer_summary *out, const void *said, size_t len,
		     const struct answer_target *target, bool add, bool *out_good)
{
	struct answer_reader r = { .in = bytes_of(said, len), .texts = target->texts };
	const uint8_t *why;
	size_t why_len;

	if (!r.texts)
		r.texts = strtab_new();
	*vec_push(&r.numbers) = 0;
	out->reason = take_reason(&r, NAME_REASON_NONE);
	out->unused = take_unused(&r);
	why = bytes_blob(&r.in, ERR_TEXT_MAX, &why_len);
	for (size_t i = 0; i < target->offset_cnt && !r.in.failed; i++)
		take_offset(&r, target, i, add);
	*out_good = !r.in.failed && bytes_left(&r.in) == 0;
	out->named_cnt = r.named_cnt;
	out->why = add && *out_good ? mem_dup((const char *)why, why_len) : NULL;
	if (!target->texts)
		strtab_free(r.texts);
	vec_release(&r.numbers);
}

int answer_read(struct answer_summary *out, const void *said, size_t len,
		const struct answer_target *target, struct err *err)
{
	struct answer_summary summary;
	bool good = true;

	if (!target->is_fresh)
		take_all(&summary, said, len, target, false, &good);
	if (good)
		take_all(&summary, said, len, target, true, &good);
	if (!good)
		return err_set(err, -EBADMSG, "the reader of the file gave no whole answer");
	*out = summary;
	return 0;
}
