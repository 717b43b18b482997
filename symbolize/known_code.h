#ifndef SYMBOLIZE_KNOWN_CODE_H
#define SYMBOLIZE_KNOWN_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Code that no table speaks of, or that one speaks of wrongly, and that is known by its
 * bytes: the few instructions where a thread or a goroutine begins or a signal's handler
 * returns. The collector knows the same ones when it makes its rows. x86-64.
 */
struct known_code {
	const uint8_t *at; /* where rip is */
	size_t before;	   /* bytes that may be read below it */
	size_t behind;	   /* and from it on */
};

/* Of a signal's restorer: `is_exact` where rip may stand behind its first instruction, too. */
bool known_code_is_restorer(const struct known_code *code, bool is_exact);

/* rip stands behind a system call. */
bool known_code_is_behind_syscall(const struct known_code *code);

/* How far rip is behind the system call of clone(), of which two come out, with
 * code in between that has no table; negative: it is not. */
int known_code_behind_clone(const struct known_code *code);

/* Go's goexit and mstart, `len` bytes: Go's tables have it that somebody called them. */
bool known_code_is_first_of_go(const uint8_t *code, size_t len);

#endif
