#ifndef COLLECTOR_PERF_RECORD_H
#define COLLECTOR_PERF_RECORD_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/trace.h"

/*
 * One record of a ring, taken apart. Pointers point into the record. The layout
 * is the kernel's (perf_event_open(2)) with the sample format of perf_ring.h:
 *
 *	raw samples   header | pid tid | time | cpu - | size | bytes
 *	all others    header | body                   | pid tid | time | cpu -
 */
#define PERF_REAPED UINT32_MAX /* the number of a thread that is gone from all tables */

struct perf_record {
	uint32_t type; /* PERF_RECORD_... */
	uint16_t misc;
	uint32_t pid, tid; /* whom it is about; SAMPLE: who ran; PERF_REAPED: no longer known */
	uint32_t cpu;
	uint64_t time_ns;
	union {
		struct {
			const uint8_t *bytes;
			size_t len;
		} raw; /* SAMPLE */
		struct {
			uint32_t parent_pid, parent_tid;
		} fork; /* FORK, EXIT */
		struct {
			const char *name;
			bool exec;
		} comm; /* COMM */
		struct {
			uint64_t start, len, file_offset;
			uint64_t dev, inode; /* 0 with a build ID */
			uint8_t build_id[TRACE_BUILD_ID_MAX];
			uint8_t build_id_len;
			const char *path;
		} map; /* MMAP2 */
		struct {
			uint64_t start;
			uint32_t len;
			bool is_bpf, gone;
			const char *name;
		} symbol;      /* KSYMBOL */
		uint64_t lost; /* LOST: records that the ring had no room for */
	};
};

/* False for a record that does not hold what its type promises. Types that are not
 * above are only given their common fields. */
bool perf_record_decode(const struct perf_event_header *header, struct perf_record *out);

#endif
