#include "formats/trace.h"

#include "base/buf.h"
#include "base/units.h"

#define TEXT_OF(table, i)                                                                          \
	((size_t)(i) < sizeof(table) / sizeof(*(table)) && (table)[i] ? (table)[i] : "unknown")

const char *trace_loss_text(enum trace_loss loss)
{
	static const char *const texts[] = {
		[TRACE_LOSS_RING_FULL] = "ring full",
		[TRACE_LOSS_NO_RING] = "CPU not open yet",
		[TRACE_LOSS_RECURSION] = "recursion",
		[TRACE_LOSS_THROTTLED] = "sampler paused by the kernel",
		[TRACE_LOSS_TASK_EVENTS] = "task events",
		[TRACE_LOSS_DAMAGED_CHUNKS] = "damaged chunks",
		[TRACE_LOSS_DAMAGED_BYTES] = "damaged bytes",
		[TRACE_LOSS_UNREADABLE] = "unreadable records",
		[TRACE_LOSS_DISK_FULL] = "not written",
		[TRACE_LOSS_UNFOLLOWED] = "processes not followed",
		[TRACE_LOSS_WAITS] = "no room or end not seen",
		[TRACE_LOSS_WAIT_NS] = "ns of lost waits",
		[TRACE_LOSS_WAKERS] = "wakers",
		[TRACE_LOSS_UNTRACKED] = "switches not tracked",
		[TRACE_LOSS_CLOCK] = "clock ran backwards",
		[TRACE_LOSS_ACCOUNTS] = "accounts of threads",
		[TRACE_LOSS_LATENCIES] = "latency events with no room or no end seen",
		[TRACE_LOSS_SINGLES] = "single latency events",
		[TRACE_LOSS_UNSTARTED] = "latency events begun before",
		[TRACE_LOSS_COARSE] = "latency events without labels",
	};

	return TEXT_OF(texts, loss);
}

const char *trace_wait_state_text(enum trace_wait_state state)
{
	static const char *const texts[] = {
		[TRACE_WAIT_INTERRUPTIBLE] = "interruptible",
		[TRACE_WAIT_UNINTERRUPTIBLE] = "uninterruptible",
		[TRACE_WAIT_STOPPED] = "stopped",
		[TRACE_WAIT_PREEMPTED] = "preempted",
		[TRACE_WAIT_NEW] = "new",
		[TRACE_WAIT_IDLE] = "idle",
	};

	return TEXT_OF(texts, state);
}

const char *trace_context_text(enum trace_context context)
{
	static const char *const texts[] = {
		[TRACE_CONTEXT_TASK] = "task",	     [TRACE_CONTEXT_SOFTIRQ] = "softirq",
		[TRACE_CONTEXT_HARDIRQ] = "hardirq", [TRACE_CONTEXT_NMI] = "nmi",
		[TRACE_CONTEXT_IDLE] = "idle",	     [TRACE_CONTEXT_LOST] = "lost",
	};

	return TEXT_OF(texts, context);
}

const char *trace_reason_text(enum trace_reason reason)
{
	static const char *const texts[] = {
		[TRACE_REASON_FAULT] = "memory not readable",
		[TRACE_REASON_COLLISION] = "stack stores full",
		[TRACE_REASON_MEMORY] = "out of memory",
		[TRACE_REASON_BUSY] = "busy",
		[TRACE_REASON_TOO_DEEP] = "too deep",
		[TRACE_REASON_DAMAGED] = "trace damaged",
		[TRACE_REASON_OTHER] = "other",
		[TRACE_REASON_NO_FRAME_POINTER] = "no frame pointer",
		[TRACE_REASON_NO_TABLE] = "no unwind table",
		[TRACE_REASON_NO_MAPPING] = "address not mapped",
		[TRACE_REASON_UNSUPPORTED] = "unwind rule not supported",
		[TRACE_REASON_STUCK] = "frames do not ascend",
		[TRACE_REASON_COPY_CUT] = "end of the copy",
		[TRACE_REASON_NOT_UNWOUND] = "copy not unwound",
	};

	return TEXT_OF(texts, reason);
}

const char *trace_stop_text(enum trace_stop stop)
{
	static const char *const texts[] = {
		[TRACE_STOP_UNKNOWN] = "unknown: the trace has no end",
		[TRACE_STOP_COMMAND_ENDED] = "command ended",
		[TRACE_STOP_DURATION] = "duration over",
		[TRACE_STOP_SIGNAL] = "stopped by signal",
		[TRACE_STOP_DISK_FULL] = "disk full",
		[TRACE_STOP_TARGET_GONE] = "target gone",
		[TRACE_STOP_IMPORTED] = "imported",
		[TRACE_STOP_ERROR] = "error",
	};

	return TEXT_OF(texts, stop);
}

const char *trace_fact_text(enum trace_fact fact)
{
	static const char *const texts[] = {
		[TRACE_FACT_TOOL] = "tool",
		[TRACE_FACT_HOST] = "host",
		[TRACE_FACT_KERNEL] = "kernel",
		[TRACE_FACT_ARCH] = "arch",
		[TRACE_FACT_CPU_MODEL] = "cpu_model",
		[TRACE_FACT_CPU_CNT] = "cpu_cnt",
		[TRACE_FACT_COMMAND] = "command",
		[TRACE_FACT_TARGET] = "target",
		[TRACE_FACT_CLOCK_START_NS] = "clock_start_ns",
		[TRACE_FACT_CLOCK_REALTIME_NS] = "clock_realtime_ns",
		[TRACE_FACT_CLOCK_BOOTTIME_NS] = "clock_boottime_ns",
		[TRACE_FACT_UNWIND] = "unwind",
		[TRACE_FACT_IMPORTED_FROM] = "imported_from",
		[TRACE_FACT_MIN_BLOCK_NS] = "min_block_ns",
		[TRACE_FACT_MAX_BLOCK_NS] = "max_block_ns",
		[TRACE_FACT_WAIT_STATES] = "wait_states",
		[TRACE_FACT_SLOWER_NS] = "slower_ns",
	};

	return TEXT_OF(texts, fact);
}

const char *trace_unit_text(enum trace_unit unit)
{
	static const char *const texts[] = {
		[TRACE_UNIT_SAMPLES] = "samples",
		[TRACE_UNIT_NS] = "ns",
		[TRACE_UNIT_BYTES] = "bytes",
		[TRACE_UNIT_EVENTS] = "events",
	};

	return TEXT_OF(texts, unit);
}

void trace_damage_text(struct buf *out, const char *path, uint64_t chunk_cnt, uint64_t bytes)
{
	char chunks[UNITS_TEXT_MAX], size[UNITS_TEXT_MAX];

	if (chunk_cnt || bytes)
		buf_printf(out, "%s is damaged: %s chunk%s and %s between chunks were skipped",
			   path, units_count(chunks, chunk_cnt), chunk_cnt == 1 ? "" : "s",
			   units_size(size, bytes));
}

void trace_hex_text(char *out, const uint8_t *id, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[id[i] >> 4];
		out[2 * i + 1] = digits[id[i] & 15];
	}
	out[2 * len] = '\0';
}

int trace_loss_is_samples(enum trace_loss loss)
{
	return loss == TRACE_LOSS_RING_FULL || loss == TRACE_LOSS_NO_RING ||
	       loss == TRACE_LOSS_RECURSION || loss == TRACE_LOSS_UNREADABLE ||
	       loss == TRACE_LOSS_DISK_FULL;
}

int trace_loss_is_waits(enum trace_loss loss)
{
	return loss == TRACE_LOSS_WAITS;
}

int trace_loss_is_latencies(enum trace_loss loss)
{
	return loss == TRACE_LOSS_LATENCIES;
}
