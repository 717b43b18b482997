#ifndef SYMBOLIZE_SANDBOX_H
#define SYMBOLIZE_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The walls around a child that reads a stranger's file: bounded memory and CPU
 * time, no new files, no processes, no network, and only the system calls that
 * reading mapped memory and writing an answer need. Entered once, never left.
 *
 * The filter is written by hand: two dozen numbers are easier to judge on one
 * page than a library that every user would have to install.
 */

/*
 * What an honest file of a size takes: its compressed sections unpacked, and tables of
 * about its size; 30 MB of DWARF are read in a tenth of a second, and unpacked in as
 * much. So the walls grow with the files, to an end.
 */
#define SANDBOX_MEMORY_BYTES ((uint64_t)512 << 20) /* beyond what is there at the start */
#define SANDBOX_MEMORY_PER_BYTE 2
#define SANDBOX_MEMORY_MAX ((uint64_t)4 << 30)
#define SANDBOX_CPU_SECONDS 10
#define SANDBOX_BYTES_PER_CPU_SECOND ((uint64_t)16 << 20)
#define SANDBOX_CPU_SECONDS_MAX 120

struct sandbox_limits {
	uint64_t memory_bytes;
	unsigned cpu_seconds;
};

/* For a child that reads files of so many bytes. */
struct sandbox_limits sandbox_limits(uint64_t file_bytes);

/*
 * AddressSanitizer reserves terabytes of addresses and makes system calls of its own
 * when it reports: such builds test the readers, not the walls, which are then down.
 */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_HAS_WALLS 0
#else
#define SANDBOX_HAS_WALLS 1
#endif

/* mapped_bytes: of the files, whose address space comes on top. Fails closed. */
int sandbox_enter(uint64_t mapped_bytes, struct err *err);

#endif
