#include "symbolize/name_answers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strtab.h"

void name_answers_release(struct name_answers *a)
{
	strtab_free(a->texts);
	vec_release(&a->known);
	vec_release(&a->frames);
	*a = (struct name_answers){ 0 };
}

void name_answers_missing(const struct name_answers *a, const uint64_t *offsets, size_t cnt,
			  struct name_offsets *out)
{
	size_t k = 0;

	for (size_t i = 0; i < cnt; i++) {
		while (k < a->known.cnt && a->known.v[k].offset < offsets[i])
			k++;
		if (k == a->known.cnt || a->known.v[k].offset != offsets[i])
			*vec_push(out) = offsets[i];
	}
}

static int by_offset(const void *left, const void *right)
{
	const struct name_known *a = left;
	const struct name_known *b = right;

	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

const struct name_frame *name_answers_find(const struct name_answers *a, uint64_t offset,
					   size_t *out_cnt, enum name_reason *out_reason)
{
	struct name_known key = { .offset = offset };
	const struct name_known *k =
		a->known.cnt ? bsearch(&key, a->known.v, a->known.cnt, sizeof(key), by_offset)
			     : NULL;

	*out_cnt = k ? k->cnt : 0;
	*out_reason = k ? (enum name_reason)k->reason : NAME_REASON_NO_MATCH;
	return k && k->cnt ? &a->frames.v[k->first] : NULL;
}

/* ---- taking ---- */

struct taker {
	struct name_answers *answers;
	const uint64_t *offsets;
};

static void add(void *to, size_t at, const struct name_frame *frames, size_t cnt,
		enum name_reason reason)
{
	struct taker *t = to;
	struct name_answers *a = t->answers;

	*vec_push(&a->known) = (struct name_known){
		.offset = t->offsets[at],
		.first = (uint32_t)a->frames.cnt,
		.cnt = (uint16_t)cnt,
		.reason = (uint8_t)reason,
	};
	for (size_t i = 0; i < cnt; i++)
		*vec_push(&a->frames) = frames[i];
}

int name_answers_take(struct name_answers *a, struct answer_summary *out, const struct buf *said,
		      const uint64_t *offsets, size_t cnt, struct err *err)
{
	struct taker taker = { .answers = a, .offsets = offsets };
	size_t known_cnt = a->known.cnt;
	size_t frame_cnt = a->frames.cnt;
	struct answer_target target = {
		.offsets = offsets, .offset_cnt = cnt, .add = add, .to = &taker, .is_fresh = true
	};

	if (!a->texts)
		a->texts = strtab_new();
	target.texts = a->texts;
	vec_reserve(&a->known, cnt);
	vec_reserve(&a->frames, cnt);
	if (answer_read(out, said->v, said->len, &target, err)) {
		a->known.cnt = known_cnt;
		a->frames.cnt = frame_cnt;
		return -EBADMSG;
	}
	if (known_cnt && cnt)
		qsort(a->known.v, a->known.cnt, sizeof(a->known.v[0]), by_offset);
	return 0;
}

/* ---- giving ---- */

void name_answers_say(const struct name_answers *a, struct buf *out)
{
	struct answer said;

	answer_start(&said, out, NAME_REASON_NONE, ANSWER_UNUSED_NONE, "");
	for (size_t i = 0; i < a->known.cnt; i++) {
		const struct name_known *k = &a->known.v[i];

		if (k->cnt)
			answer_frames(&said, &a->frames.v[k->first], k->cnt);
		else
			answer_unnamed(&said, (enum name_reason)k->reason);
	}
	answer_end(&said);
}

/* Each text is taken into the table once, however many frames have it. */
static const char *keep(struct name_table *names, const char **kept, const char *text)
{
	uint32_t id = strtab_id_of(text);

	if (!kept[id])
		kept[id] = name_table_keep(names, text);
	return kept[id];
}

size_t name_answers_copy(const struct name_answers *a, const uint64_t *offsets, size_t cnt,
			 struct name_table *names, uint32_t module, enum name_reason *out_reason)
{
	enum name_reason first = NAME_REASON_NONE;
	const struct name_known *known = a->known.v;
	const char **kept = mem_alloc(a->texts ? strtab_cnt(a->texts) : 0, sizeof(*kept));
	struct name_frame frames[NAME_FRAMES_MAX];
	size_t named_cnt = 0;

	name_table_reserve(names, cnt, a->frames.cnt);
	for (size_t i = 0; i < cnt; i++) {
		while (known->offset < offsets[i])
			known++;
		assert(known->offset == offsets[i]);
		for (size_t k = 0; k < known->cnt; k++) {
			frames[k] = a->frames.v[known->first + k];
			frames[k].function = keep(names, kept, frames[k].function);
			frames[k].file = keep(names, kept, frames[k].file);
		}
		name_table_add_kept(names, module, offsets[i], frames, known->cnt,
				    (enum name_reason)known->reason);
		named_cnt += known->cnt != 0;
		if (!known->cnt && !first)
			first = (enum name_reason)known->reason;
	}
	free(kept);
	*out_reason = named_cnt ? NAME_REASON_NONE : first;
	return named_cnt;
}
