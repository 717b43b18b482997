#ifndef COLLECTOR_USDT_ARGUMENT_H
#define COLLECTOR_USDT_ARGUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/probe.h"

/*
 * Where an argument of a USDT probe lies, as the compiler wrote it into the file's notes for
 * the assembler: SIZE@OPERAND, apart by blanks, the size negative if the number has a sign.
 *
 *	8@%rdi   -4@-20(%rbp)   8@8(%rax,%rdx,8)   4@$17
 *
 * number counts from 1. False: there is no such argument, or it is one that programs cannot
 * reach (a symbol, a register of floating point, another machine's).
 */
bool usdt_argument_parse(const char *arguments, uint32_t number, struct abi_probe_value *out);

/* The argument of a function, from 1 to 6, at its entry. False: not on this machine. */
bool function_argument(uint32_t number, struct abi_probe_value *out);

/* What a function returned. */
bool function_result(struct abi_probe_value *out);

#endif
