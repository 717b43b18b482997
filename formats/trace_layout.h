#ifndef FORMATS_TRACE_LAYOUT_H
#define FORMATS_TRACE_LAYOUT_H

/*
 * The numbers of a trace file, for those who write or read one. What they mean
 * is specified in formats/TRACE.md; a number once given is never given again.
 *
 *	file:  header | chunk | chunk | ... | trailer chunk | footer
 *	chunk: header | one zstd frame | checksum of what is in the frame
 *	in it: section | section | ...      section: tag | length | content
 *
 * A tag is 2 * type + 1 if a reader that does not know the type must refuse the
 * file ("required"), else 2 * type.
 */

#define TRACE_MAGIC "\x89PRFTR\r\n\x1a\n" /* 10 bytes: text-mode transfers break it */
#define TRACE_MAGIC_BYTES 10
#define TRACE_MAJOR 1
#define TRACE_MINOR 3
#define TRACE_HEADER_BYTES 64
#define TRACE_FILE_ID_BYTES 16

#define TRACE_FOOTER_BYTES 24
#define TRACE_FOOTER_MAGIC "PRFEND\r\n" /* 8 bytes */

enum chunk_type {
	CHUNK_RECORDS = 1,
	CHUNK_NAMES = 2,
	CHUNK_TRAILER = 3,
};

enum chunk_flag {
	CHUNK_KEY_FRAME = 1, /* the tables start again here */
	CHUNK_REQUIRED = 2,  /* who does not know the type must refuse the file */
};

enum trace_section {
	SECTION_FACTS = 1,
	SECTION_EVENTS = 2,
	SECTION_PROCESSES = 3,
	SECTION_THREADS = 4,
	SECTION_MODULES = 5,
	SECTION_FRAMES = 6,
	SECTION_NODES = 7,
	SECTION_SAMPLES = 8,
	SECTION_KERNEL_SYMBOLS = 9,
	SECTION_JIT_MAP = 10,
	SECTION_CPU_CHANGES = 11,
	SECTION_LOSSES = 12,
	SECTION_MODULE_NAMES = 13,
	SECTION_TOTALS = 14,
	SECTION_INDEX = 15,
	SECTION_MAPPINGS = 16,
	SECTION_COPIES = 17,
	SECTION_COPY_STACKS = 18,
	SECTION_LINKS = 19,
	SECTION_SLICES = 20,
	SECTION_WAIT_SUMS = 21,
	SECTION_WAITS = 22,
	SECTION_ACCOUNTS = 23,
	SECTION_WAIT_TOTALS = 24,
	SECTION_EVENT_LABELS = 25,
	SECTION_SERIES = 26,
	SECTION_BINS = 27,
	SECTION_LATENCIES = 28,
	SECTION_LATENCY_TOTALS = 29,
	SECTION_CNT = 30, /* not a section: one more than the last */
};

#endif
