#include "collector/ring_reader.h"

#include <string.h>

#include "collector/perf_record.h"

#define IDLE_TID 0 /* of every idle task */

static bool read_body(struct ring_reader *r, const struct perf_record *record)
{
	size_t head = offsetof(struct abi_body, frames);
	struct abi_body body;

	if (record->raw.len < head)
		return false;
	memcpy(&body, record->raw.bytes, head);
	if (body.cnt > ABI_STACK_MAX || record->raw.len < head + body.cnt * sizeof(uint64_t))
		return false;
	memcpy(body.frames, record->raw.bytes + head, body.cnt * sizeof(uint64_t));
	stack_stores_add_body(r->stores, &body);
	return true;
}

static bool read_copy(struct ring_reader *r, const struct perf_record *record)
{
	struct abi_copy head;

	if (record->raw.len < sizeof(head))
		return false;
	memcpy(&head, record->raw.bytes, sizeof(head));
	if (head.len > ABI_COPY_MAX || record->raw.len < sizeof(head) + head.len)
		return false;
	backlog_add_copy(r->backlog, record);
	return true;
}

static bool read_sample(struct ring_reader *r, const struct perf_record *record)
{
	struct abi_sample sample;

	if (record->raw.len < sizeof(sample))
		return false;
	memcpy(&sample, record->raw.bytes, sizeof(sample));
	if (sample.event >= r->event_cnt || sample.user.store == ABI_STORE_CARRIED)
		return false;
	backlog_add_sample(r->backlog, record, &sample, NULL);
	return true;
}

static bool read_wait(struct ring_reader *r, const struct perf_record *record)
{
	struct abi_wait wait;

	if (!r->reads_waits || record->raw.len < sizeof(wait))
		return false;
	memcpy(&wait, record->raw.bytes, sizeof(wait));
	backlog_add_wait(r->backlog, record, &wait);
	return true;
}

static bool read_link(struct ring_reader *r, const struct perf_record *record)
{
	struct abi_link link;

	if (!r->reads_waits || record->raw.len < sizeof(link))
		return false;
	memcpy(&link, record->raw.bytes, sizeof(link));
	backlog_add_link(r->backlog, record, &link);
	return true;
}

static bool read_account(struct ring_reader *r, const struct perf_record *record)
{
	struct abi_account account;

	if (!r->reads_waits || record->raw.len < sizeof(account))
		return false;
	memcpy(&account, record->raw.bytes, sizeof(account));
	backlog_add_account(r->backlog, record, &account);
	return true;
}

static bool read_latency(struct ring_reader *r, const struct perf_record *record)
{
	struct abi_latency latency;

	if (!r->reads_latencies || record->raw.len < sizeof(latency))
		return false;
	memcpy(&latency, record->raw.bytes, sizeof(latency));
	if (latency.measure >= ABI_MEASURE_CNT || latency.scale >= ABI_LATENCY_SCALE_CNT ||
	    latency.text_len > ABI_LATENCY_TEXT ||
	    record->raw.len < sizeof(latency) + latency.text_len)
		return false;
	backlog_add_latency(r->backlog, record, &latency);
	return true;
}

static bool read_raw(struct ring_reader *r, const struct perf_record *record)
{
	if (!record->raw.len)
		return false;
	switch (record->raw.bytes[0]) {
	case ABI_RECORD_SAMPLE:
		return read_sample(r, record);
	case ABI_RECORD_BODY:
		return read_body(r, record);
	case ABI_RECORD_COPY:
		return read_copy(r, record);
	case ABI_RECORD_WAIT:
		return read_wait(r, record);
	case ABI_RECORD_LINK:
		return read_link(r, record);
	case ABI_RECORD_ACCOUNT:
		return read_account(r, record);
	case ABI_RECORD_LATENCY:
		return read_latency(r, record);
	default:
		return false;
	}
}

static bool read_record(struct ring_reader *r, const struct perf_event_header *header)
{
	struct perf_record record;

	if (!perf_record_decode(header, &record))
		return false;
	switch (record.type) {
	case PERF_RECORD_SAMPLE:
		return read_raw(r, &record);
	case PERF_RECORD_LOST:
		r->lost_records += record.lost;
		return true;
	case PERF_RECORD_THROTTLE:
		/* The limit is per tick, and an idle CPU may have none for long. */
		r->throttled += record.tid != IDLE_TID;
		return true;
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
	case PERF_RECORD_COMM:
	case PERF_RECORD_MMAP2:
	case PERF_RECORD_KSYMBOL:
		backlog_add_task(r->backlog, &record, header);
		return true;
	default:
		return true;
	}
}

void ring_reader_read(struct ring_reader *r, struct perf_ring *ring)
{
	const struct perf_event_header *header;

	while ((header = perf_ring_next(ring)))
		if (!read_record(r, header) && header->type != PERF_RECORD_SAMPLE)
			r->unreadable_tasks++;
	perf_ring_release(ring);
}
