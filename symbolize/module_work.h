#ifndef SYMBOLIZE_MODULE_WORK_H
#define SYMBOLIZE_MODULE_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/module_file.h"
#include "symbolize/name_answers.h"
#include "symbolize/name_cache.h"
#include "symbolize/naming.h"
#include "symbolize/package_owner.h"
#include "symbolize/trace_addresses.h"
#include "symbolize/worker.h"

struct symbolizer_options;

/*
 * One module on its way from addresses to names, in the parent:
 *
 *	survey    which files are there; what earlier runs know; what is missing
 *	pieces    the missing offsets, cut for several children if they are very many
 *	prepare   the files, opened for one child
 *	take      its answer, or what it died of
 *
 * Between survey and prepare no file is open: a trace may have more modules than a process
 * may have descriptors.
 */
struct module_work {
	const struct module_addresses *m;
	struct module_file file;
	enum name_reason reason; /* known without a child; NONE: answers have it */
	struct name_answers answers;
	struct name_offsets missing; /* from the answers after the survey */
	struct name_cache_key key;   /* of the files as surveyed */
	size_t piece_cnt;
	size_t waiting_cnt;	    /* pieces without an answer yet */
	enum answer_unused unused;  /* as the first answer that says so */
	char *why;		    /* a sentence of a child, or of its death; NULL: none */
	size_t bad_cnt;		    /* offsets that cost a child its life */
	size_t no_dwarf_cnt;	    /* those that a second one named without DWARF, as ... */
	char *no_dwarf_why;	    /* ... the first died of it; NULL: none did */
	char *not_fetched;	    /* why debuginfod was asked in vain; NULL: it was not */
	struct package_owner owner; /* of a file without all of its symbols */
	bool has_faults;	    /* not every answer is what the files have: never cached */
};

struct module_piece {
	size_t module;		       /* index of its work */
	size_t from;		       /* in `missing` */
	struct module_addresses asked; /* the module, with the offsets of this piece alone */
	struct naming naming;
	struct worker_result result;
	char *death;	 /* of a child that read all of the files; or NULL */
	uint64_t weight; /* about what it costs; larger ones are begun first */
};

/* The pieces of all modules. */
struct module_pieces {
	VEC(struct module_piece);
};

void module_work_survey(struct module_work *w, const struct module_addresses *m,
			const struct symbolizer_options *options);
/* Behind those that are there. */
void module_work_cut(struct module_work *w, size_t index, struct module_pieces *pieces);
bool module_work_prepare(struct module_work *w, struct module_piece *p,
			 const struct symbolizer_options *options, struct worker_task *out);
/* True: a child died of the piece, which is to be tried again without DWARF. */
bool module_work_revive(struct module_work *w, struct module_piece *p);
void module_work_take(struct module_work *w, struct module_piece *p);

void module_work_release(struct module_work *w);
void module_piece_release(struct module_piece *p);

#endif
