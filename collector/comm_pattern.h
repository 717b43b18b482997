#ifndef COLLECTOR_COMM_PATTERN_H
#define COLLECTOR_COMM_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A shell pattern over thread names, made ready for a BPF program that has 16
 * steps and no branches to spare: all ways to match are followed at once, a bit
 * each. Bit i of the state is set while the first i elements of the pattern
 * match what was read so far.
 *
 *	pattern   n g * x      state   before anything   00001
 *	element   0 1 2 3              after "n"         00010
 *	                               after "ng"        01100   (* matches nothing, too)
 *	                               after "ngx"       11100   matches: bit 4 is set
 *
 * An element is a character, ?, a set [a-z], or *; several * in a row are one.
 * The same language as text_glob(), which a test holds it to.
 */
struct comm_pattern {
	uint32_t accept[256]; /* by byte: the elements that take it */
	uint32_t stars;	      /* the elements that are * */
	uint32_t start;	      /* the state before the first byte */
	uint32_t end;	      /* the bit that says: all of the pattern matched */
};

/* False if it has more elements than a thread name could ever match. */
bool comm_pattern_compile(struct comm_pattern *out, const char *glob);

/* What the BPF program does, for tests: at most 15 bytes of comm count. */
bool comm_pattern_matches(const struct comm_pattern *p, const char *comm);

#endif
