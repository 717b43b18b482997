#ifndef FORMATS_NAME_TABLE_H
#define FORMATS_NAME_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "formats/trace.h"

struct trace_reader;

/*
 * The names of a trace: (module, offset) to functions, innermost first, because
 * one address can stand for a function and all it was inlined into. Made by
 * symbolize, kept in the trace file behind what was recorded, used by render and
 * export. It knows modules by identity (kind, build ID or path, owner), not by
 * the ids of one group.
 *
 * Names are as the source wrote them, demangled. A module without names, or an
 * address without, has a reason; nothing is left out in silence.
 */
struct name_table;

/* Why an address, or all of a module, has no name. */
enum name_reason {
	NAME_REASON_NONE = 0,	     /* it has one */
	NAME_REASON_NO_FILE = 1,     /* the module's file was not found */
	NAME_REASON_OTHER_BUILD = 2, /* a file is there, with another build ID */
	NAME_REASON_NO_SYMBOLS = 3,  /* the file has no symbol table */
	NAME_REASON_NO_MATCH = 4,    /* no symbol covers the address */
	NAME_REASON_NOT_MAPPED = 5,  /* no module was known at the address */
	NAME_REASON_NO_JIT_MAP = 6,  /* anonymous code and no map from its runtime */
	NAME_REASON_BAD_FILE = 7,    /* the file is not readable as ELF, or hostile */
	NAME_REASON_HIDDEN = 8,	     /* the kernel did not show its symbols */
	NAME_REASON_CNT = 9,
};

#define NAME_TEXT_BYTES ((size_t)4096) /* of a function or file; what is longer is cut */
#define NAME_FRAMES_MAX ((size_t)64)   /* inlined into one another at one address */

struct name_frame {
	enum trace_frame_kind kind; /* USER, KERNEL, JIT or INLINED: inlined into the next */
	const char *function;	    /* never "" */
	const char *file;	    /* "" where unknown */
	uint32_t line;		    /* 0: unknown */
};

struct name_table *name_table_new(void);
void name_table_free(struct name_table *t);

/* The id of a module in this table; a new one is made for a new identity. */
uint32_t name_table_module(struct name_table *t, const struct trace_module *module,
			   const struct trace_process *owner);
/* The same without making one: TRACE_NONE if unknown. */
uint32_t name_table_module_find(const struct name_table *t, const struct trace_module *module,
				const struct trace_process *owner);

/* Copies the frames, innermost first; cnt 0 records `reason` instead. */
void name_table_add(struct name_table *t, uint32_t module, uint64_t offset,
		    const struct name_frame *frames, size_t cnt, enum name_reason reason);

/* The same where texts are the table's own: those that name_table_keep() gave. */
void name_table_add_kept(struct name_table *t, uint32_t module, uint64_t offset,
			 const struct name_frame *frames, size_t cnt, enum name_reason reason);
/* Room for so many more entries and frames, so that they need not move. */
void name_table_reserve(struct name_table *t, size_t entry_cnt, size_t frame_cnt);
/* A text as the table keeps it, for as long as there is the table. */
const char *name_table_keep(struct name_table *t, const char *text);

/* The frames, innermost first, and their count; NULL, 0 and a reason if none. */
const struct name_frame *name_table_find(const struct name_table *t, uint32_t module,
					 uint64_t offset, size_t *out_cnt,
					 enum name_reason *out_reason);

/*
 * The frames of a copied stack, as symbolize found them. Places are of this table: each
 * is looked up with name_table_find().
 */
struct name_place {
	uint32_t module;	    /* id in this table */
	enum trace_frame_kind kind; /* USER or JIT */
	uint64_t offset;	    /* of callers: return address - 1 */
};

/* Copies the places, leaf first. `root`: why the stack ends there; 0: it is whole.
 * cnt 0: nothing could be unwound, because of `root`. Places beyond TRACE_DEPTH_MAX are
 * cut: TRACE_REASON_TOO_DEEP. */
void name_table_add_copy(struct name_table *t, uint32_t module, uint64_t id,
			 const struct name_place *places, size_t cnt, enum trace_reason root);

/* The places, leaf first; NULL and NOT_UNWOUND if that copy was not unwound. */
const struct name_place *name_table_find_copy(const struct name_table *t, uint32_t module,
					      uint64_t id, size_t *out_cnt,
					      enum trace_reason *out_root);

/* What to tell about a module as a whole: where its names came from, or why not and
 * what would bring them. Texts for people; `reason` NONE if it has names. */
void name_table_set_module_note(struct name_table *t, uint32_t module, enum name_reason reason,
				const char *note);
enum name_reason name_table_module_reason(const struct name_table *t, uint32_t module,
					  const char **out_note);

size_t name_table_cnt(const struct name_table *t);

/* The names that a trace file carries; an empty table if it carries none. */
int name_table_read(struct name_table **out, struct trace_reader *r, struct err *err);

/*
 * Writes `out_path` ("-": stdout) as the trace of r with these names instead of any it
 * had: what was recorded stays byte for byte. The same names give the same bytes.
 */
int name_table_write(const struct name_table *t, struct trace_reader *r, const char *out_path,
		     struct err *err);

/* "no symbol table", ...; static. */
const char *name_reason_text(enum name_reason reason);

#endif
