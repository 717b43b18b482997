#ifndef FORMATS_CHECKSUM_H
#define FORMATS_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/*
 * The two checksums of a trace file. Headers are short and steer everything, so
 * they carry a CRC-32 (zlib's polynomial): at 36 bytes it finds every damage of up
 * to 32 neighbouring bits and every one of up to three single bits. What is in a
 * chunk is long, so it carries 64 bits, and XXH64 keeps up with memory where a
 * CRC by table would cost more than the compression. zstd does not export its own.
 */
uint32_t checksum_short(const void *bytes, size_t len);

/* XXH64 as specified at github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md */
uint64_t checksum_long(const void *bytes, size_t len, uint64_t seed);

#endif
