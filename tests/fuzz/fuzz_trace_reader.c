#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/name_table.h"
#include "tests/fuzz/record_stream.h"

int fuzz_one(const uint8_t *bytes, size_t len);
void fuzz_learn(const uint8_t *bytes, size_t len);

/*
 * Traces with damage anywhere: whatever is read of one must be what was written. Each
 * record that is not vague is one of the pristine stream, in its order; and a reader
 * that says "clean" has read all of it.
 */

#define LEARNED_MAX 64

static struct record_stream learned[LEARNED_MAX];
static size_t learned_cnt;

void fuzz_learn(const uint8_t *bytes, size_t len)
{
	struct trace_reader *r;

	if (learned_cnt == LEARNED_MAX || trace_reader_open_bytes(&r, bytes, len, "corpus", NULL))
		return;
	PROMISE(record_stream_read(&learned[learned_cnt], r));
	trace_reader_close(r);
	learned_cnt++;
}

/* True if what is whole in `got` comes in `whole` in this order. */
static bool is_part_of(const struct record_stream *got, const struct record_stream *whole)
{
	size_t at = 0;

	for (size_t i = 0; i < got->cnt; i++) {
		if (got->v[i].vague)
			continue;
		while (at < whole->cnt && whole->v[at].digest != got->v[i].digest)
			at++;
		if (at++ == whole->cnt)
			return false;
	}
	return true;
}

static void check_stream(const struct record_stream *got, bool is_clean)
{
	for (size_t i = 0; i < learned_cnt; i++)
		if (is_part_of(got, &learned[i]) && got->cnt <= learned[i].cnt &&
		    (!is_clean || got->cnt == learned[i].cnt))
			return;
	PROMISE(learned_cnt == 0);
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	struct record_stream stream = { 0 }, again = { 0 };
	struct trace_reader *r;
	struct name_table *names;

	if (trace_reader_open_bytes(&r, bytes, len, "fuzz", NULL) != 0)
		return 0;
	if (record_stream_read(&stream, r)) {
		check_stream(&stream, trace_reader_is_clean(r));
		PROMISE(!trace_reader_is_clean(r) ||
			!trace_reader_totals(r)->lost[TRACE_LOSS_DAMAGED_CHUNKS]);
	}
	if (name_table_read(&names, r, NULL) == 0)
		name_table_free(names);
	if (bytes[len / 2] % 16 == 0) { /* now and then: the second pass is as the first */
		trace_reader_rewind(r);
		record_stream_read(&again, r);
		PROMISE(again.cnt == stream.cnt);
		for (size_t i = 0; i < again.cnt; i++)
			PROMISE(again.v[i].digest == stream.v[i].digest &&
				again.v[i].vague == stream.v[i].vague);
	}
	trace_reader_close(r);
	vec_release(&stream);
	vec_release(&again);
	return 0;
}
