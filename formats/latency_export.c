#include "formats/latency_export.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/sum.h"
#include "base/text.h"
#include "formats/latency_bin.h"
#include "formats/trace_reader.h"

#define BLOCK_BYTES ((size_t)256 << 10)

static int refuse(const struct trace_reader *r, const char *name, struct err *err)
{
	struct buf names = { 0 };

	for (uint32_t i = 0; i < trace_reader_event_cnt(r); i++) {
		const struct trace_event *event = trace_reader_event(r, i);

		if (event->kind != TRACE_EVENT_LATENCY)
			continue;
		buf_puts(&names, names.len ? ", " : "");
		text_visible(&names, event->name, strlen(event->name));
	}
	if (!names.len)
		err_set(err, -ENOENT, "%s: the trace holds no latencies", trace_reader_path(r));
	else
		err_set(err, -ENOENT, "%s: the trace holds no latencies of '%s', but of: %s",
			trace_reader_path(r), name, buf_text(&names));
	buf_release(&names);
	return -ENOENT;
}

static int find_event(const struct trace_reader *r, const char *name, uint32_t *out,
		      struct err *err)
{
	for (uint32_t i = 0; i < trace_reader_event_cnt(r); i++) {
		const struct trace_event *event = trace_reader_event(r, i);

		if (event->kind != TRACE_EVENT_LATENCY || (name && strcmp(event->name, name) != 0))
			continue;
		*out = i;
		return 0;
	}
	return refuse(r, name, err);
}

static bool is_meant(const struct latency_export *e, const struct trace_reader *r, uint32_t series)
{
	return trace_reader_series(r, series)->event == e->event;
}

static void count_record(struct latency_export *e, const struct trace_reader *r,
			 const struct trace_record *record)
{
	if (record->kind == TRACE_RECORD_BIN && is_meant(e, r, record->bin.series)) {
		const struct trace_slice *slice = trace_reader_slice(r, record->bin.slice);

		sum_clipped(&e->latency_cnt, record->bin.cnt);
		if (!slice->end_ns)
			sum_clipped(&e->untimed_cnt, record->bin.cnt);
		if (slice->end_ns - slice->start_ns > e->longest_slice_ns)
			e->longest_slice_ns = slice->end_ns - slice->start_ns;
	} else if (record->kind == TRACE_RECORD_LATENCY && is_meant(e, r, record->latency.series)) {
		e->single_cnt++;
	}
}

int latency_export_start(struct latency_export *out, struct trace_reader *r, const char *event,
			 bool singles_only, struct err *err)
{
	struct latency_export e = { .singles_only = singles_only };
	struct trace_record record;
	int got = find_event(r, event, &e.event, err);

	if (got < 0)
		return got;
	while ((got = trace_reader_next(r, &record, err)) > 0)
		count_record(&e, r, &record);
	trace_reader_rewind(r);
	if (got < 0)
		return got;
	e.from_bins = !singles_only && e.single_cnt != e.latency_cnt;
	if (!e.from_bins)
		e.untimed_cnt = 0;
	if (e.from_bins && e.latency_cnt > LATENCY_EXPORT_MAX)
		return err_set(err, -EINVAL,
			       "'%s' has more than 4,294,967,296 events, too many for lines; "
			       "--singles writes those that were kept one by one",
			       trace_reader_event(r, e.event)->name);
	*out = e;
	return 0;
}

/* Lines on their way out. */
struct lines {
	struct io_output file;
	struct buf text;
	int failed; /* sticks */
};

static void flush(struct lines *l, struct err *err)
{
	if (!l->failed)
		l->failed = io_output_write(&l->file, l->text.v, l->text.len, err);
	buf_clear(&l->text);
}

static void put_number(struct buf *out, uint64_t value, char behind)
{
	char digits[24];
	size_t at = sizeof(digits);

	digits[--at] = behind;
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	buf_put(out, digits + at, sizeof(digits) - at);
}

static void put_line(struct lines *l, uint64_t end_ns, uint64_t value, struct err *err)
{
	put_number(&l->text, end_ns, ' ');
	put_number(&l->text, value, '\n');
	if (l->text.len > BLOCK_BYTES)
		flush(l, err);
}

/* Event i of cnt: in the middle of its part of the slice. */
static uint64_t spread_time(const struct trace_slice *slice, uint64_t i, uint64_t cnt)
{
	unsigned __int128 part = slice->end_ns - slice->start_ns;

	return slice->start_ns + (uint64_t)(part * (2 * (unsigned __int128)i + 1) / cnt / 2);
}

/* Values that differ by no more than one. A sum beyond 64 bits says too little: then they are
 * the least that they can be. */
static void put_bin(struct lines *l, const struct trace_bin *bin, const struct trace_slice *slice,
		    struct err *err)
{
	uint64_t mean = bin->sum / bin->cnt, larger_cnt = bin->sum % bin->cnt;

	if (mean < latency_bin_first(bin->bin)) {
		mean = latency_bin_first(bin->bin);
		larger_cnt = 0;
	}
	for (uint64_t i = 0; slice->end_ns && i < bin->cnt && !l->failed; i++)
		put_line(l, spread_time(slice, i, bin->cnt), mean + (i < larger_cnt), err);
}

static void put_record(const struct latency_export *e, const struct trace_reader *r,
		       const struct trace_record *record, struct lines *l, struct err *err)
{
	if (e->from_bins && record->kind == TRACE_RECORD_BIN && is_meant(e, r, record->bin.series))
		put_bin(l, &record->bin, trace_reader_slice(r, record->bin.slice), err);
	else if (!e->from_bins && record->kind == TRACE_RECORD_LATENCY &&
		 is_meant(e, r, record->latency.series))
		put_line(l, record->latency.end_ns, record->latency.value, err);
}

int latency_export_write(const struct latency_export *e, struct trace_reader *r, const char *path,
			 struct err *err)
{
	struct trace_record record;
	struct lines lines = { 0 };
	int got = io_output_open(&lines.file, path, 0644, err);

	if (got < 0)
		return got;
	while (!lines.failed && (got = trace_reader_next(r, &record, err)) > 0)
		put_record(e, r, &record, &lines, err);
	flush(&lines, err);
	if (!got && !lines.failed)
		lines.failed = io_output_keep(&lines.file, err);
	io_output_close(&lines.file, NULL);
	buf_release(&lines.text);
	return got < 0 ? got : lines.failed;
}
