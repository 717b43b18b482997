#ifndef COLLECTOR_JIT_DUMP_H
#define COLLECTOR_JIT_DUMP_H

#include <stddef.h>
#include <stdint.h>

#include "collector/jit_code.h"

/*
 * What a runtime writes about its code into jit-PID.dump, version 1 (the kernel's
 * tools/perf/Documentation/jitdump-specification.txt), in the machine's own byte order:
 *
 *	header | record | record ...     header: magic version size machine pad pid time flags
 *	                                 record: id size time, then by id:
 *	0 load   pid tid vma code_addr code_size code_index name\0 code
 *	1 move   pid tid vma old_addr new_addr code_size code_index
 *	2 debug  code_addr cnt, then cnt times: address line discriminator file\0
 *	3 close
 *
 * Others are passed over, and so is the code itself. The file grows while it is read, so
 * what is not there as a whole yet is left for later. A file that makes no sense is read
 * no further: what was read of it before stays.
 */
struct jit_dump { /* zeroed: at the start of a file */
	bool began;
	const char *refused; /* why nothing more is taken; NULL: nothing is wrong */
	uint32_t line_shift; /* what its writer adds to the addresses of lines */
};

/* No record whose inner parts are looked at may need more than that at once. */
#define JIT_DUMP_BLOCK ((size_t)256 << 10)

/*
 * Takes what is whole from bytes[0..len), of which the file has `left` >= len from there
 * on. Returns how far to go in the file, which may be beyond len; 0: the first record is
 * not whole yet, though len may reach JIT_DUMP_BLOCK, or the file is refused.
 */
uint64_t jit_dump_take(struct jit_dump *d, const uint8_t *bytes, size_t len, uint64_t left,
		       struct jit_code *out);

#endif
