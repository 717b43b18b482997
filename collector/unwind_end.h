#ifndef COLLECTOR_UNWIND_END_H
#define COLLECTOR_UNWIND_END_H

#include <stdint.h>

#include "formats/trace.h"

/*
 * Why a user stack has no more frames, as the trace says it, from how its walk ended:
 * enum unwind_end. 0 where it is whole, or nobody knows (NONE).
 */
enum trace_reason unwind_end_reason(uint32_t end);

#endif
