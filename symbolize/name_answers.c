#include "symbolize/name_answers.h"

#include <string.h>

void name_answers_release(struct name_answers *a)
{
	name_table_free(a->names);
	vec_release(&a->offsets);
	*a = (struct name_answers){ 0 };
}

void name_answers_missing(const struct name_answers *a, const uint64_t *offsets, size_t cnt,
			  struct name_offsets *out)
{
	const struct name_offsets *known = &a->offsets;
	size_t k = 0;

	for (size_t i = 0; i < cnt; i++) {
		while (k < known->cnt && known->v[k] < offsets[i])
			k++;
		if (k == known->cnt || known->v[k] != offsets[i])
			*vec_push(out) = offsets[i];
	}
}

/* Two ascending lists without a common element, into one. */
static void merge(struct name_offsets *into, const uint64_t *offsets, size_t cnt)
{
	size_t old = into->cnt;
	size_t at = old + cnt;

	vec_reserve(into, cnt);
	into->cnt = at;
	while (cnt)
		into->v[--at] = old && into->v[old - 1] > offsets[cnt - 1] ? into->v[--old]
									   : offsets[--cnt];
}

int name_answers_take(struct name_answers *a, struct answer_summary *out, const struct buf *said,
		      const uint64_t *offsets, size_t cnt, struct err *err)
{
	static const struct trace_module module = { .kind = TRACE_MODULE_FILE, .path = "" };
	struct answer_target target = { .offsets = offsets, .offset_cnt = cnt };
	int bad;

	if (!a->names)
		a->names = name_table_new();
	target.names = a->names;
	target.module = name_table_module(a->names, &module, NULL);
	bad = answer_read(out, said->v, said->len, &target, err);
	if (!bad)
		merge(&a->offsets, offsets, cnt);
	return bad;
}

void name_answers_say(const struct name_answers *a, struct buf *out)
{
	struct answer said;

	answer_start(&said, out, NAME_REASON_NONE, ANSWER_UNUSED_NONE, "");
	for (size_t i = 0; i < a->offsets.cnt; i++) {
		enum name_reason reason;
		size_t cnt;
		const struct name_frame *frames =
			name_table_find(a->names, 0, a->offsets.v[i], &cnt, &reason);

		if (cnt)
			answer_frames(&said, frames, cnt);
		else
			answer_unnamed(&said, reason);
	}
	answer_end(&said);
}

size_t name_answers_copy(const struct name_answers *a, const uint64_t *offsets, size_t cnt,
			 struct name_table *names, uint32_t module, enum name_reason *out_reason)
{
	enum name_reason first = NAME_REASON_NONE;
	size_t named_cnt = 0;

	for (size_t i = 0; i < cnt; i++) {
		enum name_reason reason;
		size_t frame_cnt;
		const struct name_frame *frames =
			name_table_find(a->names, 0, offsets[i], &frame_cnt, &reason);

		name_table_add(names, module, offsets[i], frames, frame_cnt, reason);
		named_cnt += frame_cnt != 0;
		if (!frame_cnt && !first)
			first = reason;
	}
	*out_reason = named_cnt ? NAME_REASON_NONE : first;
	return named_cnt;
}
