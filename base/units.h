#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers as people write and read them. Parsers take the whole text or refuse
 * it; formatters write at most UNITS_TEXT_MAX bytes and are independent of the
 * locale.
 */

#define UNITS_TEXT_MAX 32

/* "1.5s", "99us", "10ms", "2m", "1h", "7ns"; a bare number is seconds. -> ns */
bool units_parse_duration(const char *text, uint64_t *out_ns);

/* "64", "64KiB", "1.5MiB", "2GiB", also "64K", "2M". -> bytes */
bool units_parse_size(const char *text, uint64_t *out_bytes);

/* A decimal count, "1000" or "1k", "2M". */
bool units_parse_count(const char *text, uint64_t *out);

/* "1.5s..3s", "1.5s..", "..3s": durations; ends open as in struct range. */
bool units_parse_range(const char *text, uint64_t *out_first, uint64_t *out_last);

/* The same of values of any unit: "10ms..", "4KiB..64KiB"; a bare number is seconds. -> ns, bytes */
bool units_parse_values(const char *text, uint64_t *out_first, uint64_t *out_last);

/* Three significant digits: "0 ns", "1.23 us", "45.6 ms", "12.3 s", "2 h 3 min". */
const char *units_duration(char out[UNITS_TEXT_MAX], uint64_t ns);

/* "512 B", "1.2 MiB". */
const char *units_size(char out[UNITS_TEXT_MAX], uint64_t bytes);

/* "1,234,567". */
const char *units_count(char out[UNITS_TEXT_MAX], uint64_t count);

/* part of whole in percent: "0 %", "0.03 %", "3.1 %", "100 %"; whole 0 is "0 %". */
const char *units_percent(char out[UNITS_TEXT_MAX], uint64_t part, uint64_t whole);

#endif
