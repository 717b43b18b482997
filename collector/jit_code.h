#ifndef COLLECTOR_JIT_CODE_H
#define COLLECTOR_JIT_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The code that the runtime of one process made, as of one moment. Code memory is used
 * again, so a name belongs to an address and a time; and the drain asks in order of
 * time, so only one moment has to be kept, and what is known to come after it:
 *
 *	pieces ---by address---|  settled: never overlapping
 *	        | recent, by time ....... ^ ............ |
 *	          settled when they are many  reached        known, but not yet at that moment
 *
 * Where pieces overlap the later one has the address; what is left of the older one
 * keeps its name. Names and files come from a stranger: they are cut at a limit.
 */
struct jit_code;

#define JIT_NAME_MAX 4096 /* bytes, of a name and of a file's path */

struct jit_load {
	uint64_t start, size;
	uint64_t time_ns;
	bool early; /* where no older code is known, it may have been there before that time */
	const char *name;
	size_t name_len;
};

struct jit_place {
	const char *name;
	size_t name_len;
	const char *file; /* "" where unknown */
	uint32_t line;	  /* 0: unknown */
};

struct jit_code *jit_code_new(void);
void jit_code_free(struct jit_code *c);

/* Lines of the code that is going to be loaded at an address: lines_begin, line ..., add.
 * A line holds from its address to that of the next. */
void jit_code_lines_begin(struct jit_code *c, uint64_t code_start);
void jit_code_line(struct jit_code *c, uint64_t address, uint32_t line, const char *file,
		   size_t file_len);

/* A piece of code was made. Empty ones, and those without a name, are ignored. */
void jit_code_add(struct jit_code *c, const struct jit_load *load);

/* What is known to be loaded last at `from` stands at `to` since then. */
void jit_code_move(struct jit_code *c, uint64_t from, uint64_t to, uint64_t size, uint64_t time_ns);

/* Goes on to a moment; an earlier one than before changes nothing. */
void jit_code_reach(struct jit_code *c, uint64_t time_ns);

/* Goes back to the earliest moment that is still known, for what was read too late. */
void jit_code_rewind(struct jit_code *c);

/* Another number whenever jit_code_find() might answer otherwise than before. */
uint64_t jit_code_epoch(const struct jit_code *c);

/* The code at an address at the moment that was reached; false if none is known. The
 * texts are valid until the next addition. */
bool jit_code_find(const struct jit_code *c, uint64_t address, struct jit_place *out);

/* Memory in use, about. */
size_t jit_code_bytes(const struct jit_code *c);

#endif
