#ifndef COLLECTOR_STACK_STORES_H
#define COLLECTOR_STACK_STORES_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "collector/stack_table.h"

/*
 * The user side of bpf/stack.bpf.h: turns what a record says of a stack into an
 * entry of the stack table. The stores are a pair, and only the idle half may be
 * read, so resolving happens in rounds:
 *
 *	flip      programs fill the other half from now on
 *	settled   nobody is left who began before the flip: every CPU was seen without
 *		  a program in flight since
 *	resolve   records of the idle epoch, as often as there are some
 *	finish    the idle half is made ready to be filled again
 *
 * Bodies are taken out of their hash by every round. The buckets of a stack map
 * stay until half of them are taken, and what was read of them is remembered, so
 * a stack that keeps coming costs one system call in all.
 */
struct stack_stores;

/* File descriptors of the maps, by epoch, and what programs and we share. */
struct stack_stores_maps {
	int stack_fd[2];
	int body_fd[2];
	uint32_t stack_max, body_max; /* entries of each */
	uint32_t frame_max;	      /* of one stack: what is as long may have been cut */
	uint32_t *epoch;
	const struct abi_cpu *cpus; /* counters, a row for each possible CPU */
	uint32_t cpu_cnt;
};

struct stack_stores *stack_stores_new(const struct stack_stores_maps *maps);
void stack_stores_free(struct stack_stores *s);

void stack_stores_flip(struct stack_stores *s);
bool stack_stores_settled(struct stack_stores *s);

/* The epoch that may be read. */
uint32_t stack_stores_idle(const struct stack_stores *s);

/* Takes the bodies of the idle epoch; before the round's first resolve. */
void stack_stores_begin(struct stack_stores *s);

/* An entry of the table or a status; `stack` is of the idle epoch. */
uint32_t stack_stores_resolve(struct stack_stores *s, const struct abi_stack *stack);
void stack_stores_finish(struct stack_stores *s);

/* The status of a stack that could not be taken, by its errno, positive. */
uint32_t stack_lost_by_errno(uint64_t code);

/* The entry of a stack that came with its sample. */
uint32_t stack_stores_add(struct stack_stores *s, const struct abi_body *body);

/* A body that came through the ring: its stack may be named by records behind it. */
void stack_stores_add_body(struct stack_stores *s, const struct abi_body *body);

/* True when the live half fills up, so that it is time to flip. */
bool stack_stores_filling(const struct stack_stores *s);

struct stack_table *stack_stores_table(struct stack_stores *s);

/* Forgets every entry of the table; no id of it may be in use. */
void stack_stores_forget(struct stack_stores *s);

#endif
