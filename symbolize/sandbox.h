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

#define SANDBOX_MEMORY_BYTES ((uint64_t)512 << 20) /* beyond what is there at the start */
#define SANDBOX_CPU_SECONDS 10

/*
 * AddressSanitizer reserves terabytes of addresses and makes system calls of its own
 * when it reports: such builds test the readers, not the walls, which are then down.
 */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_HAS_WALLS 0
#else
#define SANDBOX_HAS_WALLS 1
#endif

/* mapped_bytes: address space that files will take on top. Fails closed. */
int sandbox_enter(uint64_t mapped_bytes, struct err *err);

#endif
