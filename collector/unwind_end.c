#include "collector/unwind_end.h"

#include "bpf/unwind.h"

enum trace_reason unwind_end_reason(uint32_t end)
{
	static const enum trace_reason reasons[] = {
		[UNWIND_END_TOO_DEEP] = TRACE_REASON_TOO_DEEP,
		/* Its copy was lost, and with it the order to make its tables. */
		[UNWIND_END_NO_PROCESS] = TRACE_REASON_NO_TABLE,
		[UNWIND_END_NO_MAPPING] = TRACE_REASON_NO_MAPPING,
		[UNWIND_END_NO_TABLE] = TRACE_REASON_NO_TABLE,
		[UNWIND_END_UNSUPPORTED] = TRACE_REASON_UNSUPPORTED,
		[UNWIND_END_FAULT] = TRACE_REASON_FAULT,
		[UNWIND_END_NO_FRAME_POINTER] = TRACE_REASON_NO_FRAME_POINTER,
		[UNWIND_END_STUCK] = TRACE_REASON_STUCK,
		[UNWIND_END_COPY_CUT] = TRACE_REASON_COPY_CUT,
	};

	return end < sizeof(reasons) / sizeof(reasons[0]) ? reasons[end] : 0;
}
