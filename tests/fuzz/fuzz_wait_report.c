#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "formats/name_table.h"
#include "formats/trace_reader.h"
#include "render/picture_source.h"
#include "render/report.h"
#include "tests/fuzz/chunk_trace.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/*
 * Whatever a trace says of waits can be told: as text that a terminal obeys nowhere, and as
 * JSON; no convoy loses more than was waited there, no knot holds more than its threads waited.
 */
static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_text(const struct buf *text)
{
	size_t step;

	for (size_t at = 0; at < text->len; at += step) {
		uint32_t code = text_code_point((const char *)text->v + at, text->len - at, &step);

		require(code != TEXT_INVALID);
		require(code == '\n' || (code >= 0x20 && (code < 0x7f || code > 0x9f)));
	}
}

static void check_findings(const struct wait_report *r)
{
	uint64_t member_cnt = 0;

	for (size_t i = 0; i < r->convoys.cnt; i++) {
		const struct wait_site *site = &r->sites.v.v[r->convoys.v[i].site];

		require(r->convoys.v[i].lost_ns <= site->blocked_ns);
		require(r->convoys.v[i].holder < r->threads.v.cnt);
	}
	for (size_t i = 0; i < r->knots.v.cnt; i++) {
		require(r->knots.v.v[i].cnt > 1);
		require(r->knots.v.v[i].inside_ns <= r->knots.v.v[i].blocked_ns);
		member_cnt += r->knots.v.v[i].cnt;
	}
	require(member_cnt == r->knots.members.cnt && member_cnt <= r->threads.v.cnt);
	for (size_t i = 1; i < r->longest.v.cnt; i++)
		require(long_wait_ns(&r->longest.v.v[i - 1]) >= long_wait_ns(&r->longest.v.v[i]));
	for (size_t i = 1; i < r->processes.v.cnt; i++)
		require(r->processes.v.v[i - 1].held_ns >= r->processes.v.v[i].held_ns);
}

static void tell(const struct picture_source *source, const struct selection *s, FILE *stream)
{
	struct wait_request request = { .with_idle = s->thread };
	struct report report;
	struct buf text = { 0 };

	if (report_make(&report, source, s, &request, NULL) < 0)
		return;
	check_findings(&report.waits);
	report_put_text(&text, &report, 5, stream);
	report_put_json(&text, &report, 5);
	check_text(&text);
	buf_release(&text);
	report_release(&report);
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	static FILE *stream;
	struct selection all = { 0 }, one = { .thread = 11, .time = { 1, 1000000000 } };
	struct picture_source source = { .path = "fuzz" };
	struct buf trace = { 0 };

	if (!stream)
		stream = fopen("/dev/null", "w");
	chunk_trace_make(&trace, bytes_of(bytes, len));
	if (!trace_reader_open_bytes(&source.trace, trace.v, trace.len, "fuzz", NULL)) {
		if (name_table_read(&source.names, source.trace, NULL) < 0)
			source.names = name_table_new();
		tell(&source, &all, stream);
		tell(&source, &one, stream);
		name_table_free(source.names);
		trace_reader_close(source.trace);
	}
	buf_release(&trace);
	return 0;
}
