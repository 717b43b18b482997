#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * Hashes for tables in memory, keyed by a seed drawn once per process, because
 * names are chosen by strangers. Never written to a file and never the order of
 * anything that is written: output may not depend on it.
 */
uint64_t hash_bytes(const void *bytes, size_t len);
uint64_t hash_pair(uint64_t a, uint64_t b);

#endif
