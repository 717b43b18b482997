#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "formats/checksum.h"
#include "formats/chunk.h"
#include "formats/folded_lines.h"
#include "formats/folded_waits.h"
#include "formats/latency_export.h"
#include "formats/name_table.h"
#include "formats/stack_quality.h"
#include "formats/trace_dump.h"
#include "formats/trace_summary.h"
#include "tests/fuzz/chunk_trace.h"
#include "tests/fuzz/record_stream.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/*
 * What checksums keep the other target from reaching (tests/fuzz/chunk_trace.h). Nothing is
 * known of what comes out but the reader's promises.
 */

/* Waits as export shows them. */
static void fold_waits(struct trace_reader *r, const struct name_table *names)
{
	struct folded_lines lines;

	for (unsigned way = 1; way < WAIT_WAY_CNT; way++) {
		struct folded_waits which = { .way = (enum wait_way)way };
		struct buf out = { 0 };

		if (wait_event_find(r, which.way, &which.event, NULL))
			return;
		which.weight = way % 2 ? WAIT_WEIGHT_FULL : WAIT_WEIGHT_SPLIT;
		trace_reader_rewind(r);
		folded_lines_start(&lines, true);
		folded_waits_add(&lines, r, names, &which, NULL);
		folded_lines_put(&lines, &out, 1, 1000);
		folded_lines_release(&lines);
		buf_release(&out);
	}
}

/* Latencies as export shows them, where these are not too many. */
static void export_latencies(struct trace_reader *r)
{
	struct latency_export e;

	trace_reader_rewind(r);
	for (unsigned singles = 0; singles < 2; singles++)
		if (!latency_export_start(&e, r, NULL, singles, NULL) && e.latency_cnt < 100000)
			latency_export_write(&e, r, "/dev/null", NULL);
}

/* Also names all roots, copied stacks among them. */
static void judge_stacks(struct trace_reader *r, const struct name_table *names)
{
	struct trace_record record;
	struct stack_quality q;
	uint64_t sum;

	trace_reader_rewind(r);
	stack_quality_start(&q, r, names);
	while (trace_reader_next(r, &record, NULL) > 0) {
		if (record.kind == TRACE_RECORD_KEY_FRAME)
			stack_quality_restart(&q);
		if (record.kind == TRACE_RECORD_SAMPLE)
			stack_quality_add(&q, record.sample.stack);
		if (record.kind == TRACE_RECORD_WAIT_SUM)
			stack_quality_add_many(&q, record.wait_sum.stack,
					       record.wait_sum.cnt & UINT32_MAX);
		if (record.kind == TRACE_RECORD_LATENCY)
			stack_quality_add(&q, record.latency.stack);
	}
	stack_quality_end(&q);
	sum = q.whole_cnt;
	for (unsigned i = 0; i < TRACE_REASON_CNT; i++)
		sum += q.cut[i];
	PROMISE(sum == q.stack_cnt);
	stack_quality_release(&q);
}

static void read_all(const struct buf *trace)
{
	static FILE *nowhere;
	struct record_stream stream = { 0 };
	struct trace_summary summary;
	struct trace_reader *r;
	struct name_table *names;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (trace_reader_open_bytes(&r, trace->v, trace->len, "fuzz", NULL) != 0)
		return;
	record_stream_read(&stream, r);
	trace_reader_rewind(r);
	trace_summary_take(&summary, r, NULL);
	trace_summary_release(&summary);
	export_latencies(r);
	if (name_table_read(&names, r, NULL) == 0) {
		judge_stacks(r, names);
		fold_waits(r, names);
		name_table_free(names);
	}
	if (nowhere)
		trace_dump(trace_reader_source(r), nowhere, NULL);
	trace_reader_close(r);
	vec_release(&stream);
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	struct buf trace = { 0 };

	chunk_trace_make(&trace, bytes_of(bytes, len));
	read_all(&trace);
	buf_release(&trace);
	return 0;
}
