#ifndef RENDER_LATENCY_TITLE_H
#define RENDER_LATENCY_TITLE_H

#include <stdint.h>

struct trace_reader;

/*
 * Titles of pictures of values, as people would write them. Raw texts; the caller frees them.
 */

/* "Disk requests of fio: how long they took", "Disk requests: how large they were". */
char *latency_title(const struct trace_reader *r, uint32_t event);

/* "Disk requests of fio": what it is that is drawn. */
char *latency_title_subject(const struct trace_reader *r, uint32_t event);

#endif
