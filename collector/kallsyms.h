#ifndef COLLECTOR_KALLSYMS_H
#define COLLECTOR_KALLSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Symbols of the running kernel, its modules and BPF programs, by address: all that
 * /proc/kallsyms lists, or those that the kernel was asked for one by one. A symbol
 * of unknown size reaches to the next one.
 */
struct kallsyms;

struct kallsyms_symbol {
	uint64_t address;
	uint64_t size; /* 0: unknown */
	const char *name;
	const char *owner; /* "" for the kernel itself, "bpf", or a module's name */
};

struct kallsyms *kallsyms_new(void);
void kallsyms_free(struct kallsyms *s);

/*
 * Adds the lines of a text in the form of /proc/kallsyms, of which only code is kept;
 * returns the bytes used: a last line without an end waits for more.
 */
size_t kallsyms_parse(struct kallsyms *s, const char *text, size_t len);

/* Adds one, such as a BPF program that has just been loaded, in the place of those that
 * begin inside it; after kallsyms_sort(). */
void kallsyms_add(struct kallsyms *s, uint64_t address, uint64_t size, const char *name,
		  const char *owner);

/*
 * Adds what the kernel prints for an address with %pS: "name+0x1a/0x2b0 [owner]". False if
 * that is no name.
 */
bool kallsyms_add_printed(struct kallsyms *s, uint64_t address, const char *printed);

/* Sorts what was parsed. */
void kallsyms_sort(struct kallsyms *s);

/* Reads /proc/kallsyms. 0 or a negative errno. */
int kallsyms_read(struct kallsyms *s);

/* The address of _stext, from the first lines of /proc/kallsyms; 0 if it is hidden. */
uint64_t kallsyms_read_stext(void);

/* The symbol that holds the address; false if none does. */
bool kallsyms_find(const struct kallsyms *s, uint64_t address, struct kallsyms_symbol *out);

#endif
