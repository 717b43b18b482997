#ifndef COLLECTOR_BUILD_ID_H
#define COLLECTOR_BUILD_ID_H

#include <stddef.h>
#include <stdint.h>

#include "formats/trace.h"

/*
 * The build ID of an ELF file: the one thing that the collector reads of a file
 * that a stranger made. Program headers and notes are read, nothing else, each
 * within a named bound, and nothing is believed.
 */

/* Finds the GNU build ID in the bytes of notes. Its length, or 0. */
size_t build_id_in_notes(const uint8_t *notes, size_t len, uint8_t out[TRACE_BUILD_ID_MAX]);

/* In an open file that is an ELF file of our word size or the other. Its length, or 0. */
size_t build_id_of_file(int fd, uint8_t out[TRACE_BUILD_ID_MAX]);

/* In an ELF image in memory (the vdso). Its length, or 0. */
size_t build_id_of_image(const uint8_t *image, size_t len, uint8_t out[TRACE_BUILD_ID_MAX]);

/* In a file that holds nothing but notes (/sys/kernel/notes). Its length, or 0. */
size_t build_id_of_note_file(const char *path, uint8_t out[TRACE_BUILD_ID_MAX]);

/* Opens a file to read, if it is a regular one; else -1. Never blocks. */
int build_id_open(const char *path);

#endif
