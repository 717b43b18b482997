#include "collector/latency_rows.h"

/* Of what can end a million times a second, few are drawn until it is known how often it does:
 * the longest of each epoch are told in any case. Of others all are, as long as there are few. */
#define FEW (UINT32_MAX / 64)
#define ALL UINT32_MAX

#define NS TRACE_UNIT_NS
#define BYTES TRACE_UNIT_BYTES
#define DISK                                                                                       \
	{                                                                                          \
		"device", "operation"                                                              \
	}
#define PORT                                                                                       \
	{                                                                                          \
		"port", "way"                                                                      \
	}

static const struct latency_row rows[] = {
	{ ABI_MEASURE_RUNQ, "runq", "runq", NS, .draw = FEW },
	{ ABI_MEASURE_BLOCK, "block", "block", NS, DISK, ALL },
	{ ABI_MEASURE_BLOCK_QUEUE, "block-queue", "block", NS, DISK, ALL },
	{ ABI_MEASURE_BLOCK_DEVICE, "block-device", "block", NS, DISK, ALL },
	{ ABI_MEASURE_BLOCK_BYTES, "block-bytes", "block", BYTES, DISK, ALL },
	{ ABI_MEASURE_FILE, "file", "file", NS, { "filesystem", "operation" }, FEW },
	{ ABI_MEASURE_SYSCALL, "syscall", "syscall", NS, { "syscall" }, FEW },
	{ ABI_MEASURE_DNS, "dns", "dns", NS, { "host" }, ALL },
	{ ABI_MEASURE_TCP_CONNECT, "tcp-connect", "tcp", NS, PORT, ALL },
	{ ABI_MEASURE_TCP_LIFE, "tcp-life", "tcp", NS, PORT, ALL },
	{ ABI_MEASURE_TCP_BYTES, "tcp-bytes", "tcp", BYTES, PORT, ALL },
	{ ABI_MEASURE_EXEC, "exec", "exec", NS, { "result" }, ALL },
	{ ABI_MEASURE_OPEN, "open", "open", NS, { "result" }, ALL },
};

#define ROW_CNT (sizeof(rows) / sizeof(rows[0]))

_Static_assert(ROW_CNT == ABI_MEASURE_PROBE, "a row for each measure but those of probes");

const struct latency_row *latency_row_at(size_t index)
{
	return index < ROW_CNT ? &rows[index] : NULL;
}

const struct latency_row *latency_row_of(enum abi_measure measure)
{
	return latency_row_at((size_t)measure);
}
