#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/answer.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/*
 * What a captured child may say: taken whole or not at all, the same each time, and what
 * is taken has a name or a reason at every offset.
 */

#define OFFSET_CNT 3

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void check_offset(const struct name_table *names, uint64_t offset, size_t *named_cnt)
{
	enum name_reason reason;
	size_t cnt;
	const struct name_frame *frames = name_table_find(names, 0, offset, &cnt, &reason);

	expect((cnt == 0) == (frames == NULL));
	expect(cnt ? reason == NAME_REASON_NONE : reason > 0 && reason < NAME_REASON_CNT);
	for (size_t i = 0; i < cnt; i++)
		expect(frames[i].function[0] && frames[i].kind >= TRACE_FRAME_KERNEL &&
		       frames[i].kind <= TRACE_FRAME_JIT);
	*named_cnt += cnt != 0;
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	static const uint64_t offsets[OFFSET_CNT] = { 0x10, 0x20, 0x30 };
	const struct trace_module module = { .kind = TRACE_MODULE_FILE,
					     .path = "/a",
					     .process = TRACE_NONE };
	struct name_table *names = name_table_new();
	struct answer_target target = { names, name_table_module(names, &module, NULL), offsets,
					OFFSET_CNT };
	struct answer_summary summary = { 0 };
	struct err err = { 0 };
	size_t named_cnt = 0;

	if (answer_read(&summary, bytes, len, &target, &err)) {
		expect(err.code && name_table_cnt(names) == 0 && !summary.why);
	} else {
		expect(summary.reason < NAME_REASON_CNT && summary.unused <= ANSWER_UNUSED_DEBUG);
		expect(name_table_cnt(names) == OFFSET_CNT && strlen(summary.why) < ERR_TEXT_MAX);
		for (size_t i = 0; i < OFFSET_CNT; i++)
			check_offset(names, offsets[i], &named_cnt);
		expect(named_cnt == summary.named_cnt);
	}
	free(summary.why);
	name_table_free(names);
	return 0;
}
